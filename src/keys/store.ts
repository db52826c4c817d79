// API keys in the database: their hashes, never the keys.

import { and, count, desc, eq, gt, isNull, lt, ne, or } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import { keys } from "../database/tables.ts";
import type { EpochMs } from "../runtime/clock.ts";

export type KeyRow = typeof keys.$inferSelect;

/** Fails when the hash is there already. */
export function insertKey(db: Db, row: KeyRow): void {
  db.orm.insert(keys).values(row).run();
}

/** Revoked and expired ones too. */
export function findKey(db: Db, id: string): KeyRow | undefined {
  return db.orm.select().from(keys).where(eq(keys.id, id)).get();
}

/** On the path of every request. */
export function findKeyByHash(db: Db, hash: string): KeyRow | undefined {
  const sql = `SELECT id, name, role, hint, hash, created_at AS createdAt, last_used_at AS lastUsedAt, expires_at AS expiresAt, revoked_at AS revokedAt
    FROM keys WHERE hash = ?1`;
  return db.sqlite.query<KeyRow, [string]>(sql).get(hash) ?? undefined;
}

/** Newest first, revoked ones included. */
export function listKeys(db: Db, page: Page): KeyRow[] {
  const rows = db.orm
    .select()
    .from(keys)
    .where(page.after === undefined ? undefined : lt(keys.id, page.after));
  return rows.orderBy(desc(keys.id)).limit(page.limit).offset(skipped(page)).all();
}

/** Revoked and expired ones too, as they are listed. */
export function countKeys(db: Db): number {
  return db.orm.select({ total: count() }).from(keys).get()?.total ?? 0;
}

/** The admin keys that are accepted at `now`, but for the one called `exceptId`. */
export function countLiveAdmins(db: Db, now: EpochMs, exceptId?: string): number {
  const live = and(eq(keys.role, "admin"), isNull(keys.revokedAt), or(isNull(keys.expiresAt), gt(keys.expiresAt, now)));
  const others = exceptId === undefined ? live : and(live, ne(keys.id, exceptId));
  return db.orm.select({ total: count() }).from(keys).where(others).get()?.total ?? 0;
}

/** A key that was revoked before keeps that instant. */
export function revokeKey(db: Db, id: string, now: EpochMs): void {
  db.orm
    .update(keys)
    .set({ revokedAt: now })
    .where(and(eq(keys.id, id), isNull(keys.revokedAt)))
    .run();
}

/** Revokes every live key of that name whose hash is another. */
export function revokeOthersNamed(db: Db, name: string, hash: string, now: EpochMs): void {
  db.orm
    .update(keys)
    .set({ revokedAt: now })
    .where(and(eq(keys.name, name), ne(keys.hash, hash), isNull(keys.revokedAt)))
    .run();
}

/** Makes a key that exists an admin key of that name that neither expires nor is revoked. */
export function restoreAsAdmin(db: Db, id: string, name: string): void {
  db.orm.update(keys).set({ name, role: "admin", revokedAt: null, expiresAt: null }).where(eq(keys.id, id)).run();
}

/** Notes a use; `now` replaces what was noted before. */
export function touchKey(db: Db, id: string, now: EpochMs): void {
  db.sqlite.query<null, [string, number]>("UPDATE keys SET last_used_at = ?2 WHERE id = ?1").run(id, now);
}
