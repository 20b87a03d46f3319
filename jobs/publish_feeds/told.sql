-- Callbacks on their way to a portal.

-- name: portal_of
SELECT portal_id, portal_ref FROM tenants WHERE id = $tenant

-- name: article
-- All that a callback says of an article.
SELECT t.portal_id, t.portal_ref, fi.identity, fi.feed_id, fi.url, a.post_id, a.tries, a.last_status, a.backoff_ms, a.started_at,
       a.created_at
FROM articles a
JOIN tenants t ON t.id = a.tenant_id
JOIN feed_items fi ON fi.tenant_id = a.tenant_id AND fi.id = a.item_id
WHERE a.tenant_id = $tenant AND a.id = $article

-- name: tries
SELECT count(*) AS tries, min(begun_at) AS first_at, max(finished_at) AS last_at, coalesce(sum(finished_at - begun_at), 0) AS busy
FROM attempts WHERE stage = $stage AND key = $key AND kind = 'work'

-- name: last_failure
SELECT reason, args, detail, http_status FROM attempts
WHERE stage = $stage AND key = $key AND kind = 'work' AND outcome NOT IN ('done', 'snoozed', 'cancelled', 'lost')
ORDER BY turn DESC LIMIT 1

-- name: add
INSERT INTO callbacks (execution_id, tenant_id, article_id, portal_id, status, reason, args, detail, item_url, post_id, attempts,
                       http_status, backoff_ms, started_at, created_at)
VALUES ($execution, $tenant, $article, $portal, $status, $reason, $args, $detail, $url, $post, $attempts,
        $http_status, $backoff, $started, $now)
ON CONFLICT (execution_id) DO NOTHING
