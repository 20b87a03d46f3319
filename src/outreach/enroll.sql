-- Who walks through a drip.

-- name: terms
SELECT holdout_percent, reentry, reentry_days FROM campaigns WHERE tenant_id = $tenant AND id = $campaign

-- name: last_walk
-- (The CASE leads to her few walks, not through all of the campaign's.)
SELECT state, ended_at FROM enrollments
WHERE tenant_id = $tenant AND contact_id = $contact AND CASE WHEN campaign_id = $campaign THEN 1 ELSE 0 END = 1
ORDER BY CASE WHEN state IN ('active', 'holdout') THEN 0 ELSE 1 END, ended_at DESC LIMIT 1

-- name: add
INSERT INTO enrollments (id, tenant_id, campaign_id, contact_id, state, started_at, previous_at)
VALUES ($id, $tenant, $campaign, $contact, $state, $started_at, $started_at)
ON CONFLICT DO NOTHING

-- name: inside
-- Through with all steps, she is inside until the last message has left.
SELECT e.id FROM enrollments e
WHERE e.tenant_id = $tenant AND e.contact_id = $contact AND CASE WHEN e.campaign_id = $campaign THEN 1 ELSE 0 END = 1
  AND (e.state IN ('active', 'holdout')
       OR (e.state = 'completed' AND EXISTS (
             SELECT 1 FROM messages m WHERE m.contact_id = e.contact_id AND m.class = 'marketing' AND m.state = 'queued'
               AND m.origin LIKE 'enrollment:' || e.id || ':%')))

-- name: leave
UPDATE enrollments SET state = 'exited', reason = $reason, args = $args, ended_at = $now, step_id = NULL, step_at = NULL
WHERE tenant_id = $tenant AND id = $id
