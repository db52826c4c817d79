-- Credits: what calls cost, and a budget that they may not pass.
-- Amounts are micro-units: 1,000,000 are one unit of the operator's currency.

-- The price list. The longest prefix that a number begins with counts; the empty one stands for every other number.
CREATE TABLE credit_rates (
  prefix           TEXT PRIMARY KEY,
  price_per_minute INTEGER NOT NULL CHECK (price_per_minute >= 0),
  connection_fee   INTEGER NOT NULL CHECK (connection_fee >= 0),
  first_seconds    INTEGER NOT NULL CHECK (first_seconds > 0),
  next_seconds     INTEGER NOT NULL CHECK (next_seconds > 0)
) STRICT, WITHOUT ROWID;

-- One row. Without a limit nothing is set aside and nothing charged.
CREATE TABLE credit_account (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  is_limited INTEGER NOT NULL DEFAULT 0 CHECK (is_limited IN (0, 1)),
  -- What may still be spent: the sum of the ledger.
  balance    INTEGER NOT NULL DEFAULT 0,
  -- What is set aside for calls in progress: already taken from the balance.
  reserved   INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0)
) STRICT;
INSERT INTO credit_account (id) VALUES (1);

CREATE TABLE credit_ledger (
  sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
  kind        TEXT NOT NULL CHECK (kind IN ('top_up', 'reserve', 'release', 'charge', 'adjustment')),
  amount      INTEGER NOT NULL,
  -- After this entry.
  balance     INTEGER NOT NULL,
  call_id     TEXT,
  campaign_id TEXT,
  note        TEXT,
  created_at  INTEGER NOT NULL,
  CHECK (CASE kind WHEN 'reserve' THEN amount < 0 WHEN 'charge' THEN amount < 0 WHEN 'adjustment' THEN 1 ELSE amount > 0 END),
  CHECK ((kind IN ('reserve', 'release', 'charge')) = (call_id IS NOT NULL))
) STRICT;
-- A call is reserved, released and charged once each, whatever happens between two writes.
CREATE UNIQUE INDEX credit_ledger_call ON credit_ledger (call_id, kind) WHERE call_id IS NOT NULL;
CREATE INDEX credit_ledger_campaign ON credit_ledger (campaign_id, sequence) WHERE campaign_id IS NOT NULL;
CREATE INDEX credit_ledger_kind ON credit_ledger (kind, sequence);

-- How many entries there are and what they come to; '' stands for those without a campaign. Kept by the trigger below.
CREATE TABLE credit_counts (
  campaign_id TEXT NOT NULL,
  kind        TEXT NOT NULL,
  count       INTEGER NOT NULL,
  amount      INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER credit_ledger_added AFTER INSERT ON credit_ledger
BEGIN
  SELECT RAISE(ABORT, 'the balance of an entry must follow from the one before')
    FROM credit_account WHERE balance + new.amount <> new.balance;
  UPDATE credit_account
     SET balance = new.balance,
         reserved = reserved - CASE WHEN new.kind IN ('reserve', 'release') THEN new.amount ELSE 0 END;
  INSERT INTO credit_counts (campaign_id, kind, count, amount) VALUES (coalesce(new.campaign_id, ''), new.kind, 1, new.amount)
  ON CONFLICT DO UPDATE SET count = count + 1, amount = amount + excluded.amount;
END;
CREATE TRIGGER credit_ledger_unchanged BEFORE UPDATE ON credit_ledger
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER credit_ledger_kept BEFORE DELETE ON credit_ledger
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;

-- What the call cost, once it is over; NULL for one whose talk time nobody knows, without a budget.
ALTER TABLE calls ADD COLUMN cost_micros INTEGER;
-- What was set aside for it; NULL when there was no budget.
ALTER TABLE calls ADD COLUMN reserve_micros INTEGER;
-- The prices it was placed at, as JSON: a later change of the price list does not reach it.
ALTER TABLE calls ADD COLUMN rate TEXT;
