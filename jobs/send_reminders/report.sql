-- What each tenant's reminders came to, or why nothing.

-- name: tenants
SELECT w.tenant_id, w.slug, w.got, w.next_at,
  CASE WHEN w.got > 0 THEN 'reminders told ' || CAST(w.got AS TEXT) || CASE WHEN w.waits IS NULL THEN '' ELSE ', others wait: ' || w.waits END
       WHEN w.waits IS NOT NULL THEN 'waiting: ' || w.waits
       WHEN w.planned > 0 THEN 'reminders planned: ' || CAST(w.planned AS TEXT)
       WHEN w.open_invoices > 0 THEN 'nothing to tell now'
       ELSE 'no open invoice' END AS story
FROM (
  SELECT t.id AS tenant_id, t.slug,
    (SELECT count(*) FROM reminders r JOIN messages m ON m.tenant_id = r.tenant_id AND m.id = r.message_id
     WHERE m.tenant_id = t.id AND m.created_at >= $run_start) AS got,
    (SELECT count(*) FROM reminders r WHERE r.tenant_id = t.id AND r.state = 'planned') AS planned,
    (SELECT count(*) FROM invoices i WHERE i.tenant_id = t.id AND i.status = 'open') AS open_invoices,
    (SELECT l.reason FROM ledger l WHERE l.tenant_id = t.id AND l.stage IN ('plan-reminder', 'deliver') AND l.state = 'due'
       AND l.reason NOT IN ('', 'not before its moment') ORDER BY l.due_at LIMIT 1) AS waits,
    (SELECT min(l.due_at) FROM ledger l WHERE l.tenant_id = t.id AND l.stage IN ('plan-reminder', 'deliver') AND l.state = 'due')
      AS next_at
  FROM tenants t WHERE t.id <> 'operator'
) w
ORDER BY w.slug

-- name: preview
SELECT 'invoices whose reminders are to be planned' AS note, NULL AS at, count(*) AS items FROM invoices i
WHERE i.planned = 0 AND i.created_at <= $now
