// The store as one life of the process sees it: a real SQLite in memory that outlives the process, behind a face that
// can kill it between any two writes, fail its commits, be full, or be unreadable where the do-not-call list is.

import type { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import type { Db } from "../../src/database/open.ts";
import * as tables from "../../src/database/tables.ts";
import type { Life } from "./life.ts";

/** What became of the transaction whose COMMIT reported an error. */
export type CommitFault = "written" | "lost";

/** What is wrong with the store now; moved by the world. */
export interface StoreFaults {
  /** Asked at each COMMIT. */
  commit: () => CommitFault | undefined;
  /** Every write fails, and sometimes takes its whole transaction with it. */
  isFull: boolean;
  /** Nobody can say who is on the do-not-call list. */
  isDncUnreadable: boolean;
  /** After a failed commit the file cannot be opened again. */
  isLocked: boolean;
  random: () => number;
  /** Counted for the record. */
  seen: { writes: number; commits: number; failedCommits: number; refusals: number };
}

type Kind = "read" | "write" | "commit" | "frame";

function kindOf(text: string): Kind {
  if (/^\s*(SELECT|WITH|PRAGMA)\b/i.test(text)) return "read";
  if (/^\s*COMMIT\b/i.test(text)) return "commit";
  if (/^\s*(BEGIN|SAVEPOINT|RELEASE|ROLLBACK)\b/i.test(text)) return "frame";
  return "write";
}

type Call = (...values: unknown[]) => unknown;
/** What this project and Drizzle ask of a statement. */
interface Statement {
  run: Call;
  get: Call;
  all: Call;
  values: Call;
}

/** What is worked out once of each text. */
interface Known {
  asksList: boolean;
  rewritten: string;
  wrap: (real: Statement) => Statement;
}

/** `rewrite` changes texts on their way in: how a drill takes a guard out of the program without touching the program. */
export function openMortally(real: Db, life: Life, faults: StoreFaults, rewrite: (text: string) => string = (text) => text): Db {
  const { sqlite } = real;
  const statements = new Map<string, Known>();

  const guarded = (text: string): Statement => {
    life.require();
    const known = statements.get(text) ?? {
      asksList: /\bdnc\b/.test(text),
      rewritten: rewrite(text),
      wrap: wrapperFor(kindOf(text), sqlite, life, faults),
    };
    statements.set(text, known);
    if (faults.isDncUnreadable && known.asksList) throw ioError("SQLITE_IOERR_READ");
    return known.wrap(sqlite.query(known.rewritten) as unknown as Statement);
  };
  // Only what the program uses; anything else would be a TypeError.
  const face = {
    query: guarded,
    prepare: guarded,
    run: (text: string) => guarded(text).run(),
    get inTransaction() {
      return life.isAlive && sqlite.inTransaction;
    },
  } as unknown as Database;
  let orm: Db["orm"] | undefined;

  const db: Db = {
    sqlite: face,
    get orm() {
      return (orm ??= drizzle({ client: face, schema: tables }));
    },
    suspect: false,
    reopen() {
      life.require();
      if (faults.isLocked) throw ioError("SQLITE_CANTOPEN");
      db.suspect = false;
    },
    close: () => undefined,
  };
  return db;
}

function wrapperFor(kind: Kind, sqlite: Database, life: Life, faults: StoreFaults): (real: Statement) => Statement {
  if (kind === "read" || kind === "frame") return (real) => real;
  const around = kind === "commit" ? commit : write;
  return (real) => {
    const call =
      (name: keyof Statement) =>
      (...values: unknown[]) =>
        around(() => real[name](...values), sqlite, life, faults);
    return { run: call("run"), get: call("get"), all: call("all"), values: call("values") };
  };
}

function write(run: () => unknown, sqlite: Database, life: Life, faults: StoreFaults): unknown {
  life.step();
  faults.seen.writes += 1;
  if (!faults.isFull) return run();
  faults.seen.refusals += 1;
  // SQLite may give the whole transaction up when the disk is full.
  if (sqlite.inTransaction && faults.random() < 0.5) sqlite.query("ROLLBACK").run();
  throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
}

function commit(run: () => unknown, sqlite: Database, life: Life, faults: StoreFaults): unknown {
  life.step();
  const fault = faults.commit();
  if (fault === undefined) {
    run();
    faults.seen.commits += 1;
    // Committed, and dead before anybody could act on it.
    life.step();
    return undefined;
  }
  faults.seen.failedCommits += 1;
  sqlite.query(fault === "written" ? "COMMIT" : "ROLLBACK").run();
  throw ioError("SQLITE_IOERR_FSYNC");
}

function ioError(code: string): Error {
  return Object.assign(new Error("disk I/O error"), { code });
}
