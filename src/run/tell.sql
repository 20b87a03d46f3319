-- What a report needs to name things.

-- name: credential
SELECT c.service, c.scope, t.slug FROM credentials c JOIN tenants t ON t.id = c.tenant_id WHERE c.id = $id

-- name: tenant
SELECT slug FROM tenants WHERE id = $id

-- name: portal
SELECT slug FROM portals WHERE id = $id

-- name: next_waiting
-- The first item of the next (word, tenant) that items wait for.
SELECT l.waits_for, l.tenant_id, l.reason, l.args, l.detail, l.created_at, l.due_at FROM ledger l
WHERE l.waits_for <> '' AND l.waits_for >= $word AND (l.waits_for, l.tenant_id) > ($word, $tenant)
ORDER BY l.waits_for, l.tenant_id LIMIT 1

-- name: told_up_to
SELECT waits_for, tenant_id FROM told_up_to WHERE one = 1

-- name: go_on_after
INSERT INTO told_up_to (one, waits_for, tenant_id) VALUES (1, $word, $tenant)
ON CONFLICT (one) DO UPDATE SET waits_for = excluded.waits_for, tenant_id = excluded.tenant_id

-- name: waiting
SELECT count(*) AS items FROM (SELECT 1 AS one FROM ledger l WHERE l.waits_for <> '' AND l.waits_for = $word LIMIT $most) AS few

-- name: waiting_of
SELECT count(*) AS items FROM (SELECT 1 AS one FROM ledger l
  WHERE l.waits_for <> '' AND l.waits_for = $word AND l.tenant_id = $tenant LIMIT $most) AS few

-- name: told_at
SELECT at FROM told WHERE waits_for = $word AND tenant_id = $tenant AND reason = $reason

-- name: tell
INSERT INTO told (waits_for, tenant_id, reason, at) VALUES ($word, $tenant, $reason, $now)
ON CONFLICT (waits_for, tenant_id, reason) DO UPDATE SET at = excluded.at

-- name: forget_told
DELETE FROM told WHERE at <= $before
