-- Items of feeds: seen before or not, candidate or not.

-- name: known
SELECT 1 AS yes FROM feed_items WHERE tenant_id = $tenant AND feed_id = $feed AND identity = $identity

-- name: seen
-- The same link or text is the same item in another feed of the tenant; in its own feed only when it has no id, or had none.
SELECT 1 AS yes WHERE
  ($link_key <> '' AND (
     EXISTS (SELECT 1 FROM feed_items i WHERE i.tenant_id = $tenant AND i.link_key = $link_key AND i.link_key <> '' AND i.feed_id < $feed)
  OR EXISTS (SELECT 1 FROM feed_items i WHERE i.tenant_id = $tenant AND i.link_key = $link_key AND i.link_key <> '' AND i.feed_id > $feed)
  OR EXISTS (SELECT 1 FROM feed_items i WHERE i.tenant_id = $tenant AND i.link_key = $link_key AND i.link_key <> ''
             AND ($has_id = 0 OR substr(i.identity, 1, 5) <> 'guid:'))))
  OR ($content_hash <> '' AND (
     EXISTS (SELECT 1 FROM feed_items i WHERE i.tenant_id = $tenant AND i.content_hash = $content_hash AND i.feed_id < $feed)
  OR EXISTS (SELECT 1 FROM feed_items i WHERE i.tenant_id = $tenant AND i.content_hash = $content_hash AND i.feed_id > $feed)
  OR EXISTS (SELECT 1 FROM feed_items i WHERE i.tenant_id = $tenant AND i.content_hash = $content_hash
             AND ($has_id = 0 OR substr(i.identity, 1, 5) <> 'guid:'))))

-- name: renamed
-- An item of this feed that had the same title and the same link or text.
SELECT x.id FROM (
  SELECT i.id FROM feed_items i WHERE i.tenant_id = $tenant AND i.feed_id = $feed AND i.link_key = $link_key AND i.link_key <> ''
    AND i.title = $title
  UNION ALL
  SELECT i.id FROM feed_items i WHERE i.tenant_id = $tenant AND i.feed_id = $feed AND i.content_hash = $content_hash
    AND $content_hash <> '' AND i.title = $title) x LIMIT 1

-- name: rename
UPDATE feed_items SET identity = $identity WHERE tenant_id = $tenant AND id = $item

-- name: own_post
SELECT 1 AS yes FROM articles WHERE tenant_id = $tenant AND post_link = $url AND state = 'published' LIMIT 1

-- name: add_item
INSERT INTO feed_items (id, tenant_id, feed_id, identity, link_key, content_hash, url, title, author, published_at, dated_at, position,
                        summary, content, image, tags, first_seen_at, candidate_until, state, reason, args)
VALUES ($item, $tenant, $feed, $identity, $link_key, $content_hash, $url, $title, $author, $published, $dated, $position,
        $summary, $content, $image, $tags, $now, $until, $state, $reason, $args)

-- name: kept
-- Candidates, the newest first, with the length of their texts.
SELECT id, feed_id, length(summary) + length(content) AS size FROM feed_items WHERE tenant_id = $tenant AND state = 'new'
ORDER BY coalesce(dated_at, 0) DESC, first_seen_at DESC, position, id

-- name: pass_over
UPDATE feed_items SET state = 'passed_over', reason = $reason, args = $args, summary = '', content = '', image = '', tags = '[]'
WHERE tenant_id = $tenant AND id = $item

-- name: forget_texts
-- Of articles that are posts, or were given up so long ago that nobody will try again.
UPDATE feed_items SET summary = '', content = '', image = '', tags = '[]'
WHERE tenant_id = $tenant AND content <> '' AND state = 'chosen' AND EXISTS (
  SELECT 1 FROM articles a WHERE a.item_id = feed_items.id
    AND (a.state = 'published' OR (a.state = 'given_up' AND a.finished_at < $old)))

-- name: seen_ever
SELECT count(*) AS items FROM feed_items WHERE tenant_id = $tenant AND feed_id = $feed

-- name: forget_oldest
-- What was never published and stands far behind what the feed shows now.
DELETE FROM feed_items WHERE id IN (
  SELECT x.id FROM (
    SELECT i.id, row_number() OVER (ORDER BY i.first_seen_at DESC, i.position, i.id) AS place FROM feed_items i
    WHERE i.tenant_id = $tenant AND i.feed_id = $feed AND i.state IN ('passed_over', 'baseline')) x
  WHERE x.place > $remembered)
