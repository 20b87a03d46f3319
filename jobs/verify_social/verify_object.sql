-- One look at an object, and the claims that wait for it.

-- name: load
-- A claim rests while its task is off or its campaign does not run. It is over when the campaign's time does not hold it,
-- or when the campaign has ended nobody knows when; one made in time is checked after the end too, until its deadline.
SELECT w.id AS watch_id, w.service, w.method, w.object_id, w.campaign_id, w.task_id, w.platform_ok, w.metric, w.looks,
       w.last_count, w.counted_at, t.active AS tenant_active, coalesce(q.pending, 0) AS pending, coalesce(q.past, 0) AS past,
       q.look_at, q.since
FROM watches w JOIN tenants t ON t.id = w.tenant_id
LEFT JOIN (
  SELECT s.watch_id, count(*) AS pending, sum(s.past) AS past, min(CASE WHEN s.open = 1 AND s.past = 0 THEN s.look_at END) AS look_at,
         min(CASE WHEN s.open = 1 AND s.past = 0 THEN s.since END) AS since
  FROM (SELECT c.watch_id, coalesce(c.look_at, c.verify_after) AS look_at, coalesce(c.clicked_at, c.claimed_at) AS since,
               CASE WHEN k.active = 1 AND g.status IN ('running', 'ended') THEN 1 ELSE 0 END AS open,
               CASE WHEN g.status IN ('running', 'ended') AND ((g.status = 'ended' AND g.ends_at IS NULL)
                    OR c.claimed_at < coalesce(g.starts_at, c.claimed_at) OR c.claimed_at >= coalesce(g.ends_at, c.claimed_at + 1))
                    THEN 1 ELSE 0 END AS past
        FROM task_completions c JOIN tasks k ON k.tenant_id = c.tenant_id AND k.id = c.task_id
        JOIN campaigns g ON g.tenant_id = k.tenant_id AND g.id = k.campaign_id
        WHERE c.tenant_id = (SELECT x.tenant_id FROM watches x WHERE x.id = $id) AND c.watch_id = $id AND c.state = 'pending') s
  GROUP BY s.watch_id) q ON q.watch_id = w.id
WHERE w.id = $id

-- name: past
-- Claims that no look can help any more (see load).
SELECT c.id, CASE WHEN g.status = 'ended' AND g.ends_at IS NULL THEN 1 ELSE 0 END AS ended
FROM task_completions c JOIN tasks k ON k.tenant_id = c.tenant_id AND k.id = c.task_id
JOIN campaigns g ON g.tenant_id = k.tenant_id AND g.id = k.campaign_id
WHERE c.tenant_id = $tenant AND c.watch_id = $watch AND c.state = 'pending' AND g.status IN ('running', 'ended')
  AND ((g.status = 'ended' AND g.ends_at IS NULL)
       OR c.claimed_at < coalesce(g.starts_at, c.claimed_at) OR c.claimed_at >= coalesce(g.ends_at, c.claimed_at + 1))
ORDER BY c.claimed_at, c.id

-- name: waiting
-- Oldest claim first: what a counter grew by belongs to those who came first, also to those whose own turn comes later.
SELECT c.id, c.task_id, c.claimed_at, c.clicked_at, c.deadline_at, c.looks, c.code, coalesce(c.look_at, c.verify_after) AS look_at,
       CASE WHEN c.handle <> '' THEN c.handle WHEN w.service = 'instagram' THEN p.instagram ELSE p.facebook END AS handle, p.igsid
FROM task_completions c
JOIN watches w ON w.tenant_id = c.tenant_id AND w.id = c.watch_id
JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id
JOIN tasks k ON k.tenant_id = c.tenant_id AND k.id = c.task_id JOIN campaigns g ON g.tenant_id = k.tenant_id AND g.id = k.campaign_id
WHERE c.tenant_id = $tenant AND c.watch_id = $watch AND c.state = 'pending' AND c.verify_after <= $looked_at
  AND c.claimed_at <= $looked_at AND k.active = 1 AND g.status IN ('running', 'ended')
ORDER BY c.claimed_at, c.id

-- name: next_look
SELECT min(coalesce(c.look_at, c.verify_after)) AS look_at FROM task_completions c
WHERE c.tenant_id = $tenant AND c.watch_id = $watch AND c.state = 'pending'

-- name: looked
UPDATE watches SET looks = looks + 1 WHERE tenant_id = $tenant AND id = $watch

-- name: counted
UPDATE watches SET last_count = $count, counted_at = $now WHERE tenant_id = $tenant AND id = $watch

-- name: waits
UPDATE task_completions SET reason = $reason, note = $reason, args = $args
WHERE tenant_id = $tenant AND watch_id = $watch AND state = 'pending' AND coalesce(look_at, verify_after) <= $now

-- name: used
SELECT 1 AS yes FROM task_completions WHERE task_id = $task AND evidence = $evidence AND evidence <> ''
