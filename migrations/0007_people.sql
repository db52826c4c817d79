-- Leads that say more of themselves on their way in, and deliveries that people look through.

-- What a row says beside its number and variables, as in leads; null where it says nothing.
ALTER TABLE lead_upload_rows ADD COLUMN external_id TEXT;
ALTER TABLE lead_upload_rows ADD COLUMN priority INTEGER;
ALTER TABLE lead_upload_rows ADD COLUMN timezone TEXT;
ALTER TABLE lead_upload_rows ADD COLUMN zones TEXT NOT NULL DEFAULT '?';
ALTER TABLE lead_upload_rows ADD COLUMN not_before INTEGER;
ALTER TABLE lead_upload_rows ADD COLUMN consent TEXT;
-- Where it stands in the file, for what is refused only when it moves.
ALTER TABLE lead_upload_rows ADD COLUMN row INTEGER NOT NULL DEFAULT 0;

-- As many attempts as this the lead may have whatever the policy says: one more than it had used when a person asked for
-- it, or was promised it. 0 when nobody did.
ALTER TABLE leads ADD COLUMN attempts_granted INTEGER NOT NULL DEFAULT 0;

-- The story of a lead goes with it.
CREATE TRIGGER leads_decisions AFTER DELETE ON leads
BEGIN
  DELETE FROM decisions WHERE lead_id = old.id;
END;

-- Deliveries are looked through newest first, by their identifiers.
DROP INDEX deliveries_status;
CREATE INDEX deliveries_status ON deliveries (status, id);
CREATE INDEX deliveries_campaign ON deliveries (campaign_id, id);
CREATE INDEX deliveries_lead ON deliveries (lead_id, id);
CREATE INDEX deliveries_event ON deliveries (event, id);
