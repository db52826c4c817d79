// Leads in the database: inserting, listing and removing them. Claiming and settling are dialing's.

import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import type { leads } from "../database/tables.ts";
import { quoted } from "../database/transaction.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { LeadStatus, openStatuses } from "./status.ts";

export type LeadRow = typeof leads.$inferSelect;

/** A lead on its way in: `variables` is JSON, `phoneNumber` is E.164. */
export interface NewLead {
  id: string;
  phoneNumber: string;
  variables: string;
}

const COLUMNS = `id, campaign_id AS campaignId, phone_number AS phoneNumber, variables, status, disposition, attempts, requeues, due_at AS dueAt,
  last_ending AS lastEnding, call_id AS callId, outcome, last_attempt_at AS lastAttemptAt, created_at AS createdAt, updated_at AS updatedAt`;

/**
 * Inserts what the campaign does not have yet, the first of equal numbers, and says how many that were. To be called in a
 * transaction with a slice of bounded length: leads and counts are written together, in the order of the numbers, which
 * keeps the index on them local.
 */
export function insertLeads(db: Db, campaignId: string, leads: readonly NewLead[], now: EpochMs): number {
  const insert = db.sqlite.query<null, [string, string, string, string, number]>(
    `INSERT INTO leads (id, campaign_id, phone_number, variables, status, due_at, created_at, updated_at)
     VALUES (?1, ?2, ?3, ?4, '${LeadStatus.pending}', ?5, ?5, ?5) ON CONFLICT (campaign_id, phone_number) DO NOTHING`,
  );
  const byNumber = leads.toSorted((a, b) => compare(a.phoneNumber, b.phoneNumber) || compare(a.id, b.id));
  let inserted = 0;
  for (const lead of byNumber) inserted += insert.run(lead.id, campaignId, lead.phoneNumber, lead.variables, now).changes;
  if (inserted > 0) addToCount(db, campaignId, inserted);
  return inserted;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function addToCount(db: Db, campaignId: string, added: number): void {
  db.sqlite
    .query<null, [string, number]>(
      `INSERT INTO lead_counts (campaign_id, status, disposition, count) VALUES (?1, '${LeadStatus.pending}', '', ?2)
       ON CONFLICT DO UPDATE SET count = count + ?2`,
    )
    .run(campaignId, added);
}

/** In the order in which they came. The index is named because the planner prefers the one on numbers, and sorts. */
export function listLeads(db: Db, campaignId: string, status: LeadStatus | undefined, page: Page): LeadRow[] {
  const [index, condition] = status === undefined ? ["leads_list", ""] : ["leads_list_by_status", "AND status = ?5"];
  const sql = `SELECT ${COLUMNS} FROM leads INDEXED BY ${index} WHERE campaign_id = ?1 ${condition} AND id > ?2 ORDER BY id LIMIT ?3 OFFSET ?4`;
  const params: [string, string, number, number] = [campaignId, page.after ?? "", page.limit, skipped(page)];
  if (status === undefined) return db.sqlite.query<LeadRow, typeof params>(sql).all(...params);
  return db.sqlite.query<LeadRow, [...typeof params, string]>(sql).all(...params, status);
}

/** From the counters, so that it costs the same in a campaign of a million. */
export function countLeads(db: Db, campaignId: string, status?: LeadStatus): number {
  const sql = "SELECT coalesce(sum(count), 0) AS total FROM lead_counts WHERE campaign_id = ?1 AND (?2 IS NULL OR status = ?2)";
  return db.sqlite.query<{ total: number }, [string, string | null]>(sql).get(campaignId, status ?? null)?.total ?? 0;
}

/** Those with a call open: as few as the campaign's cap. */
export function deleteOpenLeads(db: Db, campaignId: string): void {
  db.sqlite.query<null, [string]>(`DELETE FROM leads WHERE campaign_id = ?1 AND status IN (${quoted(openStatuses)})`).run(campaignId);
}

/** Deletes up to `limit` leads of a campaign and says how many went. */
export function deleteLeads(db: Db, campaignId: string, limit: number): number {
  const sql = "DELETE FROM leads WHERE id IN (SELECT id FROM leads INDEXED BY leads_list WHERE campaign_id = ?1 LIMIT ?2)";
  return db.sqlite.query<null, [string, number]>(sql).run(campaignId, limit).changes;
}

/** The campaigns that are gone while leads of theirs are still here; steps over the leads by index. */
export function campaignsOfOrphans(db: Db): string[] {
  const sql = `WITH RECURSIVE seen (id) AS (
      SELECT min(campaign_id) FROM leads
      UNION ALL
      SELECT (SELECT min(campaign_id) FROM leads WHERE campaign_id > seen.id) FROM seen WHERE seen.id IS NOT NULL
    )
    SELECT id FROM seen WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM campaigns)`;
  return db.sqlite.query<{ id: string }, []>(sql).all().map((row) => row.id);
}
