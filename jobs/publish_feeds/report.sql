-- What a dry run cannot know.

-- name: preview
SELECT 'portal ' || p.slug || ' last synced' AS note, p.synced_at AS at, NULL AS items FROM portals p WHERE p.active = 1
UNION ALL
SELECT 'feeds that would be polled' AS note, NULL AS at, count(*) AS items FROM ledger l
WHERE l.state IN ('due', 'uncertain') AND l.stage = 'poll-feed' AND l.due_at <= $now
