// Opens the one SQLite file of a data directory, with the pragmas that every guarantee rests on.
// The engine is bun:sqlite; `orm` is Drizzle over the same connection.

import { Database } from "bun:sqlite";
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { type BunSQLiteDatabase, drizzle } from "drizzle-orm/bun-sqlite";
import { migrate } from "./migrate.ts";
import * as tables from "./tables.ts";

/**
 * The connection. Hot statements go through `sqlite.query(text)`, which prepares a text once; the rest through `orm`.
 * Both change when the file is opened again after a failed commit: never keep a statement.
 */
export interface Db {
  readonly sqlite: Database;
  readonly orm: BunSQLiteDatabase<typeof tables>;
  /** Set when a commit failed: what this connection believes may differ from the disk. `transact` opens the file again first. */
  suspect: boolean;
  /** Closes and opens the file again, so that reads give what is true on disk. */
  reopen(): void;
  close(): void;
}

export type SynchronousMode = "FULL" | "NORMAL" | "OFF";

/** `:memory:` is a database of its own for each call. FULL is the only mode that keeps what was acknowledged. */
export interface OpenOptions {
  path: string;
  synchronous?: SynchronousMode;
}

/** Statements kept prepared on a connection. */
const MOST_PREPARED = 500;

/** SQLite before this loses data in rare checkpoints (the WAL-reset bug, sqlite.org/changes, 3.51.3). */
const OLDEST_SQLITE = [3, 51, 3] as const;

/** The one file of a data directory that holds everything; SQLite keeps `-wal` and `-shm` beside it. */
export function databasePath(dataDirectory: string): string {
  return join(dataDirectory, "outdial.db");
}

/** Opens or creates the file, brings it to this program's schema, and throws when that would not be safe. */
export function openDatabase({ path, synchronous = "FULL" }: OpenOptions): Db {
  // Bun's own bound is 20: the hot statements alone are more, and would be prepared again and again.
  Database.MAX_QUERY_CACHE_SIZE = MOST_PREPARED;
  const connect = () => {
    const isNew = path !== ":memory:" && !existsSync(path);
    const sqlite = new Database(path, { create: true, strict: true });
    if (isNew) chmodSync(path, 0o600);
    refuseOldLibrary(sqlite);
    for (const pragma of pragmas(synchronous)) sqlite.run(`PRAGMA ${pragma}`);
    migrate(sqlite);
    return { sqlite, orm: drizzle(sqlite, { schema: tables }) };
  };
  let open = connect();
  const db: Db = {
    get sqlite() {
      return open.sqlite;
    },
    get orm() {
      return open.orm;
    },
    suspect: false,
    reopen() {
      open.sqlite.close();
      open = connect();
      db.suspect = false;
    },
    close: () => open.sqlite.close(),
  };
  return db;
}

function pragmas(synchronous: SynchronousMode): string[] {
  return [
    "busy_timeout = 5000",
    "journal_mode = WAL",
    `synchronous = ${synchronous}`,
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "temp_store = MEMORY",
    "journal_size_limit = 67108864",
    // 64 MiB: imports in random number order are 1.7 times faster than with the default 2 MB.
    "cache_size = -65536",
  ];
}

function refuseOldLibrary(sqlite: Database): void {
  const { version } = sqlite.query<{ version: string }, []>("SELECT sqlite_version() AS version").get() ?? { version: "0" };
  const parts = version.split(".").map(Number);
  for (const [place, oldest] of OLDEST_SQLITE.entries()) {
    const part = parts[place] ?? 0;
    if (part > oldest) return;
    if (part < oldest) throw new Error(`SQLite ${version} is too old: ${OLDEST_SQLITE.join(".")} or newer is needed`);
  }
}
