-- The whole truth of milkrun's database. Tests load this very file; `milkrun init` too.
--
-- Rules: ids are random 128-bit hex text made by us ('operator' is reserved) · times are integer milliseconds
-- UTC · dates and months are ISO text · every child carries tenant_id and a composite foreign key · CHECK
-- constraints carry the state machines · the same text runs on PostgreSQL (INTEGER read as BIGINT, STRICT dropped).
-- Free text that came from outside is data: nothing here is ever executed.

CREATE TABLE schema_version (
  version INTEGER NOT NULL PRIMARY KEY          -- one row; a newer one than the program's is refused
) STRICT;
INSERT INTO schema_version (version) VALUES (1);

-- ---------------------------------------------------------------------------------------------- tenants

CREATE TABLE plans (
  id                 TEXT NOT NULL PRIMARY KEY,
  slug               TEXT NOT NULL UNIQUE,
  posts_per_month    INTEGER CHECK (posts_per_month >= 0),    -- NULL: no limit
  messages_per_month INTEGER CHECK (messages_per_month >= 0)  -- NULL: no limit
) STRICT;

-- A customer portal whose tenants we serve. Its work belongs to the tenant 'operator'.
CREATE TABLE portals (
  id               TEXT NOT NULL PRIMARY KEY,
  slug             TEXT NOT NULL UNIQUE,
  base_url         TEXT NOT NULL,
  active           INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  sync_interval_ms INTEGER NOT NULL DEFAULT 900000 CHECK (sync_interval_ms >= 1000),
  timezone         TEXT NOT NULL DEFAULT 'UTC',          -- given to its new tenants; the portal sends none
  writer           TEXT NOT NULL DEFAULT 'ai' CHECK (writer IN ('ai', 'passthrough')),
  max_items        INTEGER NOT NULL DEFAULT 1 CHECK (max_items BETWEEN 1 AND 100),
  grants           TEXT NOT NULL DEFAULT '[]',           -- JSON: platform credentials its tenants may use
  max_tenants      INTEGER NOT NULL DEFAULT 1000 CHECK (max_tenants BETWEEN 1 AND 50000), -- more of its list are left out
  sync_started_at  INTEGER,                              -- start of the last request that was answered well
  synced_at        INTEGER,                              -- its end; NULL: never read
  shrunk_to        INTEGER,                              -- rows of the last list, while who is missing in it is not believed to be gone yet
  lacked           TEXT NOT NULL DEFAULT '[]',           -- JSON array of their portal_ref: gone when the next list lacks them too
  slot_ends_at     INTEGER                               -- when the next sync is to be enqueued; NULL: now
) STRICT;

CREATE TABLE tenants (
  id            TEXT NOT NULL PRIMARY KEY,
  slug          TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  timezone      TEXT NOT NULL DEFAULT 'UTC',             -- IANA
  language      TEXT NOT NULL DEFAULT '',
  tone          TEXT NOT NULL DEFAULT '',
  active        INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  stopped       INTEGER NOT NULL DEFAULT 0 CHECK (stopped IN (0, 1)), -- by the operator: no portal's list makes it active again
  plan_id       TEXT REFERENCES plans (id),
  -- publishing
  publish_mode  TEXT NOT NULL DEFAULT 'draft' CHECK (publish_mode IN ('publish', 'draft')),
  frequency     TEXT NOT NULL DEFAULT 'daily' CHECK (frequency IN ('daily', '3x_week', 'weekly')),
  writer        TEXT NOT NULL DEFAULT 'ai' CHECK (writer IN ('ai', 'passthrough')),
  max_items     INTEGER NOT NULL DEFAULT 1 CHECK (max_items BETWEEN 1 AND 100),
  categories    TEXT NOT NULL DEFAULT '[]',              -- JSON array of names given to every post
  include       TEXT NOT NULL DEFAULT '[]',              -- JSON array of words and /expressions/: items of its feeds must hold one
  exclude       TEXT NOT NULL DEFAULT '[]',              -- … and none of these
  publish_from  TEXT NOT NULL DEFAULT '08:00',           -- local 'HH:MM': a slot's posts are spread over these hours
  publish_until TEXT NOT NULL DEFAULT '20:00',           -- equal: all at once
  -- messaging
  sender_interval_ms INTEGER NOT NULL DEFAULT 0 CHECK (sender_interval_ms >= 0), -- least time between two messages of its sender
  messages_per_day   INTEGER CHECK (messages_per_day >= 0),   -- in its own days; NULL: no cap
  warmup_start       TEXT,                                    -- ISO date a new sender began at: its cap grows day by day
  contact_daily_cap  INTEGER CHECK (contact_daily_cap >= 1),  -- messages to one contact in a day; NULL: no cap
  marketing_per_day  INTEGER DEFAULT 1 CHECK (marketing_per_day >= 1), -- drip messages to one contact in her day; NULL: no cap
  -- reminders
  holidays           TEXT NOT NULL DEFAULT '[]',              -- JSON array of ISO dates that are no business days
  min_reminder_minor INTEGER CHECK (min_reminder_minor >= 0), -- only more than this is asked for; NULL: one unit of the currency
  reminder_gap_hours INTEGER NOT NULL DEFAULT 20 CHECK (reminder_gap_hours BETWEEN 0 AND 720), -- least time between two to one contact
  -- test mode: only these are really sent to; of the tenant 'operator' it holds for all
  safe_recipients    TEXT,                                    -- JSON array of phones and addresses; NULL: off
  redirect_phone     TEXT NOT NULL DEFAULT '',                -- who gets what was meant for others; '' = nobody
  redirect_email     TEXT NOT NULL DEFAULT '',
  base_url           TEXT NOT NULL DEFAULT '',                -- https address of the tenant below which links of ours are answered; '' = none
  -- what the portal last said
  portal_id     TEXT REFERENCES portals (id),
  portal_ref    TEXT,                                    -- its tenant_id there
  portal_says   TEXT NOT NULL DEFAULT '',                -- code of why it gets nothing (src/base/reasons.def); '' = go
  portal_args   TEXT NOT NULL DEFAULT '[]',              -- JSON array: the reason's arguments
  post_limit    INTEGER,                                 -- posts of ours it allows in post_period: remaining + those it has counted already
  post_period   TEXT,                                    -- 'YYYY-MM' UTC
  created_at    INTEGER NOT NULL,
  UNIQUE (portal_id, portal_ref),
  CHECK ((portal_id IS NULL) = (portal_ref IS NULL))
) STRICT;
INSERT INTO tenants (id, slug, name, created_at) VALUES ('operator', 'operator', 'the operator of this installation', 0);

-- Services for which a tenant may fall back to the platform's credential. No row: never.
CREATE TABLE platform_grants (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  service   TEXT NOT NULL,
  PRIMARY KEY (tenant_id, service)
) STRICT;

CREATE TABLE campaigns (
  id                TEXT NOT NULL PRIMARY KEY,
  tenant_id         TEXT NOT NULL REFERENCES tenants (id),
  slug              TEXT NOT NULL,
  name              TEXT NOT NULL DEFAULT '',
  kind              TEXT NOT NULL DEFAULT 'social' CHECK (kind IN ('social', 'drip')),
  status            TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('draft', 'running', 'paused', 'ended')),
  starts_at         INTEGER,                             -- NULL: from the beginning
  ends_at           INTEGER,                             -- NULL: no end
  -- how claims are decided; what cannot be proven must have been acknowledged by somebody
  policy            TEXT NOT NULL DEFAULT 'meta'
                    CHECK (policy IN ('meta', 'platform', 'followers', 'counters', 'statistical', 'honor', 'manual')),
  acknowledged_by   TEXT NOT NULL DEFAULT '',
  acknowledged_on   TEXT NOT NULL DEFAULT '',            -- ISO date
  probability       REAL NOT NULL DEFAULT 0.85 CHECK (probability BETWEEN 0 AND 1), -- statistical
  seed              TEXT NOT NULL DEFAULT '',            -- key of the statistical decision
  honor_cap         INTEGER NOT NULL DEFAULT 3 CHECK (honor_cap >= 1), -- per contact and day
  visit_ms          INTEGER NOT NULL DEFAULT 10000 CHECK (visit_ms >= 0), -- least stay that counts as a visit
  -- messages
  notifications     INTEGER NOT NULL DEFAULT 1 CHECK (notifications IN (0, 1)),
  zone              TEXT NOT NULL DEFAULT '',            -- IANA, of contacts without one of their own; '' = the tenant's
  window_start      TEXT NOT NULL DEFAULT '09:00',       -- local 'HH:MM'; equal ends: always open
  window_end        TEXT NOT NULL DEFAULT '21:00',       -- may lie across midnight
  message_ttl_ms    INTEGER NOT NULL DEFAULT 86400000 CHECK (message_ttl_ms >= 60000), -- later than this it is not sent any more
  message_text      TEXT NOT NULL DEFAULT '',            -- '' = the default of the language
  template_name     TEXT NOT NULL DEFAULT '',            -- of the WhatsApp account; '' = none
  template_language TEXT NOT NULL DEFAULT '',
  template_values   TEXT NOT NULL DEFAULT '[]',          -- JSON array of texts with {placeholders}
  template_instead  TEXT NOT NULL DEFAULT '',            -- what goes out while the template rests: '' = nothing, 'text', or {"name", "language", "parameters"}
  link              TEXT NOT NULL DEFAULT '',
  -- drips
  weekdays          TEXT NOT NULL DEFAULT '[]',          -- JSON array of 'mon' … 'sun' it sends on; [] = all
  exit_on_reply     INTEGER NOT NULL DEFAULT 1 CHECK (exit_on_reply IN (0, 1)),
  exit_on_opt_out   INTEGER NOT NULL DEFAULT 1 CHECK (exit_on_opt_out IN (0, 1)),
  goal_tag          TEXT NOT NULL DEFAULT '',            -- who gets this tag has arrived; '' = none
  reentry           TEXT NOT NULL DEFAULT 'never' CHECK (reentry IN ('never', 'after_completion')),
  reentry_days      INTEGER NOT NULL DEFAULT 0 CHECK (reentry_days >= 0),
  holdout_percent   INTEGER NOT NULL DEFAULT 0 CHECK (holdout_percent BETWEEN 0 AND 100), -- get nothing, to compare with
  paused_at         INTEGER,                             -- since when it is paused: its waits grow by that time
  UNIQUE (tenant_id, id), UNIQUE (tenant_id, slug),
  CHECK (paused_at IS NULL OR status <> 'running'),
  CHECK (policy NOT IN ('followers', 'counters', 'statistical', 'honor') OR (acknowledged_by <> '' AND acknowledged_on <> ''))
) STRICT;

CREATE TABLE tasks (
  id             TEXT NOT NULL PRIMARY KEY,
  tenant_id      TEXT NOT NULL REFERENCES tenants (id),
  campaign_id    TEXT NOT NULL,
  slug           TEXT NOT NULL,
  active         INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  platform       TEXT NOT NULL DEFAULT '',               -- 'FACEBOOK', 'INSTAGRAM', ...
  action         TEXT NOT NULL DEFAULT '',               -- 'COMMENT', 'FOLLOW', 'VISIT_PAGE', ...
  object_id      TEXT NOT NULL DEFAULT '',               -- the post or media; '' = the account itself
  url            TEXT NOT NULL DEFAULT '',
  title          TEXT NOT NULL DEFAULT '',
  reward_spins   INTEGER NOT NULL DEFAULT 1 CHECK (reward_spins >= 0),
  patience_ms    INTEGER NOT NULL DEFAULT 604800000 CHECK (patience_ms >= 60000), -- after the claim it is looked for so long
  UNIQUE (tenant_id, id), UNIQUE (tenant_id, campaign_id, id), UNIQUE (campaign_id, slug),
  FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id)
) STRICT;

-- Sealed credentials of all services. The seal (XChaCha20-Poly1305) is bound to owner, service, id and the host
-- of base_url: a row that is moved or pointed elsewhere does not open.
CREATE TABLE credentials (
  id          TEXT NOT NULL PRIMARY KEY,
  scope       TEXT NOT NULL CHECK (scope IN ('task', 'campaign', 'tenant', 'portal', 'platform')),
  tenant_id   TEXT NOT NULL REFERENCES tenants (id),     -- 'operator' for portal and platform
  campaign_id TEXT,
  task_id     TEXT,
  portal_id   TEXT REFERENCES portals (id),
  service     TEXT NOT NULL,                             -- 'wordpress', 'ai', 'portal', 'portal-callback', ...
  base_url    TEXT NOT NULL,
  account     TEXT NOT NULL DEFAULT '',
  settings    TEXT NOT NULL DEFAULT '{}',                -- JSON object, not secret
  sealed      TEXT NOT NULL,                             -- base64 of nonce and ciphertext
  updated_at  INTEGER NOT NULL,                          -- grows with each change: part of the seal
  owner_key   TEXT NOT NULL,                             -- id of the task, campaign, tenant or portal, or 'platform'
  UNIQUE (scope, owner_key, service),
  FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id),
  FOREIGN KEY (tenant_id, task_id) REFERENCES tasks (tenant_id, id),
  CHECK (owner_key = CASE scope WHEN 'task' THEN task_id WHEN 'campaign' THEN campaign_id WHEN 'tenant' THEN tenant_id
                                WHEN 'portal' THEN portal_id ELSE 'platform' END),
  CHECK ((scope = 'task') = (task_id IS NOT NULL)),
  CHECK ((scope = 'campaign') = (campaign_id IS NOT NULL)),
  CHECK ((scope = 'portal') = (portal_id IS NOT NULL)),
  CHECK (scope NOT IN ('portal', 'platform') OR tenant_id = 'operator'),
  CHECK (scope <> 'tenant' OR tenant_id <> 'operator')
) STRICT;

-- What the master key of this database must be able to open: another key is refused at start.
CREATE TABLE key_check (
  id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  sealed TEXT NOT NULL
) STRICT;

-- ---------------------------------------------------------------------------------------------- publishing

CREATE TABLE feeds (
  id             TEXT NOT NULL PRIMARY KEY,
  tenant_id      TEXT NOT NULL REFERENCES tenants (id),
  url            TEXT NOT NULL,
  active         INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  stop_reason    TEXT NOT NULL DEFAULT '',               -- code of why active is 0; none of them has arguments
  first_poll     TEXT NOT NULL DEFAULT 'newest' CHECK (first_poll IN ('newest', 'none')), -- what the first poll publishes
  include        TEXT NOT NULL DEFAULT '[]',             -- as of tenants, of this feed alone
  exclude        TEXT NOT NULL DEFAULT '[]',
  etag           TEXT NOT NULL DEFAULT '',               -- verbatim validators of this url
  last_modified  TEXT NOT NULL DEFAULT '',
  polled_at      INTEGER,                                -- last time it was read or unchanged; NULL: never
  last_error     TEXT NOT NULL DEFAULT '',               -- code of what the last try met
  last_args      TEXT NOT NULL DEFAULT '[]',
  last_detail    TEXT NOT NULL DEFAULT '',
  gone_since     INTEGER,                                -- the first 410 of those it answers now; NULL: none
  refused_since  INTEGER,                                -- the first of the answers that are no feed (404, a web page) and no passing trouble; NULL: none
  moved_to       TEXT NOT NULL DEFAULT '',               -- target of the current row of equal permanent redirects
  moved_count    INTEGER NOT NULL DEFAULT 0,
  moved_since    INTEGER,
  tried_slot     TEXT NOT NULL DEFAULT '',               -- the slot a poll was last settled in, whatever came of it
  slot_ends_at   INTEGER,                                -- end of the slot enqueued last; NULL: none yet
  spread         INTEGER NOT NULL DEFAULT 0 CHECK (spread IN (0, 1)), -- that slot followed another one: its posts wait for their hours
  UNIQUE (tenant_id, id), UNIQUE (tenant_id, url)
) STRICT;
CREATE INDEX feeds_due ON feeds (coalesce(slot_ends_at, 0)) WHERE active = 1;
CREATE INDEX feeds_gone ON feeds (gone_since) WHERE gone_since IS NOT NULL;
CREATE INDEX feeds_refused ON feeds (refused_since) WHERE refused_since IS NOT NULL;

-- Every item ever seen in a feed: the memory that makes "publish once" true.
CREATE TABLE feed_items (
  id            TEXT NOT NULL PRIMARY KEY,
  tenant_id     TEXT NOT NULL,
  feed_id       TEXT NOT NULL,
  identity      TEXT NOT NULL,                           -- 'guid:…' | 'link:…' | 'hash:…'
  link_key      TEXT NOT NULL,                           -- normalised link or ''
  content_hash  TEXT NOT NULL,
  url           TEXT NOT NULL,
  title         TEXT NOT NULL,
  author        TEXT NOT NULL,
  published_at  INTEGER,                                 -- as the feed says; NULL when it does not
  dated_at      INTEGER,                                 -- what it is ordered by: published, updated or its neighbour's; NULL: no item has a date
  position      INTEGER NOT NULL,                        -- by age in the document that showed it first, 0 = the newest
  summary       TEXT NOT NULL,                           -- summary, content and tags are '' or [] once it will not be published
  content       TEXT NOT NULL,
  image         TEXT NOT NULL DEFAULT '',                -- address of its first picture
  tags          TEXT NOT NULL,                           -- JSON array
  first_seen_at INTEGER NOT NULL,
  candidate_until INTEGER NOT NULL DEFAULT 0,            -- end of its time as a candidate
  state         TEXT NOT NULL CHECK (state IN ('new', 'chosen', 'passed_over', 'baseline')), -- 'new': a candidate
  reason        TEXT NOT NULL DEFAULT '',                -- code of why it was passed over (src/base/reasons.def)
  args          TEXT NOT NULL DEFAULT '[]',              -- JSON array: the reason's arguments
  UNIQUE (tenant_id, id), UNIQUE (tenant_id, feed_id, identity),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id),
  CHECK ((state IN ('passed_over', 'baseline')) = (reason <> ''))
) STRICT;
CREATE INDEX feed_items_link ON feed_items (tenant_id, link_key, feed_id) WHERE link_key <> '';
CREATE INDEX feed_items_hash ON feed_items (tenant_id, content_hash, feed_id);
CREATE INDEX feed_items_new ON feed_items (tenant_id) WHERE state = 'new';
CREATE INDEX feed_items_kept ON feed_items (tenant_id) WHERE content <> '';

-- Tenants whose candidates wait for more posts: when they get them, the choice is made again.
CREATE TABLE posts_wanted (
  tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id),
  allowed   INTEGER NOT NULL,                            -- posts of the month when they had to wait
  month_end INTEGER NOT NULL,
  put_off_until INTEGER NOT NULL DEFAULT 0               -- it woke a bug in discover, and is not looked at before
) STRICT;

-- One chosen item on its way to a post.
CREATE TABLE articles (
  id             TEXT NOT NULL PRIMARY KEY,
  tenant_id      TEXT NOT NULL,
  feed_id        TEXT NOT NULL,
  item_id        TEXT NOT NULL UNIQUE,
  slot           TEXT NOT NULL,                          -- the slot it was chosen in
  state          TEXT NOT NULL CHECK (state IN ('chosen', 'written', 'published', 'given_up')),
  reason         TEXT NOT NULL DEFAULT '',               -- code of why given up
  args           TEXT NOT NULL DEFAULT '[]',
  slug           TEXT,                                   -- decided when written, before the first try
  title          TEXT, excerpt TEXT, html TEXT,          -- clean HTML, stored before anything is posted
  tags           TEXT NOT NULL DEFAULT '[]',
  writer         TEXT NOT NULL DEFAULT '',               -- 'passthrough' or the model that answered
  risks          TEXT NOT NULL DEFAULT '[]',             -- JSON array of codes: what the text shows that nobody asked for; not empty: a draft
  publish_at     INTEGER,                                -- drawn once, when it was chosen; NULL: at once
  image          TEXT NOT NULL DEFAULT '',               -- address of the picture that is to stand above it
  media_id       INTEGER,                                -- the site's id of that picture
  tokens_in      INTEGER NOT NULL DEFAULT 0,
  tokens_out     INTEGER NOT NULL DEFAULT 0,
  post_id        INTEGER,                                -- the site's id
  post_link      TEXT,
  post_status    TEXT,
  usage_period   TEXT,                                   -- month the post was counted in
  started_at     INTEGER,                                -- first try of writing
  finished_at    INTEGER,
  tries          INTEGER NOT NULL DEFAULT 0,             -- real calls to the site that tried to create it
  last_status    INTEGER NOT NULL DEFAULT 0,             -- last http status of the site or the AI
  backoff_ms     INTEGER NOT NULL DEFAULT 0,             -- summed waits between tries
  created_at     INTEGER NOT NULL,
  patient_until  INTEGER NOT NULL,                       -- what found no way to its site by then is given up
  UNIQUE (tenant_id, id), UNIQUE (tenant_id, slug),
  FOREIGN KEY (tenant_id, item_id) REFERENCES feed_items (tenant_id, id),
  FOREIGN KEY (tenant_id, feed_id) REFERENCES feeds (tenant_id, id),
  CHECK ((state = 'published') = (post_id IS NOT NULL)),
  CHECK (state IN ('chosen', 'given_up') OR (slug IS NOT NULL AND title IS NOT NULL AND html IS NOT NULL)),
  CHECK ((state IN ('published', 'given_up')) = (finished_at IS NOT NULL)),
  CHECK ((state = 'given_up') = (reason <> ''))
) STRICT;
CREATE INDEX articles_tenant ON articles (tenant_id, state);
CREATE INDEX articles_slot ON articles (tenant_id, slot);
CREATE INDEX articles_month ON articles (tenant_id, usage_period) WHERE usage_period IS NOT NULL;
CREATE INDEX articles_link ON articles (tenant_id, post_link) WHERE post_link IS NOT NULL; -- a feed may show our own posts
CREATE INDEX articles_made ON articles (tenant_id, created_at);
CREATE INDEX articles_waiting ON articles (tenant_id, created_at) WHERE state = 'written';

-- What was learnt of a tenant's WordPress: spares each post the sign-in and the search for its terms. Holds while the
-- credential is the same; forgotten when the site says no.
CREATE TABLE sites (
  tenant_id     TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id),
  credential_id TEXT NOT NULL,
  version       INTEGER NOT NULL,                        -- the credential's updated_at
  api           TEXT NOT NULL,                           -- REST root; '' = to be asked again
  may           TEXT NOT NULL,                           -- JSON array: what the account may do there
  tags          TEXT NOT NULL DEFAULT '{}',              -- JSON object, name -> id
  categories    TEXT NOT NULL DEFAULT '{}'
) STRICT;

-- What the portal is told, stored before it is sent with all it says, sent until it answers 200.
CREATE TABLE callbacks (
  execution_id TEXT NOT NULL PRIMARY KEY,
  tenant_id    TEXT NOT NULL REFERENCES tenants (id),
  article_id   TEXT,                                     -- NULL: trouble that no article met (its feed is gone)
  portal_id    TEXT NOT NULL REFERENCES portals (id),
  status       TEXT NOT NULL CHECK (status IN ('success', 'failed')),
  reason       TEXT NOT NULL DEFAULT '',                 -- code of why failed
  args         TEXT NOT NULL DEFAULT '[]',
  detail       TEXT NOT NULL DEFAULT '',
  item_url     TEXT NOT NULL DEFAULT '',
  post_id      INTEGER NOT NULL DEFAULT 0,
  attempts     INTEGER NOT NULL DEFAULT 1,
  http_status  INTEGER NOT NULL DEFAULT 0,               -- the last one; 0: none came
  backoff_ms   INTEGER NOT NULL DEFAULT 0,               -- summed waits between tries
  started_at   INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  acked_at     INTEGER,                                  -- when the portal answered 200
  dropped      TEXT NOT NULL DEFAULT '',                 -- code of why it will never be sent again
  FOREIGN KEY (tenant_id, article_id) REFERENCES articles (tenant_id, id),
  CHECK (status = 'failed' OR article_id IS NOT NULL),
  CHECK ((status = 'failed') = (reason <> ''))
) STRICT;
CREATE INDEX callbacks_article ON callbacks (tenant_id, article_id);
-- Those that were acknowledged last, or never.
CREATE INDEX callbacks_late ON callbacks (tenant_id, coalesce(acked_at, 9223372036854775807)) WHERE dropped = '';

-- ---------------------------------------------------------------------------------------------- people and claims

CREATE TABLE contacts (
  id           TEXT NOT NULL PRIMARY KEY,
  tenant_id    TEXT NOT NULL REFERENCES tenants (id),
  phone        TEXT,                                     -- E.164: '+' and digits; NULL: none
  email        TEXT,                                     -- NULL: none
  ref          TEXT,                                     -- the tenant's own key for this person; NULL: none
  name         TEXT NOT NULL DEFAULT '',
  language     TEXT NOT NULL DEFAULT '',                 -- '' = the tenant's
  timezone     TEXT NOT NULL DEFAULT '',                 -- IANA; '' = the tenant's
  tags         TEXT NOT NULL DEFAULT '[]',               -- JSON array
  consent      INTEGER NOT NULL DEFAULT 0 CHECK (consent IN (0, 1)),             -- to marketing by WhatsApp
  email_consent INTEGER NOT NULL DEFAULT 0 CHECK (email_consent IN (0, 1)),      -- to marketing by e-mail
  invoice_channels TEXT NOT NULL DEFAULT '[]',           -- JSON array; [] = as the rule says
  hold_until   TEXT,                                     -- ISO date: no reminder before it; NULL: none
  instagram    TEXT NOT NULL DEFAULT '',                 -- handle without @
  facebook     TEXT NOT NULL DEFAULT '',                 -- name shown there
  igsid        TEXT NOT NULL DEFAULT '',                 -- known once the person wrote to the business
  wrote_at     INTEGER,                                  -- last message from them: opens the service window
  window_shut_at INTEGER,                                -- the provider said that it is closed: only what they write later opens it
  unreachable_until INTEGER,                             -- the provider said: no such recipient
  mail_full_since INTEGER,                               -- her mailbox is full since then; NULL: the last mail was taken
  mail_full_times INTEGER NOT NULL DEFAULT 0,            -- refusals for that reason since then
  UNIQUE (tenant_id, id), UNIQUE (tenant_id, phone), UNIQUE (tenant_id, email), UNIQUE (tenant_id, ref),
  CHECK (phone IS NOT NULL OR email IS NOT NULL)
) STRICT;

-- Who must not be written to on a channel, and why we know. 'marketing': invoices and orders may still be told.
CREATE TABLE suppressions (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  channel   TEXT NOT NULL CHECK (channel IN ('whatsapp', 'email')),
  address   TEXT NOT NULL,                               -- phone or e-mail address
  scope     TEXT NOT NULL DEFAULT 'all' CHECK (scope IN ('all', 'marketing')),
  -- who said so: 'address dead' and 'address full' say that nobody reads there, all others that the person wants no more
  source    TEXT NOT NULL CHECK (source IN ('import', 'provider', 'unsubscribed', 'complained', 'address dead', 'address full')),
  since     INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, channel, address, scope)
) STRICT;

-- One object that several claims wait for: one fetch answers them all. Never shared between credentials: `scope` is
-- the task or campaign that has a credential of its own for the service, '' = the tenant's.
CREATE TABLE watches (
  id          TEXT NOT NULL PRIMARY KEY,
  tenant_id   TEXT NOT NULL REFERENCES tenants (id),
  service     TEXT NOT NULL CHECK (service IN ('facebook', 'instagram')),
  method      TEXT NOT NULL CHECK (method IN ('comments', 'followers', 'counters')),
  object_id   TEXT NOT NULL,
  scope       TEXT NOT NULL DEFAULT '',
  campaign_id TEXT,                                      -- where the credential chain starts
  task_id     TEXT,
  platform_ok INTEGER NOT NULL CHECK (platform_ok IN (0, 1)), -- the campaign's policy allows the platform's token
  metric      TEXT NOT NULL DEFAULT '',                  -- counters: 'followers', 'reactions', 'shares'
  looks       INTEGER NOT NULL DEFAULT 0,                -- fetches so far: part of the ledger's key
  last_count  INTEGER,                                   -- counters: the snapshot claims grow from
  counted_at  INTEGER,
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, service, method, object_id, scope, platform_ok, metric),
  FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id),
  FOREIGN KEY (tenant_id, task_id) REFERENCES tasks (tenant_id, id)
) STRICT;

-- A Graph API version that answered in place of the one a credential asks for: that one has ended.
CREATE TABLE graph_versions (
  credential_id TEXT NOT NULL PRIMARY KEY,
  asked         TEXT NOT NULL,                           -- counts while the credential still asks for it
  served        TEXT NOT NULL
) STRICT;

-- "I did it": one claim of one person for one task.
CREATE TABLE task_completions (
  id           TEXT NOT NULL PRIMARY KEY,
  tenant_id    TEXT NOT NULL,
  task_id      TEXT NOT NULL,
  contact_id   TEXT NOT NULL,
  state        TEXT NOT NULL DEFAULT 'pending'
               CHECK (state IN ('pending', 'verified', 'failed', 'expired', 'unsupported', 'manual')),
  claimed_at   INTEGER NOT NULL,
  verify_after INTEGER NOT NULL,
  deadline_at  INTEGER NOT NULL,
  -- what the person showed
  handle       TEXT NOT NULL DEFAULT '',                 -- as claimed; '' = the contact's
  code         TEXT NOT NULL DEFAULT '',                 -- one-time, unique in the task
  clicked_at   INTEGER,                                  -- visits: our own click log
  left_at      INTEGER,
  -- the check
  watch_id     TEXT,                                     -- the shared look it waits for
  enqueued_at  INTEGER,                                  -- NULL: not in the ledger yet
  put_off_until INTEGER NOT NULL DEFAULT 0,              -- it woke a bug in discover, and is not looked at before
  look_at      INTEGER,                                  -- next look; NULL: verify_after
  looks        INTEGER NOT NULL DEFAULT 0,
  reason       TEXT NOT NULL DEFAULT '',                 -- code of why it is not decided yet, or not verified
  args         TEXT NOT NULL DEFAULT '[]',
  note         TEXT NOT NULL DEFAULT '',                 -- code of what the last look said that decided nothing
  -- the verdict
  decided_at   INTEGER,
  grade        TEXT CHECK (grade IN ('A', 'B', 'C', 'D', 'E')), -- how good the evidence is
  source       TEXT NOT NULL DEFAULT '',                 -- what showed it
  evidence     TEXT NOT NULL DEFAULT '',                 -- the platform's id of the artefact
  evidence_at  INTEGER,
  UNIQUE (tenant_id, id), UNIQUE (task_id, contact_id),
  FOREIGN KEY (tenant_id, task_id) REFERENCES tasks (tenant_id, id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id),
  FOREIGN KEY (tenant_id, watch_id) REFERENCES watches (tenant_id, id),
  CHECK ((state = 'pending') = (decided_at IS NULL)),
  CHECK ((state = 'verified') = (grade IS NOT NULL)),
  CHECK (state IN ('pending', 'verified') OR reason <> '')
) STRICT;
CREATE INDEX completions_fresh ON task_completions (put_off_until, verify_after) WHERE enqueued_at IS NULL;
CREATE INDEX completions_watch ON task_completions (tenant_id, watch_id, state);
CREATE INDEX completions_tenant ON task_completions (tenant_id, state);
CREATE UNIQUE INDEX completions_code ON task_completions (task_id, lower(code)) WHERE code <> '';
-- A comment proves one claim of a task, not two.
CREATE UNIQUE INDEX completions_evidence ON task_completions (task_id, evidence) WHERE evidence <> '';

-- What was granted. Rows are only added.
CREATE TABLE rewards (
  id            TEXT NOT NULL PRIMARY KEY,
  tenant_id     TEXT NOT NULL,
  completion_id TEXT NOT NULL UNIQUE,
  contact_id    TEXT NOT NULL,
  campaign_id   TEXT NOT NULL,
  spins         INTEGER NOT NULL CHECK (spins >= 0),
  granted_at    INTEGER NOT NULL,
  FOREIGN KEY (tenant_id, completion_id) REFERENCES task_completions (tenant_id, id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id),
  FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id)
) STRICT;

-- The one outbox. A row is written in the transaction that causes it; its text is frozen then.
CREATE TABLE messages (
  id                TEXT NOT NULL PRIMARY KEY,
  tenant_id         TEXT NOT NULL,
  origin            TEXT NOT NULL,                       -- 'completion:ID': one message per cause
  campaign_id       TEXT,
  contact_id        TEXT NOT NULL,
  channel           TEXT NOT NULL DEFAULT 'whatsapp' CHECK (channel IN ('whatsapp', 'email')),
  fallback          TEXT NOT NULL DEFAULT '[]',          -- JSON array of channels to try when this one has failed for good
  class             TEXT NOT NULL DEFAULT 'marketing' CHECK (class IN ('transactional', 'marketing')), -- marketing needs consent
  subject           TEXT NOT NULL DEFAULT '',            -- of an e-mail
  text              TEXT NOT NULL,
  language          TEXT NOT NULL DEFAULT '',            -- that the text is written in; '' = it is not known
  template_name     TEXT NOT NULL DEFAULT '',
  template_language TEXT NOT NULL DEFAULT '',
  template_values   TEXT NOT NULL DEFAULT '[]',          -- JSON array, rendered
  second_name       TEXT NOT NULL DEFAULT '',            -- the template that goes out while the first one rests; '' = none
  second_language   TEXT NOT NULL DEFAULT '',
  second_values     TEXT NOT NULL DEFAULT '[]',
  text_instead      INTEGER NOT NULL DEFAULT 0 CHECK (text_instead IN (0, 1)), -- or the text, where a text may go out
  created_at        INTEGER NOT NULL,
  expires_at        INTEGER NOT NULL,
  state             TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'held', 'cancelled', 'failed')),
  reason            TEXT NOT NULL DEFAULT '',            -- code of why not sent
  args              TEXT NOT NULL DEFAULT '[]',
  sent_at           INTEGER,                             -- accepted by the provider; that is not "delivered"
  provider_id       TEXT NOT NULL DEFAULT '',
  provider_status   TEXT NOT NULL DEFAULT '',
  recipient         TEXT NOT NULL DEFAULT '',            -- the number as the provider knows it
  delivered_at      INTEGER,                             -- what was heard of it later
  read_at           INTEGER,
  clicked_at        INTEGER,
  usage_period      TEXT,                                -- month it is counted in
  UNIQUE (tenant_id, id), UNIQUE (tenant_id, origin),
  FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  CHECK (state IN ('queued', 'sent') OR reason <> '')
) STRICT;
CREATE INDEX messages_contact ON messages (contact_id, class, created_at);
-- When somebody was reminded last, however often she was.
CREATE INDEX messages_reminded ON messages (contact_id, coalesce(sent_at, created_at))
  WHERE class = 'transactional' AND state IN ('queued', 'sent', 'held') AND origin LIKE 'reminder:%';

-- ---------------------------------------------------------------------------------------------- reminders

-- Money that somebody owes a tenant. Amounts in minor units of the currency.
CREATE TABLE invoices (
  id           TEXT NOT NULL PRIMARY KEY,
  tenant_id    TEXT NOT NULL,
  contact_id   TEXT NOT NULL,
  number       TEXT NOT NULL,
  currency     TEXT NOT NULL,                            -- ISO 4217, upper case
  exponent     INTEGER NOT NULL CHECK (exponent BETWEEN 0 AND 4), -- digits after the decimal mark
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  paid_minor   INTEGER NOT NULL DEFAULT 0 CHECK (paid_minor >= 0),
  issued_on    TEXT,                                     -- ISO dates
  due_on       TEXT NOT NULL,
  status       TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'void', 'uncollectible', 'disputed')),
  paid_at      INTEGER,
  payment_link TEXT NOT NULL DEFAULT '',
  hold_until   TEXT,                                     -- ISO date: no reminder before it; NULL: none
  own_rules    INTEGER NOT NULL DEFAULT 0 CHECK (own_rules IN (0, 1)), -- reminded by rules of its own alone
  version_at   INTEGER NOT NULL DEFAULT 0,               -- of what is stored: an older one changes nothing
  told_at      INTEGER NOT NULL DEFAULT 0,               -- when an entry without a version last said something of its payment
  planned      INTEGER NOT NULL DEFAULT 0 CHECK (planned IN (0, 1)), -- its reminders are those of its date and rules
  put_off_until INTEGER NOT NULL DEFAULT 0,              -- it woke a bug in discover, and is not looked at before
  created_at   INTEGER NOT NULL,
  UNIQUE (tenant_id, id), UNIQUE (tenant_id, number),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id)
) STRICT;
CREATE INDEX invoices_unplanned ON invoices (put_off_until) WHERE planned = 0;
CREATE INDEX invoices_contact ON invoices (tenant_id, contact_id);

-- When a tenant reminds, and with which words: so many days before or after the due date.
CREATE TABLE reminder_rules (
  id                TEXT NOT NULL PRIMARY KEY,
  tenant_id         TEXT NOT NULL REFERENCES tenants (id),
  slug              TEXT NOT NULL,
  invoice_id        TEXT,                                -- of one invoice alone; NULL: of all
  offset_days       INTEGER NOT NULL CHECK (offset_days BETWEEN -365 AND 365), -- 0 = on the due date
  at                TEXT NOT NULL DEFAULT '10:00',       -- local time of the tenant
  channels          TEXT NOT NULL DEFAULT '["whatsapp","email"]', -- JSON array: the first that reaches them
  text              TEXT NOT NULL DEFAULT '{}',          -- JSON object, language -> pattern; {} = what ships
  subject           TEXT NOT NULL DEFAULT '{}',          -- the same, of e-mails
  template_name     TEXT NOT NULL DEFAULT '',            -- of the WhatsApp account; '' = none
  template_language TEXT NOT NULL DEFAULT '',
  template_values   TEXT NOT NULL DEFAULT '[]',
  template_instead  TEXT NOT NULL DEFAULT '',
  business_days     INTEGER NOT NULL DEFAULT 0 CHECK (business_days IN (0, 1)),
  active            INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  active_since      INTEGER NOT NULL,                    -- what was due before is not sent
  ships             INTEGER NOT NULL DEFAULT 0 CHECK (ships IN (0, 1)), -- given to a tenant that has no rules of its own
  UNIQUE (tenant_id, id), UNIQUE (tenant_id, slug),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
) STRICT;
CREATE INDEX reminder_rules_invoice ON reminder_rules (invoice_id) WHERE invoice_id IS NOT NULL;

-- One reminder of one invoice by one rule, ever.
CREATE TABLE reminders (
  id         TEXT NOT NULL PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  invoice_id TEXT NOT NULL,
  rule_id    TEXT NOT NULL,
  contact_id TEXT NOT NULL,                              -- the invoice's
  currency   TEXT NOT NULL,
  due_at     INTEGER NOT NULL,                           -- its moment by date, rule and zone
  state      TEXT NOT NULL CHECK (state IN ('planned', 'told', 'skipped', 'expired')),
  reason     TEXT NOT NULL DEFAULT '',                   -- code of why not (src/base/reasons.def)
  args       TEXT NOT NULL DEFAULT '[]',
  message_id TEXT,                                       -- the one it is told in; others may be in there too
  turn       INTEGER NOT NULL DEFAULT 0,                 -- times it was planned: part of the ledger's key
  not_before INTEGER,                                    -- an operator had it told after its moment, from then on; NULL: nobody did
  UNIQUE (tenant_id, id), UNIQUE (invoice_id, rule_id),
  FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
  FOREIGN KEY (tenant_id, rule_id) REFERENCES reminder_rules (tenant_id, id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id),
  FOREIGN KEY (tenant_id, message_id) REFERENCES messages (tenant_id, id),
  CHECK ((state = 'told') = (message_id IS NOT NULL)),
  CHECK (state IN ('planned', 'told') OR reason <> '')
) STRICT;
CREATE INDEX reminders_contact ON reminders (tenant_id, contact_id, due_at) WHERE state = 'planned';
CREATE INDEX reminders_message ON reminders (message_id) WHERE message_id IS NOT NULL;

-- ---------------------------------------------------------------------------------------------- drips

-- The steps of a campaign of kind 'drip'. A step is known by its slug; position is only their order.
CREATE TABLE steps (
  id                TEXT NOT NULL PRIMARY KEY,
  tenant_id         TEXT NOT NULL,
  campaign_id       TEXT NOT NULL,
  slug              TEXT NOT NULL,
  position          INTEGER NOT NULL,
  delay_value       INTEGER NOT NULL DEFAULT 0 CHECK (delay_value BETWEEN 0 AND 100000), -- before this step
  delay_unit        TEXT NOT NULL DEFAULT 'days' CHECK (delay_unit IN ('minutes', 'hours') OR delay_unit IN ('days', 'weeks')),
  delay_from        TEXT NOT NULL DEFAULT 'previous' CHECK (delay_from IN ('previous', 'enrollment')),
  at                TEXT NOT NULL DEFAULT '',            -- local 'HH:MM', as the window; '' = whenever the delay ends
  channels          TEXT NOT NULL DEFAULT '["whatsapp","email"]',
  text              TEXT NOT NULL DEFAULT '{}',          -- JSON object, language -> pattern
  subject           TEXT NOT NULL DEFAULT '{}',
  template_name     TEXT NOT NULL DEFAULT '',
  template_language TEXT NOT NULL DEFAULT '',
  template_values   TEXT NOT NULL DEFAULT '[]',
  template_instead  TEXT NOT NULL DEFAULT '',
  condition         TEXT NOT NULL DEFAULT '',            -- JSON; '' = for all
  on_false          TEXT NOT NULL DEFAULT 'skip' CHECK (on_false IN ('skip', 'wait', 'stop')),
  wait_up_to_ms     INTEGER NOT NULL DEFAULT 0 CHECK (wait_up_to_ms >= 0), -- of 'wait'; then it is skipped
  active            INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
  removed           INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)), -- no step any more; who stands at it goes on to the next
  UNIQUE (tenant_id, id), UNIQUE (campaign_id, slug), UNIQUE (tenant_id, campaign_id, id),
  FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id)
) STRICT;

CREATE INDEX steps_next ON steps (campaign_id, position, id) WHERE active = 1 AND removed = 0;

-- One walk of one contact through a drip.
CREATE TABLE enrollments (
  id           TEXT NOT NULL PRIMARY KEY,
  tenant_id    TEXT NOT NULL,
  campaign_id  TEXT NOT NULL,
  contact_id   TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('active', 'holdout') OR state IN ('completed', 'exited')),
  reason       TEXT NOT NULL DEFAULT '',                 -- code of why exited
  args         TEXT NOT NULL DEFAULT '[]',
  started_at   INTEGER NOT NULL,
  step_id      TEXT,                                     -- the next step; NULL: none is left, or not begun
  step_at      INTEGER,                                  -- its planned moment
  previous_at  INTEGER NOT NULL,                         -- the planned moment of the step before; at first the start
  shifted_ms   INTEGER NOT NULL DEFAULT 0,               -- by pauses so far
  message_id   TEXT,                                     -- of the last step that was sent
  enqueued     INTEGER NOT NULL DEFAULT 0 CHECK (enqueued IN (0, 1)), -- its next step is in the ledger
  put_off_until INTEGER NOT NULL DEFAULT 0,              -- it woke a bug in discover, and is not looked at before
  ended_at     INTEGER,
  UNIQUE (tenant_id, id),
  FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id),
  FOREIGN KEY (tenant_id, campaign_id, step_id) REFERENCES steps (tenant_id, campaign_id, id),
  FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id),
  FOREIGN KEY (tenant_id, message_id) REFERENCES messages (tenant_id, id),
  CHECK ((state IN ('completed', 'exited')) = (ended_at IS NOT NULL)),
  CHECK ((state = 'exited') = (reason <> '')),
  CHECK ((step_id IS NULL) = (step_at IS NULL))
) STRICT;
-- One at a time; a walk that is over does not stand in the way of another.
CREATE UNIQUE INDEX enrollments_open ON enrollments (campaign_id, contact_id) WHERE state IN ('active', 'holdout');
CREATE INDEX enrollments_fresh ON enrollments (put_off_until) WHERE enqueued = 0 AND state = 'active';
CREATE INDEX enrollments_message ON enrollments (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX enrollments_contact ON enrollments (tenant_id, contact_id);
CREATE INDEX enrollments_campaign ON enrollments (campaign_id, started_at);

-- ---------------------------------------------------------------------------------------------- the ledger

-- One row per item of work. due_at lives only here. Lists in its CHECKs are cut into pairs: for a longer one SQLite fills
-- a temporary table at every write.
CREATE TABLE ledger (
  stage          TEXT NOT NULL,
  key            TEXT NOT NULL,                          -- 'feed:ID:SLOT', 'article:ID', ... (src/job/key.hpp)
  tenant_id      TEXT NOT NULL REFERENCES tenants (id),
  state          TEXT NOT NULL
                 CHECK (state IN ('due', 'running') OR state IN ('uncertain', 'held') OR state IN ('done', 'cancelled') OR state = 'discarded'),
  due_at         INTEGER NOT NULL,                       -- not before this
  behind         INTEGER NOT NULL DEFAULT 0 CHECK (behind IN (0, 1)), -- lets those go first that are not
  reason         TEXT NOT NULL DEFAULT '',               -- code of why it waits or how it ended (src/base/reasons.def)
  args           TEXT NOT NULL DEFAULT '[]',             -- JSON array: the reason's arguments
  detail         TEXT NOT NULL DEFAULT '',               -- what exactly, for people
  waits_for      TEXT NOT NULL DEFAULT '',               -- what makes it due earlier: 'portal', 'credential ID', 'ai api.example'
  attempts       INTEGER NOT NULL DEFAULT 0,             -- counted ones
  turn           INTEGER NOT NULL DEFAULT 0,             -- times it was admitted; with run_id the fence of every write
  place_at       INTEGER,                                -- the place its paces gave it
  -- the attempt in flight; of an uncertain or held item the one that may have happened
  run_id         TEXT,                                   -- the run that has it in flight
  kind           TEXT NOT NULL DEFAULT 'work' CHECK (kind IN ('work', 'reconcile')),
  begun_at       INTEGER,
  armed_at       INTEGER,                                -- a `once` call may have left this machine
  look_after     INTEGER,                                -- reconcile not before this (2 x the request's timeout)
  credential_id  TEXT,
  owner          TEXT,                                   -- tenant, platform or portal: whose credential it was
  host           TEXT,
  uncertain_turn INTEGER,                                -- the turn that may have happened
  absent         INTEGER NOT NULL DEFAULT 0,             -- look-ups that found nothing
  lookups        INTEGER NOT NULL DEFAULT 0,             -- look-ups that could not tell
  quota          TEXT NOT NULL DEFAULT '',               -- what is reserved for it: 'METER|PERIOD|AMOUNT' a line ('~AMOUNT': at most)
  -- what it was in when runs died
  crashes        INTEGER NOT NULL DEFAULT 0,
  suspects       INTEGER NOT NULL DEFAULT 0,             -- so many at most may be in flight together with it; 0: any
  alone          INTEGER NOT NULL DEFAULT 0,             -- crashes at which nothing else was in flight
  created_at     INTEGER NOT NULL,
  finished_at    INTEGER,
  PRIMARY KEY (stage, key),
  CHECK ((state = 'running') = (run_id IS NOT NULL)),
  CHECK ((state IN ('done', 'cancelled') OR state = 'discarded') = (finished_at IS NOT NULL)),
  CHECK (state NOT IN ('uncertain', 'held') OR uncertain_turn IS NOT NULL),
  CHECK ((state NOT IN ('cancelled', 'discarded') AND state <> 'held') OR reason <> '')
) STRICT;
-- The admission reads only these: which tenants have rows (those that go first apart from those behind), the oldest rows of
-- one tenant, and when the next is due.
CREATE INDEX ledger_claimable ON ledger (stage, behind, tenant_id, due_at) WHERE state IN ('due', 'uncertain') AND crashes = 0;
CREATE INDEX ledger_due ON ledger (stage, due_at) WHERE state IN ('due', 'uncertain');
-- What was in flight at a crash: few rows, admitted in small groups with nothing beside them.
CREATE INDEX ledger_crashed ON ledger (stage, suspects, due_at) WHERE crashes > 0 AND state IN ('due', 'uncertain');
CREATE INDEX ledger_running ON ledger (run_id) WHERE state = 'running';
CREATE INDEX ledger_held ON ledger (stage) WHERE state = 'held';
CREATE INDEX ledger_waits ON ledger (waits_for, tenant_id, reason) WHERE waits_for <> '';
CREATE INDEX ledger_finished ON ledger (finished_at) WHERE finished_at IS NOT NULL;

-- History: one row per try, written when it ends (or when its run was found dead).
CREATE TABLE attempts (
  stage         TEXT NOT NULL,
  key           TEXT NOT NULL,
  turn          INTEGER NOT NULL,
  tenant_id     TEXT NOT NULL,
  run_id        TEXT NOT NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('work', 'reconcile')),
  begun_at      INTEGER NOT NULL,
  armed_at      INTEGER,
  finished_at   INTEGER NOT NULL,
  outcome       TEXT NOT NULL,                           -- done, snoozed, cancelled, lost, or the fault
  reason        TEXT NOT NULL DEFAULT '',
  args          TEXT NOT NULL DEFAULT '[]',
  detail        TEXT NOT NULL DEFAULT '',
  reference     TEXT NOT NULL DEFAULT '',                -- what now exists
  http_status   INTEGER NOT NULL DEFAULT 0,
  credential_id TEXT,
  owner         TEXT,
  host          TEXT,
  usage         TEXT NOT NULL DEFAULT '',                -- JSON: tokens and the like, spent even when refused
  PRIMARY KEY (stage, key, turn)
) STRICT;
CREATE INDEX attempts_begun ON attempts (begun_at);

CREATE TABLE runs (
  id           TEXT NOT NULL PRIMARY KEY,
  number       INTEGER NOT NULL UNIQUE,                  -- the byte it locks in the runs file while it lives
  job          TEXT NOT NULL,
  host         TEXT NOT NULL,
  pid          INTEGER NOT NULL,
  started_at   INTEGER NOT NULL,
  heartbeat_at INTEGER NOT NULL,
  ended_at     INTEGER,                                  -- NULL: running, or died
  exit_code    INTEGER,
  ended_by     TEXT NOT NULL DEFAULT '',                 -- 'finished', 'stopped', 'time', 'rescued', an error
  in_flight    INTEGER                                   -- items at its death, counted before the first was rescued
) STRICT;
CREATE INDEX runs_open ON runs (started_at) WHERE ended_at IS NULL;
CREATE INDEX runs_job ON runs (job, started_at);

-- The run's story: how often each outcome came to which tenant with which reason.
CREATE TABLE run_counts (
  run_id    TEXT NOT NULL REFERENCES runs (id),
  tenant_id TEXT NOT NULL,
  stage     TEXT NOT NULL,
  outcome   TEXT NOT NULL,
  reason    TEXT NOT NULL,
  args      TEXT NOT NULL,
  items     INTEGER NOT NULL,
  next_at   INTEGER,                                     -- earliest next time among them
  sample    TEXT NOT NULL DEFAULT '',                    -- the last one's reference or detail
  PRIMARY KEY (run_id, tenant_id, stage, outcome, reason, args)
) STRICT;

-- What operators did by hand: kept as long as the history.
CREATE TABLE operator_acts (
  id         TEXT NOT NULL PRIMARY KEY,
  at         INTEGER NOT NULL,
  os_user    TEXT NOT NULL,                              -- the account the command ran as
  said_by    TEXT NOT NULL DEFAULT '',                   -- --by NAME; '' = not told
  verb       TEXT NOT NULL,                              -- 'items retry', 'claims verify', 'feeds publish', ...
  stage      TEXT NOT NULL DEFAULT '',                   -- of an item of the ledger; '' = of something else
  key        TEXT NOT NULL DEFAULT '',                   -- as ledger.key: 'message:ID', 'completion:ID', 'item:ID'; '' = of nothing single
  tenant_id  TEXT NOT NULL,                              -- 'operator' for what is nobody's
  from_state TEXT NOT NULL,
  to_state   TEXT NOT NULL,
  note       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX operator_acts_at ON operator_acts (at);
CREATE INDEX operator_acts_key ON operator_acts (key, at);

-- Runs that found nothing due leave one row per job, not one per run.
CREATE TABLE idle_runs (
  job     TEXT NOT NULL PRIMARY KEY,
  last_at INTEGER NOT NULL,
  times   INTEGER NOT NULL
) STRICT;

-- What must not be called before a time; the next run knows it too.
CREATE TABLE parks (
  scope  TEXT NOT NULL CHECK (scope IN ('tenant', 'credential', 'app', 'page', 'account', 'sender', 'host', 'portal', 'destination') OR scope = 'template'),
  id     TEXT NOT NULL,
  until  INTEGER NOT NULL,                               -- of a destination 0: it is in trouble and does not rest yet
  reason TEXT NOT NULL,                                  -- code
  args   TEXT NOT NULL DEFAULT '[]',
  detail TEXT NOT NULL DEFAULT '',
  tenant_id TEXT NOT NULL DEFAULT '',                    -- who met it
  since  INTEGER NOT NULL,
  times  INTEGER NOT NULL DEFAULT 1,                     -- renewals in a row: hourly, then daily
  told_at INTEGER,                                       -- the operator heard of it
  -- of a destination (a service on a host): of one tenant until a second one saw it too; tenant_id '' = of all
  service   TEXT NOT NULL DEFAULT '',
  host      TEXT NOT NULL DEFAULT '',
  failures  INTEGER NOT NULL DEFAULT 0,                  -- in a row
  step      INTEGER NOT NULL DEFAULT 0,                  -- rests in a row
  probe_until INTEGER NOT NULL DEFAULT 0,                -- equal to until: somebody is trying it, nobody else before this
  seen_by   TEXT NOT NULL DEFAULT '',                    -- of one of all: the tenant whose failure lengthened it last
  PRIMARY KEY (scope, id)
) STRICT;
CREATE INDEX parks_until ON parks (until); -- what is over is forgotten

-- Counters that tell a run's memory that somebody changed what it holds: 'credentials', 'rests'.
CREATE TABLE revisions (
  name TEXT NOT NULL PRIMARY KEY,
  n    INTEGER NOT NULL
) STRICT;
INSERT INTO revisions (name, n) VALUES ('credentials', 0), ('rests', 0);

-- What came right again while more rows waited for it than one turn makes due: runs go on with it, some in each turn.
CREATE TABLE wakes (
  waits_for TEXT NOT NULL,
  tenant_id TEXT NOT NULL DEFAULT '',                    -- '' = of all
  PRIMARY KEY (waits_for, tenant_id)
) STRICT;

-- What an operator was told of items that wait for somebody: once per reason and day.
CREATE TABLE told (
  waits_for TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  reason    TEXT NOT NULL,
  at        INTEGER NOT NULL,
  PRIMARY KEY (waits_for, tenant_id, reason)
) STRICT;
CREATE INDEX told_old ON told (at); -- ... and forgotten
-- How far the last run has come with it: a run looks at some of those who wait, and of what rests; the next one goes on.
CREATE TABLE told_up_to (
  list   TEXT NOT NULL PRIMARY KEY CHECK (list IN ('waits', 'rests')),
  first  TEXT NOT NULL,                                  -- of the items that wait what they wait for; the scope of what rests
  second TEXT NOT NULL                                   -- their tenant; its id
) STRICT;

-- The next moment a paced thing may be used: one recipient, one sender. Shared by all runs.
CREATE TABLE paces (
  key  TEXT NOT NULL PRIMARY KEY,                        -- 'CREDENTIAL:NUMBER', 'CREDENTIAL:'
  next INTEGER NOT NULL,                                 -- the next place for those that go first
  busy   INTEGER NOT NULL DEFAULT 0,                     -- in use until then
  behind INTEGER NOT NULL DEFAULT 0,                     -- the next place for those that let others go first
  kept   INTEGER NOT NULL DEFAULT 0                      -- from then on one of those behind has its turn, whoever waits
) STRICT;

-- Counted effects per tenant, meter and period; equals the ledger (a test adds it up).
CREATE TABLE usage (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  -- 'posts', 'messages', 'tokens_in', …; 'ai calls': of the platform's account by this tenant; 'platform ai calls', of the
  -- tenant 'operator': by all
  meter     TEXT NOT NULL,
  period    TEXT NOT NULL,                               -- 'YYYY-MM' or 'YYYY-MM-DD' UTC
  used      INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  reserved  INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  PRIMARY KEY (tenant_id, meter, period)
) STRICT;
CREATE INDEX usage_days ON usage (period) WHERE length(period) = 10; -- counters of days are not kept for ever

-- What the first run of a day does or tells for the whole database, and when it was done last.
CREATE TABLE chores (
  name    TEXT NOT NULL PRIMARY KEY,
  done_at INTEGER NOT NULL
) STRICT;
INSERT INTO chores (name, done_at) VALUES ('prune', 0), ('lift', 0);
