-- What a dry run cannot know.

-- name: preview
SELECT 'messages in the outbox' AS note, NULL AS at, count(*) AS items FROM ledger l
WHERE l.stage = 'deliver' AND l.state IN ('due', 'uncertain') AND l.created_at <= $now
