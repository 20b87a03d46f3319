-- Destinations in trouble: parks of their own kind.

-- name: every
SELECT service, host, tenant_id, failures, step, until, probe_until, since, reason, args, detail, told_at, seen_by FROM parks
WHERE scope = 'destination'

-- name: put
INSERT INTO parks (scope, id, service, host, tenant_id, failures, step, until, probe_until, since, reason, args, detail, seen_by)
VALUES ('destination', $service || ' ' || $host || ' ' || $tenant, $service, $host, $tenant, $failures, $step, $until, $probe_until,
        $since, $reason, $args, $detail, $seen_by)
ON CONFLICT (scope, id) DO UPDATE SET failures = excluded.failures, step = excluded.step, until = excluded.until,
  probe_until = excluded.probe_until, since = excluded.since, reason = excluded.reason, args = excluded.args, detail = excluded.detail,
  seen_by = excluded.seen_by

-- name: drop
DELETE FROM parks WHERE scope = 'destination' AND id = $service || ' ' || $host || ' ' || $tenant

-- name: told
UPDATE parks SET told_at = $now WHERE scope = 'destination' AND id = $service || ' ' || $host || ' ' || $tenant

-- name: forget
-- Failures that nobody saw again for two days.
DELETE FROM parks WHERE scope = 'destination' AND since <= $before AND until <= $before

-- name: who_waits
-- Other tenants whose items wait for it and may be tried now, by the first item of each.
WITH RECURSIVE t(id, n) AS (
  SELECT (SELECT l.tenant_id FROM ledger l WHERE l.waits_for <> '' AND l.waits_for = $waits_for
          ORDER BY l.tenant_id LIMIT 1), 1
  UNION ALL
  SELECT (SELECT l.tenant_id FROM ledger l WHERE l.waits_for <> '' AND l.waits_for = $waits_for AND l.tenant_id > t.id
          ORDER BY l.tenant_id LIMIT 1), t.n + 1
  FROM t WHERE t.id IS NOT NULL AND t.n < $limit)
SELECT t.id AS tenant_id FROM t WHERE t.id IS NOT NULL AND t.id <> $tenant
  AND (SELECT l.due_at FROM ledger l WHERE l.waits_for <> '' AND l.waits_for = $waits_for AND l.tenant_id = t.id LIMIT 1) <= $now
