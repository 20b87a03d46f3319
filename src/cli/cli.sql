-- What the operator's commands read.

-- name: tenant_by_slug
SELECT id FROM tenants WHERE slug = $slug

-- name: items
-- $tenant '' = every tenant.
SELECT l.stage, l.key, l.state, l.due_at, l.reason, l.args, l.detail, l.attempts, t.slug AS tenant, l.begun_at AS tried_at
FROM ledger l JOIN tenants t ON t.id = l.tenant_id
WHERE l.state = $state AND ($tenant = '' OR t.slug = $tenant)
ORDER BY l.stage, l.due_at, l.key LIMIT $limit

-- name: held
-- By 'STAGE/KEY', by key, or by what follows the key's first colon.
SELECT l.stage, l.key, l.tenant_id FROM ledger l
WHERE l.state = 'held' AND (l.stage || '/' || l.key = $item OR l.key = $item OR substr(l.key, length(l.key) - length($item)) = ':' || $item)
LIMIT 2

-- name: claims
-- Longest waiting first; $tenant '' = every tenant.
SELECT c.id, c.state, c.claimed_at, c.decided_at, c.source, c.code, CASE WHEN c.state = 'pending' THEN c.note ELSE c.reason END AS why,
       CASE WHEN c.handle <> '' THEN c.handle WHEN k.platform = 'FACEBOOK' THEN p.facebook ELSE p.instagram END AS handle,
       t.slug AS tenant, g.slug AS campaign, k.slug AS task, k.platform, k.action, k.object_id, k.url, k.reward_spins, p.phone, p.name
FROM task_completions c
JOIN tasks k ON k.tenant_id = c.tenant_id AND k.id = c.task_id
JOIN campaigns g ON g.tenant_id = k.tenant_id AND g.id = k.campaign_id
JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id
JOIN tenants t ON t.id = c.tenant_id
WHERE c.state = $state AND ($tenant = '' OR t.slug = $tenant)
ORDER BY c.claimed_at, c.id LIMIT $limit

-- name: claim
SELECT c.tenant_id, c.state FROM task_completions c JOIN tenants t ON t.id = c.tenant_id
WHERE c.id = $claim AND ($tenant = '' OR t.slug = $tenant)

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
SELECT stage, outcome, reason, args, sum(items) AS items, min(next_at) AS next_at FROM run_counts WHERE run_id = $run
GROUP BY stage, outcome, reason, args ORDER BY stage, outcome, reason

-- name: tenants
SELECT t.slug, c.tenant_id, c.stage, c.outcome, c.reason, c.args, c.items, c.next_at, c.sample
FROM run_counts c JOIN tenants t ON t.id = c.tenant_id
WHERE c.run_id = $run ORDER BY t.slug, c.stage, c.outcome, c.items DESC LIMIT 4000
