-- What the operator's commands read.

-- name: tenant_by_slug
SELECT id FROM tenants WHERE slug = $slug

-- name: any_credential
SELECT id FROM credentials LIMIT 1

-- name: runs
-- Latest first; $job NULL = every job.
SELECT r.id, r.number, r.job, r.host, r.pid, r.started_at, r.ended_at, r.exit_code, r.ended_by
FROM runs r
WHERE CAST($job AS TEXT) IS NULL OR r.job = $job
ORDER BY r.started_at DESC, r.number DESC
LIMIT $limit

-- name: idle_runs
SELECT job, last_at, times FROM idle_runs WHERE CAST($job AS TEXT) IS NULL OR job = $job ORDER BY job

-- name: run
-- By id or by number.
SELECT r.id, r.number, r.job, r.host, r.pid, r.started_at, r.ended_at, r.exit_code, r.ended_by
FROM runs r
WHERE r.id = $run OR CAST(r.number AS TEXT) = $run

-- name: counts
SELECT stage, outcome, reason, items, next_at FROM run_counts WHERE run_id = $run ORDER BY stage, outcome, reason

-- name: tenants
SELECT t.slug, rt.got, rt.story
FROM run_tenants rt JOIN tenants t ON t.id = rt.tenant_id
WHERE rt.run_id = $run ORDER BY t.slug
