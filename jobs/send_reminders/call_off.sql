-- Messages of reminders that have not left.

-- name: waiting
-- Composed and not under way, of the last hundred: no more wait at the same time. (The CASE leads SQLite to their keys,
-- not through all of the tenant's.)
SELECT m.id FROM (SELECT x.id, x.state FROM messages x
                  WHERE x.contact_id = $contact AND x.class = 'transactional' AND x.state IN ('queued', 'sent', 'held')
                    AND x.origin LIKE 'reminder:%' ORDER BY coalesce(x.sent_at, x.created_at) DESC LIMIT 100) m
JOIN ledger l ON l.stage = 'deliver' AND l.key = 'message:' || m.id AND CASE WHEN l.state = 'due' THEN 1 ELSE 0 END = 1
WHERE m.state = 'queued' AND EXISTS (SELECT 1 FROM reminders r WHERE r.message_id = m.id AND r.currency = $currency)

-- name: invoices_in
SELECT min(CASE WHEN i.status = 'open' THEN 'paid' ELSE i.status END) AS status,
       sum(CASE WHEN i.status = 'open' AND i.amount_minor > i.paid_minor THEN 1 ELSE 0 END) AS still_open
FROM reminders r JOIN invoices i ON i.tenant_id = r.tenant_id AND i.id = r.invoice_id WHERE r.message_id = $message

-- name: call_off
UPDATE messages SET state = 'cancelled', reason = $reason, args = $args
WHERE tenant_id = $tenant AND id = $message AND state = 'queued'

-- name: outdate
-- It may have arrived, and stays held; sent again as it is it would tell what is not true any more.
UPDATE messages SET reason = $reason, args = '[]' WHERE tenant_id = $tenant AND id = $message AND state = 'held'

-- name: in_message
SELECT id, turn, due_at FROM reminders WHERE message_id = $message

-- name: reopen
UPDATE reminders SET state = 'planned', message_id = NULL, turn = turn + 1 WHERE message_id = $message
