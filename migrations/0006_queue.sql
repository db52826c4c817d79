-- The queue in lanes: one for each zones × rank, so that a closed zone is passed over at the cost of one look.
DROP INDEX leads_due;
CREATE INDEX leads_queue ON leads (campaign_id, zones, rank, due_at, id) WHERE status IN ('pending', 'retry_wait');

-- A number's own caps.
ALTER TABLE phone_numbers ADD COLUMN max_concurrent INTEGER;
ALTER TABLE phone_numbers ADD COLUMN calls_per_second INTEGER;
