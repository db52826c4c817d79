// Leads in the database: inserting, finding, changing and removing them. Claiming and settling are dialing's.

import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import type { leads } from "../database/tables.ts";
import { quoted } from "../database/transaction.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { ChangeableLead, RequeuedLead } from "./change.ts";
import { rankOf } from "./rank.ts";
import { finalStatuses, LeadStatus, openStatuses } from "./status.ts";

export type LeadRow = typeof leads.$inferSelect;

/** A lead on its way in: `variables` and `consent` are JSON, `phoneNumber` is E.164. What is not said is absent or null. */
export interface NewLead {
  id: string;
  phoneNumber: string;
  variables: string;
  externalId?: string | null;
  priority?: number | null;
  timezone?: string | null;
  zones?: string;
  notBefore?: EpochMs | null;
  consent?: string | null;
}

const COLUMNS = `id, campaign_id AS campaignId, phone_number AS phoneNumber, variables, status, disposition, attempts, requeues, due_at AS dueAt,
  last_ending AS lastEnding, call_id AS callId, outcome, last_attempt_at AS lastAttemptAt, created_at AS createdAt, updated_at AS updatedAt,
  external_id AS externalId, priority, timezone, zones, not_before AS notBefore, callback_at AS callbackAt, consent, rank, attempts_granted AS attemptsGranted`;

/**
 * Inserts what the campaign does not have yet, the first of equal numbers, and says how many that were. To be called in a
 * transaction with a slice of bounded length: leads and counts are written together, in the order of the numbers, which
 * keeps the index on them local.
 */
export function insertLeads(db: Db, campaignId: string, leads: readonly NewLead[], now: EpochMs): number {
  const byNumber = leads.toSorted((a, b) => compare(a.phoneNumber, b.phoneNumber) || compare(a.id, b.id));
  let inserted = 0;
  for (const lead of byNumber) inserted += insertLead(db, campaignId, lead, now);
  if (inserted > 0) addToCount(db, campaignId, inserted);
  return inserted;
}

const INSERT = `
  INSERT INTO leads (id, campaign_id, phone_number, variables, status, due_at, created_at, updated_at, external_id, priority, timezone, zones, not_before, consent, rank)
  VALUES (?1, ?2, ?3, ?4, '${LeadStatus.pending}', max(?5, coalesce(?10, 0)), ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
  ON CONFLICT (campaign_id, phone_number) DO NOTHING`;

type InsertRow = [
  string,
  string,
  string,
  string,
  number,
  string | null,
  number,
  string | null,
  string,
  number | null,
  string | null,
  number,
];

function insertLead(db: Db, campaignId: string, lead: NewLead, now: EpochMs): number {
  const { id, phoneNumber, variables, externalId = null, timezone = null, zones = "?", notBefore = null, consent = null } = lead;
  const priority = lead.priority ?? 0;
  return db.sqlite
    .query<null, InsertRow>(INSERT)
    .run(id, campaignId, phoneNumber, variables, now, externalId, priority, timezone, zones, notBefore, consent, rankOf(priority, null))
    .changes;
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

/** Undefined when the campaign has no such lead. */
export function findLead(db: Db, campaignId: string, id: string): LeadRow | undefined {
  return (
    db.sqlite.query<LeadRow, [string, string]>(`SELECT ${COLUMNS} FROM leads WHERE id = ?1 AND campaign_id = ?2`).get(id, campaignId) ??
    undefined
  );
}

/** The one lead of the campaign that goes by this identifier of the caller's. */
export function findLeadByExternalId(db: Db, campaignId: string, externalId: string): LeadRow | undefined {
  return (
    db.sqlite
      .query<LeadRow, [string, string]>(`SELECT ${COLUMNS} FROM leads WHERE campaign_id = ?1 AND external_id = ?2`)
      .get(campaignId, externalId) ?? undefined
  );
}

/** Whether a lead of the campaign has this number, E.164. */
export function hasNumber(db: Db, campaignId: string, phoneNumber: string): boolean {
  return (
    db.sqlite
      .query<{ found: number }, [string, string]>("SELECT 1 AS found FROM leads WHERE campaign_id = ?1 AND phone_number = ?2")
      .get(campaignId, phoneNumber) !== null
  );
}

const CHANGE = `
  UPDATE leads SET phone_number = ?2, variables = ?3, priority = ?4, timezone = ?5, zones = ?6, not_before = ?7, callback_at = ?8, consent = ?9, rank = ?10,
         due_at = ?11, attempts_granted = ?12, updated_at = ?13
   WHERE id = ?1 AND status NOT IN (${quoted(openStatuses)})`;

/** Writes what change.ts made of the lead; false when it is in a call. The number must be free. */
export function updateLead(db: Db, id: string, lead: ChangeableLead, now: EpochMs): boolean {
  const { phoneNumber, variables, priority, timezone, zones, notBefore, callbackAt, consent, rank, dueAt, attemptsGranted } = lead;
  return (
    db.sqlite
      .query<null, (string | number | null)[]>(CHANGE)
      .run(id, phoneNumber, variables, priority, timezone, zones, notBefore, callbackAt, consent, rank, dueAt, attemptsGranted, now)
      .changes > 0
  );
}

const REQUEUE = `
  UPDATE leads SET status = ?2, disposition = NULL, outcome = NULL, requeues = 0, callback_at = ?3, rank = ?4, due_at = ?5, attempts_granted = ?6, updated_at = ?7
   WHERE id = ?1 AND status IN (${quoted(finalStatuses)})`;

/** Sends a final lead back to the queue; false when it is not final. Counters follow by trigger. */
export function requeueLead(db: Db, id: string, { status, callbackAt, rank, dueAt, attemptsGranted }: RequeuedLead, now: EpochMs): boolean {
  return (
    db.sqlite.query<null, (string | number | null)[]>(REQUEUE).run(id, status, callbackAt, rank, dueAt, attemptsGranted, now).changes > 0
  );
}

/** False while the lead is in a call. Its calls stay, its decisions go with it. */
export function deleteLead(db: Db, id: string): boolean {
  return db.sqlite.query<null, [string]>(`DELETE FROM leads WHERE id = ?1 AND status NOT IN (${quoted(openStatuses)})`).run(id).changes > 0;
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
  return db.sqlite
    .query<{ id: string }, []>(sql)
    .all()
    .map((row) => row.id);
}
