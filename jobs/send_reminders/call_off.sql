-- Messages of reminders that have not left.

-- name: waiting
-- Composed and not under way. (The CASEs lead SQLite to her messages and their keys, not through all of the tenant's.)
SELECT DISTINCT m.id FROM messages m
JOIN reminders r ON r.message_id = m.id AND r.currency = $currency
JOIN ledger l ON l.stage = 'deliver' AND l.key = 'message:' || m.id AND CASE WHEN l.state = 'due' THEN 1 ELSE 0 END = 1
WHERE m.contact_id = $contact AND m.class = 'transactional' AND m.state = 'queued'
  AND CASE WHEN m.tenant_id = $tenant THEN 1 ELSE 0 END = 1

-- name: call_off
UPDATE messages SET state = 'cancelled', reason = $reason, args = '[]'
WHERE tenant_id = $tenant AND id = $message AND state = 'queued'

-- name: outdate
-- It may have arrived, and stays held; sent again as it is it would tell what is not true any more.
UPDATE messages SET reason = $reason, args = '[]' WHERE tenant_id = $tenant AND id = $message AND state = 'held'

-- name: in_message
SELECT id, turn, due_at FROM reminders WHERE message_id = $message

-- name: reopen
UPDATE reminders SET state = 'planned', message_id = NULL, turn = turn + 1 WHERE message_id = $message
