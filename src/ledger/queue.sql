-- The queue: rows that wait, are in flight, have ended. Every write of a run is fenced by its id and the row's turn.

-- name: enqueue
INSERT INTO ledger (stage, key, tenant_id, state, due_at, behind, created_at)
VALUES ($stage, $key, $tenant, 'due', $due_at, $behind, $now)
ON CONFLICT (stage, key) DO NOTHING

-- name: hasten
-- Only what nothing has been tried with: another due time has its reason.
UPDATE ledger SET due_at = $due_at
WHERE stage = $stage AND key = $key AND due_at > $due_at AND attempts = 0 AND reason = ''
  AND CASE WHEN state = 'due' THEN 1 ELSE 0 END = 1

-- name: wake
-- Uncertain ones too: they wait for the same trouble to be over, but never before their time to be looked up. Those that
-- only waited go before who met the trouble: one that meets it by itself stops nobody twice running.
UPDATE ledger SET due_at = CASE WHEN state = 'uncertain' AND look_after > $now THEN look_after
  ELSE CAST($now AS BIGINT) - CASE WHEN reason IN ('parked', 'destination.rests') THEN 1 ELSE 0 END END, waits_for = ''
WHERE (stage, key) IN (
  SELECT l.stage, l.key FROM ledger l WHERE l.waits_for <> '' AND l.waits_for = $waits_for AND l.tenant_id = $tenant LIMIT $limit)

-- name: wake_all
UPDATE ledger SET due_at = CASE WHEN state = 'uncertain' AND look_after > $now THEN look_after
  ELSE CAST($now AS BIGINT) - CASE WHEN reason IN ('parked', 'destination.rests') THEN 1 ELSE 0 END END, waits_for = ''
WHERE (stage, key) IN (SELECT l.stage, l.key FROM ledger l WHERE l.waits_for <> '' AND l.waits_for = $waits_for LIMIT $limit)

-- name: wake_later
INSERT INTO wakes (waits_for, tenant_id) VALUES ($waits_for, $tenant) ON CONFLICT (waits_for, tenant_id) DO NOTHING

-- name: next_wake
SELECT waits_for, tenant_id FROM wakes ORDER BY waits_for, tenant_id LIMIT 1

-- name: woken
DELETE FROM wakes WHERE waits_for = $waits_for AND tenant_id = $tenant

-- name: tenants_due
-- The next tenants after $after with due rows, found by skipping along the index instead of reading the backlog.
WITH RECURSIVE t(id, n) AS (
  SELECT (SELECT l.tenant_id FROM ledger l WHERE l.stage = $stage AND l.behind = $behind AND l.state IN ('due', 'uncertain')
            AND l.crashes = 0 AND l.tenant_id > $after ORDER BY l.tenant_id LIMIT 1), 1
  UNION ALL
  SELECT (SELECT l.tenant_id FROM ledger l WHERE l.stage = $stage AND l.behind = $behind AND l.state IN ('due', 'uncertain')
            AND l.crashes = 0 AND l.tenant_id > t.id ORDER BY l.tenant_id LIMIT 1), t.n + 1
  FROM t WHERE t.id IS NOT NULL AND t.n < $limit)
SELECT t.id AS tenant_id,
  CASE WHEN EXISTS (SELECT 1 FROM ledger l WHERE l.stage = $stage AND l.behind = $behind AND l.tenant_id = t.id
         AND l.state IN ('due', 'uncertain') AND l.crashes = 0 AND l.due_at <= $now) THEN 1 ELSE 0 END AS due
FROM t WHERE t.id IS NOT NULL

-- name: tenants
SELECT count(*) AS tenants FROM tenants

-- name: tenant_at
SELECT t.id FROM tenants t ORDER BY t.id LIMIT 1 OFFSET $place

-- name: next_due
-- When the next row of the stage is due; NULL when none waits.
SELECT min(l.due_at) AS due_at FROM ledger l WHERE l.stage = $stage AND l.state IN ('due', 'uncertain')

-- name: next_due_of
-- The same of one tenant, what was in flight at a crash included.
SELECT min(d.due_at) AS due_at FROM (
  SELECT min(l.due_at) AS due_at FROM ledger l
  WHERE l.stage = $stage AND l.behind = 0 AND l.state IN ('due', 'uncertain') AND l.crashes = 0 AND l.tenant_id = $tenant
  UNION ALL
  SELECT min(l.due_at) AS due_at FROM ledger l
  WHERE l.stage = $stage AND l.behind = 1 AND l.state IN ('due', 'uncertain') AND l.crashes = 0 AND l.tenant_id = $tenant
  UNION ALL
  SELECT min(l.due_at) AS due_at FROM ledger l
  WHERE l.stage = $stage AND l.state IN ('due', 'uncertain') AND l.crashes > 0 AND l.suspects > 0 AND l.tenant_id = $tenant) AS d

-- name: due_count
-- How many rows are due, counted to $limit; $tenant '' = everybody's.
SELECT count(*) AS items FROM (
  SELECT l.due_at FROM ledger l WHERE l.stage = $stage AND l.state IN ('due', 'uncertain') AND l.due_at <= $now
    AND ($tenant = '' OR l.tenant_id = $tenant) LIMIT $limit) AS d

-- name: candidates
SELECT l.key, l.tenant_id, l.state, l.due_at, l.attempts, l.turn, l.place_at, l.look_after, l.credential_id, l.host,
       l.uncertain_turn, l.absent, l.lookups, l.quota, l.crashes, l.suspects, l.alone
FROM ledger l
WHERE l.stage = $stage AND l.behind = $behind AND l.tenant_id = $tenant AND l.state IN ('due', 'uncertain') AND l.crashes = 0
  AND l.due_at <= $now
ORDER BY l.due_at LIMIT $limit OFFSET $skip

-- name: suspects
-- One group of what was in flight at a crash, the smallest allowed group first. (`suspects > 0` is true of all of them;
-- it leads SQLite to the index of these few rows instead of through the backlog.)
SELECT l.key, l.tenant_id, l.state, l.due_at, l.attempts, l.turn, l.place_at, l.look_after, l.credential_id, l.host,
       l.uncertain_turn, l.absent, l.lookups, l.quota, l.crashes, l.suspects, l.alone
FROM ledger l
WHERE l.stage = $stage AND l.state IN ('due', 'uncertain') AND l.crashes > 0 AND l.suspects > 0 AND l.due_at <= $now
  AND ($only = '' OR l.tenant_id = $only OR l.tenant_id = 'operator')
ORDER BY l.suspects, l.due_at LIMIT $limit

-- name: suspect
-- Before a turn tries what may have killed a run, and back again in that turn: who dies in it leaves the note behind.
UPDATE ledger SET crashes = $crashes, suspects = $suspects, alone = $alone
WHERE stage = $stage AND key = $key AND CASE WHEN turn = $turn AND state IN ('due', 'uncertain') THEN 1 ELSE 0 END = 1

-- name: candidate
SELECT l.key, l.tenant_id, l.state, l.due_at, l.attempts, l.turn, l.place_at, l.look_after, l.credential_id, l.host,
       l.uncertain_turn, l.absent, l.lookups, l.quota, l.crashes, l.suspects, l.alone
FROM ledger l WHERE l.stage = $stage AND l.key = $key AND CASE WHEN l.state IN ('due', 'uncertain') THEN 1 ELSE 0 END = 1

-- name: take
-- The CASE re-checks the state (a second run on PostgreSQL) without leading SQLite to a partial index.
UPDATE ledger SET state = 'running', run_id = $run, turn = turn + 1, kind = $kind, begun_at = $now, armed_at = $armed_at,
  look_after = $look_after, credential_id = $credential, owner = $owner, host = $host, quota = $quota,
  attempts = attempts + $counted, waits_for = '', place_at = NULL
WHERE stage = $stage AND key = $key AND CASE WHEN turn = $turn AND state IN ('due', 'uncertain') THEN 1 ELSE 0 END = 1

-- name: arm
-- Refused (no row) when the item is no longer this run's in this turn.
UPDATE ledger SET armed_at = $now, look_after = $look_after
WHERE stage = $stage AND key = $key AND CASE WHEN state = 'running' AND run_id = $run AND turn = $turn THEN 1 ELSE 0 END = 1

-- name: is_ours
SELECT 1 AS yes FROM ledger
WHERE stage = $stage AND key = $key AND CASE WHEN state = 'running' AND run_id = $run AND turn = $turn THEN 1 ELSE 0 END = 1

-- name: put_off
-- A row that is not admitted now: due later, or over.
UPDATE ledger SET state = $state, due_at = $due_at, reason = $reason, args = $args, detail = $detail, waits_for = $waits_for,
  place_at = $place_at, quota = $quota, finished_at = $finished_at
WHERE stage = $stage AND key = $key AND CASE WHEN turn = $turn AND state IN ('due', 'uncertain') THEN 1 ELSE 0 END = 1

-- name: looked_at
-- In the copy of a dry run: the row is not looked at again, and stays what it is for those who count.
UPDATE ledger SET crashes = crashes + 1 WHERE stage = $stage AND key = $key

-- name: finish
UPDATE ledger SET state = $state, due_at = $due_at, reason = $reason, args = $args, detail = $detail, waits_for = $waits_for,
  run_id = NULL, attempts = attempts - $uncounted, crashes = 0, suspects = 0, alone = 0, uncertain_turn = $uncertain_turn,
  absent = $absent, lookups = $lookups, quota = $quota, finished_at = $finished_at
WHERE stage = $stage AND key = $key AND CASE WHEN state = 'running' AND run_id = $run AND turn = $turn THEN 1 ELSE 0 END = 1

-- name: finish_late
-- A run that was taken for dead brings the true answer of the very turn the item is uncertain about.
UPDATE ledger SET state = $state, due_at = $due_at, reason = $reason, args = $args, detail = $detail, waits_for = $waits_for,
  crashes = 0, suspects = 0, alone = 0, uncertain_turn = NULL, absent = 0, lookups = 0, quota = $quota, finished_at = $finished_at
WHERE stage = $stage AND key = $key AND CASE WHEN state IN ('uncertain', 'held') AND uncertain_turn = $turn THEN 1 ELSE 0 END = 1

-- name: held_count
SELECT count(*) AS items FROM ledger WHERE state = 'held' AND stage = $stage

-- name: by_key
SELECT l.state, l.reason, l.tenant_id, l.quota FROM ledger l WHERE l.stage = $stage AND l.key = $key

-- name: resend
-- An operator takes the risk: what may have happened is done again. Its place in a quota stays.
UPDATE ledger SET state = 'due', due_at = $now, reason = 'operator.resent', args = '[]', detail = '', uncertain_turn = NULL,
  absent = 0, lookups = 0, crashes = 0, suspects = 0, alone = 0, waits_for = ''
WHERE stage = $stage AND key = $key AND CASE WHEN state = 'held' THEN 1 ELSE 0 END = 1

-- name: retry
-- What ended, or waits, is looked at now; what may have happened is not touched.
UPDATE ledger SET state = 'due', due_at = $now, reason = 'operator.retried', args = '[]', detail = '', attempts = 0,
  crashes = 0, suspects = 0, alone = 0, waits_for = '', quota = CASE WHEN state = 'due' THEN quota ELSE '' END, finished_at = NULL
WHERE stage = $stage AND key = $key AND CASE WHEN state IN ('due', 'cancelled') OR state = 'discarded' THEN 1 ELSE 0 END = 1

-- name: look_now
-- Nothing is known of it yet: it is looked up as soon as it may be. One that was not found once keeps the time between.
UPDATE ledger SET due_at = CASE WHEN look_after > $now THEN look_after ELSE CAST($now AS BIGINT) END, waits_for = ''
WHERE stage = $stage AND key = $key AND CASE WHEN state = 'uncertain' AND absent = 0 THEN 1 ELSE 0 END = 1

-- name: decide
-- An operator's word ends a held item: it arrived (done), or is given up (cancelled).
UPDATE ledger SET state = $state, reason = $reason, args = '[]', detail = $detail, uncertain_turn = NULL, absent = 0, lookups = 0,
  quota = '', finished_at = $now
WHERE stage = $stage AND key = $key AND CASE WHEN state = 'held' THEN 1 ELSE 0 END = 1
