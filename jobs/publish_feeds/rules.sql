-- name: give_up
UPDATE articles SET state = 'given_up', reason = $reason, args = $args, finished_at = $now
WHERE tenant_id = $tenant AND id = $article AND state IN ('chosen', 'written')

-- name: revive
UPDATE articles SET state = CASE WHEN slug IS NULL THEN 'chosen' ELSE 'written' END, reason = '', args = '[]', finished_at = NULL,
  slot = $slot, publish_at = NULL, patient_until = $until
WHERE tenant_id = $tenant AND id = $article AND state = 'given_up'
