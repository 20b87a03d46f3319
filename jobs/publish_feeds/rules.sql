-- name: portal_of
-- All a callback needs to know of an article's tenant.
SELECT t.portal_id, t.portal_ref, fi.identity, fi.feed_id FROM articles a
JOIN tenants t ON t.id = a.tenant_id
JOIN feed_items fi ON fi.tenant_id = a.tenant_id AND fi.id = a.item_id
WHERE a.tenant_id = $tenant AND a.id = $article

-- name: give_up
UPDATE articles SET state = 'given_up', reason = $reason, finished_at = $now
WHERE tenant_id = $tenant AND id = $article AND state IN ('chosen', 'written')

-- name: revive
UPDATE articles SET state = CASE WHEN slug IS NULL THEN 'chosen' ELSE 'written' END, reason = '', finished_at = NULL,
  revived_at = $now
WHERE tenant_id = $tenant AND id = $article AND state = 'given_up'

-- name: add_callback
INSERT INTO callbacks (execution_id, tenant_id, article_id, portal_id, status, error, created_at)
VALUES ($execution, $tenant, $article, $portal, $status, $error, $now)
ON CONFLICT (execution_id) DO NOTHING
