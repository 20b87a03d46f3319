-- Who was verified by what evidence, who waits, and why nothing.

-- name: tenants
SELECT w.tenant_id, w.slug, w.got, w.next_at, w.message_why AS why, w.message_args AS why_args,
  CASE WHEN w.decided + w.pending + w.manual + w.messages + w.waiting_messages + w.held = 0 AND w.unsent IS NULL THEN 'no claims' ELSE
    'verified ' || CAST(w.got AS TEXT)
    || CASE WHEN w.got = 0 THEN '' ELSE ' (' || w.grades || ')' END
    || CASE WHEN w.decided = w.got THEN '' ELSE ', not verified ' || CAST(w.decided - w.got AS TEXT) || ' (' || coalesce(w.refused, '') || ')' END
    || CASE WHEN w.pending = 0 THEN '' ELSE ', pending ' || CAST(w.pending AS TEXT)
         || CASE WHEN coalesce(w.why, '') = '' THEN '' ELSE ' (' || w.why || ')' END END
    || CASE WHEN w.manual = 0 THEN '' ELSE ', for a person ' || CAST(w.manual AS TEXT) END
    || CASE WHEN w.messages = 0 THEN '' ELSE ', sent ' || CAST(w.messages AS TEXT) END
    || CASE WHEN w.held = 0 THEN '' ELSE ', held ' || CAST(w.held AS TEXT) END
    || CASE WHEN w.waiting_messages = 0 THEN '' ELSE ', messages waiting ' || CAST(w.waiting_messages AS TEXT)
         || CASE WHEN coalesce(w.message_why, '') = '' THEN '' ELSE ' ({why})' END END
    || CASE WHEN w.unsent IS NULL THEN '' ELSE ', not sent: ' || w.unsent END
  END AS story
FROM (
  SELECT t.id AS tenant_id, t.slug,
    (SELECT count(*) FROM task_completions c WHERE c.tenant_id = t.id AND c.state = 'verified' AND c.decided_at >= $run_start) AS got,
    (SELECT count(*) FROM task_completions c WHERE c.tenant_id = t.id AND c.state <> 'pending' AND c.decided_at >= $run_start) AS decided,
    (SELECT count(*) FROM task_completions c WHERE c.tenant_id = t.id AND c.state = 'pending') AS pending,
    (SELECT count(*) FROM task_completions c WHERE c.tenant_id = t.id AND c.state = 'manual') AS manual,
    (SELECT trim(
        CASE WHEN sum(CASE c.grade WHEN 'A' THEN 1 ELSE 0 END) > 0 THEN ' A ' || CAST(sum(CASE c.grade WHEN 'A' THEN 1 ELSE 0 END) AS TEXT) ELSE '' END
     || CASE WHEN sum(CASE c.grade WHEN 'B' THEN 1 ELSE 0 END) > 0 THEN ' B ' || CAST(sum(CASE c.grade WHEN 'B' THEN 1 ELSE 0 END) AS TEXT) ELSE '' END
     || CASE WHEN sum(CASE c.grade WHEN 'C' THEN 1 ELSE 0 END) > 0 THEN ' C ' || CAST(sum(CASE c.grade WHEN 'C' THEN 1 ELSE 0 END) AS TEXT) ELSE '' END
     || CASE WHEN sum(CASE c.grade WHEN 'D' THEN 1 ELSE 0 END) > 0 THEN ' D ' || CAST(sum(CASE c.grade WHEN 'D' THEN 1 ELSE 0 END) AS TEXT) ELSE '' END
     || CASE WHEN sum(CASE c.grade WHEN 'E' THEN 1 ELSE 0 END) > 0 THEN ' E ' || CAST(sum(CASE c.grade WHEN 'E' THEN 1 ELSE 0 END) AS TEXT) ELSE '' END)
     FROM task_completions c WHERE c.tenant_id = t.id AND c.state = 'verified' AND c.decided_at >= $run_start) AS grades,
    (SELECT max(c.reason) FROM task_completions c WHERE c.tenant_id = t.id AND c.state NOT IN ('pending', 'verified')
       AND c.decided_at >= $run_start) AS refused,
    (SELECT max(c.note) FROM task_completions c WHERE c.tenant_id = t.id AND c.state = 'pending') AS why,
    (SELECT count(*) FROM messages m WHERE m.tenant_id = t.id AND m.state = 'sent' AND m.sent_at >= $run_start) AS messages,
    (SELECT count(*) FROM messages m WHERE m.tenant_id = t.id AND m.state = 'held') AS held,
    (SELECT count(*) FROM messages m WHERE m.tenant_id = t.id AND m.state = 'queued') AS waiting_messages,
    (SELECT l.reason FROM ledger l WHERE l.tenant_id = t.id AND l.stage = 'deliver' AND l.state = 'due' ORDER BY l.due_at LIMIT 1) AS message_why,
    (SELECT l.args FROM ledger l WHERE l.tenant_id = t.id AND l.stage = 'deliver' AND l.state = 'due' ORDER BY l.due_at LIMIT 1) AS message_args,
    (SELECT max(m.reason) FROM messages m LEFT JOIN ledger l ON l.stage = 'deliver' AND l.key = 'message:' || m.id
       WHERE m.tenant_id = t.id AND m.state IN ('cancelled', 'failed') AND coalesce(l.finished_at, m.created_at) >= $run_start) AS unsent,
    (SELECT min(l.due_at) FROM ledger l WHERE l.tenant_id = t.id AND l.state = 'due'
       AND l.stage IN ('verify-object', 'verify-claim', 'deliver')) AS next_at
  FROM tenants t WHERE t.id <> 'operator'
) w
ORDER BY w.slug

-- name: preview
SELECT 'claims that wait' AS note, min(c.verify_after) AS at, count(*) AS items FROM task_completions c
WHERE c.state = 'pending' AND c.claimed_at <= $now

-- name: graph_settings
SELECT c.settings, count(*) AS credentials, min(t.slug) AS slug FROM credentials c JOIN tenants t ON t.id = c.tenant_id
WHERE c.service IN ('facebook', 'instagram') GROUP BY c.settings
