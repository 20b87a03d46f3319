-- One reminder, and those that go into the same message.

-- name: load
SELECT r.id AS reminder_id, r.turn, r.state AS reminder_state, r.args AS reminder_args, l.reason AS waited_for, l.args AS waited_args, r.due_at, r.currency, r.contact_id, r.invoice_id,
       i.number, i.exponent, i.amount_minor, i.paid_minor, i.due_on, i.status AS invoice_status, i.payment_link, i.planned,
       i.hold_until,
       u.offset_days, u.at, u.channels, u.text, u.subject, u.template_name, u.template_language, u.template_values, u.template_instead,
       CASE WHEN u.active = 1 AND CASE i.own_rules WHEN 1 THEN u.invoice_id = i.id ELSE u.invoice_id IS NULL END THEN 1 ELSE 0 END
         AS rule_applies,
       CASE WHEN EXISTS (SELECT 1 FROM reminders n WHERE n.invoice_id = r.invoice_id AND n.state = 'told' AND n.due_at >= r.due_at)
         THEN 1 ELSE 0 END AS newer_told,
       coalesce(c.phone, '') AS phone, coalesce(c.email, '') AS email, c.name AS contact_name, c.language AS contact_language,
       c.timezone AS contact_timezone, c.consent, c.email_consent, c.invoice_channels, c.hold_until AS contact_hold_until,
       c.unreachable_until,
       (SELECT coalesce(m.sent_at, m.created_at) FROM messages m WHERE m.contact_id = r.contact_id AND m.class = 'transactional'
          AND m.state IN ('queued', 'sent', 'held') AND m.origin LIKE 'reminder:%'
        ORDER BY coalesce(m.sent_at, m.created_at) DESC LIMIT 1) AS reminded_at,
       t.name AS tenant_name, t.language AS tenant_language, t.timezone AS tenant_timezone, t.active AS tenant_active,
       t.min_reminder_minor, t.reminder_gap_hours,
       CASE WHEN EXISTS (SELECT 1 FROM suppressions x WHERE x.tenant_id = r.tenant_id AND x.channel = 'whatsapp'
                         AND x.address = c.phone AND x.scope = 'all') THEN 1 ELSE 0 END AS opted_out_whatsapp,
       CASE WHEN EXISTS (SELECT 1 FROM suppressions x WHERE x.tenant_id = r.tenant_id AND x.channel = 'email'
                         AND x.address = c.email AND x.scope = 'all') THEN 1 ELSE 0 END AS opted_out_email,
       CASE WHEN EXISTS (SELECT 1 FROM credentials k WHERE k.scope = 'tenant' AND k.owner_key = r.tenant_id AND k.service = 'whatsapp')
              OR EXISTS (SELECT 1 FROM platform_grants g JOIN credentials k ON k.scope = 'platform' AND k.owner_key = 'platform' AND k.service = g.service
                         WHERE g.tenant_id = r.tenant_id AND g.service = 'whatsapp') THEN 1 ELSE 0 END AS has_whatsapp,
       CASE WHEN EXISTS (SELECT 1 FROM credentials k WHERE k.scope = 'tenant' AND k.owner_key = r.tenant_id AND k.service = 'email')
              OR EXISTS (SELECT 1 FROM platform_grants g JOIN credentials k ON k.scope = 'platform' AND k.owner_key = 'platform' AND k.service = g.service
                         WHERE g.tenant_id = r.tenant_id AND g.service = 'email') THEN 1 ELSE 0 END AS has_email
FROM reminders r
JOIN invoices i ON i.tenant_id = r.tenant_id AND i.id = r.invoice_id
JOIN reminder_rules u ON u.tenant_id = r.tenant_id AND u.id = r.rule_id
JOIN contacts c ON c.tenant_id = r.tenant_id AND c.id = r.contact_id
JOIN tenants t ON t.id = r.tenant_id
LEFT JOIN ledger l ON l.stage = 'plan-reminder' AND l.key = 'reminder:' || r.id || ':' || CAST(r.turn AS TEXT)
WHERE r.id = $id

-- name: of_the_day
-- What else the contact is to be told in this currency before her day is over. Who owes more than these is told of the
-- oldest first.
SELECT r.id AS reminder_id, r.args AS reminder_args, l.reason AS waited_for, l.args AS waited_args, r.due_at, r.invoice_id, r.currency,
       i.number, i.exponent, i.amount_minor, i.paid_minor, i.due_on, i.status AS invoice_status, i.payment_link, i.planned,
       i.hold_until,
       u.offset_days, u.at, u.channels, u.text, u.subject, u.template_name, u.template_language, u.template_values, u.template_instead,
       CASE WHEN u.active = 1 AND CASE i.own_rules WHEN 1 THEN u.invoice_id = i.id ELSE u.invoice_id IS NULL END THEN 1 ELSE 0 END
         AS rule_applies,
       CASE WHEN EXISTS (SELECT 1 FROM reminders n WHERE n.invoice_id = r.invoice_id AND n.state = 'told' AND n.due_at >= r.due_at)
         THEN 1 ELSE 0 END AS newer_told,
       c.hold_until AS contact_hold_until, t.timezone AS tenant_timezone, t.min_reminder_minor
FROM reminders r
JOIN invoices i ON i.tenant_id = r.tenant_id AND i.id = r.invoice_id
JOIN reminder_rules u ON u.tenant_id = r.tenant_id AND u.id = r.rule_id
JOIN contacts c ON c.tenant_id = r.tenant_id AND c.id = r.contact_id
JOIN tenants t ON t.id = r.tenant_id
LEFT JOIN ledger l ON l.stage = 'plan-reminder' AND l.key = 'reminder:' || r.id || ':' || CAST(r.turn AS TEXT)
WHERE r.tenant_id = $tenant AND r.contact_id = $contact AND r.state = 'planned' AND r.currency = $currency AND r.due_at < $day_end
ORDER BY r.due_at, i.number, r.id LIMIT 1000

-- name: ended
UPDATE reminders SET state = $state, reason = $reason, args = $args WHERE tenant_id = $tenant AND id = $id AND state = 'planned'

-- name: told
UPDATE reminders SET state = 'told', message_id = $message WHERE tenant_id = $tenant AND id = $id AND state = 'planned'

-- name: again
UPDATE reminders SET turn = turn + 1 WHERE tenant_id = $tenant AND id = $id AND state = 'planned'
