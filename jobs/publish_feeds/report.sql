-- What a dry run cannot know.

-- name: preview
SELECT 'portal ' || p.slug || ' last synced' AS note, p.synced_at AS at, NULL AS items FROM portals p WHERE p.active = 1
UNION ALL
SELECT 'feeds that would be polled' AS note, NULL AS at, count(*) AS items FROM ledger l
WHERE l.state IN ('due', 'uncertain') AND l.stage = 'poll-feed' AND l.due_at <= $now

-- name: standing
-- Why a tenant gets nothing, from the plainest reason to the most special one.
SELECT t.id AS tenant_id, t.slug,
  CASE WHEN t.stopped = 1 THEN 'switched off by the operator'
       WHEN t.active = 0 AND t.portal_id IS NOT NULL THEN 'no longer in the portal''s list'
       WHEN t.active = 0 THEN 'not active'
       WHEN p.active = 0 THEN 'the portal is not active'
       WHEN coalesce(p.synced_at, 0) < coalesce(p.slot_ends_at, 0) - p.sync_interval_ms
         THEN 'waiting: the portal was not read in this slot'
       WHEN t.problem <> '' THEN 'the portal''s list cannot be used: ' || t.problem
       WHEN t.skip = 1 THEN 'the portal says skip: ' || t.skip_reason
       WHEN EXISTS (SELECT 1 FROM feeds f WHERE f.tenant_id = t.id AND f.active = 1) THEN 'its slot is served'
       ELSE coalesce((SELECT 'feed stopped: ' || f.stop_reason FROM feeds f WHERE f.tenant_id = t.id AND f.active = 0 LIMIT 1), 'no feed')
  END AS standing
FROM tenants t LEFT JOIN portals p ON p.id = t.portal_id WHERE t.id <> 'operator' AND ($only = '' OR t.id = $only)
ORDER BY t.slug LIMIT $limit

-- name: doubted
SELECT p.slug, p.shrunk_to AS rows, (SELECT count(*) FROM tenants t WHERE t.portal_id = p.id AND t.active = 1) AS active
FROM portals p WHERE p.active = 1 AND p.shrunk_to IS NOT NULL
