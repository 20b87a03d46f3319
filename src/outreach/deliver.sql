-- Sending one message, and what came of it.

-- name: load
-- Everything the gate asks is read again in the transaction that begins the call: an opt-out a moment ago counts.
SELECT m.id AS message_id, m.origin, m.channel, m.text, m.template_name, m.template_language, m.template_values, m.created_at,
       m.expires_at, m.state AS message_state, m.campaign_id, m.contact_id,
       c.phone, c.consent, c.timezone AS contact_timezone, c.wrote_at, c.window_shut_at, c.unreachable_until,
       t.slug AS tenant_slug, t.active AS tenant_active, t.timezone AS tenant_timezone, t.sender_interval_ms,
       t.messages_per_day, t.warmup_start, t.contact_daily_cap, pl.messages_per_month,
       coalesce(k.notifications, 1) AS notifications, coalesce(k.window_start, '00:00') AS window_start,
       coalesce(k.window_end, '00:00') AS window_end,
       CASE WHEN EXISTS (SELECT 1 FROM suppressions x WHERE x.tenant_id = m.tenant_id AND x.phone = c.phone)
            THEN 1 ELSE 0 END AS suppressed
FROM messages m
JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id
JOIN tenants t ON t.id = m.tenant_id
LEFT JOIN plans pl ON pl.id = t.plan_id
LEFT JOIN campaigns k ON k.tenant_id = m.tenant_id AND k.id = m.campaign_id
WHERE m.id = $id

-- name: sent
UPDATE messages SET state = 'sent', reason = '', sent_at = $now, provider_id = $provider_id, provider_status = $status,
  recipient = $recipient, usage_period = $period
WHERE tenant_id = $tenant AND id = $message AND state <> 'sent'

-- name: ended
UPDATE messages SET state = $state, reason = $reason WHERE tenant_id = $tenant AND id = $message AND state <> 'sent'

-- name: requeue
UPDATE messages SET state = 'queued', reason = '' WHERE tenant_id = $tenant AND id = $message AND state IN ('cancelled', 'failed')

-- name: suppress
INSERT INTO suppressions (tenant_id, phone, source, since) VALUES ($tenant, $phone, 'provider', $now)
ON CONFLICT (tenant_id, phone) DO NOTHING

-- name: shut_window
UPDATE contacts SET window_shut_at = $now WHERE tenant_id = $tenant AND id = $contact

-- name: unreachable
UPDATE contacts SET unreachable_until = $until WHERE tenant_id = $tenant AND id = $contact
