-- Who may be called when, how often, and why not.

-- A campaign's further rules; absent ones are null.
ALTER TABLE campaigns ADD COLUMN end_at INTEGER;
ALTER TABLE campaigns ADD COLUMN calls_per_second INTEGER;
ALTER TABLE campaigns ADD COLUMN weight INTEGER NOT NULL DEFAULT 1;
ALTER TABLE campaigns ADD COLUMN default_country TEXT;
-- JSON lists: numbers to call from, besides phone_number_id; { attempts, perHours } over all campaigns.
ALTER TABLE campaigns ADD COLUMN phone_number_ids TEXT NOT NULL DEFAULT '[]';
ALTER TABLE campaigns ADD COLUMN contact_limits TEXT NOT NULL DEFAULT '[]';
ALTER TABLE campaigns ADD COLUMN rest_after_conversation_hours INTEGER;
-- JSON { url, timeoutSeconds }.
ALTER TABLE campaigns ADD COLUMN pre_dial_hook TEXT;

ALTER TABLE leads ADD COLUMN external_id TEXT;
ALTER TABLE leads ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
-- The zone that the list gave, if any.
ALTER TABLE leads ADD COLUMN timezone TEXT;
-- The zones the person may be in, joined by '|': the list's own, else by number; '?' when nothing is known.
ALTER TABLE leads ADD COLUMN zones TEXT NOT NULL DEFAULT '?';
ALTER TABLE leads ADD COLUMN not_before INTEGER;
-- When the person asked to be called again.
ALTER TABLE leads ADD COLUMN callback_at INTEGER;
ALTER TABLE leads ADD COLUMN consent TEXT;
-- The queue's first order: 0 is a promised callback, then 100 − priority.
ALTER TABLE leads ADD COLUMN rank INTEGER NOT NULL DEFAULT 100;

CREATE UNIQUE INDEX leads_external ON leads (campaign_id, external_id) WHERE external_id IS NOT NULL;

-- Contact limits count by number over all campaigns.
DROP INDEX calls_number;
CREATE INDEX calls_number ON calls (to_number, placed_at);

-- What the gate saw when it said dial, as JSON.
ALTER TABLE calls ADD COLUMN facts TEXT;

-- Each decision about one lead that was not "dial now".
CREATE TABLE decisions (
  sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
  lead_id     TEXT NOT NULL,
  decided_at  INTEGER NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('wait', 'block', 'hold')),
  reason      TEXT NOT NULL,
  -- When it may change, if that is known.
  until       INTEGER,
  facts       TEXT
) STRICT;
CREATE INDEX decisions_lead ON decisions (lead_id, sequence);
