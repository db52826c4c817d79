// Write transactions: one at a time, begun IMMEDIATE, nested by joining the one that is open.

import type { Db } from "./open.ts";

/** COMMIT itself failed: what was written may or may not be on disk. Nothing may be done on its strength. */
export class CommitUnknown extends Error {
  constructor(cause: unknown) {
    super(`the commit failed and its result is unknown: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "CommitUnknown";
  }
}

/**
 * Runs `work` in a transaction and commits it; an error from `work` rolls everything back and is thrown again.
 * Inside another `transact` it joins that one. `work` must not await.
 */
export function transact<T>(db: Db, work: () => T): T {
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
  try {
    sqlite.query("COMMIT").run();
  } catch (error) {
    throw new CommitUnknown(error);
  }
  return result;
}

/** Runs `work` so that an error from it undoes only what it wrote; the transaction around it goes on. */
export function savepoint<T>(db: Db, work: () => T): T {
  const { sqlite } = db;
  sqlite.query("SAVEPOINT step").run();
  try {
    const result = work();
    sqlite.query("RELEASE step").run();
    return result;
  } catch (error) {
    if (sqlite.inTransaction) {
      sqlite.query("ROLLBACK TO step").run();
      sqlite.query("RELEASE step").run();
    }
    throw error;
  }
}

/** `'a', 'b'` for an SQL IN (…); for the program's own words only. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "''")}'`).join(", ");
}
