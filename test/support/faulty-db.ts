// A database on disk whose commits fail when a test says so, each in one of the two ways that a failed commit can mean.

import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { type Db, openDatabase } from "../../src/database/open.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What became of the transaction whose COMMIT reported an error. */
export type CommitFault = "written" | "lost";

export interface FaultyDb extends Db {
  /** Asked at each COMMIT; undefined lets it pass. */
  faultOf: () => CommitFault | undefined;
  faults: number;
  /** Whether it can be opened again after a fault. */
  canReopen: boolean;
  remove(): void;
}

export function openFaultyDb(): FaultyDb {
  const folder = temporaryFolder();
  const real = openDatabase({ path: join(folder.path, "outdial.db") });
  const db: FaultyDb = {
    get sqlite() {
      return withFaults(real.sqlite, db);
    },
    get orm() {
      return real.orm;
    },
    get suspect() {
      return real.suspect;
    },
    set suspect(value) {
      real.suspect = value;
    },
    reopen() {
      if (!db.canReopen) throw new Error("unable to open database file");
      real.reopen();
    },
    close: () => real.close(),
    faultOf: () => undefined,
    faults: 0,
    canReopen: true,
    remove() {
      real.close();
      folder.remove();
    },
  };
  return db;
}

function withFaults(sqlite: Database, db: FaultyDb): Database {
  const failing = (fault: CommitFault) => ({
    run() {
      db.faults += 1;
      sqlite.query(fault === "written" ? "COMMIT" : "ROLLBACK").run();
      throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_FSYNC" });
    },
  });
  return new Proxy(sqlite, {
    get(target, name) {
      if (name === "query") {
        return (text: string) => {
          const fault = text === "COMMIT" ? db.faultOf() : undefined;
          return fault === undefined ? target.query(text) : failing(fault);
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
