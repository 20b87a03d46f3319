-- Telling the portal.

-- name: load
SELECT c.execution_id, c.status, c.error, c.acked_at, c.dropped, t.portal_ref, t.slug AS tenant_slug, fi.url AS item_url,
       a.post_id, a.tries, a.last_status, a.backoff_ms, a.created_at, a.started_at, a.finished_at
FROM callbacks c JOIN tenants t ON t.id = c.tenant_id
JOIN articles a ON a.tenant_id = c.tenant_id AND a.id = c.article_id
JOIN feed_items fi ON fi.tenant_id = a.tenant_id AND fi.id = a.item_id
WHERE c.execution_id = $id

-- name: acked
UPDATE callbacks SET acked_at = $now WHERE tenant_id = $tenant AND execution_id = $execution

-- name: dropped
UPDATE callbacks SET dropped = $reason WHERE tenant_id = $tenant AND execution_id = $execution
