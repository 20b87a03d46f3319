-- Upserts of `milkrun import`, by natural keys. A parameter that is NULL was not given: the stored value stays. The
-- updates touch a row only when something differs, so their count of rows says whether it changed.

-- name: plan_by_slug
SELECT id FROM plans WHERE slug = $slug

-- name: add_plan
INSERT INTO plans (id, slug) VALUES ($id, $slug)

-- name: set_plan_limit
UPDATE plans SET posts_per_month = $posts_per_month
WHERE id = $id AND posts_per_month IS DISTINCT FROM CAST($posts_per_month AS INTEGER)

-- name: wake_plan
-- A changed limit is looked at again by whatever waits for it.
UPDATE ledger SET due_at = $now
WHERE state = 'due' AND due_at > $now AND tenant_id IN (SELECT id FROM tenants WHERE plan_id = $id)

-- name: portal_by_slug
SELECT id, base_url FROM portals WHERE slug = $slug

-- name: add_portal
INSERT INTO portals (id, slug, base_url) VALUES ($id, $slug, $base_url)

-- name: update_portal
UPDATE portals SET
  base_url = COALESCE($base_url, base_url), timezone = COALESCE($timezone, timezone), writer = COALESCE($writer, writer),
  max_items = COALESCE(CAST($max_items AS INTEGER), max_items),
  sync_interval_ms = COALESCE(CAST($sync_interval_ms AS INTEGER), sync_interval_ms),
  grants = COALESCE($grants, grants), active = COALESCE(CAST($active AS INTEGER), active)
WHERE id = $id AND (
  base_url <> COALESCE($base_url, base_url) OR timezone <> COALESCE($timezone, timezone)
  OR writer <> COALESCE($writer, writer) OR max_items <> COALESCE(CAST($max_items AS INTEGER), max_items)
  OR sync_interval_ms <> COALESCE(CAST($sync_interval_ms AS INTEGER), sync_interval_ms)
  OR grants <> COALESCE($grants, grants) OR active <> COALESCE(CAST($active AS INTEGER), active))

-- name: tenant_by_slug
SELECT id FROM tenants WHERE slug = $slug

-- name: add_tenant
INSERT INTO tenants (id, slug, name, created_at) VALUES ($id, $slug, $slug, $now)

-- name: update_tenant
UPDATE tenants SET
  name = COALESCE($name, name), timezone = COALESCE($timezone, timezone), language = COALESCE($language, language),
  tone = COALESCE($tone, tone), publish_mode = COALESCE($publish_mode, publish_mode),
  frequency = COALESCE($frequency, frequency), writer = COALESCE($writer, writer),
  max_items = COALESCE(CAST($max_items AS INTEGER), max_items), categories = COALESCE($categories, categories),
  active = COALESCE(CAST($active AS INTEGER), active)
WHERE id = $id AND (
  name <> COALESCE($name, name) OR timezone <> COALESCE($timezone, timezone)
  OR language <> COALESCE($language, language) OR tone <> COALESCE($tone, tone)
  OR publish_mode <> COALESCE($publish_mode, publish_mode) OR frequency <> COALESCE($frequency, frequency)
  OR writer <> COALESCE($writer, writer) OR max_items <> COALESCE(CAST($max_items AS INTEGER), max_items)
  OR categories <> COALESCE($categories, categories) OR active <> COALESCE(CAST($active AS INTEGER), active))

-- name: set_tenant_plan
UPDATE tenants SET plan_id = CAST($plan AS TEXT) WHERE id = $id AND plan_id IS DISTINCT FROM CAST($plan AS TEXT)

-- name: grants_of
SELECT service FROM platform_grants WHERE tenant_id = $tenant ORDER BY service

-- name: add_grant
INSERT INTO platform_grants (tenant_id, service) VALUES ($tenant, $service)

-- name: drop_grants
DELETE FROM platform_grants WHERE tenant_id = $tenant

-- name: wake_tenant
-- Items that were put off under the old settings are looked at again.
UPDATE ledger SET due_at = $now WHERE state = 'due' AND due_at > $now AND tenant_id = $tenant

-- name: feed_by_url
SELECT id FROM feeds WHERE tenant_id = $tenant AND url = $url

-- name: add_feed
INSERT INTO feeds (id, tenant_id, url) VALUES ($id, $tenant, $url)

-- name: update_feed
-- Switched on by the operator, a feed forgets why it was stopped.
UPDATE feeds SET
  first_poll = COALESCE($first_poll, first_poll), active = COALESCE(CAST($active AS INTEGER), active),
  stop_reason = CASE CAST($active AS INTEGER) WHEN active THEN stop_reason WHEN 1 THEN '' WHEN 0 THEN 'switched off by import'
                ELSE stop_reason END
WHERE id = $id AND (first_poll <> COALESCE($first_poll, first_poll) OR active <> COALESCE(CAST($active AS INTEGER), active))

-- name: feeds_of
SELECT url FROM feeds WHERE tenant_id = $tenant AND active = 1

-- name: credential_at
SELECT id, base_url FROM credentials WHERE scope = $scope AND owner_key = $owner_key AND service = $service
