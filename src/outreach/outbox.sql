-- The outbox: what is to be said, once per cause.

-- name: add
INSERT INTO messages (id, tenant_id, origin, campaign_id, contact_id, channel, text, template_name, template_language, template_values,
                      created_at, expires_at, state, reason)
VALUES ($id, $tenant, $origin, $campaign, $contact, $channel, $text, $template_name, $template_language, $template_values,
        $now, $expires_at, $state, $reason)
ON CONFLICT (tenant_id, origin) DO NOTHING
