-- What the operator's commands read.

-- name: tenant_by_slug
SELECT id FROM tenants WHERE slug = $slug

-- name: run_troubles
-- What of a run needs a person, by tenant. (Of what waits for somebody the report tells once a day.)
SELECT t.slug AS tenant, c.stage, c.outcome, c.reason, c.args, c.items, c.next_at, c.sample
FROM run_counts c JOIN tenants t ON t.id = c.tenant_id
WHERE c.run_id = $run AND c.outcome IN ('discarded', 'held')
ORDER BY c.items DESC, t.slug, c.stage, c.reason LIMIT $limit

-- name: items
-- '' and NULL = any. The time of an item is its end, or its last try, or when it came. What is parked, or waits for a
-- destination that rests, has the cause's code among its arguments.
SELECT l.stage, l.key, l.state, l.due_at, l.reason, l.args, l.detail, l.attempts, t.slug AS tenant, l.begun_at AS tried_at,
       l.finished_at, l.run_id
FROM ledger l JOIN tenants t ON t.id = l.tenant_id
WHERE l.state = $state AND ($tenant = '' OR l.tenant_id = $tenant) AND ($stage = '' OR l.stage = $stage)
  AND ($reason = '' OR l.reason = $reason OR (l.reason IN ('parked', 'destination.rests') AND l.args LIKE '%"' || $reason || '"%'))
  AND (CAST($since AS BIGINT) IS NULL OR coalesce(l.finished_at, l.begun_at, l.created_at) >= $since)
  AND (CAST($until AS BIGINT) IS NULL OR coalesce(l.finished_at, l.begun_at, l.created_at) <= $until)
ORDER BY l.stage, l.due_at, l.key LIMIT $limit

-- name: retriable
-- What ended without being done, and what waits for a reason, a page at a time in the order of the key.
SELECT l.stage, l.key, l.tenant_id, l.state, l.due_at, l.reason, l.args, l.detail, t.slug AS tenant
FROM ledger l JOIN tenants t ON t.id = l.tenant_id
WHERE (l.stage, l.key) > ($after_stage, $after_key)
  AND (l.state IN ('cancelled', 'discarded') OR (l.state = 'due' AND l.due_at > $now AND l.reason <> '')
       OR (l.state = 'uncertain' AND l.due_at > $now AND l.absent = 0))
  AND ($state = '' OR l.state = $state) AND ($tenant = '' OR l.tenant_id = $tenant) AND ($stage = '' OR l.stage = $stage)
  AND ($reason = '' OR l.reason = $reason OR (l.reason IN ('parked', 'destination.rests') AND l.args LIKE '%"' || $reason || '"%'))
  AND (CAST($since AS BIGINT) IS NULL OR coalesce(l.finished_at, l.begun_at, l.created_at) >= $since)
  AND (CAST($until AS BIGINT) IS NULL OR coalesce(l.finished_at, l.begun_at, l.created_at) <= $until)
ORDER BY l.stage, l.key LIMIT $limit

-- name: held_items
-- What an operator decides, a page at a time in the order of the key.
SELECT l.stage, l.key, l.tenant_id, l.reason, l.args, l.detail, t.slug AS tenant
FROM ledger l JOIN tenants t ON t.id = l.tenant_id
WHERE l.state = 'held' AND (l.stage, l.key) > ($after_stage, $after_key)
  AND ($tenant = '' OR l.tenant_id = $tenant) AND ($stage = '' OR l.stage = $stage) AND ($reason = '' OR l.reason = $reason)
  AND (CAST($since AS BIGINT) IS NULL OR coalesce(l.finished_at, l.begun_at, l.created_at) >= $since)
  AND (CAST($until AS BIGINT) IS NULL OR coalesce(l.finished_at, l.begun_at, l.created_at) <= $until)
ORDER BY l.stage, l.key LIMIT $limit

-- name: held_count
SELECT count(*) AS items FROM ledger l
WHERE l.state = 'held' AND ($tenant = '' OR l.tenant_id = $tenant) AND ($stage = '' OR l.stage = $stage)
  AND ($reason = '' OR l.reason = $reason)
  AND (CAST($since AS BIGINT) IS NULL OR coalesce(l.finished_at, l.begun_at, l.created_at) >= $since)
  AND (CAST($until AS BIGINT) IS NULL OR coalesce(l.finished_at, l.begun_at, l.created_at) <= $until)

-- name: reason_stored
SELECT 1 AS yes FROM ledger WHERE reason = $reason LIMIT 1

-- name: item
-- By 'STAGE/KEY', by key, or by the id in the key: what follows its first colon, with or without what follows that.
SELECT l.stage, l.key, l.tenant_id, l.state, l.due_at, l.reason, l.args, l.detail, l.waits_for, l.attempts, l.turn, l.begun_at,
       l.armed_at, l.credential_id, l.owner, l.host, l.run_id, l.crashes, l.absent, l.created_at, l.finished_at, t.slug AS tenant
FROM ledger l JOIN tenants t ON t.id = l.tenant_id
WHERE ($state = '' OR l.state = $state) AND (l.stage || '/' || l.key = $item OR l.key = $item
   OR substr(l.key, length(l.key) - length($item)) = ':' || $item OR l.key LIKE '%:' || $item || ':%')
LIMIT 2

-- name: attempts
SELECT turn, kind, begun_at, armed_at, finished_at, outcome, reason, args, detail, reference, http_status, owner, host, credential_id
FROM attempts WHERE stage = $stage AND key = $key ORDER BY turn DESC LIMIT $limit

-- name: acts
-- Latest first; '' and NULL = any. An item by 'STAGE/KEY', by key, or by the id in the key.
SELECT a.at, a.os_user, a.said_by, a.verb, a.stage, a.key, a.from_state, a.to_state, a.note, t.slug AS tenant
FROM operator_acts a JOIN tenants t ON t.id = a.tenant_id
WHERE ($tenant = '' OR a.tenant_id = $tenant)
  AND ($item = '' OR a.stage || '/' || a.key = $item OR a.key = $item OR a.key LIKE '%:' || $item OR a.key LIKE '%:' || $item || ':%')
  AND (CAST($since AS BIGINT) IS NULL OR a.at >= $since) AND (CAST($until AS BIGINT) IS NULL OR a.at <= $until)
ORDER BY a.at DESC, a.id DESC LIMIT $limit

-- name: acts_on
-- Of one item of the ledger, and of what its key leads to.
SELECT a.at, a.os_user, a.said_by, a.verb, a.stage, a.key, a.from_state, a.to_state, a.note, t.slug AS tenant
FROM operator_acts a JOIN tenants t ON t.id = a.tenant_id
WHERE a.key = $key AND a.stage IN ('', $stage) ORDER BY a.at DESC, a.id DESC LIMIT $limit

-- name: about_message
SELECT COALESCE(c.phone, '') AS phone, COALESCE(c.email, '') AS email, c.name, m.subject, m.text, m.channel, m.provider_id FROM messages m
JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id WHERE m.tenant_id = $tenant AND m.id = $id

-- name: about_article
SELECT i.title, i.url, f.url AS feed, a.slug, a.post_link FROM articles a
JOIN feed_items i ON i.tenant_id = a.tenant_id AND i.id = a.item_id
JOIN feeds f ON f.tenant_id = a.tenant_id AND f.id = a.feed_id
WHERE a.tenant_id = $tenant AND (a.id = $id OR a.item_id = $id) LIMIT 1

-- name: about_feed
SELECT url FROM feeds WHERE tenant_id = $tenant AND id = $id

-- name: about_claim
SELECT k.slug AS task, k.platform, k.action, COALESCE(p.phone, '') AS phone, p.name FROM task_completions c
JOIN tasks k ON k.tenant_id = c.tenant_id AND k.id = c.task_id
JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id WHERE c.tenant_id = $tenant AND c.id = $id

-- name: about_credential
SELECT c.scope, c.service, c.base_url, c.account, CASE c.scope
  WHEN 'tenant' THEN (SELECT t.slug FROM tenants t WHERE t.id = c.owner_key)
  WHEN 'portal' THEN (SELECT p.slug FROM portals p WHERE p.id = c.owner_key)
  WHEN 'campaign' THEN (SELECT g.slug FROM campaigns g WHERE g.id = c.owner_key)
  WHEN 'task' THEN (SELECT k.slug FROM tasks k WHERE k.id = c.owner_key) ELSE '' END AS owner
FROM credentials c WHERE c.id = $id

-- name: claims
-- Longest waiting first; $tenant '' = every tenant, $phone '' = everybody, $state 'all' = every state.
SELECT c.id, c.state, c.claimed_at, c.decided_at, c.source, c.code, c.looks, c.look_at, c.deadline_at, c.grade, c.evidence,
       c.reason, c.args,
       CASE WHEN c.handle <> '' THEN c.handle WHEN k.platform = 'FACEBOOK' THEN p.facebook ELSE p.instagram END AS handle,
       t.slug AS tenant, g.slug AS campaign, k.slug AS task, k.platform, k.action, k.object_id, k.url, k.reward_spins, COALESCE(p.phone, '') AS phone, p.name
FROM task_completions c
JOIN tasks k ON k.tenant_id = c.tenant_id AND k.id = c.task_id
JOIN campaigns g ON g.tenant_id = k.tenant_id AND g.id = k.campaign_id
JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id
JOIN tenants t ON t.id = c.tenant_id
WHERE ($state = 'all' OR c.state = $state) AND ($tenant = '' OR t.slug = $tenant) AND ($phone = '' OR p.phone = $phone)
  AND ($claim = '' OR c.id = $claim)
ORDER BY c.claimed_at, c.id LIMIT $limit

-- name: claim
SELECT c.tenant_id, c.state FROM task_completions c JOIN tenants t ON t.id = c.tenant_id
WHERE c.id = $claim AND ($tenant = '' OR t.slug = $tenant)

-- name: tenants_listed
SELECT t.slug, t.name, t.active, t.stopped, t.portal_says, t.portal_args, t.publish_mode, t.frequency, p.slug AS portal, n.slug AS plan,
       (SELECT count(*) FROM feeds f WHERE f.tenant_id = t.id AND f.active = 1) AS feeds
FROM tenants t LEFT JOIN portals p ON p.id = t.portal_id LEFT JOIN plans n ON n.id = t.plan_id
WHERE t.id <> 'operator' ORDER BY t.slug LIMIT $limit

-- name: tenant
SELECT t.id, t.slug, t.name, t.active, t.stopped, t.portal_says, t.portal_args, t.timezone, t.language, t.publish_mode, t.frequency,
       t.writer, t.max_items, t.messages_per_day, t.post_limit, t.post_period, t.created_at, p.slug AS portal, t.portal_ref, n.slug AS plan,
       CASE WHEN t.safe_recipients IS NOT NULL THEN 'its own'
            WHEN EXISTS (SELECT 1 FROM tenants o WHERE o.id = 'operator' AND o.safe_recipients IS NOT NULL) THEN 'the installation''s'
            ELSE '' END AS test_mode
FROM tenants t LEFT JOIN portals p ON p.id = t.portal_id LEFT JOIN plans n ON n.id = t.plan_id WHERE t.slug = $slug

-- name: tenant_credentials
SELECT scope, owner_key, service, base_url, account, updated_at FROM credentials WHERE tenant_id = $tenant ORDER BY service, scope LIMIT 200

-- name: tenant_usage
SELECT meter, period, used, reserved FROM usage WHERE tenant_id = $tenant ORDER BY period DESC, meter LIMIT 24

-- name: tenant_waiting
-- Open items by what they wait for.
SELECT l.stage, l.state, l.reason, l.args, count(*) AS items, min(l.due_at) AS next_at FROM ledger l
WHERE l.tenant_id = $tenant AND l.state IN ('due', 'uncertain', 'running', 'held')
GROUP BY l.stage, l.state, l.reason, l.args ORDER BY l.stage, l.state LIMIT 100

-- name: feeds_listed
-- next_at: when it is tried again in its slot, else when that ends. failed_at: the last try that did not read it. A feed's
-- key is 'feed:ID:SLOT'.
SELECT f.id, t.slug AS tenant, f.url, f.active, f.stop_reason, f.polled_at, f.last_error, f.last_args, f.last_detail,
       (SELECT max(a.finished_at) FROM attempts a WHERE a.stage = 'poll-feed' AND a.key > 'feed:' || f.id || ':' AND a.key < 'feed:' || f.id || ';'
          AND a.outcome NOT IN ('done', 'snoozed', 'cancelled', 'lost')) AS failed_at,
       CASE WHEN f.active = 0 THEN NULL ELSE coalesce(
         (SELECT min(l.due_at) FROM ledger l WHERE l.stage = 'poll-feed' AND l.key > 'feed:' || f.id || ':' AND l.key < 'feed:' || f.id || ';'
            AND CASE WHEN l.state IN ('due', 'uncertain', 'running') THEN 1 ELSE 0 END = 1), f.slot_ends_at) END AS next_at,
       (SELECT count(*) FROM feed_items i WHERE i.tenant_id = f.tenant_id AND i.feed_id = f.id) AS items
FROM feeds f JOIN tenants t ON t.id = f.tenant_id
WHERE $tenant = '' OR t.slug = $tenant ORDER BY t.slug, f.url LIMIT $limit

-- name: feed_listed
SELECT id, tenant_id FROM feeds WHERE id = $feed OR url = $feed LIMIT 2

-- name: feed_items_listed
-- Latest first; the article's state where the item became one.
SELECT i.id, i.title, i.url, i.published_at, i.first_seen_at, COALESCE(a.state, i.state) AS state,
       COALESCE(NULLIF(a.reason, ''), i.reason) AS reason,
       CASE WHEN COALESCE(a.reason, '') <> '' THEN a.args ELSE i.args END AS args, a.post_link
FROM feed_items i LEFT JOIN articles a ON a.item_id = i.id
WHERE i.tenant_id = $tenant AND i.feed_id = $feed ORDER BY COALESCE(i.published_at, i.first_seen_at) DESC, i.position LIMIT $limit

-- name: feed_item
-- By id or URL, with what an operator's choice of it needs.
SELECT i.id, i.tenant_id, i.identity, i.title, i.url, COALESCE(a.state, i.state) AS state, f.url AS feed, t.slug AS tenant,
       CASE WHEN a.slug IS NULL THEN i.id ELSE a.id END AS retry_id,
       CASE WHEN a.id IS NULL AND i.state <> 'new' AND i.content = '' AND i.summary = '' THEN 1 ELSE 0 END AS lost_text
FROM feed_items i JOIN feeds f ON f.tenant_id = i.tenant_id AND f.id = i.feed_id JOIN tenants t ON t.id = i.tenant_id
LEFT JOIN articles a ON a.item_id = i.id
WHERE i.id = $item OR i.url = $item LIMIT 2

-- name: messages_listed
-- What waits has its reason in the ledger.
SELECT m.id, t.slug AS tenant, COALESCE(c.phone, '') AS phone, COALESCE(c.email, '') AS email, c.name, m.subject, m.channel, m.state, m.created_at, m.expires_at, m.sent_at,
       m.provider_id, m.provider_status, m.recipient, m.origin, m.text,
       CASE m.state WHEN 'queued' THEN COALESCE(l.reason, '') ELSE m.reason END AS reason,
       CASE m.state WHEN 'queued' THEN COALESCE(l.args, '[]') ELSE m.args END AS args,
       CASE m.state WHEN 'queued' THEN COALESCE(l.detail, '') ELSE '' END AS detail
FROM messages m JOIN tenants t ON t.id = m.tenant_id JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id
LEFT JOIN ledger l ON l.stage = 'deliver' AND l.key = 'message:' || m.id
WHERE ($tenant = '' OR t.slug = $tenant) AND ($state = '' OR m.state = $state) AND ($phone = '' OR c.phone = $phone)
ORDER BY m.created_at DESC, m.id LIMIT $limit

-- name: runs
-- Latest first; $job NULL = every job.
SELECT r.id, r.number, r.job, r.host, r.pid, r.started_at, r.ended_at, r.exit_code, r.ended_by
FROM runs r
WHERE r.number > 0 AND (CAST($job AS TEXT) IS NULL OR r.job = $job)
ORDER BY r.number DESC
LIMIT $limit

-- name: idle_runs
SELECT job, last_at, times FROM idle_runs WHERE CAST($job AS TEXT) IS NULL OR job = $job ORDER BY job

-- name: run
-- By id or by number.
SELECT r.id, r.number, r.job, r.host, r.pid, r.started_at, r.ended_at, r.exit_code, r.ended_by
FROM runs r
WHERE r.id = $run OR r.number = $number

-- name: counts
SELECT stage, outcome, reason, args, sum(items) AS items, min(next_at) AS next_at FROM run_counts
WHERE run_id = $run AND ($tenant = '' OR tenant_id = $tenant)
GROUP BY stage, outcome, reason, args ORDER BY stage, outcome, reason LIMIT $limit

-- name: tenants
SELECT t.slug, c.tenant_id, c.stage, c.outcome, c.reason, c.args, c.items, c.next_at, c.sample
FROM run_counts c JOIN tenants t ON t.id = c.tenant_id
WHERE c.run_id = $run AND t.id <> 'operator' AND ($tenant = '' OR c.tenant_id = $tenant) ORDER BY t.slug, c.stage, c.outcome, c.items DESC LIMIT $limit

-- name: people
-- A tenant's contacts, page by page.
SELECT id, tags FROM contacts WHERE tenant_id = $tenant AND id > $after ORDER BY id LIMIT $limit
