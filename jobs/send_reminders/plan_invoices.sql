-- The reminders of invoices that are new, or whose date, amount, state or rules have changed.

-- name: any
SELECT 1 AS yes FROM invoices WHERE planned = 0 AND put_off_until <= $now AND created_at <= $now LIMIT 1

-- name: unplanned
-- Not while a message that tells of it is on its way: it may arrive, and then that reminder was told. What is held waits
-- for an operator, and nothing else waits for it.
SELECT i.id, i.tenant_id, i.contact_id, i.currency, i.due_on, i.status, i.own_rules, i.created_at,
       t.timezone, t.holidays
FROM invoices i JOIN tenants t ON t.id = i.tenant_id
WHERE i.planned = 0 AND i.put_off_until <= $now AND ($only = '' OR i.tenant_id = $only)
  AND NOT EXISTS (SELECT 1 FROM reminders r
                  JOIN messages m ON m.tenant_id = r.tenant_id AND m.id = r.message_id AND m.state = 'queued'
                  JOIN ledger l ON l.stage = 'deliver' AND l.key = 'message:' || m.id
                    AND CASE WHEN l.state IN ('running', 'uncertain') THEN 1 ELSE 0 END = 1
                  WHERE r.invoice_id = i.id)
ORDER BY i.put_off_until LIMIT $chunk

-- name: put_off
UPDATE invoices SET put_off_until = $until WHERE id = $id

-- name: rules
SELECT id, offset_days, at, business_days, active_since FROM reminder_rules
WHERE tenant_id = $tenant AND active = 1
  AND ((CAST($own AS INTEGER) = 1 AND invoice_id = $invoice) OR (CAST($own AS INTEGER) = 0 AND invoice_id IS NULL))

-- name: reminders
SELECT r.id, r.rule_id, r.due_at, r.state, r.turn, r.message_id, r.not_before FROM reminders r WHERE r.invoice_id = $invoice

-- name: add
INSERT INTO reminders (id, tenant_id, invoice_id, rule_id, contact_id, currency, due_at, state, reason)
VALUES ($id, $tenant, $invoice, $rule, $contact, $currency, $due_at, $state, $reason)
ON CONFLICT (invoice_id, rule_id) DO NOTHING

-- name: move
-- One whose moment has come and that waits for something is looked at again: it may have been this invoice.
UPDATE reminders SET due_at = $due_at, turn = turn + 1, contact_id = $contact, currency = $currency
WHERE tenant_id = $tenant AND id = $id AND state = 'planned'
  AND (due_at <= $now
       OR (due_at, contact_id, currency) IS DISTINCT FROM (CAST($due_at AS INTEGER), CAST($contact AS TEXT), CAST($currency AS TEXT)))

-- name: correct
-- One that has ended keeps its end; its moment is that of the date and rule that are.
UPDATE reminders SET due_at = $due_at, contact_id = $contact, currency = $currency
WHERE tenant_id = $tenant AND id = $id AND state IN ('skipped', 'expired') AND due_at <> $due_at

-- name: revive
-- It has ended by a moment that was not the right one, without being told, and the right one is not over.
UPDATE reminders SET state = 'planned', reason = '', args = '[]', due_at = $due_at, turn = turn + 1, contact_id = $contact,
  currency = $currency
WHERE tenant_id = $tenant AND id = $id AND state IN ('skipped', 'expired') AND due_at <> $due_at

-- name: planned
UPDATE invoices SET planned = 1 WHERE tenant_id = $tenant AND id = $id
