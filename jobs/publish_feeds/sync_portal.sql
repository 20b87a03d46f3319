-- One reading of a portal's tenant list.

-- name: undiscovered
SELECT 1 AS yes FROM portals WHERE active = 1 AND (slot_ends_at IS NULL OR slot_ends_at <= $now) LIMIT 1

-- name: discover
SELECT id, sync_interval_ms FROM portals WHERE active = 1 AND (slot_ends_at IS NULL OR slot_ends_at <= $now) LIMIT $chunk

-- name: enqueued
UPDATE portals SET slot_ends_at = $slot_end WHERE id = $portal

-- name: load
SELECT id AS portal_id, slug, active, sync_interval_ms, timezone, writer, max_items, max_tenants, grants, shrunk_to, lacked, synced_at FROM portals WHERE id = $id

-- name: read
-- The portal was read; while who is missing in its list is not believed to be gone, it is in doubt.
UPDATE portals SET synced_at = $now, shrunk_to = $rows, lacked = $lacked WHERE id = $portal

-- name: stored
-- ... and what its list counted is taken over.
UPDATE portals SET sync_started_at = $started WHERE id = $portal

-- name: tenant
SELECT id, stopped, timezone FROM tenants WHERE portal_id = $portal AND portal_ref = $ref

-- name: active
SELECT id, portal_ref FROM tenants WHERE portal_id = $portal AND active = 1

-- name: how_many
SELECT count(*) AS n FROM tenants WHERE portal_id = $portal

-- name: slug_taken
SELECT 1 AS yes FROM tenants WHERE slug = $slug

-- name: add_tenant
INSERT INTO tenants (id, slug, name, timezone, writer, max_items, portal_id, portal_ref, created_at)
VALUES ($tenant, $slug, $name, $timezone, $writer, $max_items, $portal, $ref, $now)

-- name: other_slots
-- Under another frequency the slot is another one: it begins now, not when the old one ends.
UPDATE feeds SET slot_ends_at = NULL
WHERE tenant_id = $tenant AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = $tenant AND t.frequency <> $frequency)

-- name: update_tenant
-- post_limit is in our count: what the portal still allows, plus our posts of this month it has counted already, less
-- those of earlier months it has not counted yet.
UPDATE tenants SET active = 1 - stopped, language = $language, tone = $tone, publish_mode = $publish_mode, frequency = $frequency,
  portal_says = $says, portal_args = $args, post_period = $period,
  post_limit = $remaining
    + (SELECT count(*) FROM articles a CROSS JOIN callbacks c
       WHERE c.tenant_id = a.tenant_id AND c.article_id = a.id AND a.tenant_id = $tenant AND a.usage_period = $period AND c.status = 'success' AND c.acked_at < $started)
    - (SELECT count(*) FROM callbacks c JOIN articles a ON a.tenant_id = c.tenant_id AND a.id = c.article_id
       WHERE c.tenant_id = $tenant AND c.status = 'success' AND a.usage_period < $period AND c.dropped = ''
         AND coalesce(c.acked_at, 9223372036854775807) >= $started)
WHERE id = $tenant

-- name: unusable
UPDATE tenants SET portal_says = $says, portal_args = $args WHERE portal_id = $portal AND portal_ref = $ref

-- name: gone
UPDATE tenants SET active = 0, portal_says = '', portal_args = '[]' WHERE id = $tenant

-- name: has_site
SELECT 1 AS yes FROM credentials WHERE scope = 'tenant' AND owner_key = $tenant AND service = 'wordpress'

-- name: grant
INSERT INTO platform_grants (tenant_id, service) VALUES ($tenant, $service) ON CONFLICT (tenant_id, service) DO NOTHING

-- name: upsert_feed
-- A feed that was stopped for another reason than by the portal's list (leaving it, or being its own site's) stays stopped.
INSERT INTO feeds (id, tenant_id, url, active, stop_reason) VALUES ($feed, $tenant, $url, $active, $stop_reason)
ON CONFLICT (tenant_id, url) DO UPDATE SET
  active = CASE WHEN feeds.active = 0 AND feeds.stop_reason NOT IN ($left, $own) THEN 0 ELSE excluded.active END,
  stop_reason = CASE WHEN feeds.active = 0 AND feeds.stop_reason NOT IN ($left, $own) THEN feeds.stop_reason ELSE excluded.stop_reason END

-- name: leave_feeds
-- One that was gone is left behind with that, and nobody is reminded of it any more.
UPDATE feeds SET active = 0, stop_reason = $left, gone_since = NULL, refused_since = NULL
WHERE tenant_id = $tenant AND url <> $url AND (active = 1 OR gone_since IS NOT NULL)

-- name: feed_at
SELECT id, active, stop_reason FROM feeds WHERE tenant_id = $tenant AND url = $url
