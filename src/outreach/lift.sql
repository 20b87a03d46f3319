-- Replies of those who get a drip, and of those who are held out of it.

-- name: told_at
SELECT done_at FROM chores WHERE name = 'lift'

-- name: told
UPDATE chores SET done_at = $now WHERE name = 'lift'

-- name: compared
SELECT k.id, k.slug, t.slug AS tenant FROM campaigns k JOIN tenants t ON t.id = k.tenant_id
WHERE k.kind = 'drip' AND k.holdout_percent > 0 AND k.status IN ('running', 'paused') ORDER BY t.slug, k.slug LIMIT 200

-- name: counts
SELECT sum(CASE WHEN w.state = 'holdout' THEN 0 ELSE 1 END) AS got,
       sum(CASE WHEN w.state <> 'holdout' AND w.wrote_at > w.started_at THEN 1 ELSE 0 END) AS got_replied,
       sum(CASE WHEN w.state = 'holdout' THEN 1 ELSE 0 END) AS held,
       sum(CASE WHEN w.state = 'holdout' AND w.wrote_at > w.started_at THEN 1 ELSE 0 END) AS held_replied
FROM (SELECT e.state, e.started_at, c.wrote_at FROM enrollments e
      JOIN contacts c ON c.tenant_id = e.tenant_id AND c.id = e.contact_id
      WHERE e.campaign_id = $campaign ORDER BY e.started_at DESC LIMIT 20000) AS w
