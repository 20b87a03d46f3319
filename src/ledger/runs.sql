-- Runs: who is alive, what died, what was told.

-- name: next_number
SELECT coalesce(max(number), 0) + 1 AS number FROM runs

-- name: insert
INSERT INTO runs (id, number, job, host, pid, started_at, heartbeat_at)
VALUES ($run, $number, $job, $host, $pid, $now, $now)

-- name: heartbeat
UPDATE runs SET heartbeat_at = $now WHERE id = $run AND ended_at IS NULL

-- name: finish
UPDATE runs SET ended_at = $now, exit_code = $exit_code, ended_by = $ended_by WHERE id = $run AND ended_at IS NULL

-- name: open
SELECT id, number, job, heartbeat_at FROM runs WHERE ended_at IS NULL

-- name: holds
SELECT 1 AS yes FROM ledger WHERE state = 'running' AND run_id = $run AND stage = $stage LIMIT 1

-- name: in_flight
-- What a run holds: claimed rows, and begun ones with their open attempt.
SELECT l.stage, l.key, l.tenant_id, l.attempts, l.crashes, l.uncertain_attempt, l.absent, l.attempt_id,
       a.kind, a.armed_at, a.look_after
FROM ledger l LEFT JOIN attempts a ON a.id = l.attempt_id
WHERE l.state = 'running' AND l.run_id = $run

-- name: rescue
UPDATE ledger SET state = $state, due_at = $due_at, reason = $reason, args = $args, run_id = NULL, attempt_id = NULL,
  attempts = attempts - $uncounted, crashes = crashes + $crashed, uncertain_attempt = $uncertain, finished_at = $finished_at
WHERE stage = $stage AND key = $key AND state = 'running' AND run_id = $run

-- name: count
INSERT INTO run_counts (run_id, stage, outcome, reason, args, items, next_at)
VALUES ($run, $stage, $outcome, $reason, $args, $items, $next_at)
ON CONFLICT (run_id, stage, outcome, reason) DO UPDATE SET items = excluded.items, next_at = excluded.next_at

-- name: tell_tenant
INSERT INTO run_tenants (run_id, tenant_id, got, story) VALUES ($run, $tenant, $got, $story)
ON CONFLICT (run_id, tenant_id) DO UPDATE SET got = excluded.got, story = excluded.story

-- name: idle
INSERT INTO idle_runs (job, last_at, times) VALUES ($job, $now, 1)
ON CONFLICT (job) DO UPDATE SET last_at = excluded.last_at, times = idle_runs.times + 1
