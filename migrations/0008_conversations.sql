-- What a conversation leaves behind: the agent's recordings, what the line heard, what the audio measured, and evidence.

ALTER TABLE calls ADD COLUMN sip_reason TEXT;
-- What the audio measured, as JSON.
ALTER TABLE calls ADD COLUMN media TEXT;
-- Who or what picked up: result, reason, atMs, as JSON.
ALTER TABLE calls ADD COLUMN amd TEXT;
-- Where the person was handed over to.
ALTER TABLE calls ADD COLUMN transferred_to TEXT;
-- 1: its agent wants the conversation analysed, or waits for its bot's report.
ALTER TABLE calls ADD COLUMN awaits_analysis INTEGER NOT NULL DEFAULT 0;
-- Set from the call's end until its lead is concluded: the lead waits for the analysis no longer than this.
ALTER TABLE calls ADD COLUMN analysis_due_at INTEGER;
-- Why no analysis came although one was wanted, in words.
ALTER TABLE calls ADD COLUMN analysis_failed TEXT;
CREATE INDEX calls_analysis ON calls (analysis_due_at) WHERE analysis_due_at IS NOT NULL;

-- Sound that agents play: 8,000 samples a second of 16 bits, mono, little-endian. Never changed.
CREATE TABLE agent_audio (
  id          TEXT PRIMARY KEY,
  agent_id    TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  name        TEXT NOT NULL,
  duration_ms INTEGER NOT NULL,
  samples     BLOB NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX agent_audio_agent ON agent_audio (agent_id, id);

-- Recordings of calls; the sound lies in a file named after the call.
CREATE TABLE recordings (
  call_id     TEXT PRIMARY KEY,
  bytes       INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX recordings_age ON recordings (created_at);

-- Why a number is on the list: the call in which the person asked for it, and their words or key.
ALTER TABLE dnc ADD COLUMN call_id TEXT;
ALTER TABLE dnc ADD COLUMN evidence TEXT;

-- The trunk that takes the calls of this one while it has a fault.
ALTER TABLE trunks ADD COLUMN fallback_trunk_id TEXT REFERENCES trunks (id);
