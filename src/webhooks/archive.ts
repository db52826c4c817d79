// The deliveries as people see them: looking through them, sending some again, forgetting the old. Used by routes.ts and
// retention.ts; the queue itself is store.ts.

import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import type { deliveries } from "../database/tables.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { DeliveryStatus } from "./delivery-status.ts";
import type { WebhookEventName } from "./events/event.ts";

const { pending, delivered } = DeliveryStatus;

export type DeliveryRow = typeof deliveries.$inferSelect;
/** Without what was sent. */
export type DeliveryLine = Omit<DeliveryRow, "body">;

/** All that are given are required. `from` (inclusive) and `to` (exclusive) bound the instant at which it was written. */
export interface DeliveryFilter {
  status?: DeliveryStatus;
  event?: WebhookEventName;
  campaignId?: string;
  leadId?: string;
  from?: EpochMs;
  to?: EpochMs;
}

/** Deliveries that one look goes through at most, whether they are what is looked for or not. */
export const MOST_LOOKED_AT = 10_000;

const LINE = `id, sequence, event, campaign_id AS campaignId, lead_id AS leadId, url, host, status, attempts, next_attempt_at AS nextAttemptAt,
  created_at AS createdAt, delivered_at AS deliveredAt, response_status AS responseStatus, last_error AS lastError`;

type Values = (string | number)[];

/** `goesOnAfter` is where a look stopped that went through MOST_LOOKED_AT without filling its page. */
export interface DeliveryList {
  lines: DeliveryLine[];
  goesOnAfter: string | undefined;
}

/** Newest first. */
export function listDeliveries(db: Db, filter: DeliveryFilter, page: Page): DeliveryList {
  const values: Values = [];
  const source = lookedAt(filter, page.after, values);
  const sql = `SELECT ${LINE} FROM (SELECT * FROM ${source} ORDER BY id DESC LIMIT ${MOST_LOOKED_AT}) WHERE ${conditionOf(filter, values)} ORDER BY id DESC LIMIT ${placed(values, page.limit)} OFFSET ${placed(values, skipped(page))}`;
  const lines = db.sqlite.query<DeliveryLine, Values>(sql).all(...values);
  return { lines, goesOnAfter: lines.length < page.limit ? lastLookedAt(db, filter, page.after) : undefined };
}

function lastLookedAt(db: Db, filter: DeliveryFilter, after: string | undefined): string | undefined {
  const values: Values = [];
  const source = lookedAt(filter, after, values);
  return db.sqlite
    .query<{ id: string }, Values>(`SELECT id FROM ${source} ORDER BY id DESC LIMIT 1 OFFSET ${MOST_LOOKED_AT - 1}`)
    .get(...values)?.id;
}

/** Counted through an index, among the newest MOST_LOOKED_AT of it: a total as high as that means so many or more. */
export function countDeliveries(db: Db, filter: DeliveryFilter): number {
  const values: Values = [];
  const source = lookedAt(filter, undefined, values);
  const sql = `SELECT count(*) AS total FROM (SELECT * FROM ${source} ORDER BY id DESC LIMIT ${MOST_LOOKED_AT}) WHERE ${conditionOf(filter, values)}`;
  return db.sqlite.query<{ total: number }, Values>(sql).get(...values)?.total ?? 0;
}

/** With its body. */
export function findDelivery(db: Db, id: string): DeliveryRow | undefined {
  return db.sqlite.query<DeliveryRow, [string]>(`SELECT ${LINE}, body FROM deliveries WHERE id = ?1`).get(id) ?? undefined;
}

const AGAIN = `
  UPDATE deliveries SET status = '${pending}', attempts = 0, next_attempt_at = ?2, delivered_at = NULL
   WHERE id = ?1 AND status <> '${pending}'`;

/** Due now, under its own id, with all its tries before it; false when it waits already, or is none. */
export function sendAgain(db: Db, id: string, now: EpochMs): boolean {
  return db.sqlite.query<null, [string, EpochMs]>(AGAIN).run(id, now).changes > 0;
}

/** A slice of what `filter` says, oldest first: those that fit among the next `limit` after `after`, and where it ended. */
export function sliceOf(
  db: Db,
  filter: DeliveryFilter & { status: DeliveryStatus },
  after: string,
  limit: number,
): { ids: string[]; last: string | undefined } {
  const values: Values = [filter.status, after];
  const sql = `SELECT id, ${conditionOf(filter, values)} AS fits FROM deliveries INDEXED BY deliveries_status WHERE status = ?1 AND id > ?2 ORDER BY id LIMIT ${placed(values, limit)}`;
  const rows = db.sqlite.query<{ id: string; fits: number }, Values>(sql).all(...values);
  return { ids: rows.filter((row) => row.fits === 1).map((row) => row.id), last: rows.at(-1)?.id };
}

/** The newest there is; undefined when there is none. */
export function newestDelivery(db: Db): string | undefined {
  return db.sqlite.query<{ id: string }, []>("SELECT id FROM deliveries ORDER BY id DESC LIMIT 1").get()?.id;
}

const OLDEST_DELIVERED = `
  SELECT id, created_at AS createdAt, delivered_at AS deliveredAt FROM deliveries INDEXED BY deliveries_status
   WHERE status = '${delivered}' AND id > ?1 ORDER BY id LIMIT ?2`;

/**
 * Deletes, among the next `limit` delivered ones after `after`, those that arrived before `before`; gives where to go on,
 * undefined when there is nothing so old any more. One that was sent again lately stays, and so do dead ones.
 */
export function forgetDelivered(db: Db, before: EpochMs, after: string, limit: number): string | undefined {
  const rows = db.sqlite
    .query<{ id: string; createdAt: EpochMs; deliveredAt: EpochMs | null }, [string, number]>(OLDEST_DELIVERED)
    .all(after, limit);
  for (const { id, deliveredAt } of rows) {
    if (deliveredAt !== null && deliveredAt < before) db.sqlite.query<null, [string]>("DELETE FROM deliveries WHERE id = ?1").run(id);
  }
  const last = rows.at(-1);
  return rows.length < limit || last === undefined || last.createdAt >= before ? undefined : last.id;
}

/** The rows behind the index that leaves the fewest; the other conditions are asked of these alone. */
function lookedAt(filter: DeliveryFilter, after: string | undefined, values: Values): string {
  const chosen = chosenIndex(filter);
  const conditions = [
    chosen === undefined ? undefined : `${chosen.column} = ${placed(values, chosen.value)}`,
    after === undefined ? undefined : `id < ${placed(values, after)}`,
  ].filter((condition) => condition !== undefined);
  return `deliveries ${chosen === undefined ? "" : `INDEXED BY ${chosen.index}`} WHERE ${conditions.join(" AND ") || "true"}`;
}

function chosenIndex({ leadId, status, campaignId, event }: DeliveryFilter): { index: string; column: string; value: string } | undefined {
  if (leadId !== undefined) return { index: "deliveries_lead", column: "lead_id", value: leadId };
  // Those that wait or died are few; nearly all have arrived.
  if (status !== undefined && status !== delivered) return { index: "deliveries_status", column: "status", value: status };
  if (campaignId !== undefined) return { index: "deliveries_campaign", column: "campaign_id", value: campaignId };
  if (event !== undefined) return { index: "deliveries_event", column: "event", value: event };
  return status === undefined ? undefined : { index: "deliveries_status", column: "status", value: status };
}

function conditionOf({ status, event, campaignId, leadId, from, to }: DeliveryFilter, values: Values): string {
  const conditions = [
    status === undefined ? undefined : `status = ${placed(values, status)}`,
    event === undefined ? undefined : `event = ${placed(values, event)}`,
    campaignId === undefined ? undefined : `campaign_id = ${placed(values, campaignId)}`,
    leadId === undefined ? undefined : `lead_id = ${placed(values, leadId)}`,
    from === undefined ? undefined : `created_at >= ${placed(values, from)}`,
    to === undefined ? undefined : `created_at < ${placed(values, to)}`,
  ];
  return conditions.filter((condition) => condition !== undefined).join(" AND ") || "true";
}

/** The parameter that `value` gets. */
function placed(values: Values, value: string | number): string {
  return `?${values.push(value)}`;
}
