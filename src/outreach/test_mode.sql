-- Who is in test mode.

-- name: testing
SELECT slug FROM tenants WHERE safe_recipients IS NOT NULL ORDER BY slug
