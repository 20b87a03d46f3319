-- The outbox: what is to be said, once per cause.

-- name: add
INSERT INTO messages (id, tenant_id, origin, campaign_id, contact_id, class, channel, fallback, subject, text, language, template_name,
                      template_language, template_values, second_name, second_language, second_values, text_instead,
                      created_at, expires_at, state, reason, args)
VALUES ($id, $tenant, $origin, $campaign, $contact, $class, $channel, $fallback, $subject, $text, $language, $template_name,
        $template_language, $template_values, $second_name, $second_language, $second_values, $text_instead,
        $now, $expires_at, $state, $reason, $args)
ON CONFLICT (tenant_id, origin) DO NOTHING

-- name: undelivered
SELECT origin, fallback, class FROM messages WHERE tenant_id = $tenant AND id = $message

-- name: add_next
-- The same words by another channel. It expires when the first one would have.
INSERT INTO messages (id, tenant_id, origin, campaign_id, contact_id, class, channel, fallback, subject, text, language, template_name,
                      template_language, template_values, second_name, second_language, second_values, text_instead,
                      created_at, expires_at, state, reason)
SELECT $id, m.tenant_id, $origin, m.campaign_id, m.contact_id, m.class, $channel, $fallback, m.subject, m.text, m.language, m.template_name,
       m.template_language, m.template_values, m.second_name, m.second_language, m.second_values, m.text_instead, $now, m.expires_at, 'queued', ''
FROM messages m WHERE m.tenant_id = $tenant AND m.id = $message
ON CONFLICT (tenant_id, origin) DO NOTHING

-- name: pass_on_reminders
UPDATE reminders SET message_id = $next WHERE message_id = $message

-- name: pass_on_enrollment
UPDATE enrollments SET message_id = $next WHERE message_id = $message
