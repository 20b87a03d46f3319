-- What each tenant got, or why nothing.

-- name: tenants
-- `in_hand`: what a dry run claimed. `waits` is the tenant's oldest open item; the CASE goes from the plainest reason to the most special one.
SELECT w.tenant_id, w.slug, w.got, w.next_at,
  CASE WHEN w.held > 0 THEN w.held_reason ELSE w.waits END AS why, CASE WHEN w.held > 0 THEN w.held_args ELSE w.waits_args END AS why_args,
  CASE WHEN w.got > 0 THEN 'published ' || CAST(w.got AS TEXT) || ': ' || coalesce(w.link, '')
       WHEN w.active = 0 THEN 'not active'
       WHEN w.given_up IS NOT NULL THEN 'given up: ' || w.given_up
       WHEN w.skip = 1 THEN 'the portal says skip: ' || w.skip_reason
       WHEN w.held > 0 THEN 'held for an operator: {why}'
       WHEN w.feeds = 0 AND w.stopped IS NOT NULL THEN 'feed stopped: ' || w.stopped
       WHEN w.feeds = 0 THEN 'no feed'
       WHEN w.in_hand = 1 THEN 'has work to do now'
       WHEN w.waits IS NOT NULL THEN CASE WHEN w.waits = '' THEN 'waiting' ELSE 'waiting: {why}' END
       WHEN w.feed_error IS NOT NULL THEN 'feed failed: ' || w.feed_error
       WHEN w.passed IS NOT NULL THEN 'passed over: ' || w.passed
       WHEN w.polled = 1 THEN 'nothing new in the feed'
       ELSE 'its slot is served' END AS story
FROM (
  SELECT t.id AS tenant_id, t.slug, t.active, t.skip, t.skip_reason,
    (SELECT count(*) FROM articles a WHERE a.tenant_id = t.id AND a.state = 'published' AND a.finished_at >= $run_start) AS got,
    (SELECT a.post_link FROM articles a WHERE a.tenant_id = t.id AND a.state = 'published' AND a.finished_at >= $run_start
     ORDER BY a.finished_at DESC LIMIT 1) AS link,
    (SELECT a.reason FROM articles a WHERE a.tenant_id = t.id AND a.state = 'given_up' AND a.finished_at >= $run_start
     ORDER BY a.finished_at DESC LIMIT 1) AS given_up,
    (SELECT count(*) FROM ledger l WHERE l.stage = 'publish-post' AND l.tenant_id = t.id AND l.state = 'held') AS held,
    (SELECT l.reason FROM ledger l WHERE l.stage = 'publish-post' AND l.tenant_id = t.id AND l.state = 'held' LIMIT 1) AS held_reason,
    (SELECT l.args FROM ledger l WHERE l.stage = 'publish-post' AND l.tenant_id = t.id AND l.state = 'held' LIMIT 1) AS held_args,
    (SELECT count(*) FROM feeds f WHERE f.tenant_id = t.id AND f.active = 1) AS feeds,
    (SELECT f.stop_reason FROM feeds f WHERE f.tenant_id = t.id AND f.active = 0 LIMIT 1) AS stopped,
    CASE WHEN EXISTS (SELECT 1 FROM ledger l WHERE l.state = 'running' AND l.tenant_id = t.id
      AND l.stage IN ('poll-feed', 'write-article', 'publish-post')) THEN 1 ELSE 0 END AS in_hand,
    (SELECT l.reason FROM ledger l WHERE l.tenant_id = t.id AND l.state IN ('due', 'uncertain')
       AND l.stage IN ('poll-feed', 'write-article', 'publish-post') ORDER BY l.due_at LIMIT 1) AS waits,
    (SELECT l.args FROM ledger l WHERE l.tenant_id = t.id AND l.state IN ('due', 'uncertain')
       AND l.stage IN ('poll-feed', 'write-article', 'publish-post') ORDER BY l.due_at LIMIT 1) AS waits_args,
    coalesce(
      (SELECT min(l.due_at) FROM ledger l WHERE l.tenant_id = t.id AND l.state IN ('due', 'uncertain')
         AND l.stage IN ('poll-feed', 'write-article', 'publish-post')),
      (SELECT min(f.slot_ends_at) FROM feeds f WHERE f.tenant_id = t.id AND f.active = 1)) AS next_at,
    (SELECT f.last_error FROM feeds f WHERE f.tenant_id = t.id AND f.active = 1 AND f.last_error <> '' LIMIT 1) AS feed_error,
    (SELECT fi.reason FROM feed_items fi WHERE fi.tenant_id = t.id AND fi.state = 'passed_over' AND fi.first_seen_at >= $run_start
     LIMIT 1) AS passed,
    CASE WHEN EXISTS (SELECT 1 FROM feeds f WHERE f.tenant_id = t.id AND f.polled_at >= $run_start) THEN 1 ELSE 0 END AS polled
  FROM tenants t WHERE t.id <> 'operator'
) w
ORDER BY w.slug

-- name: preview
SELECT 'portal ' || p.slug || ' last synced' AS note, p.synced_at AS at, NULL AS items FROM portals p WHERE p.active = 1
UNION ALL
SELECT 'feeds that would be polled' AS note, NULL AS at, count(*) AS items FROM ledger l
WHERE l.state = 'running' AND l.stage = 'poll-feed' AND l.due_at <= $now
