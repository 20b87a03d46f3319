-- Gives the tenants of a database :feeds feeds in turn, one in twenty of them new, the others known and unchanged.
-- Parameters of the sqlite3 shell: :feeds, :port of bench/nginx.sh. Nothing is published: what a new feed shows is its baseline.
PRAGMA foreign_keys = ON;
BEGIN;
CREATE TEMP TABLE of AS SELECT id AS tenant, row_number() OVER (ORDER BY slug) - 1 AS place FROM tenants WHERE slug LIKE 'bench-%';
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :feeds)
INSERT INTO feeds (id, tenant_id, url, first_poll, etag, polled_at)
SELECT lower(hex(randomblob(16))), of.tenant,
       printf('https://127.0.1.%d:%d/feed/%s/%d', of.place % 100 + 1, :port, iif(i % 20, 'same', 'new'), i),
       'none', iif(i % 20, '"bench"', ''), iif(i % 20, 1, NULL)
FROM n JOIN of ON of.place = n.i % (SELECT count(*) FROM of);
COMMIT;
