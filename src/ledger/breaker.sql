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
