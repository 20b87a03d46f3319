-- The verdict of one claim and what follows from it.

-- name: decide
UPDATE task_completions SET state = $state, decided_at = $now, grade = CAST($grade AS TEXT), source = $source,
  evidence = $evidence, evidence_at = CAST($evidence_at AS BIGINT), reason = $reason, args = $args, look_at = NULL
WHERE tenant_id = $tenant AND id = $completion
  AND (state = 'pending' OR ($by_operator = 1 AND state IN ('manual', 'unsupported')))

-- name: put_off
UPDATE task_completions SET reason = $reason, note = $reason, args = $args, look_at = $look_at, looks = looks + 1
WHERE tenant_id = $tenant AND id = $completion AND state = 'pending'

-- name: story
-- All that reward and message are made of.
SELECT c.contact_id, k.campaign_id, CASE WHEN k.title <> '' THEN k.title ELSE k.slug END AS title, k.reward_spins, k.platform, p.name AS contact_name, p.language AS contact_language,
       t.language AS tenant_language, g.name AS campaign_name, g.slug AS campaign_slug, g.notifications, g.message_ttl_ms,
       g.message_text, g.template_name, g.template_language, g.template_values, g.template_instead, g.link
FROM task_completions c
JOIN tasks k ON k.tenant_id = c.tenant_id AND k.id = c.task_id
JOIN campaigns g ON g.tenant_id = k.tenant_id AND g.id = k.campaign_id
JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id
JOIN tenants t ON t.id = c.tenant_id
WHERE c.tenant_id = $tenant AND c.id = $completion

-- name: reward
INSERT INTO rewards (id, tenant_id, completion_id, contact_id, campaign_id, spins, granted_at)
VALUES ($id, $tenant, $completion, $contact, $campaign, $spins, $now)
ON CONFLICT (completion_id) DO NOTHING
