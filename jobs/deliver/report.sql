-- What a dry run cannot know.

-- name: preview
SELECT 'messages in the outbox' AS note, NULL AS at, count(*) AS items FROM messages m WHERE m.state = 'queued' AND m.created_at <= $now
