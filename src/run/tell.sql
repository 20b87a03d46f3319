-- What a report needs to name things.

-- name: credential
SELECT c.service, c.scope, t.slug FROM credentials c JOIN tenants t ON t.id = c.tenant_id WHERE c.id = $id

-- name: tenant
SELECT slug FROM tenants WHERE id = $id

-- name: portal
SELECT slug FROM portals WHERE id = $id

-- name: next_waiting
-- The first item of the next (word, tenant, reason) that items wait for.
SELECT l.waits_for, l.tenant_id, l.reason, l.args, l.detail, l.created_at, l.due_at FROM ledger l
WHERE l.waits_for <> '' AND l.waits_for >= $word AND (l.waits_for, l.tenant_id, l.reason) > ($word, $tenant, $reason)
ORDER BY l.waits_for, l.tenant_id, l.reason LIMIT 1

-- name: told_up_to
SELECT first, second FROM told_up_to WHERE list = $list

-- name: go_on_after
INSERT INTO told_up_to (list, first, second) VALUES ($list, $first, $second)
ON CONFLICT (list) DO UPDATE SET first = excluded.first, second = excluded.second

-- name: resting
-- Parks and destinations, those that are over, too, and those that are in trouble and do not rest yet. Of one tenant:
-- his, and what is of all (a host, an app, the platform's own credentials).
SELECT scope, id, until, reason, args, detail, tenant_id, since, times, told_at, service, host, failures, step, probe_until, seen_by
FROM parks WHERE (scope, id) > ($scope, $id) AND ($only = '' OR tenant_id IN ('', $operator, $only)
  OR CASE scope WHEN 'destination' THEN 0 WHEN 'tenant' THEN 0
     WHEN 'credential' THEN (SELECT count(*) FROM credentials c WHERE c.id = parks.id AND c.tenant_id = $operator)
     ELSE CASE WHEN id LIKE '% ' || tenant_id THEN 0 ELSE 1 END END = 1)
ORDER BY scope, id LIMIT $limit

-- name: all_resting
SELECT count(*) AS n FROM (SELECT 1 AS one FROM parks LIMIT $most) AS few

-- name: rests
-- For one tenant or for all.
SELECT 1 AS yes FROM parks WHERE scope = $scope AND id >= $id AND id < $id || '!' AND (id = $id OR id > $id || ' ') AND until > $now LIMIT 1

-- name: waiting
SELECT count(*) AS items FROM (SELECT 1 AS one FROM ledger l WHERE l.waits_for <> '' AND l.waits_for = $word LIMIT $most) AS few

-- name: waiting_of
SELECT count(*) AS items FROM (SELECT 1 AS one FROM ledger l
  WHERE l.waits_for <> '' AND l.waits_for = $word AND l.tenant_id = $tenant AND l.reason >= $from AND l.reason <= $to LIMIT $most) AS few

-- name: moments_of
-- Since when they wait, and the first one's next try, of some of them.
SELECT min(few.created_at) AS since, min(few.due_at) AS next_at FROM (SELECT l.created_at, l.due_at FROM ledger l
  WHERE l.waits_for <> '' AND l.waits_for = $word AND l.tenant_id = $tenant AND l.reason >= $from AND l.reason <= $to LIMIT $most) AS few

-- name: told_at
SELECT at FROM told WHERE waits_for = $word AND tenant_id = $tenant AND reason = $reason

-- name: tell
INSERT INTO told (waits_for, tenant_id, reason, at) VALUES ($word, $tenant, $reason, $now)
ON CONFLICT (waits_for, tenant_id, reason) DO UPDATE SET at = excluded.at

-- name: forget_told
DELETE FROM told WHERE at <= $before
