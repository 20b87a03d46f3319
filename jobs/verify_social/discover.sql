-- Claims that are not in the ledger yet.

-- name: undiscovered
SELECT 1 AS yes FROM task_completions c WHERE c.enqueued_at IS NULL AND c.put_off_until <= $now AND c.claimed_at <= $now LIMIT 1

-- name: fresh
-- `scope` is whose own credential would serve the claim: the task's, the campaign's, or '' for the tenant's.
SELECT c.id, c.tenant_id, coalesce(c.look_at, c.verify_after) AS due_at, c.claimed_at, k.id AS task_id, k.campaign_id, k.platform, k.action, k.object_id,
       g.policy, g.starts_at, g.ends_at,
  CASE WHEN EXISTS (SELECT 1 FROM credentials x WHERE x.scope = 'task' AND x.owner_key = k.id
         AND x.service = CASE k.platform WHEN 'FACEBOOK' THEN 'facebook' WHEN 'INSTAGRAM' THEN 'instagram' ELSE '' END) THEN k.id
       WHEN EXISTS (SELECT 1 FROM credentials x WHERE x.scope = 'campaign' AND x.owner_key = k.campaign_id
         AND x.service = CASE k.platform WHEN 'FACEBOOK' THEN 'facebook' WHEN 'INSTAGRAM' THEN 'instagram' ELSE '' END) THEN k.campaign_id
       ELSE '' END AS scope
FROM task_completions c
JOIN tasks k ON k.tenant_id = c.tenant_id AND k.id = c.task_id
JOIN campaigns g ON g.tenant_id = k.tenant_id AND g.id = k.campaign_id
WHERE c.enqueued_at IS NULL AND c.put_off_until <= $now AND c.claimed_at <= $now AND ($only = '' OR c.tenant_id = $only)
ORDER BY c.put_off_until, c.verify_after LIMIT $chunk

-- name: put_off
UPDATE task_completions SET put_off_until = $until WHERE id = $id

-- name: watch
SELECT id, looks FROM watches
WHERE tenant_id = $tenant AND service = $service AND method = $method AND object_id = $object AND scope = $scope
  AND platform_ok = $platform_ok AND metric = $metric

-- name: add_watch
INSERT INTO watches (id, tenant_id, service, method, object_id, scope, campaign_id, task_id, platform_ok, metric)
VALUES ($id, $tenant, $service, $method, $object, $scope, CAST($campaign AS TEXT), CAST($task AS TEXT), $platform_ok, $metric)

-- name: enqueued
UPDATE task_completions SET enqueued_at = $now, watch_id = CAST($watch AS TEXT) WHERE tenant_id = $tenant AND id = $completion
