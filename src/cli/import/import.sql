-- Upserts of `milkrun import`, by natural keys. A parameter that is NULL was not given: the stored value stays; where
-- NULL is itself a value, $x_given says whether $x was given. The updates touch a row only when something differs, so
-- their count of rows says whether it changed.

-- name: plan_by_slug
SELECT id FROM plans WHERE slug = $slug

-- name: add_plan
INSERT INTO plans (id, slug) VALUES ($id, $slug)

-- name: set_plan_limits
UPDATE plans SET
  posts_per_month = CASE CAST($posts_given AS INTEGER) WHEN 1 THEN CAST($posts AS INTEGER) ELSE posts_per_month END,
  messages_per_month = CASE CAST($messages_given AS INTEGER) WHEN 1 THEN CAST($messages AS INTEGER) ELSE messages_per_month END
WHERE id = $id AND (posts_per_month, messages_per_month) IS DISTINCT FROM (
  CASE CAST($posts_given AS INTEGER) WHEN 1 THEN CAST($posts AS INTEGER) ELSE posts_per_month END,
  CASE CAST($messages_given AS INTEGER) WHEN 1 THEN CAST($messages AS INTEGER) ELSE messages_per_month END)

-- name: wake_plan
-- A changed limit is looked at again by whatever waits for it.
WITH RECURSIVE s(stage) AS (
  SELECT min(l.stage) FROM ledger l
  UNION ALL SELECT (SELECT min(l.stage) FROM ledger l WHERE l.stage > s.stage) FROM s WHERE s.stage IS NOT NULL)
UPDATE ledger SET due_at = $now
WHERE stage IN (SELECT stage FROM s WHERE stage IS NOT NULL) AND tenant_id IN (SELECT id FROM tenants WHERE plan_id = $id)
  AND behind IN (0, 1) AND state IN ('due', 'uncertain') AND crashes = 0 AND due_at > $now
  AND CASE WHEN state = 'due' AND reason <> '' THEN 1 ELSE 0 END = 1

-- name: portal_by_slug
SELECT id, base_url FROM portals WHERE slug = $slug

-- name: add_portal
INSERT INTO portals (id, slug, base_url) VALUES ($id, $slug, $base_url)

-- name: update_portal
UPDATE portals SET
  base_url = COALESCE($base_url, base_url), timezone = COALESCE($timezone, timezone), writer = COALESCE($writer, writer),
  max_items = COALESCE(CAST($max_items AS INTEGER), max_items),
  max_tenants = COALESCE(CAST($max_tenants AS INTEGER), max_tenants),
  sync_interval_ms = COALESCE(CAST($sync_interval_ms AS INTEGER), sync_interval_ms),
  slot_ends_at = CASE WHEN sync_interval_ms <> CAST($sync_interval_ms AS INTEGER) THEN NULL ELSE slot_ends_at END,
  grants = COALESCE($grants, grants), active = COALESCE(CAST($active AS INTEGER), active)
WHERE id = $id AND (
  base_url <> COALESCE($base_url, base_url) OR timezone <> COALESCE($timezone, timezone)
  OR writer <> COALESCE($writer, writer) OR max_items <> COALESCE(CAST($max_items AS INTEGER), max_items)
  OR max_tenants <> COALESCE(CAST($max_tenants AS INTEGER), max_tenants)
  OR sync_interval_ms <> COALESCE(CAST($sync_interval_ms AS INTEGER), sync_interval_ms)
  OR grants <> COALESCE($grants, grants) OR active <> COALESCE(CAST($active AS INTEGER), active))

-- name: unpark_portal
UPDATE parks SET until = $now, times = 0, told_at = NULL WHERE scope = 'portal' AND id = $id

-- name: wake_portal
-- The reading of its list, of whatever slot: between 'portal:ID:' and 'portal:ID;'.
UPDATE ledger SET due_at = CAST($now AS BIGINT), waits_for = ''
WHERE stage = 'sync-portal' AND key > 'portal:' || $id || ':' AND key < 'portal:' || $id || ';'
  AND CASE WHEN state = 'due' THEN 1 ELSE 0 END = 1

-- name: tenant_by_slug
SELECT id FROM tenants WHERE slug = $slug

-- name: add_tenant
INSERT INTO tenants (id, slug, name, created_at) VALUES ($id, $slug, $slug, $now)

-- name: other_slots
-- Under another frequency or zone the slot is another one: it begins now, not when the old one ends.
UPDATE feeds SET slot_ends_at = NULL
WHERE tenant_id = $id AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = $id
  AND (t.frequency <> COALESCE(CAST($frequency AS TEXT), t.frequency)
       OR t.timezone <> COALESCE(CAST($timezone AS TEXT), t.timezone)))

-- name: update_tenant
UPDATE tenants SET
  name = COALESCE($name, name), timezone = COALESCE($timezone, timezone), language = COALESCE($language, language),
  tone = COALESCE($tone, tone), publish_mode = COALESCE($publish_mode, publish_mode),
  frequency = COALESCE($frequency, frequency), writer = COALESCE($writer, writer),
  max_items = COALESCE(CAST($max_items AS INTEGER), max_items), categories = COALESCE($categories, categories),
  include = COALESCE($include, include), exclude = COALESCE($exclude, exclude),
  publish_from = COALESCE($publish_from, publish_from), publish_until = COALESCE($publish_until, publish_until),
  active = COALESCE(CAST($active AS INTEGER), active), stopped = COALESCE(1 - CAST($active AS INTEGER), stopped)
WHERE id = $id AND (
  name <> COALESCE($name, name) OR timezone <> COALESCE($timezone, timezone)
  OR language <> COALESCE($language, language) OR tone <> COALESCE($tone, tone)
  OR publish_mode <> COALESCE($publish_mode, publish_mode) OR frequency <> COALESCE($frequency, frequency)
  OR writer <> COALESCE($writer, writer) OR max_items <> COALESCE(CAST($max_items AS INTEGER), max_items)
  OR categories <> COALESCE($categories, categories) OR include <> COALESCE($include, include)
  OR exclude <> COALESCE($exclude, exclude) OR publish_from <> COALESCE($publish_from, publish_from)
  OR publish_until <> COALESCE($publish_until, publish_until)
  OR active <> COALESCE(CAST($active AS INTEGER), active) OR stopped <> COALESCE(1 - CAST($active AS INTEGER), stopped))

-- name: update_messaging
UPDATE tenants SET
  sender_interval_ms = COALESCE(CAST($sender_interval_ms AS INTEGER), sender_interval_ms),
  messages_per_day = CASE CAST($day_given AS INTEGER) WHEN 1 THEN CAST($day AS INTEGER) ELSE messages_per_day END,
  warmup_start = CASE CAST($warmup_given AS INTEGER) WHEN 1 THEN CAST($warmup AS TEXT) ELSE warmup_start END,
  contact_daily_cap = CASE CAST($contact_given AS INTEGER) WHEN 1 THEN CAST($contact AS INTEGER) ELSE contact_daily_cap END
WHERE id = $id AND (sender_interval_ms, messages_per_day, warmup_start, contact_daily_cap) IS DISTINCT FROM (
  COALESCE(CAST($sender_interval_ms AS INTEGER), sender_interval_ms),
  CASE CAST($day_given AS INTEGER) WHEN 1 THEN CAST($day AS INTEGER) ELSE messages_per_day END,
  CASE CAST($warmup_given AS INTEGER) WHEN 1 THEN CAST($warmup AS TEXT) ELSE warmup_start END,
  CASE CAST($contact_given AS INTEGER) WHEN 1 THEN CAST($contact AS INTEGER) ELSE contact_daily_cap END)

-- name: set_tenant_plan
UPDATE tenants SET plan_id = CAST($plan AS TEXT) WHERE id = $id AND plan_id IS DISTINCT FROM CAST($plan AS TEXT)

-- name: grants_of
SELECT service FROM platform_grants WHERE tenant_id = $tenant ORDER BY service

-- name: granted_without_own
-- Whom the platform's account for the service serves.
SELECT t.id, t.slug FROM platform_grants g JOIN tenants t ON t.id = g.tenant_id
WHERE g.service = $service AND NOT EXISTS (SELECT 1 FROM credentials k WHERE k.scope = 'tenant' AND k.owner_key = t.id AND k.service = $service)
ORDER BY t.slug LIMIT $limit

-- name: untemplated
-- What goes out by WhatsApp without a template: through the tenant's account, or ($campaign) that campaign's own.
SELECT 'campaign' AS kind, c.slug AS campaign, c.slug AS slug FROM campaigns c
WHERE c.tenant_id = $tenant AND c.kind = 'social' AND c.status <> 'ended' AND c.notifications = 1 AND c.template_name = ''
  AND CASE WHEN $campaign = '' THEN NOT EXISTS (SELECT 1 FROM credentials k WHERE k.scope = 'campaign' AND k.owner_key = c.id AND k.service = 'whatsapp')
           ELSE c.id = $campaign END
UNION ALL
SELECT 'step' AS kind, c.slug AS campaign, s.slug AS slug FROM steps s JOIN campaigns c ON c.tenant_id = s.tenant_id AND c.id = s.campaign_id
WHERE s.tenant_id = $tenant AND c.kind = 'drip' AND c.status <> 'ended' AND s.active = 1 AND s.removed = 0 AND s.template_name = ''
  AND s.channels LIKE '%whatsapp%'
  AND CASE WHEN $campaign = '' THEN NOT EXISTS (SELECT 1 FROM credentials k WHERE k.scope = 'campaign' AND k.owner_key = c.id AND k.service = 'whatsapp')
           ELSE c.id = $campaign END
UNION ALL
SELECT 'rule' AS kind, '' AS campaign, r.slug AS slug FROM reminder_rules r
WHERE r.tenant_id = $tenant AND $campaign = '' AND r.active = 1 AND r.ships = 0 AND r.template_name = '' AND r.channels LIKE '%whatsapp%'
ORDER BY kind, campaign, slug LIMIT $limit

-- name: add_grant
INSERT INTO platform_grants (tenant_id, service) VALUES ($tenant, $service)

-- name: drop_grants
DELETE FROM platform_grants WHERE tenant_id = $tenant

-- name: bump_credentials
-- Runs forget what they opened.
UPDATE revisions SET n = n + 1 WHERE name = 'credentials'

-- name: find_walks_anew
-- What discover could not use under the old settings. (The CASE leads to what was put off, not through all of a tenant's.)
UPDATE enrollments SET put_off_until = 0 WHERE enqueued = 0 AND state = 'active' AND put_off_until > $now
  AND CASE WHEN tenant_id = $tenant THEN 1 ELSE 0 END = 1

-- name: find_invoices_anew
UPDATE invoices SET put_off_until = 0 WHERE planned = 0 AND put_off_until > $now
  AND CASE WHEN tenant_id = $tenant THEN 1 ELSE 0 END = 1

-- name: find_claims_anew
UPDATE task_completions SET put_off_until = 0 WHERE enqueued_at IS NULL AND put_off_until > $now
  AND CASE WHEN tenant_id = $tenant THEN 1 ELSE 0 END = 1

-- name: wake_tenant
-- Items that were put off under the old settings are looked at again. What has no reason yet was never looked at and
-- waits for its own time.
WITH RECURSIVE s(stage) AS (
  SELECT min(l.stage) FROM ledger l
  UNION ALL SELECT (SELECT min(l.stage) FROM ledger l WHERE l.stage > s.stage) FROM s WHERE s.stage IS NOT NULL)
UPDATE ledger SET due_at = $now
WHERE stage IN (SELECT stage FROM s WHERE stage IS NOT NULL) AND tenant_id = $tenant
  AND behind IN (0, 1) AND state IN ('due', 'uncertain') AND crashes = 0 AND due_at > $now
  AND CASE WHEN state = 'due' AND reason <> '' THEN 1 ELSE 0 END = 1

-- name: sender_interval
SELECT sender_interval_ms FROM tenants WHERE id = $tenant

-- name: drop_places
WITH RECURSIVE s(stage) AS (
  SELECT min(l.stage) FROM ledger l
  UNION ALL SELECT (SELECT min(l.stage) FROM ledger l WHERE l.stage > s.stage) FROM s WHERE s.stage IS NOT NULL)
UPDATE ledger SET place_at = NULL
WHERE stage IN (SELECT stage FROM s WHERE stage IS NOT NULL) AND tenant_id = $tenant
  AND behind IN (0, 1) AND state IN ('due', 'uncertain') AND crashes = 0
  AND CASE WHEN place_at IS NOT NULL THEN 1 ELSE 0 END = 1

-- name: begin_paces
-- The places of its senders were given at another distance: they are given anew, from the end of what left last on.
UPDATE paces SET next = busy, behind = busy, kept = 0
WHERE key IN (SELECT c.id || ':' FROM credentials c WHERE c.tenant_id = $tenant)

-- name: drop_late_places
DELETE FROM paces WHERE key IN (SELECT c.id || ':|late' FROM credentials c WHERE c.tenant_id = $tenant)

-- name: feed_by_url
SELECT id FROM feeds WHERE tenant_id = $tenant AND url = $url

-- name: add_feed
INSERT INTO feeds (id, tenant_id, url) VALUES ($id, $tenant, $url)

-- name: update_feed
-- Switched on or off by the operator, a feed forgets why it was stopped before.
UPDATE feeds SET
  first_poll = COALESCE($first_poll, first_poll), include = COALESCE($include, include), exclude = COALESCE($exclude, exclude),
  active = COALESCE(CAST($active AS INTEGER), active),
  gone_since = CASE WHEN CAST($active AS INTEGER) = 0 OR CAST($active AS INTEGER) <> active THEN NULL ELSE gone_since END,
  stop_reason = CASE WHEN CAST($active AS INTEGER) = active AND gone_since IS NULL THEN stop_reason
                     WHEN CAST($active AS INTEGER) = 1 THEN '' WHEN CAST($active AS INTEGER) = 0 THEN 'feed.switched_off'
                     ELSE stop_reason END
WHERE id = $id AND (gone_since IS NOT NULL AND CAST($active AS INTEGER) = 0 OR first_poll <> COALESCE($first_poll, first_poll) OR include <> COALESCE($include, include)
  OR exclude <> COALESCE($exclude, exclude) OR active <> COALESCE(CAST($active AS INTEGER), active))

-- name: feeds_of
SELECT url FROM feeds WHERE tenant_id = $tenant AND active = 1

-- name: credential_at
SELECT id, base_url, settings FROM credentials WHERE scope = $scope AND owner_key = $owner_key AND service = $service

-- name: campaign_by_slug
SELECT id, kind, policy, acknowledged_by, acknowledged_on, starts_at, ends_at, zone, message_text, template_values, link
FROM campaigns WHERE tenant_id = $tenant AND slug = $slug

-- name: add_campaign
INSERT INTO campaigns (id, tenant_id, slug, seed) VALUES ($id, $tenant, $slug, $seed)

-- name: update_campaign
UPDATE campaigns SET
  name = COALESCE($name, name), kind = COALESCE($kind, kind), status = COALESCE($status, status),
  starts_at = CASE CAST($starts_given AS INTEGER) WHEN 1 THEN CAST($starts_at AS INTEGER) ELSE starts_at END,
  ends_at = CASE CAST($ends_given AS INTEGER) WHEN 1 THEN CAST($ends_at AS INTEGER) ELSE ends_at END,
  policy = COALESCE($policy, policy), acknowledged_by = COALESCE($acknowledged_by, acknowledged_by),
  acknowledged_on = COALESCE($acknowledged_on, acknowledged_on),
  probability = COALESCE(CAST($probability AS REAL), probability),
  honor_cap = COALESCE(CAST($honor_cap AS INTEGER), honor_cap), visit_ms = COALESCE(CAST($visit_ms AS INTEGER), visit_ms)
WHERE id = $id AND (name, kind, status, starts_at, ends_at, policy, acknowledged_by, acknowledged_on, probability, honor_cap, visit_ms)
  IS DISTINCT FROM (
  COALESCE($name, name), COALESCE($kind, kind), COALESCE($status, status),
  CASE CAST($starts_given AS INTEGER) WHEN 1 THEN CAST($starts_at AS INTEGER) ELSE starts_at END,
  CASE CAST($ends_given AS INTEGER) WHEN 1 THEN CAST($ends_at AS INTEGER) ELSE ends_at END,
  COALESCE($policy, policy), COALESCE($acknowledged_by, acknowledged_by), COALESCE($acknowledged_on, acknowledged_on),
  COALESCE(CAST($probability AS REAL), probability), COALESCE(CAST($honor_cap AS INTEGER), honor_cap),
  COALESCE(CAST($visit_ms AS INTEGER), visit_ms))

-- name: update_campaign_messages
UPDATE campaigns SET
  notifications = COALESCE(CAST($notifications AS INTEGER), notifications),
  zone = COALESCE($zone, zone), window_start = COALESCE($window_start, window_start), window_end = COALESCE($window_end, window_end),
  message_ttl_ms = COALESCE(CAST($message_ttl_ms AS INTEGER), message_ttl_ms),
  message_text = COALESCE($message_text, message_text), template_name = COALESCE($template_name, template_name),
  template_language = COALESCE($template_language, template_language),
  template_values = COALESCE($template_values, template_values),
  template_instead = COALESCE($template_instead, template_instead), link = COALESCE($link, link)
WHERE id = $id AND (notifications, zone, window_start, window_end, message_ttl_ms, message_text, template_name, template_language,
    template_values, template_instead, link) IS DISTINCT FROM (
  COALESCE(CAST($notifications AS INTEGER), notifications), COALESCE($zone, zone), COALESCE($window_start, window_start),
  COALESCE($window_end, window_end), COALESCE(CAST($message_ttl_ms AS INTEGER), message_ttl_ms),
  COALESCE($message_text, message_text), COALESCE($template_name, template_name),
  COALESCE($template_language, template_language), COALESCE($template_values, template_values),
  COALESCE($template_instead, template_instead), COALESCE($link, link))

-- name: task_by_slug
SELECT t.id, t.platform, t.action, t.patience_ms
FROM tasks t JOIN campaigns c ON c.tenant_id = t.tenant_id AND c.id = t.campaign_id
WHERE c.tenant_id = $tenant AND c.slug = $campaign AND t.slug = $slug

-- name: add_task
INSERT INTO tasks (id, tenant_id, campaign_id, slug, title) VALUES ($id, $tenant, $campaign, $slug, $slug)

-- name: update_task
UPDATE tasks SET
  active = COALESCE(CAST($active AS INTEGER), active), platform = COALESCE($platform, platform),
  action = COALESCE($action, action), object_id = COALESCE($object_id, object_id), url = COALESCE($url, url),
  title = COALESCE($title, title), reward_spins = COALESCE(CAST($reward_spins AS INTEGER), reward_spins),
  patience_ms = COALESCE(CAST($patience_ms AS INTEGER), patience_ms)
WHERE id = $id AND (active, platform, action, object_id, url, title, reward_spins, patience_ms) IS DISTINCT FROM (
  COALESCE(CAST($active AS INTEGER), active), COALESCE($platform, platform), COALESCE($action, action),
  COALESCE($object_id, object_id), COALESCE($url, url), COALESCE($title, title),
  COALESCE(CAST($reward_spins AS INTEGER), reward_spins), COALESCE(CAST($patience_ms AS INTEGER), patience_ms))

-- name: regroup
-- Open claims that share a look find their group anew: another object, policy or credential is another look.
UPDATE task_completions SET watch_id = NULL, enqueued_at = NULL
WHERE tenant_id = $tenant AND state = 'pending' AND watch_id IS NOT NULL

-- name: contact_by_phone
SELECT id FROM contacts WHERE tenant_id = $tenant AND phone = $phone

-- name: wake_contact
-- What was put off for this person alone: by way of the tasks, because claims are found by task and contact.
UPDATE ledger SET due_at = $now
WHERE stage IN ('verify-claim', 'deliver') AND key IN (
  SELECT 'completion:' || c.id
  FROM tasks t JOIN task_completions c ON c.task_id = t.id AND c.contact_id = $contact
  WHERE t.tenant_id = $tenant
  UNION ALL
  SELECT 'message:' || m.id
  FROM tasks t JOIN task_completions c ON c.task_id = t.id AND c.contact_id = $contact
  JOIN messages m ON m.tenant_id = t.tenant_id AND m.origin = 'completion:' || c.id
  WHERE t.tenant_id = $tenant
  UNION ALL
  SELECT 'reminder:' || r.id || ':' || CAST(r.turn AS TEXT)
  FROM reminders r WHERE r.tenant_id = $tenant AND r.contact_id = $contact AND r.state = 'planned'
  UNION ALL
  SELECT 'enrollment:' || e.id || ':' || e.step_id
  FROM enrollments e WHERE e.tenant_id = $tenant AND e.contact_id = $contact AND e.step_id IS NOT NULL)
  AND CASE WHEN state = 'due' AND due_at > $now AND reason <> '' THEN 1 ELSE 0 END = 1

-- name: completion_of
SELECT id FROM task_completions WHERE task_id = $task AND contact_id = $contact

-- name: add_completion
INSERT INTO task_completions (id, tenant_id, task_id, contact_id, claimed_at, verify_after, deadline_at)
VALUES ($id, $tenant, $task, $contact, $claimed_at, $verify_after, $deadline_at)

-- name: complete_proof
-- A claim is never made anew: its times stay, and proof is only added while it is not decided.
UPDATE task_completions SET
  handle = CASE handle WHEN '' THEN COALESCE($handle, '') ELSE handle END,
  code = CASE code WHEN '' THEN COALESCE($code, '') ELSE code END,
  clicked_at = COALESCE(clicked_at, CAST($clicked_at AS INTEGER)), left_at = COALESCE(left_at, CAST($left_at AS INTEGER))
WHERE id = $id AND state = 'pending' AND (handle, code, clicked_at, left_at) IS DISTINCT FROM (
  CASE handle WHEN '' THEN COALESCE($handle, '') ELSE handle END, CASE code WHEN '' THEN COALESCE($code, '') ELSE code END,
  COALESCE(clicked_at, CAST($clicked_at AS INTEGER)), COALESCE(left_at, CAST($left_at AS INTEGER)))

-- name: code_holder
SELECT p.phone FROM task_completions c JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id
WHERE c.task_id = $task AND lower(c.code) = lower(CAST($code AS TEXT)) AND c.code <> ''

-- name: suppress
INSERT INTO suppressions (tenant_id, channel, address, scope, source, since)
VALUES ($tenant, $channel, $address, $scope, 'import', $now)
ON CONFLICT (tenant_id, channel, address, scope) DO NOTHING
