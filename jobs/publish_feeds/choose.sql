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
-- The newest first, fair between the feeds: a feed's items stand behind as many turns as it had chosen lately. An item of
-- a feed without any date stands last.
WITH waiting AS MATERIALIZED (
  SELECT id, feed_id, first_seen_at, position, coalesce(dated_at, 0) AS dated FROM feed_items
  WHERE tenant_id = $tenant AND state = 'new' AND candidate_until > $slot_start),
served AS MATERIALIZED (
  SELECT feed_id, count(*) AS items FROM articles WHERE tenant_id = $tenant AND created_at >= $lately GROUP BY feed_id),
turns AS (
  SELECT w.id, w.feed_id, w.first_seen_at, w.position, w.dated,
         coalesce(s.items, 0) + row_number() OVER (
           PARTITION BY w.feed_id ORDER BY w.dated DESC, w.first_seen_at DESC, w.position, w.id) AS turn
  FROM waiting w LEFT JOIN served s ON s.feed_id = w.feed_id)
SELECT c.id, c.feed_id, f.spread FROM turns c JOIN feeds f ON f.tenant_id = $tenant AND f.id = c.feed_id AND f.active = 1
ORDER BY c.turn, c.dated DESC, c.first_seen_at DESC, c.position, c.id

-- name: over
-- Candidates whose time was over when the slot began.
SELECT id FROM feed_items WHERE tenant_id = $tenant AND state = 'new' AND candidate_until <= $slot_start

-- name: waiting
SELECT count(*) AS items FROM feed_items WHERE tenant_id = $tenant AND state = 'new'

-- name: awaited
-- Does an article of another slot wait for this choice?
SELECT 1 AS yes FROM ledger l WHERE l.waits_for <> '' AND l.waits_for = $word AND l.tenant_id = $tenant LIMIT 1

-- name: want_posts
INSERT INTO posts_wanted (tenant_id, allowed, month_end) VALUES ($tenant, $allowed, $month_end)
ON CONFLICT (tenant_id) DO UPDATE SET allowed = excluded.allowed, month_end = excluded.month_end

-- name: want_none
DELETE FROM posts_wanted WHERE tenant_id = $tenant

-- name: choose
UPDATE feed_items SET state = 'chosen', reason = '', args = '[]' WHERE tenant_id = $tenant AND id = $item

-- name: add_article
INSERT INTO articles (id, tenant_id, feed_id, item_id, slot, state, publish_at, patient_until, created_at)
VALUES ($article, $tenant, $feed, $item, $slot, 'chosen', $publish_at, $until, $now)
