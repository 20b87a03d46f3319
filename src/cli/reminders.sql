-- What lay before a rule and may be told after all.

-- name: past
-- Open invoices with the latest of their reminders that was due before its rule or the invoice was there, and that
-- nothing told has passed, nor anything that is on its way or was brought back before; page by page.
SELECT i.id AS invoice_id, i.number, i.due_on, c.name, coalesce(c.phone, c.email) AS address, t.timezone,
       r.id AS reminder_id, r.turn, u.slug, u.at, u.offset_days
FROM invoices i
JOIN contacts c ON c.tenant_id = i.tenant_id AND c.id = i.contact_id
JOIN tenants t ON t.id = i.tenant_id
LEFT JOIN reminders r ON r.id = (
  SELECT p.id FROM reminders p JOIN reminder_rules w ON w.tenant_id = p.tenant_id AND w.id = p.rule_id
  WHERE p.invoice_id = i.id AND p.state = 'skipped' AND p.reason = 'reminder.past' AND w.active = 1
    AND CASE i.own_rules WHEN 1 THEN w.invoice_id = i.id ELSE w.invoice_id IS NULL END
    AND NOT EXISTS (SELECT 1 FROM reminders x WHERE x.invoice_id = i.id AND x.state IN ('told', 'planned')
                    AND x.due_at >= p.due_at
                    AND (x.state = 'told' OR x.due_at <= $now OR x.not_before IS NOT NULL))
  ORDER BY p.due_at DESC, w.offset_days DESC LIMIT 1)
LEFT JOIN reminder_rules u ON u.tenant_id = r.tenant_id AND u.id = r.rule_id
WHERE i.tenant_id = $tenant AND i.id > $after AND i.status = 'open'
ORDER BY i.id LIMIT $limit

-- name: unplanned
SELECT count(*) AS items FROM invoices WHERE tenant_id = $tenant AND planned = 0

-- name: plan
UPDATE reminders SET state = 'planned', reason = '', args = '[]', turn = turn + 1, due_at = $at, not_before = $at
WHERE tenant_id = $tenant AND id = $id AND state = 'skipped' AND turn = $turn

-- name: listed
-- Latest moment first; $tenant, $state and $invoice '' = all. What was told shows its message; what waits, itself or in
-- its message, has its reason in the ledger.
SELECT t.slug AS tenant, i.number, i.currency, u.slug AS rule, u.offset_days, r.due_at, r.state, c.name,
       coalesce(c.phone, c.email) AS address, m.channel, m.state AS message_state, m.sent_at,
       CASE WHEN r.state = 'planned' THEN coalesce(p.reason, '') WHEN m.state = 'queued' THEN coalesce(d.reason, '')
            WHEN r.state = 'told' THEN m.reason ELSE r.reason END AS reason,
       CASE WHEN r.state = 'planned' THEN coalesce(p.args, '[]') WHEN m.state = 'queued' THEN coalesce(d.args, '[]')
            WHEN r.state = 'told' THEN m.args ELSE r.args END AS args,
       CASE WHEN r.state = 'planned' THEN coalesce(p.detail, '') WHEN m.state = 'queued' THEN coalesce(d.detail, '')
            ELSE '' END AS detail
FROM reminders r
JOIN tenants t ON t.id = r.tenant_id
JOIN invoices i ON i.tenant_id = r.tenant_id AND i.id = r.invoice_id
JOIN reminder_rules u ON u.tenant_id = r.tenant_id AND u.id = r.rule_id
JOIN contacts c ON c.tenant_id = r.tenant_id AND c.id = r.contact_id
LEFT JOIN messages m ON m.tenant_id = r.tenant_id AND m.id = r.message_id
LEFT JOIN ledger p ON p.stage = 'plan-reminder' AND p.key = 'reminder:' || r.id || ':' || CAST(r.turn AS TEXT)
LEFT JOIN ledger d ON d.stage = 'deliver' AND d.key = 'message:' || m.id
WHERE ($tenant = '' OR t.slug = $tenant) AND ($state = '' OR r.state = $state) AND ($invoice = '' OR i.number = $invoice)
ORDER BY r.due_at DESC, t.slug, i.number LIMIT $limit
