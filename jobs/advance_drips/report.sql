-- What a dry run cannot know.

-- name: preview
SELECT 'people whose first step is to be planned' AS note, NULL AS at, count(*) AS items FROM enrollments e
WHERE e.enqueued = 0 AND e.state = 'active' AND e.started_at <= $now
