-- The only statements that look at the catalogue instead of our own tables.

-- name: version
SELECT version FROM schema_version
