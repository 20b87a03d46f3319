-- The picture above a post.

-- name: load
-- newer: articles that go first when a day has too few places. What is in doubt or held keeps nobody waiting. tried_since:
-- this picture's first try. one_learns: another picture, or post, in flight signs in.
SELECT a.id AS article_id, a.state AS article_state, a.slug, a.title, a.excerpt, a.html, a.tags, a.image, a.media_id, a.slot, a.started_at,
       a.patient_until, t.slug AS tenant_slug, t.active AS tenant_active, t.stopped AS tenant_stopped, t.publish_mode,
       t.categories, t.timezone, t.frequency, t.max_items, t.publish_from, t.publish_until, t.portal_says, t.portal_args,
       t.portal_id AS tenant_portal_id, t.post_limit, t.post_period, pl.posts_per_month, p.synced_at, p.sync_interval_ms,
       s.credential_id AS site_credential, s.version AS site_version, s.api AS site_api, s.may AS site_may, s.tags AS site_tags,
       s.categories AS site_categories,
       (SELECT count(*) FROM articles b WHERE b.tenant_id = a.tenant_id AND b.state = 'written' AND b.created_at >= a.created_at
          AND (b.created_at > a.created_at OR b.id > a.id)
          AND EXISTS (SELECT 1 FROM ledger l WHERE l.stage = 'add-image' AND l.key = 'article:' || b.id AND l.state IN ('due', 'running'))) AS newer,
       (SELECT min(b.begun_at) FROM attempts b WHERE b.stage = 'add-image' AND b.key = 'article:' || a.id) AS tried_since,
       CASE WHEN s.api <> '' AND EXISTS (SELECT 1 FROM credentials c WHERE c.id = s.credential_id AND c.updated_at = s.version) THEN 0
         WHEN EXISTS (SELECT 1 FROM articles b WHERE b.tenant_id = a.tenant_id AND b.state = 'written' AND b.id <> a.id
           AND (EXISTS (SELECT 1 FROM ledger l WHERE l.stage = 'publish-post' AND l.key = 'article:' || b.id AND l.state = 'running')
             OR EXISTS (SELECT 1 FROM ledger l WHERE l.stage = 'add-image' AND l.key = 'article:' || b.id AND l.state = 'running'))) THEN 1
         ELSE 0 END AS one_learns
FROM articles a JOIN tenants t ON t.id = a.tenant_id
LEFT JOIN plans pl ON pl.id = t.plan_id LEFT JOIN portals p ON p.id = t.portal_id LEFT JOIN sites s ON s.tenant_id = t.id
WHERE a.id = $id

-- name: added
UPDATE articles SET media_id = $media WHERE tenant_id = $tenant AND id = $article
