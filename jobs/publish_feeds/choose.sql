-- Which of a tenant's new items become articles.

-- name: untried
-- Feeds of the tenant whose poll in this slot is still to come.
SELECT count(*) AS feeds FROM feeds WHERE tenant_id = $tenant AND active = 1 AND tried_slot <> $slot

-- name: room
-- Articles of the slot, articles on their way, and posts of the month.
SELECT (SELECT count(*) FROM articles a WHERE a.tenant_id = $tenant AND a.slot = $slot) AS in_slot,
       (SELECT count(*) FROM articles a WHERE a.tenant_id = $tenant AND a.state IN ('chosen', 'written')) AS on_the_way,
       coalesce((SELECT u.used FROM usage u WHERE u.tenant_id = $tenant AND u.meter = 'posts' AND u.period = $period), 0) AS used

-- name: candidates
-- Newest first; a future date counts as now, a missing one as the time we saw the item.
SELECT id, feed_id FROM feed_items WHERE tenant_id = $tenant AND state = 'new'
ORDER BY CASE WHEN published_at IS NULL OR published_at > first_seen_at THEN first_seen_at ELSE published_at END DESC,
         first_seen_at DESC, position, id

-- name: choose
UPDATE feed_items SET state = 'chosen' WHERE tenant_id = $tenant AND id = $item

-- name: pass_over
UPDATE feed_items SET state = 'passed_over', reason = $reason WHERE tenant_id = $tenant AND id = $item

-- name: add_article
INSERT INTO articles (id, tenant_id, feed_id, item_id, slot, state, created_at)
VALUES ($article, $tenant, $feed, $item, $slot, 'chosen', $now)
