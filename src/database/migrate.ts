// Brings a database to the schema of this program, one transaction a migration.

import type { Database } from "bun:sqlite";
import { migrations } from "../../migrations/index.ts";

/** Throws, without a change, when the file was written by a newer program. */
export function migrate(sqlite: Database, target: readonly { name: string; sql: string }[] = migrations): void {
  const version = sqlite.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
  if (version > target.length) {
    throw new Error(`the database is at version ${version}, this program knows ${target.length}: use a newer outdial`);
  }
  for (const [index, migration] of target.entries()) {
    if (index < version) continue;
    sqlite.transaction(() => {
      sqlite.run(migration.sql);
      sqlite.run(`PRAGMA user_version = ${index + 1}`);
    })();
  }
}
