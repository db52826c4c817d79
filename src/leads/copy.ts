// Leads copied from one campaign into another, as people who were never called. Used by campaigns/copying.ts.

import type { Db } from "../database/open.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import { LeadStatus } from "./status.ts";

interface CopiedLead {
  id: string;
  phoneNumber: string;
  variables: string;
  externalId: string | null;
  priority: number;
  timezone: string | null;
  zones: string;
  notBefore: EpochMs | null;
  consent: string | null;
}

const PICK = `
  SELECT id, phone_number AS phoneNumber, variables, external_id AS externalId, priority, timezone, zones, not_before AS notBefore, consent
    FROM leads INDEXED BY leads_list_by_status
   WHERE campaign_id = ?1 AND status = ?2 AND id > ?3 ORDER BY id LIMIT ?4`;

// Without the promise of a callback: 100 − priority is the rank of a lead about which nothing else was said.
const INSERT = `
  INSERT INTO leads (id, campaign_id, phone_number, variables, status, due_at, created_at, updated_at, external_id, priority, timezone, zones, not_before, consent, rank)
  VALUES (?1, ?2, ?3, ?4, '${LeadStatus.pending}', max(?5, coalesce(?10, 0)), ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 100 - ?7)
  ON CONFLICT DO NOTHING`;

export interface CopySource {
  campaignId: string;
  status: LeadStatus;
  /** The last lead that was copied; empty at first. */
  after: string;
}

/**
 * Copies the next `limit` leads and says how many went in and which was the last; undefined when there are no more. The
 * campaign they go to need not exist yet: until it does, nobody sees them, and a crash leaves them to the next start.
 */
export function copyLeads(
  db: Db,
  source: CopySource,
  campaignId: string,
  limit: number,
  newId: NewId,
  now: EpochMs,
): { copied: number; last: string } | undefined {
  const picked = db.sqlite
    .query<CopiedLead, [string, string, string, number]>(PICK)
    .all(source.campaignId, source.status, source.after, limit);
  const last = picked.at(-1);
  if (last === undefined) return undefined;
  const insert = db.sqlite.query<null, (string | number | null)[]>(INSERT);
  let copied = 0;
  for (const lead of picked) {
    copied += insert.run(
      newId("ld"),
      campaignId,
      lead.phoneNumber,
      lead.variables,
      now,
      lead.externalId,
      lead.priority,
      lead.timezone,
      lead.zones,
      lead.notBefore,
      lead.consent,
    ).changes;
  }
  return { copied, last: last.id };
}

/** Writes down how many leads a campaign begins with; to be called with its insertion. */
export function countCopies(db: Db, campaignId: string, count: number): void {
  db.sqlite
    .query<null, [string, number]>(
      `INSERT INTO lead_counts (campaign_id, status, disposition, count) VALUES (?1, '${LeadStatus.pending}', '', ?2)`,
    )
    .run(campaignId, count);
}
