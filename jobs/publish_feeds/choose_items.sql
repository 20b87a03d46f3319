-- Tenants whose candidates waited for posts that they may make now.

-- name: undiscovered
SELECT 1 AS yes FROM posts_wanted w CROSS JOIN tenants t LEFT JOIN plans pl ON pl.id = t.plan_id
WHERE t.id = w.tenant_id AND t.active = 1 AND w.put_off_until <= $now AND (w.month_end <= $now OR (t.portal_id IS NOT NULL AND t.post_limit > w.allowed)
  OR (t.portal_id IS NULL AND coalesce(pl.posts_per_month, w.allowed + 1) > w.allowed)) LIMIT 1

-- name: discover
SELECT w.tenant_id FROM posts_wanted w CROSS JOIN tenants t LEFT JOIN plans pl ON pl.id = t.plan_id
WHERE t.id = w.tenant_id AND t.active = 1 AND w.put_off_until <= $now AND (w.month_end <= $now OR (t.portal_id IS NOT NULL AND t.post_limit > w.allowed)
  OR (t.portal_id IS NULL AND coalesce(pl.posts_per_month, w.allowed + 1) > w.allowed))
  AND ($only = '' OR w.tenant_id = $only)
LIMIT $chunk

-- name: put_off
UPDATE posts_wanted SET put_off_until = $until WHERE tenant_id = $tenant

-- name: enqueued
DELETE FROM posts_wanted WHERE tenant_id = $tenant

-- name: load
SELECT t.id AS tenant_id, t.slug AS tenant_slug, t.active AS tenant_active, t.stopped AS tenant_stopped, t.timezone, t.frequency,
       t.max_items, t.publish_from, t.publish_until, t.portal_says, t.portal_args,
       t.portal_id AS tenant_portal_id, t.post_limit, t.post_period, pl.posts_per_month, p.synced_at, p.sync_interval_ms
FROM tenants t LEFT JOIN plans pl ON pl.id = t.plan_id LEFT JOIN portals p ON p.id = t.portal_id
WHERE t.id = $id
