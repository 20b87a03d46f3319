-- What import knows of contacts, rules, invoices, drips. A `set` writes every column of its table (entity.hpp): what the
-- entry gives, else what the row has; the caller has compared them.

-- name: contacts_like
-- Whoever has one of these keys. More than one row: the keys are of different people.
SELECT * FROM contacts WHERE id IN (
  SELECT id FROM contacts WHERE tenant_id = $tenant AND phone = CAST($phone AS TEXT)
  UNION SELECT id FROM contacts WHERE tenant_id = $tenant AND email = CAST($email AS TEXT)
  UNION SELECT id FROM contacts WHERE tenant_id = $tenant AND ref = CAST($ref AS TEXT))

-- name: contact_called
SELECT id FROM contacts WHERE tenant_id = $tenant AND phone = $key
UNION SELECT id FROM contacts WHERE tenant_id = $tenant AND email = $key
UNION SELECT id FROM contacts WHERE tenant_id = $tenant AND ref = $key

-- name: contact_row
SELECT * FROM contacts WHERE id = $id

-- name: add_contact
INSERT INTO contacts (id, tenant_id, phone, email, ref)
VALUES ($id, $tenant, CAST($phone AS TEXT), CAST($email AS TEXT), CAST($ref AS TEXT))

-- name: set_contact
UPDATE contacts SET phone = $phone, email = $email, ref = $ref, name = $name, language = $language, timezone = $timezone,
  tags = $tags, consent = $consent, email_consent = $email_consent, invoice_channels = $invoice_channels,
  hold_until = $hold_until, instagram = $instagram, facebook = $facebook, igsid = $igsid, wrote_at = $wrote_at
WHERE id = $id

-- name: tenant_row
SELECT * FROM tenants WHERE id = $id

-- name: set_tenant_outreach
UPDATE tenants SET marketing_per_day = $marketing_per_day, holidays = $holidays, min_reminder_minor = $min_reminder_minor,
  reminder_gap_hours = $reminder_gap_hours, base_url = $base_url
WHERE id = $id

-- name: set_test_mode
UPDATE tenants SET safe_recipients = $safe_recipients, redirect_phone = $redirect_phone, redirect_email = $redirect_email
WHERE id = $id

-- name: rule_row
SELECT * FROM reminder_rules WHERE tenant_id = $tenant AND slug = $slug

-- name: add_rule
INSERT INTO reminder_rules (id, tenant_id, slug, invoice_id, offset_days, active_since)
VALUES ($id, $tenant, $slug, CAST($invoice AS TEXT), $offset_days, $now)

-- name: set_rule
UPDATE reminder_rules SET slug = $slug, offset_days = $offset_days, at = $at, channels = $channels, text = $text,
  subject = $subject, template_name = $template_name, template_language = $template_language,
  template_values = $template_values, template_instead = $template_instead, business_days = $business_days, active = $active, active_since = $active_since
WHERE id = $id

-- name: own_rules
SELECT * FROM reminder_rules WHERE invoice_id = $invoice

-- name: invoice_row
SELECT * FROM invoices WHERE tenant_id = $tenant AND number = $number

-- name: add_invoice
INSERT INTO invoices (id, tenant_id, contact_id, number, currency, exponent, amount_minor, due_on, created_at)
VALUES ($id, $tenant, $contact, $number, $currency, $exponent, $amount, $due_on, $now)

-- name: set_invoice
UPDATE invoices SET contact_id = $contact_id, number = $number, currency = $currency, exponent = $exponent,
  amount_minor = $amount_minor, paid_minor = $paid_minor, issued_on = $issued_on, due_on = $due_on, status = $status,
  paid_at = $paid_at, payment_link = $payment_link, hold_until = $hold_until, own_rules = $own_rules,
  version_at = $version_at, told_at = $told_at, planned = 0, put_off_until = 0
WHERE id = $id

-- name: replan_invoice
UPDATE invoices SET planned = 0 WHERE id = $id

-- name: replan
-- Rules, zone or holidays are others: every open invoice finds its moments anew.
UPDATE invoices SET planned = 0 WHERE tenant_id = $tenant AND status = 'open' AND planned = 1

-- name: campaign_row
SELECT * FROM campaigns WHERE tenant_id = $tenant AND slug = $slug

-- name: has_people
-- Somebody walks or walked through it, is held out, or claimed one of its tasks.
SELECT 1 AS yes FROM enrollments WHERE campaign_id = $campaign
UNION ALL
SELECT 1 AS yes FROM tasks t JOIN task_completions c ON c.task_id = t.id
WHERE t.tenant_id = $tenant AND t.campaign_id = $campaign
LIMIT 1

-- name: set_drip
UPDATE campaigns SET weekdays = $weekdays, reentry = $reentry, reentry_days = $reentry_days, holdout_percent = $holdout_percent,
  exit_on_reply = $exit_on_reply, exit_on_opt_out = $exit_on_opt_out, goal_tag = $goal_tag
WHERE id = $id

-- name: pause
-- A draft rests too: who is enrolled before it runs waits from when it runs.
UPDATE campaigns SET paused_at = $now WHERE id = $id AND kind = 'drip' AND status IN ('paused', 'draft') AND paused_at IS NULL

-- name: shift_by_days
-- Who waits for a step with an hour of its own: it comes at that hour, as many whole days later as the pause was long,
-- and one more where the hour has passed meanwhile.
UPDATE enrollments SET step_at = step_at + moved.ms, previous_at = previous_at + moved.ms, shifted_ms = shifted_ms + moved.ms
FROM (SELECT id, days + CASE WHEN step_at >= since AND step_at + days < $now THEN 86400000 ELSE 0 END AS ms
      FROM (SELECT e.id, e.step_at, CASE WHEN e.started_at > $paused_at THEN e.started_at ELSE $paused_at END AS since,
                   ($now - CASE WHEN e.started_at > $paused_at THEN e.started_at ELSE $paused_at END) / 86400000 * 86400000 AS days
            FROM enrollments e JOIN steps p ON p.tenant_id = e.tenant_id AND p.id = e.step_id AND p.at <> ''
            WHERE e.campaign_id = $id AND e.state = 'active' AND e.started_at < $now) AS waits) AS moved
WHERE enrollments.id = moved.id

-- name: shift_waits
-- The others. Who came in during the pause waited from then on.
UPDATE enrollments SET
  step_at = step_at + ($now - CASE WHEN started_at > $paused_at THEN started_at ELSE $paused_at END),
  previous_at = previous_at + ($now - CASE WHEN started_at > $paused_at THEN started_at ELSE $paused_at END),
  shifted_ms = shifted_ms + ($now - CASE WHEN started_at > $paused_at THEN started_at ELSE $paused_at END)
WHERE campaign_id = $id AND state IN ('active', 'holdout') AND started_at < $now
  AND (step_id IS NULL OR step_id IN (SELECT id FROM steps WHERE campaign_id = $id AND at = ''))

-- name: shift_messages
UPDATE messages SET expires_at = expires_at + ($now - CASE WHEN created_at > $paused_at THEN created_at ELSE $paused_at END)
WHERE contact_id IN (SELECT contact_id FROM enrollments WHERE campaign_id = $id)
  AND class = 'marketing' AND campaign_id = $id AND state = 'queued' AND created_at < $now

-- name: resume
UPDATE campaigns SET paused_at = NULL WHERE id = $id

-- name: steps_of
SELECT * FROM steps WHERE campaign_id = $campaign ORDER BY position, id

-- name: add_step
INSERT INTO steps (id, tenant_id, campaign_id, slug, position) VALUES ($id, $tenant, $campaign, $slug, $position)

-- name: step_row
SELECT * FROM steps WHERE campaign_id = $campaign AND slug = $slug

-- name: set_step
UPDATE steps SET slug = $slug, position = $position, delay_value = $delay_value, delay_unit = $delay_unit,
  delay_from = $delay_from, at = $at, channels = $channels, text = $text, subject = $subject, template_name = $template_name,
  template_language = $template_language, template_values = $template_values, template_instead = $template_instead, condition = $condition, on_false = $on_false,
  wait_up_to_ms = $wait_up_to_ms, active = $active, removed = $removed
WHERE id = $id

-- name: wait_anew
-- The step's delay is another: who stands at it gets a moment by the new one.
UPDATE enrollments SET enqueued = 0 WHERE campaign_id = $campaign AND step_id = $step AND state = 'active'

-- name: forget_moments
-- ... which may be an earlier one: a reason in the ledger would hold the row to the old.
UPDATE ledger SET reason = '', args = '[]', detail = ''
WHERE stage = 'advance-step' AND key IN (
  SELECT 'enrollment:' || e.id || ':' || e.step_id FROM enrollments e
  WHERE e.campaign_id = $campaign AND e.step_id = $step AND e.state = 'active')
  AND CASE WHEN state = 'due' AND reason = 'step.not_yet' THEN 1 ELSE 0 END = 1

-- name: has_invoices
SELECT 1 AS yes FROM invoices WHERE tenant_id = $tenant LIMIT 1

-- name: message_called
SELECT id FROM messages WHERE tenant_id = $tenant AND id = $message

-- name: message_to
SELECT m.id FROM messages m WHERE m.provider_id = $message AND m.provider_id <> '' AND m.contact_id IN (
  SELECT id FROM contacts WHERE tenant_id = $tenant AND phone = $contact
  UNION SELECT id FROM contacts WHERE tenant_id = $tenant AND email = $contact
  UNION SELECT id FROM contacts WHERE tenant_id = $tenant AND ref = $contact) LIMIT 1

-- name: heard
UPDATE messages SET delivered_at = COALESCE(delivered_at, CAST($delivered_at AS INTEGER)),
  read_at = COALESCE(read_at, CAST($read_at AS INTEGER)), clicked_at = COALESCE(clicked_at, CAST($clicked_at AS INTEGER))
WHERE id = $id AND (delivered_at, read_at, clicked_at) IS DISTINCT FROM (
  COALESCE(delivered_at, CAST($delivered_at AS INTEGER)), COALESCE(read_at, CAST($read_at AS INTEGER)),
  COALESCE(clicked_at, CAST($clicked_at AS INTEGER)))
