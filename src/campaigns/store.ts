// Campaigns in the database. A change of status is a compare-and-set: it says from which statuses it may come.

import { and, count, desc, eq, inArray, lt } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import { campaigns } from "../database/tables.ts";
import type { RetryPolicy } from "../leads/retry.ts";
import type { CampaignStatus } from "./lifecycle.ts";
import type { Schedule } from "./window.ts";

export type CampaignRow = typeof campaigns.$inferSelect;

/** In any status; the service's `getCampaign` throws where it must exist. */
export function findCampaign(db: Db, id: string): CampaignRow | undefined {
  return db.orm.select().from(campaigns).where(eq(campaigns.id, id)).get();
}

/** As it was checked when the campaign was written. */
export function scheduleOf(row: Pick<CampaignRow, "schedule">): Schedule {
  return JSON.parse(row.schedule) as Schedule;
}

/** As it was checked when the campaign was written. */
export function retryPolicyOf(row: Pick<CampaignRow, "retryPolicy">): RetryPolicy {
  return JSON.parse(row.retryPolicy) as RetryPolicy;
}

/** Newest first. */
export function listCampaigns(db: Db, status: CampaignStatus | undefined, page: Page): CampaignRow[] {
  const conditions = and(withStatus(status), page.after === undefined ? undefined : lt(campaigns.id, page.after));
  return db.orm.select().from(campaigns).where(conditions).orderBy(desc(campaigns.id)).limit(page.limit).offset(skipped(page)).all();
}

/** By counting: campaigns are few, unlike leads. */
export function countCampaigns(db: Db, status: CampaignStatus | undefined): number {
  return db.orm.select({ total: count() }).from(campaigns).where(withStatus(status)).get()?.total ?? 0;
}

function withStatus(status: CampaignStatus | undefined) {
  return status === undefined ? undefined : eq(campaigns.status, status);
}

/** The caller has checked what it names. */
export function insertCampaign(db: Db, row: CampaignRow): void {
  db.orm.insert(campaigns).values(row).run();
}

/** Changes columns while the status is one of `from`; undefined when it is not, or when there is no such campaign. */
export function updateCampaign(db: Db, id: string, from: readonly CampaignStatus[], change: Partial<CampaignRow>): CampaignRow | undefined {
  return db.orm
    .update(campaigns)
    .set(change)
    .where(and(eq(campaigns.id, id), inArray(campaigns.status, [...from])))
    .returning()
    .get();
}

/** False when the status is none of `from`. Counters and uploads go with it; its leads are removed after it, its calls stay. */
export function deleteCampaign(db: Db, id: string, from: readonly CampaignStatus[]): boolean {
  const gone = db.orm
    .delete(campaigns)
    .where(and(eq(campaigns.id, id), inArray(campaigns.status, [...from])))
    .returning({ id: campaigns.id })
    .get();
  return gone !== undefined;
}

/** What a campaign names, as far as it exists. */
export interface References {
  /** The agent's current version. */
  currentVersion: number | null;
  /** The version asked for. */
  version: number | null;
  /** The trunk of the phone number. */
  trunkId: string | null;
}

/** Looks up agent, version and number in one go; `version` null asks for no particular one. */
export function findReferences(db: Db, agentId: string, version: number | null, phoneNumberId: string): References {
  const sql = `SELECT (SELECT current_version FROM agents WHERE id = ?1) AS currentVersion,
    (SELECT version FROM agent_versions WHERE agent_id = ?1 AND version = ?2) AS version,
    (SELECT trunk_id FROM phone_numbers WHERE id = ?3) AS trunkId`;
  return (
    db.sqlite.query<References, [string, number | null, string]>(sql).get(agentId, version, phoneNumberId) ?? {
      currentVersion: null,
      version: null,
      trunkId: null,
    }
  );
}

/** The trunk of each of these numbers, in their order; undefined for an id that is no phone number's. */
export function findTrunksOf(db: Db, ids: readonly string[]): (string | undefined)[] {
  const find = db.sqlite.query<{ trunkId: string }, [string]>("SELECT trunk_id AS trunkId FROM phone_numbers WHERE id = ?1");
  return ids.map((id) => find.get(id)?.trunkId);
}
