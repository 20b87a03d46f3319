-- Retention: what is over for long enough, some rows at a time, found by the index of its age.

-- name: due
-- The day's pruning is this run's when nobody else had it within a day.
SELECT done_at FROM chores WHERE name = 'prune' AND done_at <= $before

-- name: done
UPDATE chores SET done_at = $now WHERE name = 'prune'

-- name: ledger
DELETE FROM ledger WHERE (stage, key) IN (
  SELECT l.stage, l.key FROM ledger l WHERE l.finished_at IS NOT NULL AND l.finished_at <= $before
  ORDER BY l.finished_at LIMIT $limit)

-- name: attempts
DELETE FROM attempts WHERE (stage, key, turn) IN (
  SELECT a.stage, a.key, a.turn FROM attempts a WHERE a.begun_at <= $before ORDER BY a.begun_at LIMIT $limit)

-- name: oldest_runs
-- Numbers count up with time: the first ones are the oldest.
SELECT id, ended_at FROM runs WHERE number > 0 ORDER BY number LIMIT $limit

-- name: counts
DELETE FROM run_counts WHERE (run_id, tenant_id, stage, outcome, reason, args) IN (
  SELECT c.run_id, c.tenant_id, c.stage, c.outcome, c.reason, c.args FROM run_counts c WHERE c.run_id = $run LIMIT $limit)

-- name: run
DELETE FROM runs WHERE id = $run AND ended_at IS NOT NULL

-- name: usage
-- Counters of days ('YYYY-MM-DD'); those of months stay.
DELETE FROM usage WHERE (tenant_id, meter, period) IN (
  SELECT u.tenant_id, u.meter, u.period FROM usage u WHERE length(u.period) = 10 AND u.period <= $before AND u.reserved = 0
  ORDER BY u.period LIMIT $limit)

-- name: acts
DELETE FROM operator_acts WHERE id IN (SELECT a.id FROM operator_acts a WHERE a.at <= $before ORDER BY a.at LIMIT $limit)

-- name: count_ledger
SELECT count(*) AS n FROM ledger l WHERE l.finished_at IS NOT NULL AND l.finished_at <= $before

-- name: count_attempts
SELECT count(*) AS n FROM attempts a WHERE a.begun_at <= $before

-- name: count_runs
-- Up to the first run that is too young; open ones are left.
SELECT count(DISTINCT r.id) AS n, count(c.stage) AS counts FROM runs r LEFT JOIN run_counts c ON c.run_id = r.id
WHERE r.number > 0 AND r.ended_at <= $before
  AND r.number < coalesce((SELECT min(y.number) FROM runs y WHERE y.number > 0 AND y.ended_at > $before), 9223372036854775807)

-- name: count_usage
SELECT count(*) AS n FROM usage u WHERE length(u.period) = 10 AND u.period <= $before AND u.reserved = 0

-- name: count_acts
SELECT count(*) AS n FROM operator_acts a WHERE a.at <= $before
