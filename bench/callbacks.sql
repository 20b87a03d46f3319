-- Fills a database that `milkrun import` gave tenants bench-0 … and portals with due callbacks.
-- Parameters of the sqlite3 shell: :items, :skew. Evenly over the tenants; with :skew = 1 the first tenant gets :items
-- and each other one 10. No feed is due and no portal is to be read, so report-run is all there is to do.
PRAGMA foreign_keys = ON;
PRAGMA synchronous = OFF;
BEGIN;
CREATE TEMP TABLE clock AS SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000 - 60000 AS now;
CREATE TEMP TABLE of AS
SELECT t.id AS tenant, row_number() OVER (ORDER BY t.slug <> 'bench-0', t.slug) - 1 AS place FROM tenants t WHERE t.slug LIKE 'bench-%';
UPDATE portals SET synced_at = now, sync_started_at = now, slot_ends_at = now + 31536000000 FROM clock;
UPDATE tenants SET portal_ref = CAST(of.place + 1 AS TEXT), portal_id = p.id
FROM of, (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS place FROM portals) p
WHERE of.tenant = tenants.id AND p.place = of.place % 8;
INSERT INTO feeds (id, tenant_id, url, active, stop_reason) SELECT tenant, tenant, 'https://example.org/' || place, 0, 'feed.switched_off' FROM of;

CREATE TEMP TABLE work AS
WITH RECURSIVE n (i) AS (
  SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :items + iif(:skew, 10 * ((SELECT count(*) FROM of) - 1), 0))
SELECT printf('%032x', i) AS id, i, of.tenant
FROM n JOIN of ON of.place = CASE WHEN NOT :skew THEN i % (SELECT count(*) FROM of) WHEN i < :items THEN 0 ELSE 1 + (i - :items) / 10 END;
INSERT INTO feed_items (id, tenant_id, feed_id, identity, link_key, content_hash, url, title, author, published_at,
                        position, summary, content, tags, first_seen_at, state)
SELECT id, tenant, tenant, 'guid:' || i, '', id, 'https://example.org/' || i, 'bench', '', NULL, 0, '', '', '[]', now, 'chosen'
FROM work, clock;
INSERT INTO articles (id, tenant_id, feed_id, item_id, slot, state, reason, finished_at, created_at, patient_until)
SELECT id, tenant, tenant, id, '2026-01-01', 'given_up', 'bug', now, now, now FROM work, clock;
INSERT INTO callbacks (execution_id, tenant_id, article_id, portal_id, status, reason, started_at, created_at)
SELECT 'pf:bench:' || w.id || ':fail:1', w.tenant, w.id, t.portal_id, 'failed', 'bug', now, now
FROM clock, work w JOIN tenants t ON t.id = w.tenant;
INSERT INTO ledger (stage, key, tenant_id, state, due_at, created_at)
SELECT 'report-run', 'callback:pf%3Abench%3A' || id || '%3Afail%3A1', tenant, 'due', now, now FROM work, clock;
COMMIT;
PRAGMA optimize;
