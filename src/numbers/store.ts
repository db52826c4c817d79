// Phone numbers in the database.

import { count, desc, eq, lt, or, sql } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import { campaigns, phoneNumbers } from "../database/tables.ts";
import type { PhoneNumberRow } from "./model.ts";

/** By its id. */
export function findNumber(db: Db, id: string): PhoneNumberRow | undefined {
  return db.orm.select().from(phoneNumbers).where(eq(phoneNumbers.id, id)).get();
}

/** By its E.164 form, of which there is one row at most. */
export function findNumberByText(db: Db, phoneNumber: string): PhoneNumberRow | undefined {
  return db.orm.select().from(phoneNumbers).where(eq(phoneNumbers.phoneNumber, phoneNumber)).get();
}

/** Newest first. */
export function listNumbers(db: Db, page: Page): PhoneNumberRow[] {
  const rows = db.orm
    .select()
    .from(phoneNumbers)
    .where(page.after === undefined ? undefined : lt(phoneNumbers.id, page.after));
  return rows.orderBy(desc(phoneNumbers.id)).limit(page.limit).offset(skipped(page)).all();
}

/** Counted row by row: there are few. */
export function countNumbers(db: Db): number {
  return db.orm.select({ total: count() }).from(phoneNumbers).get()?.total ?? 0;
}

/** Throws when the number is here already. */
export function insertNumber(db: Db, row: PhoneNumberRow): void {
  db.orm.insert(phoneNumbers).values(row).run();
}

/** Every column but the id; throws when the number is here already. */
export function updateNumber(db: Db, { id, ...columns }: PhoneNumberRow): void {
  db.orm.update(phoneNumbers).set(columns).where(eq(phoneNumbers.id, id)).run();
}

/** Throws while a campaign names it. */
export function deleteNumber(db: Db, id: string): void {
  db.orm.delete(phoneNumbers).where(eq(phoneNumbers.id, id)).run();
}

/** The campaigns, in any status, that call from the number. */
export function campaignsOfNumber(db: Db, id: string): { id: string; name: string }[] {
  const isInPool = sql`EXISTS (SELECT 1 FROM json_each(${campaigns.phoneNumberIds}) WHERE value = ${id})`;
  return db.orm
    .select({ id: campaigns.id, name: campaigns.name })
    .from(campaigns)
    .where(or(eq(campaigns.phoneNumberId, id), isInPool))
    .orderBy(campaigns.id)
    .all();
}
