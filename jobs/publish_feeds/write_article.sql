-- From a chosen item to a stored article.

-- name: load
SELECT a.id AS article_id, a.state AS article_state, a.publish_at, a.patient_until, a.backoff_ms, fi.id AS item_id, fi.feed_id, fi.identity, fi.url, fi.title,
       fi.author, fi.summary, fi.content, fi.image, fi.tags, f.url AS feed_url, t.slug AS tenant_slug, t.active AS tenant_active,
       t.stopped AS tenant_stopped, t.timezone, t.frequency, t.language, t.tone, t.writer, t.portal_says, t.portal_args, t.portal_id AS tenant_portal_id, p.synced_at, p.sync_interval_ms
FROM feed_items fi JOIN articles a ON a.tenant_id = fi.tenant_id AND a.item_id = fi.id
JOIN feeds f ON f.tenant_id = fi.tenant_id AND f.id = fi.feed_id
JOIN tenants t ON t.id = fi.tenant_id LEFT JOIN portals p ON p.id = t.portal_id
WHERE fi.id = $id

-- name: tried
UPDATE articles SET started_at = coalesce(started_at, (SELECT min(a.begun_at) FROM attempts a WHERE a.stage = 'write-article' AND a.key = $key), $now), tokens_in = tokens_in + $tokens_in,
  tokens_out = tokens_out + $tokens_out, last_status = $status, backoff_ms = backoff_ms + $backoff
WHERE tenant_id = $tenant AND id = $article

-- name: written
UPDATE articles SET state = 'written', slug = $slug, title = $title, excerpt = $excerpt, html = $html, tags = $tags, writer = $writer, image = $image,
  risks = $risks
WHERE tenant_id = $tenant AND id = $article AND state = 'chosen'
