-- Fills a database that `milkrun import` gave tenants bench-0 … with due messages, each to a contact of its own.
-- Parameters of the sqlite3 shell: :items due now, spread evenly; :path that the accounts post to; :waiting due
-- tomorrow; :history sent sixty days ago, before any is taken out (each a message, a done ledger row and an attempt); :interval of the senders in ms.
PRAGMA foreign_keys = ON;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -500000;
BEGIN;
CREATE TEMP TABLE clock AS SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000 - 60000 AS now;
CREATE TEMP TABLE of AS SELECT id AS tenant, row_number() OVER (ORDER BY id) - 1 AS place FROM tenants WHERE slug LIKE 'bench-%';
UPDATE credentials SET settings = replace(settings, '/d0/', :path) WHERE service = 'whatsapp';
UPDATE tenants SET sender_interval_ms = :interval WHERE slug LIKE 'bench-%';
INSERT INTO campaigns (id, tenant_id, slug, window_start, window_end)
SELECT tenant, tenant, 'bench', '00:00', '00:00' FROM of WHERE true ON CONFLICT DO NOTHING;

-- As the program makes ids, at random: due rows lie among all others.
CREATE TEMP TABLE work AS
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :history + :waiting + :items)
SELECT n.i, lower(hex(randomblob(16))) AS id, of.tenant,
       CASE WHEN i < :history THEN 'sent' WHEN i < :history + :waiting THEN 'waiting' ELSE 'due' END AS state
FROM n JOIN of ON of.place = n.i % (SELECT count(*) FROM of) WHERE :history + :waiting + :items > 0 ORDER BY id;
INSERT INTO contacts (id, tenant_id, phone, name, consent)
SELECT id, tenant, printf('+49170%07d', i), 'Bench', 1 FROM work WHERE state <> 'sent';
INSERT INTO contacts (id, tenant_id, phone, name, consent)
SELECT DISTINCT 'past-' || tenant, tenant, '+4930123456', 'Bench', 1 FROM work WHERE state = 'sent';
INSERT INTO messages (id, tenant_id, origin, campaign_id, contact_id, text, created_at, expires_at, state, sent_at, provider_id)
SELECT id, tenant, 'bench:' || id, tenant, CASE state WHEN 'sent' THEN 'past-' || tenant ELSE id END,
       'Hello, thank you for taking part! Your reward is ready: https://example.org/r/' || i,
       now - CASE state WHEN 'sent' THEN 5184000000 ELSE 0 END, now + 604800000, CASE state WHEN 'sent' THEN 'sent' ELSE 'queued' END,
       CASE state WHEN 'sent' THEN now - 5184000000 END, CASE state WHEN 'sent' THEN id ELSE '' END
FROM work, clock;
INSERT INTO ledger (stage, key, tenant_id, state, due_at, created_at, finished_at, attempts)
SELECT 'deliver', 'message:' || id, tenant, CASE state WHEN 'sent' THEN 'done' ELSE 'due' END,
       now + CASE state WHEN 'sent' THEN -5184000000 WHEN 'waiting' THEN 86400000 ELSE 0 END,
       now - CASE state WHEN 'sent' THEN 5184000000 ELSE 0 END, CASE state WHEN 'sent' THEN now - 5184000000 END, state = 'sent'
FROM work, clock;
INSERT INTO attempts (stage, key, turn, tenant_id, run_id, kind, begun_at, finished_at, outcome)
SELECT 'deliver', 'message:' || id, 1, tenant, 'past', 'work', now - 5184000000, now - 5184000000, 'done'
FROM work, clock WHERE state = 'sent' ORDER BY id;
COMMIT;
PRAGMA optimize;
