-- Sending one message, and what came of it.

-- name: load
-- Everything the gate asks is read again in the transaction that begins the call: an opt-out a moment ago counts.
SELECT m.id AS message_id, m.origin, m.channel, m.fallback, m.class, m.subject, m.text, m.language AS text_language, m.template_name, m.template_language,
       m.template_values, m.second_name, m.second_language, m.second_values, m.text_instead, m.created_at, m.expires_at, m.state AS message_state, m.reason AS message_reason, m.args AS message_args, m.campaign_id, m.contact_id,
       coalesce(c.phone, '') AS phone, coalesce(c.email, '') AS email, c.name AS contact_name, c.language AS contact_language,
       CASE WHEN m.class = 'transactional' THEN 1 WHEN m.channel = 'email' THEN c.email_consent ELSE c.consent END AS consent,
       c.timezone AS contact_timezone, c.hold_until AS contact_hold_until, c.wrote_at, c.window_shut_at, c.mail_full_since,
       c.mail_full_times,
       CASE WHEN m.channel = 'whatsapp' THEN c.unreachable_until END AS unreachable_until,
       t.slug AS tenant_slug, t.active AS tenant_active, t.timezone AS tenant_timezone, t.language AS tenant_language,
       t.base_url AS tenant_base_url, t.sender_interval_ms, t.messages_per_day, t.warmup_start, t.contact_daily_cap, t.marketing_per_day, pl.messages_per_month, coalesce(k.message_ttl_ms, 86400000) AS message_ttl_ms,
       t.safe_recipients, o.safe_recipients AS safe_for_all,
       CASE t.redirect_phone WHEN '' THEN o.redirect_phone ELSE t.redirect_phone END AS redirect_phone,
       CASE t.redirect_email WHEN '' THEN o.redirect_email ELSE t.redirect_email END AS redirect_email,
       coalesce(k.notifications, 1) AS notifications, coalesce(k.zone, '') AS campaign_zone, coalesce(k.window_start, '00:00') AS window_start,
       coalesce(k.window_end, '00:00') AS window_end, coalesce(k.weekdays, '[]') AS weekdays, coalesce(k.kind, '') AS campaign_kind,
       CASE WHEN k.kind = 'drip' AND k.status IN ('paused', 'draft') THEN 1 ELSE 0 END AS paused,
       (SELECT min(CASE WHEN x.source IN ('address dead', 'address full') THEN 2 ELSE 1 END) FROM suppressions x
        WHERE x.tenant_id = m.tenant_id AND x.channel = m.channel
          AND x.address = CASE m.channel WHEN 'email' THEN c.email ELSE c.phone END
          AND (x.scope = 'all' OR m.class = 'marketing')) AS suppressed,
       CASE WHEN m.template_name <> '' AND m.channel = 'whatsapp' THEN
         coalesce((SELECT a.owner_key FROM credentials a WHERE a.scope = 'campaign' AND a.owner_key = m.campaign_id AND a.service = 'whatsapp'),
                  m.tenant_id) END AS template_owner,
       CASE WHEN m.template_name <> '' AND m.channel = 'whatsapp' THEN
         (SELECT r.until FROM parks r WHERE r.scope = 'template' AND r.id =
            coalesce((SELECT a.owner_key FROM credentials a WHERE a.scope = 'campaign' AND a.owner_key = m.campaign_id AND a.service = 'whatsapp'),
                     m.tenant_id) || ' ' || m.template_name || ' ' || m.template_language) END AS template_rests_until,
       CASE WHEN m.second_name <> '' AND m.channel = 'whatsapp' THEN
         (SELECT r.until FROM parks r WHERE r.scope = 'template' AND r.id =
            coalesce((SELECT a.owner_key FROM credentials a WHERE a.scope = 'campaign' AND a.owner_key = m.campaign_id AND a.service = 'whatsapp'),
                     m.tenant_id) || ' ' || m.second_name || ' ' || m.second_language) END AS second_rests_until,
       -- another message is on its way with that template of the same account, and it rests or has rested (a run's id is
       -- never empty: the condition leads SQLite to the few rows in flight)
       CASE WHEN m.template_name <> '' AND m.channel = 'whatsapp'
              AND EXISTS (SELECT 1 FROM parks r WHERE r.scope = 'template' AND r.id =
                coalesce((SELECT a.owner_key FROM credentials a WHERE a.scope = 'campaign' AND a.owner_key = m.campaign_id AND a.service = 'whatsapp'),
                         m.tenant_id) || ' ' || m.template_name || ' ' || m.template_language)
              AND EXISTS (SELECT 1 FROM ledger l JOIN messages o ON o.id = substr(l.key, 9)
                          WHERE l.state = 'running' AND l.run_id > '' AND CASE l.stage WHEN 'deliver' THEN 1 ELSE 0 END = 1 AND o.tenant_id = m.tenant_id
                            AND o.id <> m.id AND o.channel = 'whatsapp' AND o.template_name = m.template_name
                            AND o.template_language = m.template_language
                            AND coalesce((SELECT a.owner_key FROM credentials a WHERE a.scope = 'campaign' AND a.owner_key = o.campaign_id AND a.service = 'whatsapp'), o.tenant_id)
                              = coalesce((SELECT a.owner_key FROM credentials a WHERE a.scope = 'campaign' AND a.owner_key = m.campaign_id AND a.service = 'whatsapp'), m.tenant_id))
            THEN 1 ELSE 0 END AS template_tried,
       CASE WHEN EXISTS (SELECT 1 FROM reminders r JOIN invoices i ON i.tenant_id = r.tenant_id AND i.id = r.invoice_id
                         WHERE r.message_id = m.id AND (i.planned = 0 OR i.status <> 'open'))
              OR (m.state = 'held' AND m.reason = 'message.outdated')
            THEN 1 ELSE 0 END AS outdated,
       -- from when on a newer reminder of an invoice in it is due
       (SELECT min(n.due_at) FROM reminders r JOIN reminders n ON n.invoice_id = r.invoice_id AND n.due_at > r.due_at
          AND CASE WHEN n.state IN ('planned', 'told') THEN 1 ELSE 0 END = 1
        WHERE r.message_id = m.id) AS overtaken_at,
       -- when the contact was last reminded, or is being reminded, by another message (of the last hundred)
       CASE WHEN m.origin LIKE 'reminder:%' THEN
         (SELECT max(CASE y.state WHEN 'queued' THEN l.begun_at ELSE coalesce(y.sent_at, y.created_at) END)
          FROM (SELECT x.id, x.state, x.sent_at, x.created_at FROM messages x
                WHERE x.contact_id = m.contact_id AND x.class = 'transactional' AND x.state IN ('queued', 'sent', 'held')
                  AND x.origin LIKE 'reminder:%' ORDER BY coalesce(x.sent_at, x.created_at) DESC LIMIT 100) y
          LEFT JOIN ledger l ON l.stage = 'deliver' AND l.key = 'message:' || y.id
            AND CASE WHEN l.state IN ('running', 'uncertain') THEN 1 ELSE 0 END = 1
          WHERE y.id <> m.id) END AS reminded_at,
       t.reminder_gap_hours,
       -- Of a sender with a limit of the day or month: from when on others want places of it: a reminder that is not planned yet
       -- (of the next hundred; who cannot be reached wants none), what is owed, and marketing.
       CASE WHEN coalesce(t.messages_per_day, pl.messages_per_month) IS NOT NULL OR t.warmup_start IS NOT NULL THEN
         (SELECT min(p.due_at) FROM (SELECT l.due_at, l.reason FROM ledger l
                                     WHERE l.stage = 'plan-reminder' AND l.behind = 0 AND l.tenant_id = m.tenant_id
                                       AND l.state IN ('due', 'uncertain') AND l.crashes = 0 ORDER BY l.due_at LIMIT 100) p
          WHERE p.reason NOT IN ('reminder.no_channel', 'reminder.unwritable')) END AS planned_at,
       CASE WHEN coalesce(t.messages_per_day, pl.messages_per_month) IS NOT NULL OR t.warmup_start IS NOT NULL THEN
         (SELECT min(l.due_at) FROM ledger l WHERE l.stage = 'deliver' AND l.behind = 0 AND l.tenant_id = m.tenant_id
            AND l.state IN ('due', 'uncertain') AND l.crashes = 0) END AS owed_at,
       CASE WHEN coalesce(t.messages_per_day, pl.messages_per_month) IS NOT NULL OR t.warmup_start IS NOT NULL THEN
         (SELECT min(l.due_at) FROM ledger l WHERE l.stage = 'deliver' AND l.behind = 1 AND l.tenant_id = m.tenant_id
            AND l.state IN ('due', 'uncertain') AND l.crashes = 0) END AS marketing_at,
       -- of a sender with a limit of the month: how many places the other class wants (to a hundred), and has had in the
       -- last month in which it had some
       CASE WHEN pl.messages_per_month IS NULL THEN 0 WHEN m.class = 'marketing' THEN
         (SELECT count(*) FROM (SELECT l.reason FROM ledger l
                                WHERE l.stage = 'plan-reminder' AND l.behind = 0 AND l.tenant_id = m.tenant_id
                                  AND l.state IN ('due', 'uncertain') AND l.crashes = 0 ORDER BY l.due_at LIMIT 100) p
          WHERE p.reason NOT IN ('reminder.no_channel', 'reminder.unwritable'))
         + (SELECT count(*) FROM (SELECT l.due_at FROM ledger l WHERE l.stage = 'deliver' AND l.behind = 0 AND l.tenant_id = m.tenant_id
              AND l.state IN ('due', 'uncertain') AND l.crashes = 0 ORDER BY l.due_at LIMIT 100) w)
         ELSE (SELECT count(*) FROM (SELECT l.due_at FROM ledger l WHERE l.stage = 'deliver' AND l.behind = 1 AND l.tenant_id = m.tenant_id
                 AND l.state IN ('due', 'uncertain') AND l.crashes = 0 ORDER BY l.due_at LIMIT 100) w) END AS others_want,
       (SELECT u.used + u.reserved FROM usage u WHERE u.tenant_id = m.tenant_id AND pl.messages_per_month IS NOT NULL
          AND u.meter = CASE m.class WHEN 'marketing' THEN 'owed messages' ELSE 'marketing messages' END
        ORDER BY u.period DESC LIMIT 1) AS others_had,
       (SELECT u.period FROM usage u WHERE u.tenant_id = m.tenant_id AND pl.messages_per_month IS NOT NULL
          AND u.meter = CASE m.class WHEN 'marketing' THEN 'owed messages' ELSE 'marketing messages' END
        ORDER BY u.period DESC LIMIT 1) AS others_period,
       -- what a reminder has waited for so far, for the day it is too late
       CASE WHEN m.origin LIKE 'reminder:%' THEN
         (SELECT l.reason FROM ledger l WHERE l.stage = 'deliver' AND l.key = 'message:' || m.id) END AS waited_for,
       CASE WHEN m.origin LIKE 'reminder:%' THEN
         (SELECT l.args FROM ledger l WHERE l.stage = 'deliver' AND l.key = 'message:' || m.id) END AS waited_args,
       -- when the message of an earlier step of the walk, which has not left, is looked at
       CASE WHEN e.id IS NOT NULL AND m.state = 'queued' THEN
         (SELECT max(CASE l.state WHEN 'due' THEN l.due_at WHEN 'running' THEN 0 WHEN 'uncertain' THEN 0 END) FROM messages o
          LEFT JOIN ledger l ON l.stage = 'deliver' AND l.key = 'message:' || o.id
          JOIN steps p ON p.campaign_id = e.campaign_id
            AND o.origin || '/' LIKE 'enrollment:' || e.id || ':' || p.id || '/%'
          JOIN steps s ON s.campaign_id = e.campaign_id
            AND m.origin || '/' LIKE 'enrollment:' || e.id || ':' || s.id || '/%'
          WHERE o.contact_id = m.contact_id AND o.class = 'marketing' AND o.state = 'queued' AND o.id <> m.id
            AND p.position < s.position) END AS before_at,
       e.id AS enrollment_id, e.state AS walk_state, e.started_at, k.status AS campaign_status, k.exit_on_reply, k.exit_on_opt_out,
       k.goal_tag, c.tags,
       -- 1: she wants no more; 2: nobody reads there
       coalesce((SELECT min(CASE WHEN x.source IN ('address dead', 'address full') THEN 2 ELSE 1 END) FROM suppressions x
                 WHERE x.tenant_id = m.tenant_id AND x.channel = 'whatsapp' AND x.address = c.phone), 0) AS opted_out_whatsapp,
       coalesce((SELECT min(CASE WHEN x.source IN ('address dead', 'address full') THEN 2 ELSE 1 END) FROM suppressions x
                 WHERE x.tenant_id = m.tenant_id AND x.channel = 'email' AND x.address = c.email), 0) AS opted_out_email
FROM messages m
JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id
JOIN tenants t ON t.id = m.tenant_id
JOIN tenants o ON o.id = 'operator'
LEFT JOIN plans pl ON pl.id = t.plan_id
LEFT JOIN campaigns k ON k.tenant_id = m.tenant_id AND k.id = m.campaign_id
-- (The CASE leads to her few walks, not through all of the campaign's.)
LEFT JOIN enrollments e ON e.tenant_id = m.tenant_id AND e.contact_id = m.contact_id
  AND CASE WHEN e.campaign_id = m.campaign_id THEN 1 ELSE 0 END = 1 AND m.origin LIKE 'enrollment:' || e.id || ':%'
WHERE m.id = $id

-- name: sent
UPDATE messages SET state = 'sent', reason = '', args = '[]', sent_at = $now, provider_id = $provider_id, provider_status = $status,
  recipient = $recipient, usage_period = $period
WHERE tenant_id = $tenant AND id = $message AND state <> 'sent'

-- name: ended
UPDATE messages SET state = $state, reason = $reason, args = $args WHERE tenant_id = $tenant AND id = $message AND state <> 'sent'

-- name: lasts
UPDATE messages SET expires_at = $expires_at WHERE tenant_id = $tenant AND id = $message AND state = 'queued'

-- name: requeue
UPDATE messages SET state = 'queued', reason = '', args = '[]' WHERE tenant_id = $tenant AND id = $message AND state IN ('cancelled', 'failed')

-- name: suppress
INSERT INTO suppressions (tenant_id, channel, address, scope, source, since)
VALUES ($tenant, $channel, $address, $scope, $source, $now)
ON CONFLICT (tenant_id, channel, address, scope) DO NOTHING

-- name: shut_window
UPDATE contacts SET window_shut_at = $now WHERE tenant_id = $tenant AND id = $contact

-- name: unreachable
UPDATE contacts SET unreachable_until = $until WHERE tenant_id = $tenant AND id = $contact

-- name: mailbox_full
UPDATE contacts SET mail_full_since = coalesce(mail_full_since, $now), mail_full_times = mail_full_times + 1
WHERE tenant_id = $tenant AND id = $contact

-- name: mailbox_takes
UPDATE contacts SET mail_full_since = NULL, mail_full_times = 0 WHERE tenant_id = $tenant AND id = $contact

-- name: reopen
-- What was to be told changed before it was: it is planned anew, under a key of its own.
UPDATE reminders SET state = 'planned', message_id = NULL, turn = turn + 1, args = $waited_for WHERE message_id = $message

-- name: reopened
SELECT r.id, r.turn, r.due_at FROM reminders r WHERE r.message_id = $message

-- name: leave
UPDATE enrollments SET state = 'exited', reason = $reason, args = $args, ended_at = $now, step_id = NULL, step_at = NULL
WHERE tenant_id = $tenant AND id = $enrollment AND state = 'active'
