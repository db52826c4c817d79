-- The first schema. Instants are epoch milliseconds, lists and objects are JSON text.

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  role         TEXT NOT NULL CHECK (role IN ('read', 'operator', 'admin')),
  hint         TEXT NOT NULL,
  hash         TEXT NOT NULL UNIQUE,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER,
  expires_at   INTEGER,
  revoked_at   INTEGER
) STRICT;

CREATE TABLE agents (
  id              TEXT PRIMARY KEY,
  name            TEXT NOT NULL,
  draft           TEXT NOT NULL,
  current_version INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE agent_versions (
  agent_id   TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  version    INTEGER NOT NULL,
  id         TEXT NOT NULL,
  label      TEXT,
  notes      TEXT,
  snapshot   TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (agent_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE trunks (
  id               TEXT PRIMARY KEY,
  name             TEXT NOT NULL,
  driver           TEXT NOT NULL CHECK (driver IN ('simulator', 'sip')),
  max_concurrent   INTEGER,
  calls_per_second INTEGER,
  allowed_prefixes TEXT NOT NULL,
  options          TEXT NOT NULL,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL
) STRICT;

CREATE TABLE phone_numbers (
  id           TEXT PRIMARY KEY,
  phone_number TEXT NOT NULL UNIQUE,
  label        TEXT,
  trunk_id     TEXT NOT NULL REFERENCES trunks (id),
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX phone_numbers_trunk ON phone_numbers (trunk_id);

CREATE TABLE campaigns (
  id                 TEXT PRIMARY KEY,
  name               TEXT NOT NULL,
  agent_id           TEXT NOT NULL REFERENCES agents (id),
  agent_version      INTEGER NOT NULL,
  phone_number_id    TEXT NOT NULL REFERENCES phone_numbers (id),
  status             TEXT NOT NULL CHECK (status IN ('draft', 'scheduled', 'running', 'paused', 'completed', 'failed')),
  status_reason      TEXT,
  max_concurrent     INTEGER NOT NULL,
  scheduled_start_at INTEGER,
  schedule           TEXT NOT NULL,
  retry_policy       TEXT NOT NULL,
  webhook_url        TEXT,
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  started_at         INTEGER,
  completed_at       INTEGER
) STRICT;
CREATE INDEX campaigns_status ON campaigns (status, id);
CREATE INDEX campaigns_agent ON campaigns (agent_id);
CREATE INDEX campaigns_phone_number ON campaigns (phone_number_id);

CREATE TABLE leads (
  id              TEXT PRIMARY KEY,
  -- No REFERENCES: a deleted campaign goes at once, its leads follow in slices (and after a crash, at the next start).
  campaign_id     TEXT NOT NULL,
  phone_number    TEXT NOT NULL,
  variables       TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN (
                    'pending', 'dialing', 'in_progress', 'retry_wait',
                    'completed', 'voicemail', 'no_answer', 'busy', 'failed', 'dnc_blocked')),
  disposition     TEXT CHECK (disposition IN ('qualified', 'not_interested', 'callback', 'completed')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  -- Calls that came back unplaced by a fault of ours since the last real attempt; they use no attempt.
  requeues        INTEGER NOT NULL DEFAULT 0,
  -- The earliest instant at which the dispatcher looks at the lead again; meaningful while it waits.
  due_at          INTEGER NOT NULL,
  -- How the last attempt ended; what a lead settles on when its campaign is stopped.
  last_ending     TEXT,
  call_id         TEXT,
  outcome         TEXT,
  last_attempt_at INTEGER,
  created_at      INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  UNIQUE (campaign_id, phone_number)
) STRICT;
-- The queue: only waiting leads are in it, so that a claim costs the same at the start and at the end of a campaign.
CREATE INDEX leads_due ON leads (campaign_id, due_at, id) WHERE status IN ('pending', 'retry_wait');
CREATE INDEX leads_list ON leads (campaign_id, id);
CREATE INDEX leads_list_by_status ON leads (campaign_id, status, id);

-- How many leads of a campaign stand where; kept in the same transaction as the leads.
-- Moves and deletions by the triggers below, insertions by the code that inserts a slice.
CREATE TABLE lead_counts (
  campaign_id TEXT NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  status      TEXT NOT NULL,
  disposition TEXT NOT NULL DEFAULT '',
  count       INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, status, disposition)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER leads_moved AFTER UPDATE OF status, disposition ON leads
WHEN old.status <> new.status OR old.disposition IS NOT new.disposition
BEGIN
  UPDATE lead_counts SET count = count - 1
   WHERE campaign_id = old.campaign_id AND status = old.status AND disposition = coalesce(old.disposition, '');
  INSERT INTO lead_counts (campaign_id, status, disposition, count)
  SELECT new.campaign_id, new.status, coalesce(new.disposition, ''), 1
   WHERE EXISTS (SELECT 1 FROM campaigns WHERE id = new.campaign_id)
  ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER leads_deleted AFTER DELETE ON leads
BEGIN
  UPDATE lead_counts SET count = count - 1
   WHERE campaign_id = old.campaign_id AND status = old.status AND disposition = coalesce(old.disposition, '');
END;

-- Uploads of leads on their way in. The rows of one wait here, unseen, until its whole body was read and found good;
-- `complete` says that they may move into leads, which they do in slices. What is left here is what is left to move.
CREATE TABLE lead_uploads (
  id          TEXT PRIMARY KEY,
  campaign_id TEXT NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  complete    INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX lead_uploads_campaign ON lead_uploads (campaign_id);

CREATE TABLE lead_upload_rows (
  upload_id    TEXT NOT NULL,
  lead_id      TEXT NOT NULL,
  phone_number TEXT NOT NULL,
  variables    TEXT NOT NULL,
  PRIMARY KEY (upload_id, lead_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
  id              TEXT PRIMARY KEY,
  boot_id         TEXT NOT NULL,
  campaign_id     TEXT,
  lead_id         TEXT,
  agent_id        TEXT NOT NULL,
  agent_version   INTEGER NOT NULL,
  phone_number_id TEXT NOT NULL,
  trunk_id        TEXT NOT NULL,
  from_number     TEXT NOT NULL,
  to_number       TEXT NOT NULL,
  attempt         INTEGER NOT NULL,
  -- 0 when a fault of ours gave the attempt back to the lead.
  uses_attempt    INTEGER NOT NULL DEFAULT 1,
  status          TEXT NOT NULL CHECK (status IN ('placing', 'ringing', 'answered', 'ended', 'unknown')),
  ending          TEXT CHECK (ending IN ('completed', 'voicemail', 'no_answer', 'busy', 'failed')),
  reason          TEXT,
  sip_code        INTEGER,
  q850_cause      INTEGER,
  hung_up_by      TEXT CHECK (hung_up_by IN ('us', 'them', 'bot')),
  placed_at       INTEGER NOT NULL,
  ringing_at      INTEGER,
  answered_at     INTEGER,
  ended_at        INTEGER,
  ring_ms         INTEGER,
  talk_ms         INTEGER,
  disposition     TEXT,
  outcome         TEXT,
  -- What the dialer needs to end the call after a crash; its own words.
  dialer_trace    TEXT
) STRICT;
-- An attempt of a lead exists once, whatever happens between two writes.
CREATE UNIQUE INDEX calls_attempt ON calls (lead_id, attempt) WHERE uses_attempt = 1 AND lead_id IS NOT NULL;
-- Open calls are the slots in use and the numbers being called.
CREATE INDEX calls_open ON calls (campaign_id, trunk_id) WHERE status IN ('placing', 'ringing', 'answered');
CREATE INDEX calls_open_number ON calls (to_number) WHERE status IN ('placing', 'ringing', 'answered');
CREATE INDEX calls_campaign ON calls (campaign_id, id);
CREATE INDEX calls_lead ON calls (lead_id, id);
CREATE INDEX calls_number ON calls (to_number, id);

CREATE TABLE dnc (
  id           TEXT PRIMARY KEY,
  phone_number TEXT NOT NULL UNIQUE,
  reason       TEXT,
  source       TEXT NOT NULL CHECK (source IN ('manual', 'opt_out', 'imported', 'api', 'registry')),
  created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX dnc_source ON dnc (source, id);
-- How many entries each source has; kept by triggers, so that a list knows its total at 5,000,000 entries.
CREATE TABLE dnc_counts (
  source TEXT PRIMARY KEY,
  count  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER dnc_added AFTER INSERT ON dnc
BEGIN
  INSERT INTO dnc_counts (source, count) VALUES (new.source, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER dnc_removed AFTER DELETE ON dnc
BEGIN
  UPDATE dnc_counts SET count = count - 1 WHERE source = old.source;
END;

CREATE TABLE deliveries (
  sequence        INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  event           TEXT NOT NULL,
  campaign_id     TEXT,
  lead_id         TEXT,
  url             TEXT NOT NULL,
  -- The URL's host and port: the queue is one for each, so that a slow receiver holds up itself alone.
  host            TEXT NOT NULL DEFAULT '-',
  body            TEXT NOT NULL,
  status          TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
  attempts        INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  delivered_at    INTEGER,
  response_status INTEGER,
  last_error      TEXT
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE status = 'pending';
CREATE INDEX deliveries_host ON deliveries (host, next_attempt_at, sequence) WHERE status = 'pending';
CREATE INDEX deliveries_lead_order ON deliveries (lead_id, sequence) WHERE status = 'pending';
CREATE INDEX deliveries_status ON deliveries (status, sequence);
