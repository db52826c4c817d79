// Calls in the database, as they are read and as a late report changes them. Placing and settling are dialing's.

import { getTableColumns } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import { calls } from "../database/tables.ts";
import { quoted } from "../database/transaction.ts";
import { type EpochMs, MINUTE } from "../runtime/clock.ts";
import { firstIdAt } from "../runtime/ids.ts";
import { type CallEnding, CallStatus, openCallStatuses } from "./call.ts";
import type { Disposition } from "./disposition.ts";

/** `recordingMs` is null where there is no recording. */
export type CallRow = typeof calls.$inferSelect & { recordingMs: number | null };

/** All that are given are required. `from` (inclusive) and `to` (exclusive) bound the instant of placing. */
export interface CallFilter {
  campaignId?: string;
  leadId?: string;
  /** Of the person called, E.164. */
  phoneNumber?: string;
  status?: CallStatus;
  ending?: CallEnding;
  from?: EpochMs;
  to?: EpochMs;
}

/** A total that no counter knows is counted up to here. */
export const MOST_COUNTED = 10_000;

const RECORDING = '(SELECT duration_ms FROM recordings WHERE call_id = calls.id) AS "recordingMs"';
const COLUMNS = [...Object.entries(getTableColumns(calls)).map(([name, column]) => `${column.name} AS "${name}"`), RECORDING].join(", ");

/** By its id. */
export function findCall(db: Db, id: string): CallRow | undefined {
  const [row] = readCalls(db, "WHERE id = ?1", [id]);
  return row;
}

/** Newest first. */
export function listCalls(db: Db, filter: CallFilter, page: Page): CallRow[] {
  const { source, condition, values } = conditionsOf(filter, page.after);
  return readCalls(db, `${source} WHERE ${condition} ORDER BY id DESC LIMIT ?${values.length + 1} OFFSET ?${values.length + 2}`, [
    ...values,
    page.limit,
    skipped(page),
  ]);
}

/**
 * Exact and from counters when only campaign, status and ending are asked for. Otherwise the rows are counted, through an
 * index, up to MOST_COUNTED: a total of 10,000 then means that many or more.
 */
export function countCalls(db: Db, filter: CallFilter): number {
  const { leadId, phoneNumber, from, to } = filter;
  if (leadId === undefined && phoneNumber === undefined && from === undefined && to === undefined)
    return countOver(db, filter) + countOpen(db, filter);
  const { source, condition, values } = conditionsOf(filter, undefined);
  return readTotal(db, `SELECT count(*) AS total FROM (SELECT 1 FROM calls ${source} WHERE ${condition} LIMIT ${MOST_COUNTED})`, values);
}

function countOver(db: Db, { campaignId, status, ending }: CallFilter): number {
  const sql =
    "SELECT coalesce(sum(count), 0) AS total FROM call_counts WHERE campaign_id = coalesce(?1, campaign_id) AND status = coalesce(?2, status) AND ending = coalesce(?3, ending)";
  return readTotal(db, sql, [campaignId ?? null, status ?? null, ending ?? null]);
}

/** Calls in progress, of which there are as few as the caps allow; none of them has an ending. */
function countOpen(db: Db, { campaignId, status, ending }: CallFilter): number {
  if (ending !== undefined) return 0;
  const sql = `SELECT count(*) AS total FROM calls INDEXED BY calls_open WHERE status IN (${quoted(openCallStatuses)}) AND (?1 IS NULL OR campaign_id = ?1) AND (?2 IS NULL OR status = ?2)`;
  return readTotal(db, sql, [campaignId ?? null, status ?? null]);
}

/** The outcome of a call that is over: why there was none is past. */
export function updateOutcome(db: Db, id: string, outcome: string, disposition: Disposition | undefined): void {
  db.sqlite
    .query<null, [string, string, string | null]>("UPDATE calls SET outcome = ?2, disposition = ?3, analysis_failed = NULL WHERE id = ?1")
    .run(id, outcome, disposition ?? null);
}

type Values = (string | number | null)[];

function readCalls(db: Db, rest: string, values: Values): CallRow[] {
  return db.sqlite.query<CallRow, Values>(`SELECT ${COLUMNS} FROM calls ${rest}`).all(...values);
}

function readTotal(db: Db, sql: string, values: Values): number {
  return db.sqlite.query<{ total: number }, Values>(sql).get(...values)?.total ?? 0;
}

/** How far a clock may be set back before calls placed meanwhile are missed by `to`: their identifiers stay at the former time. */
const CLOCK_SLACK_MS = 10 * MINUTE;

/**
 * The index is named: without statistics the planner would take one that needs no sorting and walk past a million rows.
 * Identifiers sort by the time at which they were made, so that instants bound them, and every index that ends in the
 * identifier is one by time as well.
 */
function conditionsOf(filter: CallFilter, after: string | undefined): { source: string; condition: string; values: Values } {
  const { campaignId, leadId, phoneNumber, status, ending, from, to } = filter;
  const values: Values = [];
  const placed = (value: string | number) => `?${values.push(value)}`;
  const conditions = [
    campaignId === undefined ? undefined : `campaign_id = ${placed(campaignId)}`,
    leadId === undefined ? undefined : `lead_id = ${placed(leadId)}`,
    phoneNumber === undefined ? undefined : `to_number = ${placed(phoneNumber)}`,
    status === undefined ? undefined : statusCondition(status),
    ending === undefined ? undefined : `ending = ${placed(ending)}`,
    from === undefined ? undefined : `placed_at >= ${placed(from)} AND id >= ${placed(firstIdAt("call", from))}`,
    to === undefined ? undefined : `placed_at < ${placed(to)} AND id < ${placed(firstIdAt("call", to + CLOCK_SLACK_MS))}`,
    after === undefined ? undefined : `id < ${placed(after)}`,
  ];
  const index = indexFor(filter);
  return {
    source: index === undefined ? "" : `INDEXED BY ${index}`,
    condition: conditions.filter((each) => each !== undefined).join(" AND ") || "true",
    values,
  };
}

/** In the words of the partial indexes, which the planner compares as they are written. */
function statusCondition(status: CallStatus): string {
  const own = `status = ${quoted([status])}`;
  return openCallStatuses.includes(status) ? `status IN (${quoted(openCallStatuses)}) AND ${own}` : own;
}

/** The one that leaves the fewest rows; undefined for that of the identifiers. One number's calls are few enough to be sorted. */
function indexFor({ campaignId, leadId, phoneNumber, status, ending }: CallFilter): string | undefined {
  if (leadId !== undefined) return "calls_lead";
  if (phoneNumber !== undefined) return "calls_number";
  if (status !== undefined && openCallStatuses.includes(status)) return "calls_open";
  if (status === CallStatus.unknown) return "calls_unknown";
  if (ending !== undefined) return campaignId === undefined ? "calls_ending" : "calls_campaign_ending";
  return campaignId === undefined ? undefined : "calls_campaign";
}
