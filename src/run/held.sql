-- What is held, as runs tell of it.

-- name: items_of
-- Of one tenant, and the operator's own.
SELECT count(*) AS items FROM ledger WHERE state = 'held' AND stage = $stage AND tenant_id IN ($only, $operator)

-- name: untold
-- By tenant and reason, those that nobody was told of since; the word is the stage's among what was told.
SELECT l.tenant_id, t.slug, l.reason, min(l.args) AS args, count(*) AS items, min(l.key) AS key
FROM ledger l JOIN tenants t ON t.id = l.tenant_id
WHERE l.state = 'held' AND l.stage = $stage AND ($only = '' OR l.tenant_id IN ($only, $operator)) AND NOT EXISTS (
  SELECT 1 FROM told d WHERE d.waits_for = $word AND d.tenant_id = l.tenant_id AND d.reason = l.reason AND d.at > $since)
GROUP BY l.tenant_id, t.slug, l.reason ORDER BY items DESC, t.slug, l.reason LIMIT $limit
