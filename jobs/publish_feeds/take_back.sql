-- A post that was made beside another one of its slug.

-- name: load
SELECT a.id AS article_id, a.state AS article_state, a.slug, a.post_id, a.post_link, a.patient_until, t.slug AS tenant_slug,
       t.active AS tenant_active, t.stopped AS tenant_stopped, t.portal_says, t.portal_args, t.portal_id AS tenant_portal_id,
       p.synced_at, p.sync_interval_ms, s.credential_id AS site_credential, s.version AS site_version, s.api AS site_api,
       s.may AS site_may, s.tags AS site_tags, s.categories AS site_categories
FROM articles a JOIN tenants t ON t.id = a.tenant_id LEFT JOIN portals p ON p.id = t.portal_id
LEFT JOIN sites s ON s.tenant_id = t.id
WHERE a.id = $id

-- name: is_the_post
UPDATE articles SET post_id = $post, post_link = $link, post_status = $status
WHERE tenant_id = $tenant AND id = $article AND state = 'published'
