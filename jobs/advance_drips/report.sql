-- What each tenant's drips came to, or why nothing.

-- name: tenants
SELECT w.tenant_id, w.slug, w.got, w.next_at,
  CASE WHEN w.got > 0 THEN 'steps planned ' || CAST(w.got AS TEXT) || CASE WHEN w.waits IS NULL THEN '' ELSE ', others wait: ' || w.waits END
       WHEN w.waits IS NOT NULL THEN 'waiting: ' || w.waits
       WHEN w.walking > 0 THEN CAST(w.walking AS TEXT) || ' walk through drips; no step is due'
       ELSE 'nobody walks through a drip' END AS story
FROM (
  SELECT t.id AS tenant_id, t.slug,
    (SELECT count(*) FROM messages m JOIN campaigns k ON k.tenant_id = m.tenant_id AND k.id = m.campaign_id AND k.kind = 'drip'
     WHERE m.tenant_id = t.id AND m.created_at >= $run_start) AS got,
    (SELECT count(*) FROM enrollments e WHERE e.tenant_id = t.id AND e.state = 'active') AS walking,
    (SELECT l.reason FROM ledger l WHERE l.tenant_id = t.id AND l.stage IN ('advance-step', 'deliver') AND l.state = 'due'
       AND l.reason NOT IN ('', 'not before its moment') ORDER BY l.due_at LIMIT 1) AS waits,
    (SELECT min(l.due_at) FROM ledger l WHERE l.tenant_id = t.id AND l.stage IN ('advance-step', 'deliver') AND l.state = 'due')
      AS next_at
  FROM tenants t WHERE t.id <> 'operator'
) w
ORDER BY w.slug

-- name: preview
SELECT 'people whose first step is to be planned' AS note, NULL AS at, count(*) AS items FROM enrollments e
WHERE e.enqueued = 0 AND e.state = 'active' AND e.started_at <= $now
