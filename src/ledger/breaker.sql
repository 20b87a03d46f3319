-- Destinations in trouble.

-- name: every
SELECT service, host, tenant_id, failures, step, until, probe_until, since, reason, args, detail, told_at FROM destinations

-- name: put
INSERT INTO destinations (service, host, tenant_id, failures, step, until, probe_until, since, reason, args, detail)
VALUES ($service, $host, $tenant, $failures, $step, $until, $probe_until, $since, $reason, $args, $detail)
ON CONFLICT (service, host, tenant_id) DO UPDATE SET failures = excluded.failures, step = excluded.step, until = excluded.until,
  probe_until = excluded.probe_until, since = excluded.since, reason = excluded.reason, args = excluded.args, detail = excluded.detail

-- name: drop
DELETE FROM destinations WHERE service = $service AND host = $host AND tenant_id = $tenant

-- name: told
UPDATE destinations SET told_at = $now WHERE service = $service AND host = $host AND tenant_id = $tenant

-- name: forget
-- Failures that nobody saw again for two days.
DELETE FROM destinations WHERE since <= $before AND until <= $before
