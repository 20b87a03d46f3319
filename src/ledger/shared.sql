-- What all runs and processes share: parks and quota.

-- name: park
INSERT INTO parks (scope, id, until, reason, args) VALUES ($scope, $id, $until, $reason, $args)
ON CONFLICT (scope, id) DO UPDATE SET
  reason = CASE WHEN excluded.until > parks.until THEN excluded.reason ELSE parks.reason END,
  args = CASE WHEN excluded.until > parks.until THEN excluded.args ELSE parks.args END,
  until = CASE WHEN excluded.until > parks.until THEN excluded.until ELSE parks.until END

-- name: changed_credential
-- Another secret, or another place, than the one that was used.
SELECT id FROM credentials WHERE id = $id AND updated_at <> $updated_at

-- name: parked
SELECT scope, until, reason, args FROM parks
WHERE until > $now AND ((scope = 'tenant' AND id = $tenant) OR (scope = 'credential' AND id = $credential)
   OR (scope = 'host' AND id = $host) OR (scope = 'portal' AND id = $portal) OR (scope = 'app' AND id = $app)
   OR (scope IN ('page', 'account', 'sender') AND id = $account))
ORDER BY until DESC LIMIT 1

-- name: unpark_expired
DELETE FROM parks WHERE until <= $now

-- name: paced
SELECT next FROM paces WHERE key = $key AND next > $now

-- name: take_pace
INSERT INTO paces (key, next) VALUES ($key, $next)
ON CONFLICT (key) DO UPDATE SET next = excluded.next

-- name: forget_paces
DELETE FROM paces WHERE next <= $now

-- name: open_usage
INSERT INTO usage (tenant_id, meter, period) VALUES ($tenant, $meter, $period)
ON CONFLICT (tenant_id, meter, period) DO NOTHING

-- name: reserve
-- No row changed: the quota is used up. $most is the limit, or NULL for none.
UPDATE usage SET reserved = reserved + $amount
WHERE tenant_id = $tenant AND meter = $meter AND period = $period
  AND (CAST($most AS BIGINT) IS NULL OR used + reserved + $amount <= $most)

-- name: insert_reservation
INSERT INTO reservations (stage, key, meter, tenant_id, period, amount)
VALUES ($stage, $key, $meter, $tenant, $period, $amount)

-- name: reservations
SELECT meter, tenant_id, period, amount FROM reservations WHERE stage = $stage AND key = $key

-- name: settle_usage
UPDATE usage SET reserved = reserved - $reserved, used = used + $used
WHERE tenant_id = $tenant AND meter = $meter AND period = $period

-- name: drop_reservations
DELETE FROM reservations WHERE stage = $stage AND key = $key
