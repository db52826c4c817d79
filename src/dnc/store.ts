// The do-not-call list in the database: one row a number, up to millions of them.

import { and, asc, eq, gt } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import { dnc, dncCounts } from "../database/tables.ts";
import type { DncRow } from "./model.ts";

/** Both at once are both required. */
export interface DncFilter {
  phoneNumber?: string;
  source?: DncRow["source"];
}

/** `number` is in E.164 form. On the path of every call. */
export function isOnDnc(db: Db, number: string): boolean {
  return db.sqlite.query<{ found: number }, [string]>("SELECT 1 AS found FROM dnc WHERE phone_number = ?1").get(number) !== null;
}

/** `number` is in E.164 form. */
export function findDncByNumber(db: Db, number: string): DncRow | undefined {
  return db.orm.select().from(dnc).where(eq(dnc.phoneNumber, number)).get();
}

/** In the order of their ids, which is that of their insertion. */
export function listDnc(db: Db, filter: DncFilter, page: Page): DncRow[] {
  const conditions = [
    filter.phoneNumber === undefined ? undefined : eq(dnc.phoneNumber, filter.phoneNumber),
    filter.source === undefined ? undefined : eq(dnc.source, filter.source),
    page.after === undefined ? undefined : gt(dnc.id, page.after),
  ];
  const rows = db.orm
    .select()
    .from(dnc)
    .where(and(...conditions));
  return rows.orderBy(asc(dnc.id)).limit(page.limit).offset(skipped(page)).all();
}

/** Never counts the rows: a number has one at most, and the counts of the sources are kept. */
export function countDnc(db: Db, { phoneNumber, source }: DncFilter): number {
  if (phoneNumber !== undefined) {
    const row = findDncByNumber(db, phoneNumber);
    return row !== undefined && (source === undefined || row.source === source) ? 1 : 0;
  }
  const counts = db.orm
    .select()
    .from(dncCounts)
    .where(source === undefined ? undefined : eq(dncCounts.source, source))
    .all();
  return counts.reduce((total, row) => total + row.count, 0);
}

/** False when the number has an entry already, which stands as it is. */
export function insertDnc(db: Db, { id, phoneNumber, reason, source, createdAt, callId, evidence }: DncRow): boolean {
  const { changes } = db.sqlite
    .query<null, [string, string, string | null, string, number, string | null, string | null]>(
      "INSERT INTO dnc (id, phone_number, reason, source, created_at, call_id, evidence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (phone_number) DO NOTHING",
    )
    .run(id, phoneNumber, reason, source, createdAt, callId, evidence);
  return changes > 0;
}

/** The evidence of a call goes to the entry that stands, unless an earlier call's is there. */
export function keepEvidence(db: Db, phoneNumber: string, { callId, evidence }: Pick<DncRow, "callId" | "evidence">): void {
  db.sqlite
    .query<null, [string, string | null, string | null]>(
      "UPDATE dnc SET call_id = ?2, evidence = ?3 WHERE phone_number = ?1 AND call_id IS NULL",
    )
    .run(phoneNumber, callId, evidence);
}

/** Whether the number is listed because its person asked for it in a call. */
export function hasOptedOut(db: Db, number: string): boolean {
  return (
    db.sqlite
      .query<{ found: number }, [string]>("SELECT 1 AS found FROM dnc WHERE phone_number = ?1 AND call_id IS NOT NULL")
      .get(number) !== null
  );
}

/** False when the number has no entry. */
export function deleteDncByNumber(db: Db, number: string): boolean {
  return db.orm.delete(dnc).where(eq(dnc.phoneNumber, number)).returning({ id: dnc.id }).get() !== undefined;
}

/** False when there is no such entry. */
export function deleteDnc(db: Db, id: string): boolean {
  return db.orm.delete(dnc).where(eq(dnc.id, id)).returning({ id: dnc.id }).get() !== undefined;
}
