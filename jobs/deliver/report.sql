-- What each tenant sent, or why nothing.

-- name: tenants
SELECT w.tenant_id, w.slug, w.got, w.next_at, w.waits AS why, w.waits_args AS why_args,
  CASE WHEN w.held > 0 THEN 'held for an operator: ' || CAST(w.held AS TEXT) || CASE WHEN w.got > 0 THEN ', sent ' || CAST(w.got AS TEXT) ELSE '' END
       WHEN w.got > 0 THEN 'sent ' || CAST(w.got AS TEXT) || CASE WHEN w.waits IS NULL THEN '' ELSE ', others wait: {why}' END
       WHEN w.waits IS NOT NULL THEN CASE WHEN w.waits = '' THEN 'waiting' ELSE 'waiting: {why}' END
       WHEN w.ended IS NOT NULL THEN 'not sent: ' || w.ended
       ELSE 'nothing to send' END AS story
FROM (
  SELECT t.id AS tenant_id, t.slug,
    (SELECT count(*) FROM messages m WHERE m.tenant_id = t.id AND m.state = 'sent' AND m.sent_at >= $run_start) AS got,
    (SELECT count(*) FROM messages m WHERE m.tenant_id = t.id AND m.state = 'held') AS held,
    (SELECT l.reason FROM ledger l WHERE l.tenant_id = t.id AND l.stage = 'deliver' AND l.state = 'due' ORDER BY l.due_at LIMIT 1) AS waits,
    (SELECT l.args FROM ledger l WHERE l.tenant_id = t.id AND l.stage = 'deliver' AND l.state = 'due' ORDER BY l.due_at LIMIT 1) AS waits_args,
    (SELECT min(l.due_at) FROM ledger l WHERE l.tenant_id = t.id AND l.stage = 'deliver' AND l.state = 'due') AS next_at,
    (SELECT max(m.reason) FROM messages m LEFT JOIN ledger l ON l.stage = 'deliver' AND l.key = 'message:' || m.id
       WHERE m.tenant_id = t.id AND m.state IN ('cancelled', 'failed') AND coalesce(l.finished_at, m.created_at) >= $run_start) AS ended
  FROM tenants t WHERE t.id <> 'operator'
) w
ORDER BY w.slug

-- name: preview
SELECT 'messages in the outbox' AS note, NULL AS at, count(*) AS items FROM messages m WHERE m.state = 'queued' AND m.created_at <= $now
