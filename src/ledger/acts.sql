-- What operators did by hand.

-- name: record
INSERT INTO operator_acts (id, at, os_user, said_by, verb, stage, key, tenant_id, from_state, to_state, note)
VALUES ($id, $now, $os_user, $said_by, $verb, $stage, $key, $tenant, $from, $to, $note)
