-- Reading one feed, and what it showed.

-- name: undiscovered
SELECT 1 AS yes FROM feeds f JOIN tenants t ON t.id = f.tenant_id LEFT JOIN portals p ON p.id = t.portal_id
WHERE f.active = 1 AND t.active = 1 AND coalesce(f.slot_ends_at, 0) <= $now
  AND (t.portal_id IS NULL OR p.synced_at >= $now / p.sync_interval_ms * p.sync_interval_ms) LIMIT 1

-- name: discover
-- A portal's tenants come after its list, which says whether they are there at all.
SELECT f.id, f.tenant_id, t.timezone, t.frequency FROM feeds f JOIN tenants t ON t.id = f.tenant_id
LEFT JOIN portals p ON p.id = t.portal_id
WHERE f.active = 1 AND t.active = 1 AND coalesce(f.slot_ends_at, 0) <= $now
  AND (t.portal_id IS NULL OR p.synced_at >= $now / p.sync_interval_ms * p.sync_interval_ms)
  AND ($only = '' OR f.tenant_id = $only)
LIMIT $chunk

-- name: put_off
-- A feed that woke a bug in discover: its slot is looked for again then.
UPDATE feeds SET slot_ends_at = $until WHERE id = $feed

-- name: enqueued
-- The first slot of a feed, or of a frequency, has its posts at once; one that follows another has them in its hours.
UPDATE feeds SET spread = CASE WHEN slot_ends_at IS NULL THEN 0 ELSE 1 END, slot_ends_at = $slot_end
WHERE tenant_id = $tenant AND id = $feed

-- name: load
SELECT f.id AS feed_id, f.url, f.active AS feed_active, f.stop_reason, f.first_poll, f.include, f.exclude, f.etag, f.last_modified, f.polled_at, f.gone_since,
       f.moved_to, f.moved_count, f.moved_since,
       f.last_error, f.last_args, f.last_detail, f.tried_slot, t.slug AS tenant_slug, t.active AS tenant_active, t.stopped AS tenant_stopped, t.timezone, t.frequency, t.max_items, t.include AS tenant_include,
       t.exclude AS tenant_exclude, t.publish_from, t.publish_until, t.portal_says, t.portal_args,
       t.portal_id AS tenant_portal_id, t.post_limit, t.post_period, pl.posts_per_month, p.synced_at, p.sync_interval_ms,
       CASE WHEN EXISTS (SELECT 1 FROM credentials c WHERE c.scope = 'tenant' AND c.owner_key = t.id
                           AND c.service = 'wordpress') THEN 1 ELSE 0 END AS has_site
FROM feeds f JOIN tenants t ON t.id = f.tenant_id
LEFT JOIN plans pl ON pl.id = t.plan_id LEFT JOIN portals p ON p.id = t.portal_id
WHERE f.id = $id

-- name: was_read
UPDATE feeds SET etag = $etag, last_modified = $last_modified, polled_at = $now, last_error = $note, last_args = $args, last_detail = '', gone_since = NULL, refused_since = NULL
WHERE tenant_id = $tenant AND id = $feed

-- name: failed
UPDATE feeds SET last_error = $error, last_args = $args, last_detail = $detail,
  refused_since = CASE WHEN $refused = 1 THEN coalesce(refused_since, $now) END
WHERE tenant_id = $tenant AND id = $feed

-- name: gone
UPDATE feeds SET last_error = $error, last_args = $args, last_detail = '', gone_since = coalesce(gone_since, $now), refused_since = NULL
WHERE tenant_id = $tenant AND id = $feed

-- name: stop
UPDATE feeds SET active = 0, stop_reason = $reason, last_error = '', last_args = '[]', last_detail = '' WHERE tenant_id = $tenant AND id = $feed

-- name: tried
UPDATE feeds SET tried_slot = $slot WHERE tenant_id = $tenant AND id = $feed

-- name: moved
UPDATE feeds SET moved_to = $moved_to, moved_count = $count, moved_since = $since WHERE tenant_id = $tenant AND id = $feed

-- name: move
-- Validators belong to the old address. An address the tenant already has stays as it is.
UPDATE feeds SET url = $url, etag = '', last_modified = '', moved_to = '', moved_count = 0, moved_since = NULL, gone_since = NULL, refused_since = NULL
WHERE tenant_id = $tenant AND id = $feed AND NOT EXISTS (SELECT 1 FROM feeds o WHERE o.tenant_id = $tenant AND o.url = $url)
