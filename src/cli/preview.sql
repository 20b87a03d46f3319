-- What preview shows: rows with the columns that src/outreach/letters.hpp asks for. $contact '' = whoever it is for.

-- name: person
-- By phone, e-mail address or ref.
SELECT id FROM contacts WHERE tenant_id = $tenant AND phone = $key
UNION SELECT id FROM contacts WHERE tenant_id = $tenant AND email = $key
UNION SELECT id FROM contacts WHERE tenant_id = $tenant AND ref = $key

-- name: campaign
SELECT id, kind FROM campaigns WHERE tenant_id = $tenant AND slug = $slug

-- name: walker
-- Somebody who walks through the drip, else anybody.
SELECT coalesce((SELECT e.contact_id FROM enrollments e WHERE e.campaign_id = $campaign AND e.state IN ('active', 'holdout') LIMIT 1),
                (SELECT c.id FROM contacts c WHERE c.tenant_id = $tenant LIMIT 1)) AS id

-- name: steps
SELECT p.slug, p.channels, p.text, p.subject, p.template_name, p.template_language, p.template_values, p.template_instead, p.active,
       k.name AS campaign_name, k.slug AS campaign_slug, k.link,
       c.name AS contact_name, c.language AS contact_language, c.phone, c.email, t.name AS tenant_name, t.language AS tenant_language
FROM steps p
JOIN campaigns k ON k.tenant_id = p.tenant_id AND k.id = p.campaign_id
JOIN tenants t ON t.id = p.tenant_id
JOIN contacts c ON c.tenant_id = p.tenant_id AND c.id = $contact
WHERE p.campaign_id = $campaign AND p.removed = 0 ORDER BY p.position

-- name: tasks
-- What people are told of a verified claim.
SELECT k.slug, '["whatsapp"]' AS channels, CASE WHEN k.title <> '' THEN k.title ELSE k.slug END AS title, k.reward_spins, k.platform,
       k.active, g.message_text, g.template_name, g.template_language, g.template_values, g.template_instead,
       g.name AS campaign_name, g.slug AS campaign_slug, g.link,
       c.name AS contact_name, c.language AS contact_language, c.phone, c.email, t.name AS tenant_name, t.language AS tenant_language
FROM tasks k
JOIN campaigns g ON g.tenant_id = k.tenant_id AND g.id = k.campaign_id
JOIN tenants t ON t.id = k.tenant_id
JOIN contacts c ON c.tenant_id = k.tenant_id AND c.id = $contact
WHERE k.campaign_id = $campaign ORDER BY k.slug

-- name: rule
SELECT id, slug, invoice_id, offset_days, channels, text, subject, template_name, template_language, template_values, template_instead, active
FROM reminder_rules WHERE tenant_id = $tenant AND slug = $slug

-- name: debtor
-- Somebody who owes something.
SELECT contact_id AS id FROM invoices WHERE tenant_id = $tenant AND status = 'open' AND amount_minor > paid_minor
  AND ($invoice = '' OR id = $invoice) ORDER BY due_on LIMIT 1

-- name: reader
SELECT c.name AS contact_name, c.language AS contact_language, c.phone, c.email, t.name AS tenant_name, t.language AS tenant_language,
       t.timezone AS tenant_timezone
FROM contacts c JOIN tenants t ON t.id = c.tenant_id WHERE c.tenant_id = $tenant AND c.id = $contact

-- name: reach
-- What keeps a channel from the contact. (Of two scopes the smaller word is the wider one: "all" before "marketing".)
SELECT coalesce(c.phone, '') AS phone, coalesce(c.email, '') AS email, c.consent, c.email_consent, c.unreachable_until,
       (SELECT min(x.scope) FROM suppressions x WHERE x.tenant_id = c.tenant_id AND x.channel = 'whatsapp' AND x.address = c.phone)
         AS out_of_whatsapp,
       (SELECT min(x.scope) FROM suppressions x WHERE x.tenant_id = c.tenant_id AND x.channel = 'email' AND x.address = c.email)
         AS out_of_email
FROM contacts c WHERE c.tenant_id = $tenant AND c.id = $contact

-- name: owed
SELECT number, currency, exponent, amount_minor, paid_minor, due_on, payment_link FROM invoices
WHERE tenant_id = $tenant AND contact_id = $contact AND status = 'open' AND amount_minor > paid_minor AND ($invoice = '' OR id = $invoice)
ORDER BY currency, number LIMIT 1000

-- name: message
SELECT m.id, m.channel, m.subject, m.text, m.language, m.template_name, m.template_language, m.template_values, m.second_name, m.second_language,
       m.second_values, m.text_instead, m.state, m.reason, m.args, c.name AS contact_name, c.language AS contact_language, c.phone, c.email,
       t.language AS tenant_language
FROM messages m JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id JOIN tenants t ON t.id = m.tenant_id
WHERE m.id = $message AND ($tenant = '' OR m.tenant_id = $tenant)
