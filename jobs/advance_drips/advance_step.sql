-- One step of one walk.

-- name: any
SELECT 1 AS yes FROM enrollments e
WHERE e.enqueued = 0 AND e.state = 'active' AND e.put_off_until <= $now AND e.started_at <= $now
  AND (e.step_id IS NOT NULL
       OR EXISTS (SELECT 1 FROM steps p WHERE p.campaign_id = e.campaign_id AND p.active = 1 AND p.removed = 0)) LIMIT 1

-- name: fresh
-- Those that begin, and those whose step has another delay since.
SELECT e.id, e.tenant_id, e.campaign_id, e.step_id, e.started_at, e.previous_at, e.shifted_ms,
       c.timezone AS contact_timezone, k.zone AS campaign_zone, t.timezone AS tenant_timezone, k.window_start, k.window_end, k.weekdays,
       CASE WHEN m.state IN ('queued', 'sent', 'held') THEN coalesce(m.sent_at, m.created_at) END AS said_at
FROM enrollments e
JOIN contacts c ON c.tenant_id = e.tenant_id AND c.id = e.contact_id
JOIN tenants t ON t.id = e.tenant_id
JOIN campaigns k ON k.tenant_id = e.tenant_id AND k.id = e.campaign_id
LEFT JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
WHERE e.enqueued = 0 AND e.state = 'active' AND e.put_off_until <= $now AND e.started_at <= $now
  AND ($only = '' OR e.tenant_id = $only)
  AND (e.step_id IS NOT NULL
       OR EXISTS (SELECT 1 FROM steps p WHERE p.campaign_id = e.campaign_id AND p.active = 1 AND p.removed = 0))
ORDER BY e.put_off_until LIMIT $chunk

-- name: put_off
UPDATE enrollments SET put_off_until = $until WHERE id = $id

-- name: steps
SELECT id, position, delay_value, delay_unit, delay_from, at, active, removed FROM steps
WHERE campaign_id = $campaign ORDER BY position, id

-- name: next
-- The next step that the walk has not been at: one that is moved behind where people stand does not come to them again.
SELECT p.id, p.position, p.delay_value, p.delay_unit, p.delay_from, p.at FROM steps p
WHERE p.campaign_id = $campaign AND p.position > $position AND p.active = 1 AND p.removed = 0
  AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.stage = 'advance-step' AND l.key = 'enrollment:' || $id || ':' || p.id)
  AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.tenant_id = $tenant AND m.origin = 'enrollment:' || $id || ':' || p.id)
ORDER BY p.position, p.id LIMIT 1

-- name: begin_walk
UPDATE enrollments SET step_id = $step, step_at = $step_at, enqueued = 1
WHERE tenant_id = $tenant AND id = $id AND state = 'active' AND enqueued = 0

-- name: load
SELECT e.id AS enrollment_id, e.campaign_id, e.contact_id, e.state AS walk_state, e.step_id, e.step_at, e.previous_at, e.started_at,
       e.shifted_ms, e.enqueued, p.position, p.delay_value, p.delay_unit, p.delay_from, p.at, p.channels, p.text, p.subject, p.template_name, p.template_language, p.template_values, p.template_instead, p.condition,
       p.on_false, p.wait_up_to_ms, p.active AS step_active, p.removed,
       k.slug AS campaign_slug, k.name AS campaign_name, k.status AS campaign_status, k.link, k.message_ttl_ms, k.zone AS campaign_zone, k.window_start,
       k.window_end, k.weekdays, k.exit_on_reply, k.exit_on_opt_out, k.goal_tag,
       coalesce(c.phone, '') AS phone, coalesce(c.email, '') AS email, c.name AS contact_name, c.language AS contact_language,
       c.timezone AS contact_timezone, c.consent, c.email_consent, c.invoice_channels, c.tags, c.wrote_at, c.unreachable_until,
       t.name AS tenant_name, t.language AS tenant_language, t.timezone AS tenant_timezone, t.active AS tenant_active,
       t.marketing_per_day,
       m.sent_at, m.delivered_at, m.read_at, m.clicked_at, CASE m.state WHEN 'queued' THEN 1 ELSE 0 END AS under_way,
       CASE WHEN m.state IN ('queued', 'sent', 'held') THEN coalesce(m.sent_at, m.created_at) END AS said_at,
       -- the step was looked at before, and its condition did not hold
       CASE WHEN p.on_false = 'wait' AND EXISTS (SELECT 1 FROM ledger l WHERE l.stage = 'advance-step'
              AND l.key = 'enrollment:' || e.id || ':' || e.step_id AND l.reason = 'step.condition') THEN 1 ELSE 0 END AS waited,
       CASE WHEN t.marketing_per_day = 1 THEN
         (SELECT d.created_at FROM messages d JOIN campaigns n ON n.tenant_id = d.tenant_id AND n.id = d.campaign_id AND n.kind = 'drip'
          WHERE d.contact_id = e.contact_id AND d.class = 'marketing' AND d.state IN ('queued', 'sent', 'held')
          ORDER BY d.created_at DESC LIMIT 1) END AS last_marketing_at,
       CASE WHEN p.condition LIKE '%invoice_paid%' AND EXISTS (SELECT 1 FROM invoices i WHERE i.tenant_id = e.tenant_id AND i.contact_id = e.contact_id
                         AND (i.status = 'paid' OR (i.status = 'open' AND i.paid_minor >= i.amount_minor))
                         AND i.paid_at > e.started_at) THEN 1 ELSE 0 END AS paid_since,
       -- 1: she wants no more; 2: nobody reads there
       coalesce((SELECT min(CASE WHEN x.source IN ('address dead', 'address full') THEN 2 ELSE 1 END) FROM suppressions x
                 WHERE x.tenant_id = e.tenant_id AND x.channel = 'whatsapp' AND x.address = c.phone), 0) AS opted_out_whatsapp,
       coalesce((SELECT min(CASE WHEN x.source IN ('address dead', 'address full') THEN 2 ELSE 1 END) FROM suppressions x
                 WHERE x.tenant_id = e.tenant_id AND x.channel = 'email' AND x.address = c.email), 0) AS opted_out_email,
       -- an account that leads to an address she has
       CASE WHEN c.phone IS NULL THEN 0
            WHEN EXISTS (SELECT 1 FROM credentials k WHERE k.scope = 'tenant' AND k.owner_key = e.tenant_id AND k.service = 'whatsapp')
              OR EXISTS (SELECT 1 FROM credentials k WHERE k.scope = 'campaign' AND k.owner_key = e.campaign_id AND k.service = 'whatsapp')
              OR EXISTS (SELECT 1 FROM platform_grants g JOIN credentials k ON k.scope = 'platform' AND k.owner_key = 'platform' AND k.service = g.service
                         WHERE g.tenant_id = e.tenant_id AND g.service = 'whatsapp') THEN 1 ELSE 0 END AS has_whatsapp,
       CASE WHEN c.email IS NULL THEN 0
            WHEN EXISTS (SELECT 1 FROM credentials k WHERE k.scope = 'tenant' AND k.owner_key = e.tenant_id AND k.service = 'email')
              OR EXISTS (SELECT 1 FROM credentials k WHERE k.scope = 'campaign' AND k.owner_key = e.campaign_id AND k.service = 'email')
              OR EXISTS (SELECT 1 FROM platform_grants g JOIN credentials k ON k.scope = 'platform' AND k.owner_key = 'platform' AND k.service = g.service
                         WHERE g.tenant_id = e.tenant_id AND g.service = 'email') THEN 1 ELSE 0 END AS has_email
FROM enrollments e
LEFT JOIN steps p ON p.tenant_id = e.tenant_id AND p.id = e.step_id
JOIN campaigns k ON k.tenant_id = e.tenant_id AND k.id = e.campaign_id
JOIN contacts c ON c.tenant_id = e.tenant_id AND c.id = e.contact_id
JOIN tenants t ON t.id = e.tenant_id
LEFT JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
WHERE e.id = $id

-- name: go_on
-- The one update that takes the walk from this step to the next: who comes second changes nothing.
UPDATE enrollments SET step_id = $next, step_at = $next_at, previous_at = $previous_at, message_id = coalesce($message, message_id)
WHERE tenant_id = $tenant AND id = $id AND step_id = $step AND state = 'active'

-- name: complete
UPDATE enrollments SET state = 'completed', ended_at = $now, step_id = NULL, step_at = NULL, previous_at = $previous_at,
  message_id = coalesce($message, message_id)
WHERE tenant_id = $tenant AND id = $id AND step_id = $step AND state = 'active'

-- name: leave
UPDATE enrollments SET state = 'exited', reason = $reason, args = $args, ended_at = $now, step_id = NULL, step_at = NULL
WHERE tenant_id = $tenant AND id = $id AND step_id = $step AND state = 'active'

-- name: said_something
SELECT 1 AS yes FROM messages WHERE contact_id = $contact AND class = 'marketing' AND state IN ('queued', 'sent', 'held')
  AND origin LIKE 'enrollment:' || $id || ':%' LIMIT 1
