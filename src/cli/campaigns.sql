-- Drips and those who walk through them.

-- name: drips
-- $tenant and $slug '' = all.
SELECT k.id, k.slug, k.name, k.status, k.holdout_percent, t.slug AS tenant,
       (SELECT count(*) FROM enrollments e WHERE e.campaign_id = k.id AND e.state = 'active') AS active,
       (SELECT count(*) FROM enrollments e WHERE e.campaign_id = k.id AND e.state = 'holdout') AS holdout,
       (SELECT count(*) FROM enrollments e WHERE e.campaign_id = k.id AND e.state = 'completed') AS completed,
       (SELECT count(*) FROM enrollments e WHERE e.campaign_id = k.id AND e.state = 'exited') AS exited
FROM campaigns k JOIN tenants t ON t.id = k.tenant_id
WHERE k.kind = 'drip' AND ($tenant = '' OR t.slug = $tenant) AND ($slug = '' OR k.slug = $slug)
ORDER BY t.slug, k.slug LIMIT $limit

-- name: steps
SELECT p.slug, p.active, count(e.id) AS standing, min(e.step_at) AS next_at FROM steps p
LEFT JOIN enrollments e ON e.campaign_id = p.campaign_id AND e.step_id = p.id AND e.state = 'active'
WHERE p.campaign_id = $campaign AND p.removed = 0 GROUP BY p.id, p.slug, p.active, p.position ORDER BY p.position

-- name: exits
SELECT e.reason, e.args, count(*) AS people FROM enrollments e WHERE e.campaign_id = $campaign AND e.state = 'exited'
GROUP BY e.reason, e.args ORDER BY people DESC, e.reason LIMIT 50
