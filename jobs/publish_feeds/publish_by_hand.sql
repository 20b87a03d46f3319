-- An item that an operator wants published.

-- name: item
-- A candidate has the text it was shown with, if any; the others have lost theirs.
SELECT fi.feed_id, fi.url, CASE WHEN fi.state = 'new' OR fi.content <> '' OR fi.summary <> '' THEN 1 ELSE 0 END AS has_text,
       a.state AS article_state, a.post_link, t.portal_id AS tenant_portal_id, t.post_limit, t.post_period, pl.posts_per_month
FROM feed_items fi JOIN tenants t ON t.id = fi.tenant_id LEFT JOIN plans pl ON pl.id = t.plan_id
LEFT JOIN articles a ON a.tenant_id = fi.tenant_id AND a.item_id = fi.id
WHERE fi.tenant_id = $tenant AND fi.id = $item

-- name: own_post
SELECT 1 AS yes FROM articles a WHERE a.tenant_id = $tenant AND a.post_link = $url AND a.state = 'published' LIMIT 1

-- name: give_text
UPDATE feed_items SET summary = $summary, content = $content, tags = $tags WHERE tenant_id = $tenant AND id = $item
