-- The database's own version.

-- name: version
SELECT version FROM schema_version

-- name: raise
UPDATE schema_version SET version = $to WHERE version = $from
