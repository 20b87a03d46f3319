-- What was learnt of tenants' sites.

-- name: site
SELECT credential_id, version, api, may, tags, categories FROM sites WHERE tenant_id = $tenant

-- name: learn
INSERT INTO sites (tenant_id, credential_id, version, api, may, tags, categories)
VALUES ($tenant, $credential, $version, $api, $may, $tags, $categories)
ON CONFLICT (tenant_id) DO UPDATE SET credential_id = excluded.credential_id, version = excluded.version, api = excluded.api,
  may = excluded.may, tags = excluded.tags, categories = excluded.categories

-- name: forget
UPDATE sites SET api = '' WHERE tenant_id = $tenant
