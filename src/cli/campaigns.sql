-- Drips and those who walk through them.

-- name: drips
-- $tenant and $slug '' = all.
SELECT k.id, k.slug, k.name, k.status, k.notifications, k.zone, k.window_start, k.window_end, k.message_ttl_ms, k.link,
       k.weekdays, k.exit_on_reply, k.exit_on_opt_out, k.goal_tag, k.reentry, k.reentry_days, k.holdout_percent,
       t.slug AS tenant,
       (SELECT count(*) FROM enrollments e WHERE e.campaign_id = k.id AND e.state = 'active') AS active,
       (SELECT count(*) FROM enrollments e WHERE e.campaign_id = k.id AND e.state = 'holdout') AS holdout,
       (SELECT count(*) FROM enrollments e WHERE e.campaign_id = k.id AND e.state = 'completed') AS completed,
       (SELECT count(*) FROM enrollments e WHERE e.campaign_id = k.id AND e.state = 'exited') AS exited
FROM campaigns k JOIN tenants t ON t.id = k.tenant_id
WHERE k.kind = 'drip' AND ($tenant = '' OR t.slug = $tenant) AND ($slug = '' OR k.slug = $slug)
ORDER BY t.slug, k.slug LIMIT $limit

-- name: steps
SELECT p.slug, p.delay_value, p.delay_unit, p.delay_from, p.at, p.channels, p.text, p.subject, p.template_name,
       p.template_language, p.template_values, p.template_instead, p.condition, p.on_false, p.wait_up_to_ms, p.active,
       coalesce(w.standing, 0) AS standing, w.next_at
FROM steps p
LEFT JOIN (SELECT e.step_id, count(*) AS standing, min(e.step_at) AS next_at FROM enrollments e
           WHERE e.campaign_id = $campaign AND e.state = 'active' GROUP BY e.step_id) w ON w.step_id = p.id
WHERE p.campaign_id = $campaign AND p.removed = 0 ORDER BY p.position

-- name: exits
SELECT e.reason, e.args, count(*) AS people FROM enrollments e WHERE e.campaign_id = $campaign AND e.state = 'exited'
GROUP BY e.reason, e.args ORDER BY people DESC, e.reason LIMIT 50
