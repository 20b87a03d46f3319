-- What a dry run cannot know.

-- name: preview
SELECT 'portal ' || p.slug || ' last synced' AS note, p.synced_at AS at, NULL AS items FROM portals p WHERE p.active = 1
UNION ALL
SELECT 'feeds that would be polled' AS note, NULL AS at, count(*) AS items FROM ledger l
WHERE l.state IN ('due', 'uncertain') AND l.stage = 'poll-feed' AND l.due_at <= $now

-- name: standing
-- Why a tenant gets nothing, from the plainest reason to the most special one.
SELECT x.tenant_id, x.slug, x.reason,
  CASE x.reason WHEN x.portal_says THEN x.portal_args WHEN 'tenant.feed_stopped' THEN '["' || x.stop_reason || '"]' ELSE '[]' END AS args
FROM (SELECT t.id AS tenant_id, t.slug, t.portal_says, t.portal_args, f.stop_reason,
  CASE WHEN t.stopped = 1 THEN 'tenant.switched_off'
       WHEN t.active = 0 AND t.portal_id IS NOT NULL THEN 'portal.left_list'
       WHEN t.active = 0 THEN 'tenant.inactive'
       WHEN p.active = 0 THEN 'portal.inactive'
       WHEN coalesce(p.synced_at, 0) < coalesce(p.slot_ends_at, 0) - p.sync_interval_ms THEN 'portal.unread'
       WHEN t.portal_says <> '' THEN t.portal_says
       WHEN f.active = 1 THEN 'tenant.served'
       WHEN f.active = 0 THEN 'tenant.feed_stopped'
       ELSE 'tenant.no_feed' END AS reason
FROM tenants t LEFT JOIN portals p ON p.id = t.portal_id
LEFT JOIN feeds f ON f.id = (SELECT o.id FROM feeds o WHERE o.tenant_id = t.id ORDER BY o.active DESC, o.id LIMIT 1)
WHERE t.id <> 'operator' AND ($only = '' OR t.id = $only)) x
ORDER BY x.slug LIMIT $limit

-- name: gone
-- Feeds that answer 410, and those that stopped for it: whoever was reminded longest ago first.
SELECT f.id, f.tenant_id, f.url, f.active, f.gone_since, t.portal_id FROM feeds f JOIN tenants t ON t.id = f.tenant_id
LEFT JOIN told d ON d.waits_for = 'feed ' || f.id AND d.tenant_id = f.tenant_id
  AND d.reason = CASE f.active WHEN 1 THEN 'feed.gone' ELSE 'feed.stopped' END
WHERE f.gone_since IS NOT NULL AND t.active = 1 ORDER BY coalesce(d.at, 0), f.gone_since, f.id LIMIT 200

-- name: refused
-- Feeds whose address answers no feed: whoever was reminded longest ago first. next_at: as of feeds_listed.
SELECT f.id, f.tenant_id, f.url, f.last_error, f.last_args, f.last_detail, f.refused_since, coalesce(
    (SELECT min(l.due_at) FROM ledger l WHERE l.stage = 'poll-feed' AND l.key > 'feed:' || f.id || ':' AND l.key < 'feed:' || f.id || ';'
       AND CASE WHEN l.state IN ('due', 'uncertain', 'running') THEN 1 ELSE 0 END = 1), f.slot_ends_at) AS next_at
FROM feeds f JOIN tenants t ON t.id = f.tenant_id
LEFT JOIN told d ON d.waits_for = 'feed ' || f.id AND d.tenant_id = f.tenant_id AND d.reason = f.last_error
WHERE f.refused_since IS NOT NULL AND f.active = 1 AND t.active = 1 ORDER BY coalesce(d.at, 0), f.refused_since, f.id LIMIT 200

-- name: doubted
SELECT p.slug, p.shrunk_to AS rows, (SELECT count(*) FROM tenants t WHERE t.portal_id = p.id AND t.active = 1) AS active
FROM portals p WHERE p.active = 1 AND p.shrunk_to IS NOT NULL
