-- What a dry run cannot know, and what runs warn of.

-- name: preview
SELECT 'claims that wait' AS note, min(c.verify_after) AS at, count(*) AS items
FROM tenants t CROSS JOIN task_completions c WHERE c.tenant_id = t.id AND c.state = 'pending' AND c.claimed_at <= $now

-- name: graph_settings
SELECT c.settings, count(*) AS credentials, min(t.slug) AS slug FROM credentials c JOIN tenants t ON t.id = c.tenant_id
WHERE c.service IN ('facebook', 'instagram') GROUP BY c.settings
