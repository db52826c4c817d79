-- What was answered to a POST with an Idempotency-Key, for a day.

CREATE TABLE idempotency (
  -- The API key that asked, and the name that its client gave to the request.
  key_id       TEXT NOT NULL,
  name         TEXT NOT NULL,
  -- Method, path and query.
  target       TEXT NOT NULL,
  -- SHA-256 in hex; null until a streamed body has been read.
  body_hash    TEXT,
  -- Null while the request is at work, and for ever when the process died meanwhile.
  status       INTEGER,
  content_type TEXT,
  -- Sealed with the API key, of which only a hash is stored: an answer may hold a secret.
  answer       BLOB,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (key_id, name)
) STRICT;
CREATE INDEX idempotency_age ON idempotency (created_at);
