-- What a dry run cannot know.

-- name: preview
SELECT 'invoices whose reminders are to be planned' AS note, NULL AS at, count(*) AS items FROM invoices i
WHERE i.planned = 0 AND i.created_at <= $now
