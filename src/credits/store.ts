// The account, its ledger and the price list in the database. An entry and the balance are one statement: triggers of the
// migration move the balance with each entry, and refuse to change or remove one.

import { and, asc, desc, eq, lt } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import { creditCounts, creditLedger, creditRates } from "../database/tables.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { EntryKind, freeRate, prefixesOf, type Rate } from "./ledger.ts";

/** Without a limit nothing is set aside or charged, and the balance says nothing. */
export interface Account {
  isLimited: boolean;
  /** What may still be spent. */
  balance: number;
  /** Set aside for calls in progress; not part of the balance. */
  reserved: number;
}

/** As the transaction that is open sees it. On the path of every call. */
export function readAccount(db: Db): Account {
  const row = db.sqlite
    .query<{ isLimited: 0 | 1; balance: number; reserved: number }, []>(
      "SELECT is_limited AS isLimited, balance, reserved FROM credit_account",
    )
    .get();
  if (row === null) throw new Error("the credit account is gone");
  return { ...row, isLimited: row.isLimited === 1 };
}

/** False: calls cost what they cost and nothing stops them; the ledger stays as it is. */
export function setLimited(db: Db, isLimited: boolean): void {
  db.sqlite.query<null, [number]>("UPDATE credit_account SET is_limited = ?1").run(isLimited ? 1 : 0);
}

export type EntryRow = typeof creditLedger.$inferSelect;

/** What happens to the balance; `amount` is signed. */
export interface NewEntry {
  kind: EntryKind;
  amount: number;
  callId?: string;
  campaignId?: string | null;
  note?: string | null;
}

const ADD = `
  INSERT INTO credit_ledger (kind, amount, balance, call_id, campaign_id, note, created_at)
  SELECT ?1, ?2, balance + ?2, ?3, ?4, ?5, ?6 FROM credit_account
  RETURNING sequence, kind, amount, balance, call_id AS callId, campaign_id AS campaignId, note, created_at AS createdAt`;

/** Throws when a call would be reserved, released or charged a second time. */
export function addEntry(db: Db, { kind, amount, callId, campaignId, note }: NewEntry, now: EpochMs): EntryRow {
  const row = db.sqlite
    .query<EntryRow, [string, number, string | null, string | null, string | null, EpochMs]>(ADD)
    .get(kind, amount, callId ?? null, campaignId ?? null, note ?? null, now);
  if (row === null) throw new Error("the credit account is gone");
  return row;
}

/** What could be spent right after credit was last brought in or set; undefined when it never was. */
export function lastBudget(db: Db): number | undefined {
  const last = db.sqlite.query<{ sequence: number; balance: number }, [string]>(
    "SELECT sequence, balance FROM credit_ledger WHERE kind = ?1 ORDER BY sequence DESC LIMIT 1",
  );
  const [topUp, adjustment] = [last.get(EntryKind.topUp), last.get(EntryKind.adjustment)];
  const later = (topUp?.sequence ?? 0) > (adjustment?.sequence ?? 0) ? topUp : adjustment;
  return later?.balance;
}

/** All that are given must fit. */
export interface EntryFilter {
  kind?: EntryKind;
  campaignId?: string;
  callId?: string;
}

/** `crd_` and the place in the ledger; the ids of a list's cursors have this form. */
export function entryId({ sequence }: Pick<EntryRow, "sequence">): string {
  return `crd_${String(sequence).padStart(26, "0")}`;
}

/** Newest first. */
export function listEntries(db: Db, { kind, campaignId, callId }: EntryFilter, page: Page): EntryRow[] {
  const conditions = [
    kind === undefined ? undefined : eq(creditLedger.kind, kind),
    campaignId === undefined ? undefined : eq(creditLedger.campaignId, campaignId),
    callId === undefined ? undefined : eq(creditLedger.callId, callId),
    page.after === undefined ? undefined : lt(creditLedger.sequence, Number(page.after.slice("crd_".length))),
  ];
  const rows = db.orm
    .select()
    .from(creditLedger)
    .where(and(...conditions));
  return rows.orderBy(desc(creditLedger.sequence)).limit(page.limit).offset(skipped(page)).all();
}

/** Never counts many rows: a call has three at most, and the counts of the rest are kept. */
export function countEntries(db: Db, filter: EntryFilter): number {
  if (filter.callId !== undefined) return listEntries(db, filter, { limit: 3, offset: 0, after: undefined }).length;
  const conditions = [
    filter.kind === undefined ? undefined : eq(creditCounts.kind, filter.kind),
    filter.campaignId === undefined ? undefined : eq(creditCounts.campaignId, filter.campaignId),
  ];
  const rows = db.orm
    .select({ count: creditCounts.count })
    .from(creditCounts)
    .where(and(...conditions))
    .all();
  return rows.reduce((total, row) => total + row.count, 0);
}

/** All that calls were ever charged. */
export function readSpent(db: Db): number {
  const rows = db.orm.select({ amount: creditCounts.amount }).from(creditCounts).where(eq(creditCounts.kind, EntryKind.charge)).all();
  return rows.reduce((total, row) => total - row.amount, 0);
}

/** A line of the price list; `prefix` is digits, empty for every other number. */
export type RateRow = typeof creditRates.$inferSelect;

const FIND_RATE = `
  SELECT price_per_minute AS pricePerMinute, connection_fee AS connectionFee, first_seconds AS firstSeconds, next_seconds AS nextSeconds
    FROM credit_rates WHERE prefix IN (SELECT value FROM json_each(?1)) ORDER BY length(prefix) DESC LIMIT 1`;

/** The rate of the longest prefix that fits; free without a price list. On the path of every call. */
export function findRate(db: Db, phoneNumber: string): Rate {
  return db.sqlite.query<Rate, [string]>(FIND_RATE).get(JSON.stringify(prefixesOf(phoneNumber))) ?? freeRate;
}

/** In the order of the prefixes. */
export function listRates(db: Db): RateRow[] {
  return db.orm.select().from(creditRates).orderBy(asc(creditRates.prefix)).all();
}

/** The whole list, in a transaction; calls in progress keep the prices that they were placed at. */
export function replaceRates(db: Db, rates: readonly RateRow[]): void {
  db.orm.delete(creditRates).run();
  const insert = db.sqlite.query<null, [string, number, number, number, number]>(
    "INSERT INTO credit_rates (prefix, price_per_minute, connection_fee, first_seconds, next_seconds) VALUES (?1, ?2, ?3, ?4, ?5)",
  );
  for (const rate of rates) insert.run(rate.prefix, rate.pricePerMinute, rate.connectionFee, rate.firstSeconds, rate.nextSeconds);
}
