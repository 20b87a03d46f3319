-- Telling the portal.

-- name: load
SELECT c.execution_id, c.status, c.reason, c.args, c.detail, c.item_url, c.post_id, c.attempts, c.http_status, c.backoff_ms, c.started_at, c.created_at,
       c.acked_at, c.dropped, t.portal_ref, t.slug AS tenant_slug
FROM callbacks c JOIN tenants t ON t.id = c.tenant_id
WHERE c.execution_id = $id

-- name: acked
UPDATE callbacks SET acked_at = $now, dropped = '' WHERE tenant_id = $tenant AND execution_id = $execution

-- name: dropped
UPDATE callbacks SET dropped = $reason WHERE tenant_id = $tenant AND execution_id = $execution
