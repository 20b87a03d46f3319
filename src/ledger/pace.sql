-- The next free moment of what is paced: a recipient, a sender.

-- name: next
SELECT next FROM paces WHERE key = $key

-- name: every
SELECT key, next FROM paces LIMIT $limit

-- name: put
INSERT INTO paces (key, next) VALUES ($key, $next)
ON CONFLICT (key) DO UPDATE SET next = excluded.next

-- name: forget
DELETE FROM paces WHERE next <= $now
