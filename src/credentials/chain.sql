-- The one query that finds whose credential serves an item: task -> campaign -> tenant -> portal -> platform.

-- name: find
-- $task and $campaign may be NULL. The most specific row wins; the platform's only where the tenant has a grant.
SELECT c.id, c.scope, c.tenant_id, c.owner_key, c.service, c.base_url, c.account, c.settings, c.sealed, c.updated_at,
       t.slug AS tenant_slug,
       CASE c.scope WHEN 'task' THEN $task WHEN 'campaign' THEN $campaign WHEN 'tenant' THEN t.id
                    WHEN 'portal' THEN COALESCE(t.portal_id, $portal) ELSE 'platform' END AS wanted_owner
FROM tenants t
JOIN credentials c ON c.service = $service
WHERE t.id = $tenant AND (
     (c.scope = 'task' AND c.tenant_id = t.id AND c.task_id = $task)
  OR (c.scope = 'campaign' AND c.tenant_id = t.id AND c.campaign_id = $campaign)
  OR (c.scope = 'tenant' AND c.tenant_id = t.id)
  OR (c.scope = 'portal' AND (c.portal_id = t.portal_id OR (t.id = 'operator' AND c.portal_id = $portal)))
  OR (c.scope = 'platform' AND (t.id = 'operator' OR EXISTS (
        SELECT 1 FROM platform_grants g WHERE g.tenant_id = t.id AND g.service = c.service))))
ORDER BY CASE c.scope WHEN 'task' THEN 1 WHEN 'campaign' THEN 2 WHEN 'tenant' THEN 3 WHEN 'portal' THEN 4 ELSE 5 END
LIMIT 1

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

-- name: key_check
SELECT sealed FROM key_check

-- name: remember_key
INSERT INTO key_check (id, sealed) VALUES (1, $sealed) ON CONFLICT (id) DO NOTHING

-- name: some_credentials
SELECT id, scope, tenant_id, owner_key, service, base_url, account, sealed, updated_at FROM credentials
ORDER BY updated_at DESC LIMIT 20

-- name: unpark
-- A credential that was changed may be tried at once.
DELETE FROM parks WHERE scope = 'credential' AND id = $id

-- name: wake
-- Items that wait for this credential, or for there being one, are due now. An uncertain one only when its look-up
-- was held up: it must not be looked up before its time, nor twice within the gap.
UPDATE ledger SET due_at = $now
WHERE due_at > $now AND (state = 'due' OR (state = 'uncertain' AND absent = 0 AND EXISTS (
        SELECT 1 FROM attempts a WHERE a.id = ledger.uncertain_attempt AND a.look_after <= $now)))
  AND (credential_id = $id OR (reason = $missing AND ($tenant = 'operator' OR tenant_id = $tenant)))
