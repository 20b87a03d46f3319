-- A mail that was sent, by the id that its unsubscribe link and its envelope carry.

-- name: mail
SELECT m.id, m.tenant_id, m.contact_id, m.campaign_id, m.state, m.recipient, m.provider_status, t.slug AS tenant,
       coalesce(c.email, '') AS email, c.mail_full_since, c.mail_full_times, coalesce(k.slug, '') AS campaign,
       coalesce(k.exit_on_opt_out, 0) AS exit_on_opt_out
FROM messages m
JOIN tenants t ON t.id = m.tenant_id
JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id
LEFT JOIN campaigns k ON k.tenant_id = m.tenant_id AND k.id = m.campaign_id
WHERE m.id = $id AND m.channel = 'email'

-- name: came_back
-- Refused for good after all: it counts as never sent, but for the plan.
UPDATE messages SET state = 'failed', reason = $reason, args = '[]', sent_at = NULL, provider_status = $status
WHERE tenant_id = $tenant AND id = $id AND state = 'sent'

-- name: note
UPDATE messages SET provider_status = $status WHERE tenant_id = $tenant AND id = $id
