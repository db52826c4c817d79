-- What the room of calls needs: what bots report of their calls, and lists that cost the same after a million calls.

-- What a bot (or somebody for it) reported of its call, once. Before the call's end it waits here for the settle.
CREATE TABLE call_reports (
  call_id     TEXT PRIMARY KEY,
  analysis    TEXT,
  -- A text, or a list of turns, as JSON.
  transcript  TEXT,
  received_at INTEGER NOT NULL
) STRICT;

-- How many calls that are over each campaign has, by how they ended; '' stands for no campaign. Calls in progress are
-- few and counted from their index. Kept by triggers: a call is counted once, when it is over.
CREATE TABLE call_counts (
  campaign_id TEXT NOT NULL,
  status      TEXT NOT NULL,
  ending      TEXT NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, status, ending)
) STRICT, WITHOUT ROWID;

INSERT INTO call_counts (campaign_id, status, ending, count)
SELECT coalesce(campaign_id, ''), status, coalesce(ending, ''), count(*) FROM calls WHERE status IN ('ended', 'unknown') GROUP BY 1, 2, 3;

CREATE TRIGGER calls_over AFTER UPDATE OF status ON calls
WHEN new.status IN ('ended', 'unknown') AND old.status NOT IN ('ended', 'unknown')
BEGIN
  INSERT INTO call_counts (campaign_id, status, ending, count) VALUES (coalesce(new.campaign_id, ''), new.status, coalesce(new.ending, ''), 1)
  ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER calls_added_over AFTER INSERT ON calls WHEN new.status IN ('ended', 'unknown')
BEGIN
  INSERT INTO call_counts (campaign_id, status, ending, count) VALUES (coalesce(new.campaign_id, ''), new.status, coalesce(new.ending, ''), 1)
  ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER calls_removed AFTER DELETE ON calls WHEN old.status IN ('ended', 'unknown')
BEGIN
  UPDATE call_counts SET count = count - 1
   WHERE campaign_id = coalesce(old.campaign_id, '') AND status = old.status AND ending = coalesce(old.ending, '');
END;

-- A rare ending is found without walking past a million others.
CREATE INDEX calls_ending ON calls (ending, id) WHERE ending IS NOT NULL;
CREATE INDEX calls_campaign_ending ON calls (campaign_id, ending, id) WHERE ending IS NOT NULL;
CREATE INDEX calls_unknown ON calls (id) WHERE status = 'unknown';
