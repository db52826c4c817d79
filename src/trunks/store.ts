// Trunks in the database.

import { count, desc, eq, lt } from "drizzle-orm";
import type { DialTrunk } from "../calls/dialer.ts";
import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import { phoneNumbers, trunks } from "../database/tables.ts";
import type { TrunkRow } from "./model.ts";
import { chainFrom } from "./stand-ins.ts";

/** By its id. */
export function findTrunk(db: Db, id: string): TrunkRow | undefined {
  return db.orm.select().from(trunks).where(eq(trunks.id, id)).get();
}

/** Newest first; all of them without a page, of which there are few. */
export function listTrunks(db: Db, page?: Page): TrunkRow[] {
  const rows = db.orm
    .select()
    .from(trunks)
    .where(page?.after === undefined ? undefined : lt(trunks.id, page.after))
    .orderBy(desc(trunks.id));
  return page === undefined ? rows.all() : rows.limit(page.limit).offset(skipped(page)).all();
}

/** Counted row by row: there are few. */
export function countTrunks(db: Db): number {
  return db.orm.select({ total: count() }).from(trunks).get()?.total ?? 0;
}

/** The options were accepted before. */
export function insertTrunk(db: Db, row: TrunkRow): void {
  db.orm.insert(trunks).values(row).run();
}

/** Every column but the id. */
export function updateTrunk(db: Db, { id, ...columns }: TrunkRow): void {
  db.orm.update(trunks).set(columns).where(eq(trunks.id, id)).run();
}

/** Throws while a phone number names it. */
export function deleteTrunk(db: Db, id: string): void {
  db.orm.delete(trunks).where(eq(trunks.id, id)).run();
}

/** The phone numbers whose calls leave through the trunk. */
export function numbersOfTrunk(db: Db, trunkId: string): { id: string; phoneNumber: string }[] {
  return db.orm
    .select({ id: phoneNumbers.id, phoneNumber: phoneNumbers.phoneNumber })
    .from(phoneNumbers)
    .where(eq(phoneNumbers.trunkId, trunkId))
    .orderBy(phoneNumbers.id)
    .all();
}

/** The trunks whose calls this one takes while they have a fault. */
export function trunksFallingBackOn(db: Db, trunkId: string): { id: string; name: string }[] {
  return db.orm
    .select({ id: trunks.id, name: trunks.name })
    .from(trunks)
    .where(eq(trunks.fallbackTrunkId, trunkId))
    .orderBy(trunks.id)
    .all();
}

/** Those that take the trunk's calls while it has a fault, in this order. */
export function standInsOf(db: Db, trunkId: string): TrunkRow[] {
  return chainFrom(trunkId, (id) => findTrunk(db, id)).slice(1);
}

/** The trunk as its adapter sees it, password included. */
export function dialTrunkOf({ id, driver, options }: TrunkRow): DialTrunk {
  return { id, driver, options: JSON.parse(options) as Record<string, unknown> };
}
