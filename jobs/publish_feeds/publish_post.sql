-- The one call that must not happen twice.

-- name: load
SELECT a.id AS article_id, a.state AS article_state, a.slug, a.title, a.excerpt, a.html, a.tags, a.risks, a.started_at, a.created_at,
       t.slug AS tenant_slug, t.active AS tenant_active, t.publish_mode, t.categories, t.skip, t.skip_reason, t.portal_id AS tenant_portal_id,
       t.post_limit, t.post_period, pl.posts_per_month, p.synced_at, p.sync_interval_ms
FROM articles a JOIN tenants t ON t.id = a.tenant_id
LEFT JOIN plans pl ON pl.id = t.plan_id LEFT JOIN portals p ON p.id = t.portal_id
WHERE a.id = $id

-- name: tried
UPDATE articles SET tries = tries + 1, last_status = $status, backoff_ms = backoff_ms + $backoff
WHERE tenant_id = $tenant AND id = $article

-- name: published
UPDATE articles SET state = 'published', post_id = $post, post_link = $link, post_status = $status, usage_period = $period,
  finished_at = $now, last_status = $http_status
WHERE tenant_id = $tenant AND id = $article AND state = 'written'
