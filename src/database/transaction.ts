// Write transactions: one at a time, begun IMMEDIATE, nested by joining the one that is open.

import type { Db } from "./open.ts";

/** COMMIT itself failed: what was written may or may not be on disk. Nothing may be done on its strength. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super(`the commit failed and its result is unknown: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "CommitUnknown";
  }
}

/** SQLite gave the whole transaction up in the middle (a full disk does that): nothing of it was written. */
export class TransactionLost extends Error {
  constructor(cause: unknown) {
    super(`the transaction was given up: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "TransactionLost";
  }
}

/**
 * Runs `work` in a transaction and commits it; an error from `work` rolls everything back and is thrown again.
 * Inside another `transact` it joins that one. `work` must not await.
 * A failed COMMIT throws CommitUnknown; the next `transact` opens the file again before it does anything.
 */
export function transact<T>(db: Db, work: () => T): T {
  if (db.suspect) db.reopen();
  const { sqlite } = db;
  if (sqlite.inTransaction) return work();
  sqlite.query("BEGIN IMMEDIATE").run();
  let result: T;
  try {
    result = work();
  } catch (error) {
    if (sqlite.inTransaction) sqlite.query("ROLLBACK").run();
    throw error;
  }
  if (!sqlite.inTransaction) throw new TransactionLost("it ended before its commit");
  try {
    sqlite.query("COMMIT").run();
  } catch (error) {
    db.suspect = true;
    throw new CommitUnknown(error);
  }
  return result;
}

/**
 * Runs `work` so that an error from it undoes only what it wrote; the transaction around it goes on.
 * Throws TransactionLost when there is nothing left to go on with.
 */
export function savepoint<T>(db: Db, work: () => T): T {
  const { sqlite } = db;
  sqlite.query("SAVEPOINT step").run();
  try {
    const result = work();
    sqlite.query("RELEASE step").run();
    return result;
  } catch (error) {
    if (!sqlite.inTransaction) throw new TransactionLost(error);
    sqlite.query("ROLLBACK TO step").run();
    sqlite.query("RELEASE step").run();
    throw error;
  }
}

/** `'a', 'b'` for an SQL IN (…); for the program's own words only. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "''")}'`).join(", ");
}
