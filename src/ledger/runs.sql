-- Runs: who is alive, what died, what was told.

-- name: next_number
SELECT coalesce(max(number), 0) + 1 AS number FROM runs

-- name: insert
INSERT INTO runs (id, number, job, host, pid, started_at, heartbeat_at)
VALUES ($run, $number, $job, $host, $pid, $now, $now)

-- name: heartbeat
UPDATE runs SET heartbeat_at = $now, in_flight = NULL WHERE id = $run AND ended_at IS NULL

-- name: finish
UPDATE runs SET ended_at = $now, exit_code = $exit_code, ended_by = $ended_by WHERE id = $run AND ended_at IS NULL

-- name: open
SELECT id, number, job, host, pid, started_at, heartbeat_at, in_flight FROM runs WHERE ended_at IS NULL

-- name: holds
SELECT 1 AS yes FROM ledger WHERE state = 'running' AND run_id = $run AND stage = $stage LIMIT 1

-- name: in_flight
-- What a run has in flight.
SELECT l.stage, l.key, l.tenant_id, l.attempts, l.turn, l.kind, l.begun_at, l.armed_at, l.look_after, l.credential_id,
       l.owner, l.host, l.uncertain_turn, l.absent, l.crashes, l.suspects, l.alone, l.quota
FROM ledger l WHERE l.state = 'running' AND l.run_id = $run LIMIT $limit

-- name: in_flight_of
-- ... in one stage.
SELECT l.stage, l.key, l.tenant_id, l.attempts, l.turn, l.kind, l.begun_at, l.armed_at, l.look_after, l.credential_id,
       l.owner, l.host, l.uncertain_turn, l.absent, l.crashes, l.suspects, l.alone, l.quota
FROM ledger l WHERE l.state = 'running' AND l.run_id = $run AND l.stage = $stage LIMIT $limit

-- name: in_flight_count
SELECT count(*) AS items FROM ledger l WHERE l.state = 'running' AND l.run_id = $run

-- name: found_dead
UPDATE runs SET in_flight = $items WHERE id = $run AND in_flight IS NULL

-- name: rescue
UPDATE ledger SET state = $state, due_at = $due_at, reason = $reason, args = '[]', detail = '', waits_for = '', run_id = NULL,
  attempts = attempts - $uncounted, crashes = crashes + $crashed, suspects = $suspects, alone = $alone, uncertain_turn = $uncertain_turn,
  quota = $quota, finished_at = $finished_at
WHERE stage = $stage AND key = $key AND CASE WHEN state = 'running' AND run_id = $run AND turn = $turn THEN 1 ELSE 0 END = 1

-- name: lost
INSERT INTO attempts (stage, key, turn, tenant_id, run_id, kind, begun_at, armed_at, finished_at, outcome, reason, credential_id, owner, host)
VALUES ($stage, $key, $turn, $tenant, $run, $kind, $begun_at, $armed_at, $now, 'lost', $reason, $credential, $owner, $host)
ON CONFLICT (stage, key, turn) DO NOTHING

-- name: count
INSERT INTO run_counts (run_id, tenant_id, stage, outcome, reason, args, items, next_at, sample)
VALUES ($run, $tenant, $stage, $outcome, $reason, $args, $items, $next_at, $sample)
ON CONFLICT (run_id, tenant_id, stage, outcome, reason, args) DO UPDATE SET items = run_counts.items + excluded.items,
  next_at = CASE WHEN run_counts.next_at IS NULL OR excluded.next_at < run_counts.next_at THEN excluded.next_at ELSE run_counts.next_at END,
  sample = excluded.sample

-- name: counts
SELECT stage, outcome, reason, args, sum(items) AS items, min(next_at) AS next_at FROM run_counts WHERE run_id = $run
GROUP BY stage, outcome, reason, args ORDER BY stage, outcome, reason, args

-- name: tenant_counts
-- The story of each tenant the run had to do with, one tenant after the other.
SELECT c.tenant_id, t.slug, c.stage, c.outcome, c.reason, c.args, c.items, c.next_at, c.sample
FROM run_counts c JOIN tenants t ON t.id = c.tenant_id
WHERE c.run_id = $run AND t.id <> 'operator' AND ($only = '' OR t.id = $only)
ORDER BY t.slug, c.stage, c.outcome, c.items DESC LIMIT $limit

-- name: idle
INSERT INTO idle_runs (job, last_at, times) VALUES ($job, $now, 1)
ON CONFLICT (job) DO UPDATE SET last_at = excluded.last_at, times = idle_runs.times + 1
