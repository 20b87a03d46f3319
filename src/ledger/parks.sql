-- What must not be called before a time: by credential, app, account, host, portal, template or tenant.

-- name: every
-- Those that are over, too: who works again after one tells so.
SELECT scope, id, until, reason, args, detail, tenant_id, since, times, told_at FROM parks WHERE scope <> 'destination' ORDER BY scope, id

-- name: park
-- A renewal after the rest is over counts; what was parked while it rested already only lasts longer.
INSERT INTO parks (scope, id, until, reason, args, detail, tenant_id, since) VALUES ($scope, $id, $until, $reason, $args, $detail, $tenant, $now)
ON CONFLICT (scope, id) DO UPDATE SET
  times = CASE WHEN parks.until <= excluded.since THEN parks.times + 1 ELSE parks.times END,
  reason = CASE WHEN excluded.until > parks.until THEN excluded.reason ELSE parks.reason END,
  args = CASE WHEN excluded.until > parks.until THEN excluded.args ELSE parks.args END,
  detail = CASE WHEN excluded.until > parks.until THEN excluded.detail ELSE parks.detail END,
  until = CASE WHEN excluded.until > parks.until THEN excluded.until ELSE parks.until END

-- name: one
SELECT scope, id, until, reason, args, detail, tenant_id, since, times, told_at FROM parks WHERE scope = $scope AND id = $id

-- name: another
-- Rests for a tenant alone have the tenant behind the name: between 'NAME ' and 'NAME!'. Another one's than this?
SELECT 1 AS yes FROM parks WHERE scope = $scope AND id > $id || ' ' AND id < $id || '!' AND id <> $mine AND until > $now LIMIT 1

-- name: unpark
DELETE FROM parks WHERE scope = $scope AND id >= $id AND id < $id || '!' AND (id = $id OR id > $id || ' ')

-- name: forget
-- A park that is over for two days is not renewed any more: what it was about has mended itself.
DELETE FROM parks WHERE until <= $before AND scope <> 'destination'

-- name: told
UPDATE parks SET told_at = $now WHERE scope = $scope AND id = $id

-- name: changed_credential
-- Another secret, or another place, than the one that was used.
SELECT id FROM credentials WHERE id = $id AND updated_at <> $updated_at

-- name: revisions
SELECT name, n FROM revisions

-- name: bump
UPDATE revisions SET n = n + 1 WHERE name = $name
