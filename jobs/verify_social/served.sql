-- Graph API versions that answered in place of those asked for.

-- name: other
INSERT INTO graph_versions (credential_id, asked, served) VALUES ($credential, $asked, $served)
ON CONFLICT (credential_id) DO UPDATE SET asked = excluded.asked, served = excluded.served

-- name: same
DELETE FROM graph_versions WHERE credential_id = $credential

-- name: others
SELECT v.asked, v.served, c.settings, t.slug FROM graph_versions v
JOIN credentials c ON c.id = v.credential_id
JOIN tenants t ON t.id = c.tenant_id
ORDER BY v.asked, v.served, t.slug
