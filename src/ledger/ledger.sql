-- The ledger's own statements. $stage and $key name one row; every write of a run carries its id as the fence.

-- name: enqueue
INSERT INTO ledger (stage, key, tenant_id, state, due_at, created_at)
VALUES ($stage, $key, $tenant, 'due', $due_at, $now)
ON CONFLICT (stage, key) DO NOTHING

-- name: hasten
-- Only what nothing has been tried with: another due time has its reason.
UPDATE ledger SET due_at = $due_at
WHERE stage = $stage AND key = $key AND state = 'due' AND due_at > $due_at AND attempts = 0 AND reason = ''

-- name: wake
-- Not uncertain ones: they wait for the fault to clear up, whatever their reason says.
UPDATE ledger SET due_at = $now
WHERE tenant_id = $tenant AND stage = $stage AND state = 'due' AND due_at > $now AND reason = $reason AND args = $args

-- name: tenants_due
-- Skips from tenant to tenant along the index instead of reading the backlog. A parked tenant is left out.
WITH RECURSIVE t(id) AS (
  SELECT (SELECT l.tenant_id FROM ledger l WHERE l.stage = $stage AND l.state IN ('due', 'uncertain')
          ORDER BY l.tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT l.tenant_id FROM ledger l WHERE l.stage = $stage AND l.state IN ('due', 'uncertain')
            AND l.tenant_id > t.id ORDER BY l.tenant_id LIMIT 1)
  FROM t WHERE t.id IS NOT NULL)
SELECT t.id AS tenant_id FROM t
WHERE t.id IS NOT NULL
  AND EXISTS (SELECT 1 FROM ledger l WHERE l.stage = $stage AND l.tenant_id = t.id
                AND l.state IN ('due', 'uncertain') AND l.due_at <= $now)
  AND NOT EXISTS (SELECT 1 FROM parks p WHERE p.scope = 'tenant' AND p.id = t.id AND p.until > $now)

-- name: next_due
-- The earliest due time of the stage, tenant by tenant; NULL when nothing waits. What is parked now is left out, as in
-- the claim: a run neither starts nor waits for it.
WITH RECURSIVE t(id) AS (
  SELECT (SELECT l.tenant_id FROM ledger l WHERE l.stage = $stage AND l.state IN ('due', 'uncertain')
          ORDER BY l.tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT l.tenant_id FROM ledger l WHERE l.stage = $stage AND l.state IN ('due', 'uncertain')
            AND l.tenant_id > t.id ORDER BY l.tenant_id LIMIT 1)
  FROM t WHERE t.id IS NOT NULL)
SELECT min((SELECT l.due_at FROM ledger l WHERE l.stage = $stage AND l.tenant_id = t.id
              AND l.state IN ('due', 'uncertain')
              AND NOT EXISTS (SELECT 1 FROM parks p WHERE p.scope = 'credential' AND p.id = l.credential_id AND p.until > $now)
            ORDER BY l.due_at LIMIT 1)) AS due_at
FROM t WHERE t.id IS NOT NULL AND ($only = '' OR t.id = $only OR t.id = 'operator')
  AND NOT EXISTS (SELECT 1 FROM parks p WHERE p.scope = 'tenant' AND p.id = t.id AND p.until > $now)

-- name: claim
-- The CASE re-checks the state (a second claimer on PostgreSQL) without leading SQLite to the partial index here.
UPDATE ledger SET state = 'running', run_id = $run, attempt_id = NULL
WHERE stage = $stage AND CASE WHEN state IN ('due', 'uncertain') THEN 1 ELSE 0 END = 1 AND key IN (
  SELECT l.key FROM ledger l
  WHERE l.stage = $stage AND l.tenant_id = $tenant AND l.state IN ('due', 'uncertain') AND l.due_at <= $now
    AND l.crashes = 0
    AND NOT EXISTS (SELECT 1 FROM parks p WHERE p.scope = 'credential' AND p.id = l.credential_id AND p.until > $now)
  ORDER BY l.due_at LIMIT $limit)
RETURNING key, tenant_id, attempts, crashes, uncertain_attempt, absent

-- name: claim_crashed
-- One item that was in flight when a run died: alone, and after all others.
UPDATE ledger SET state = 'running', run_id = $run, attempt_id = NULL
WHERE stage = $stage AND CASE WHEN state IN ('due', 'uncertain') THEN 1 ELSE 0 END = 1 AND key IN (
  SELECT l.key FROM ledger l
  WHERE l.stage = $stage AND l.state IN ('due', 'uncertain') AND l.due_at <= $now AND l.crashes > 0
    AND ($only = '' OR l.tenant_id = $only OR l.tenant_id = 'operator')
  ORDER BY l.crashes, l.due_at LIMIT 1)
RETURNING key, tenant_id, attempts, crashes, uncertain_attempt, absent

-- name: release
-- A claimed item that was not begun goes back as it was.
UPDATE ledger SET state = CASE WHEN uncertain_attempt IS NULL THEN 'due' ELSE 'uncertain' END, run_id = NULL
WHERE stage = $stage AND key = $key AND state = 'running' AND run_id = $run AND attempt_id IS NULL

-- name: begin
UPDATE ledger SET attempt_id = $attempt, attempts = attempts + $counted, credential_id = $credential
WHERE stage = $stage AND key = $key AND state = 'running' AND run_id = $run AND attempt_id IS NULL
RETURNING attempts

-- name: insert_attempt
INSERT INTO attempts (id, stage, key, tenant_id, run_id, kind, number, input_digest, begun_at, credential_id, owner, host)
VALUES ($attempt, $stage, $key, $tenant, $run, $kind, $number, $digest, $now, $credential, $owner, $host)

-- name: arm
-- Refused (no row) when the item is no longer this attempt's: another run took it over.
UPDATE attempts SET armed_at = $now, armed_digest = $digest, look_after = $look_after
WHERE id = $attempt AND armed_at IS NULL AND EXISTS (
  SELECT 1 FROM ledger l WHERE l.stage = attempts.stage AND l.key = attempts.key
    AND l.state = 'running' AND l.attempt_id = attempts.id)

-- name: finish_unbegun
UPDATE ledger SET state = $state, due_at = $due_at, reason = $reason, args = $args, detail = $detail, run_id = NULL,
  finished_at = $finished_at
WHERE stage = $stage AND key = $key AND state = 'running' AND run_id = $run AND attempt_id IS NULL

-- name: finish
UPDATE ledger SET state = $state, due_at = $due_at, reason = $reason, args = $args, detail = $detail, run_id = NULL, attempt_id = NULL,
  attempts = attempts - $uncounted, crashes = 0, uncertain_attempt = $uncertain, absent = $absent, finished_at = $finished_at
WHERE stage = $stage AND key = $key AND state = 'running' AND run_id = $run AND attempt_id = $attempt

-- name: finish_late
-- A run that was taken for dead brings the true answer of the very attempt the item is uncertain about.
UPDATE ledger SET state = $state, due_at = $due_at, reason = $reason, args = $args, detail = $detail, crashes = 0,
  uncertain_attempt = NULL, absent = 0, finished_at = $finished_at
WHERE stage = $stage AND key = $key AND state IN ('uncertain', 'held') AND uncertain_attempt = $attempt

-- name: end_attempt
UPDATE attempts SET finished_at = $now, outcome = $outcome, reason = $reason, args = $args, detail = $detail, reference = $reference,
  http_status = $http_status, usage = $usage
WHERE id = $attempt

-- name: attempt
SELECT id, armed_at, look_after, credential_id, host, outcome FROM attempts WHERE id = $attempt

-- name: item_state
SELECT state, due_at, reason, attempts FROM ledger WHERE stage = $stage AND key = $key

-- name: held_count
SELECT count(*) AS items FROM ledger WHERE state = 'held' AND stage = $stage

-- name: resend
-- An operator takes the risk: what may have happened is done again.
UPDATE ledger SET state = 'due', due_at = $now, reason = $reason, args = '[]', detail = '', uncertain_attempt = NULL,
  absent = 0, crashes = 0
WHERE stage = $stage AND key = $key AND state = 'held'

-- name: drop
UPDATE ledger SET state = 'cancelled', reason = $reason, args = $args, detail = '', uncertain_attempt = NULL, absent = 0, finished_at = $now
WHERE stage = $stage AND key = $key AND state = 'held'

-- name: lookups
SELECT count(*) AS items FROM attempts WHERE stage = $stage AND key = $key AND kind = 'reconcile' AND finished_at IS NOT NULL
