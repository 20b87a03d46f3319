-- The next free moments of what is paced: a recipient, a sender. Beside the row of what is late stands 'KEY|late': the
-- places whose turn it is (`next` of those that go first, `behind`), and in `busy` that of who has stepped aside.

-- name: one
SELECT p.next, p.busy, p.behind, p.kept, coalesce(l.next, 0) AS late_first, coalesce(l.behind, 0) AS late_behind,
       coalesce(l.busy, 0) AS aside
FROM paces p LEFT JOIN paces l ON l.key = p.key || '|late' WHERE p.key = $key

-- name: every
SELECT p.key, p.next, p.busy, p.behind, p.kept, coalesce(l.next, 0) AS late_first, coalesce(l.behind, 0) AS late_behind,
       coalesce(l.busy, 0) AS aside
FROM paces p LEFT JOIN paces l ON l.key = p.key || '|late' LIMIT $limit

-- name: put
INSERT INTO paces (key, next, busy, behind, kept) VALUES ($key, $next, $busy, $behind, $kept)
ON CONFLICT (key) DO UPDATE SET next = excluded.next, busy = excluded.busy, behind = excluded.behind, kept = excluded.kept

-- name: forget
DELETE FROM paces WHERE key IN (
  SELECT p.key FROM paces p WHERE p.next <= $now AND p.busy <= $now AND p.behind <= $now AND p.kept <= $now
    AND NOT EXISTS (SELECT 1 FROM paces l WHERE l.key = p.key || '|late' AND l.kept > $now) LIMIT $limit)
