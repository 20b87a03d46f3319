-- A claim that shares no call.

-- name: load
SELECT c.id AS completion_id, c.state AS completion_state, c.claimed_at, c.verify_after, c.deadline_at, c.clicked_at, c.left_at,
       c.look_at, c.looks, c.contact_id, k.id AS task_id, k.campaign_id, k.active AS task_active, k.platform, k.action, k.object_id,
       g.status AS campaign_status, g.starts_at, g.ends_at, g.policy, g.probability, g.seed, g.honor_cap, g.visit_ms,
       p.igsid, p.timezone AS contact_timezone, t.timezone AS tenant_timezone, t.active AS tenant_active
FROM task_completions c
JOIN tasks k ON k.tenant_id = c.tenant_id AND k.id = c.task_id
JOIN campaigns g ON g.tenant_id = k.tenant_id AND g.id = k.campaign_id
JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id
JOIN tenants t ON t.id = c.tenant_id
WHERE c.id = $id

-- name: waits
UPDATE task_completions SET reason = $reason, note = $reason, args = $args WHERE tenant_id = $tenant AND id = $completion AND state = 'pending'
