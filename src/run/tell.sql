-- What a report needs to name things.

-- name: credential
SELECT c.service, c.scope, t.slug FROM credentials c JOIN tenants t ON t.id = c.tenant_id WHERE c.id = $id

-- name: tenant
SELECT slug FROM tenants WHERE id = $id

-- name: portal
SELECT slug FROM portals WHERE id = $id
