-- The one query that finds whose credential serves an item: task -> campaign -> tenant -> portal -> platform.

-- name: find
-- $task, $campaign and $portal may be ''. The most specific row wins; the platform's only where the tenant has a grant.
-- Each scope is one look into the unique index (scope, owner_key, service).
SELECT c.id, c.scope, c.tenant_id, c.owner_key, c.service, c.base_url, c.account, c.settings, c.sealed, c.updated_at,
       t.slug AS tenant_slug, o.owner AS wanted_owner
FROM tenants t
JOIN (SELECT 1 AS rank, 'task' AS scope, CAST($task AS TEXT) AS owner UNION ALL
      SELECT 2, 'campaign', CAST($campaign AS TEXT) UNION ALL
      SELECT 3, 'tenant', CAST($tenant AS TEXT) UNION ALL
      SELECT 4, 'portal', coalesce((SELECT p.portal_id FROM tenants p WHERE p.id = $tenant), CAST($portal AS TEXT)) UNION ALL
      SELECT 5, 'platform', 'platform') o ON 1 = 1
JOIN credentials c ON c.scope = o.scope AND c.owner_key = o.owner AND c.service = $service
WHERE t.id = $tenant
  AND (c.scope NOT IN ('task', 'campaign', 'tenant') OR c.tenant_id = t.id)
  AND (c.scope <> 'portal' OR t.portal_id = c.portal_id OR t.id = 'operator')
  AND (c.scope <> 'platform' OR t.id = 'operator' OR EXISTS (
        SELECT 1 FROM platform_grants g WHERE g.tenant_id = t.id AND g.service = c.service))
ORDER BY o.rank LIMIT 1

-- name: by_id
-- An uncertain attempt is looked up with its own credential; it must still be one the item's tenant may use.
SELECT c.id, c.scope, c.tenant_id, c.owner_key, c.service, c.base_url, c.account, c.settings, c.sealed, c.updated_at,
       t.slug AS tenant_slug,
       CASE c.scope WHEN 'tenant' THEN t.id WHEN 'portal' THEN COALESCE(t.portal_id, c.portal_id)
                    WHEN 'platform' THEN 'platform' ELSE COALESCE(c.task_id, c.campaign_id) END AS wanted_owner
FROM tenants t
JOIN credentials c ON c.id = $id
WHERE t.id = $tenant AND (c.tenant_id = t.id
  OR (c.scope = 'portal' AND (c.portal_id = t.portal_id OR t.id = 'operator'))
  OR (c.scope = 'platform' AND (t.id = 'operator' OR EXISTS (
        SELECT 1 FROM platform_grants g WHERE g.tenant_id = t.id AND g.service = c.service))))

-- name: upsert
INSERT INTO credentials (id, scope, tenant_id, campaign_id, task_id, portal_id, service, base_url, account, settings,
                         sealed, updated_at, owner_key)
VALUES ($id, $scope, $tenant, $campaign, $task, $portal, $service, $base_url, $account, $settings, $sealed, $changed, $owner_key)
ON CONFLICT (scope, owner_key, service) DO UPDATE SET id = excluded.id, base_url = excluded.base_url, account = excluded.account,
  settings = excluded.settings, sealed = excluded.sealed, updated_at = excluded.updated_at

-- name: existing
SELECT id, scope, tenant_id, owner_key, service, base_url, account, settings, sealed, updated_at FROM credentials
WHERE scope = $scope AND owner_key = $owner_key AND service = $service

-- name: of_id
SELECT id, scope, tenant_id, owner_key, service, base_url, account, sealed, updated_at FROM credentials WHERE id = $id

-- name: renew
UPDATE credentials SET sealed = $sealed, updated_at = $changed WHERE id = $id

-- name: key_check
SELECT sealed FROM key_check

-- name: remember_key
INSERT INTO key_check (id, sealed) VALUES (1, $sealed) ON CONFLICT (id) DO NOTHING

-- name: some_credentials
SELECT id, scope, tenant_id, owner_key, service, base_url, account, sealed, updated_at FROM credentials
ORDER BY updated_at DESC LIMIT 20

-- name: unpark
-- A credential that was changed may be tried at once; if it is still refused, that is news.
UPDATE parks SET until = $now, times = 0, told_at = NULL
WHERE scope = 'credential' AND id >= $id AND id < $id || '!' AND (id = $id OR id > $id || ' ')

-- name: wake
-- Items that wait for this credential, or for the tenant to have one, are due now. An uncertain one not before its time
-- to be looked up. The first 500 of them; runs go on with the others (wake_later).
UPDATE ledger SET due_at = CASE WHEN state = 'uncertain' AND look_after > $now THEN look_after
  ELSE CAST($now AS BIGINT) - CASE WHEN reason IN ('parked', 'destination.rests') THEN 1 ELSE 0 END END, waits_for = ''
WHERE (stage, key) IN (SELECT l.stage, l.key FROM ledger l
  WHERE l.waits_for <> '' AND l.waits_for = $waits_for AND ($tenant = '' OR l.tenant_id = $tenant) LIMIT 500)

-- name: wake_later
INSERT INTO wakes (waits_for, tenant_id) VALUES ($waits_for, $tenant) ON CONFLICT (waits_for, tenant_id) DO NOTHING

-- name: bump
-- Other runs forget what they have opened, and what they know to rest.
UPDATE revisions SET n = n + 1
