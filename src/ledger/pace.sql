-- The next free moments of what is paced: a recipient, a sender.

-- name: one
SELECT next, busy, behind, kept FROM paces WHERE key = $key

-- name: every
SELECT key, next, busy, behind, kept FROM paces LIMIT $limit

-- name: put
INSERT INTO paces (key, next, busy, behind, kept) VALUES ($key, $next, $busy, $behind, $kept)
ON CONFLICT (key) DO UPDATE SET next = excluded.next, busy = excluded.busy, behind = excluded.behind, kept = excluded.kept

-- name: forget
DELETE FROM paces WHERE next <= $now AND busy <= $now AND behind <= $now AND kept <= $now
