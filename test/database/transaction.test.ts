import { describe, expect, test } from "bun:test";
import { type Db, openDatabase } from "../../src/database/open.ts";
import { CommitUnknown, quoted, savepoint, transact, TransactionLost } from "../../src/database/transaction.ts";

function write(db: Db, name: string) {
  db.sqlite.query("INSERT INTO settings (name, value) VALUES (?1, '')").run(name);
}

function written(db: Db): string[] {
  return db.sqlite
    .query<{ name: string }, []>("SELECT name FROM settings ORDER BY name")
    .all()
    .map((row) => row.name);
}

/** A real database whose next COMMIT can be made to fail; its rows are then gone with the rollback of the reopening. */
function createFailing() {
  const real = openDatabase({ path: ":memory:" });
  let failing = false;
  let reopened = 0;
  const query = (sql: string) => {
    if (sql === "COMMIT" && failing) throw new Error("disk I/O error");
    return real.sqlite.query(sql);
  };
  return {
    sqlite: new Proxy(real.sqlite, {
      get: (target, name) => (name === "query" ? query : Reflect.get(target, name, target)),
    }),
    orm: real.orm,
    suspect: false,
    reopen() {
      failing = false;
      reopened += 1;
      this.suspect = false;
      real.sqlite.run("ROLLBACK");
    },
    close: real.close,
    failNextCommit: () => void (failing = true),
    reopened: () => reopened,
  };
}

describe("transact", () => {
  test("keeps what the work wrote and returns its result", () => {
    const db = openDatabase({ path: ":memory:" });
    expect(transact(db, () => (write(db, "a"), 7))).toBe(7);
    expect(written(db)).toEqual(["a"]);
  });

  test("an error undoes everything and is thrown again", () => {
    const db = openDatabase({ path: ":memory:" });
    const work = () => {
      write(db, "a");
      throw new Error("no");
    };
    expect(() => transact(db, work)).toThrow("no");
    expect(written(db)).toEqual([]);
    expect(db.sqlite.inTransaction).toBe(false);
  });

  test("inside another one it joins: the outer one decides", () => {
    const db = openDatabase({ path: ":memory:" });
    const work = () => {
      transact(db, () => write(db, "inner"));
      throw new Error("outer");
    };
    expect(() => transact(db, work)).toThrow("outer");
    expect(written(db)).toEqual([]);
  });

  test("a commit that fails is told apart from work that failed, and the next one begins with a look at the disk", () => {
    const db = createFailing();
    db.failNextCommit();
    expect(() => transact(db, () => write(db, "a"))).toThrow(CommitUnknown);
    transact(db, () => write(db, "b"));
    expect(db.reopened()).toBe(1);
    transact(db, () => write(db, "c"));
    expect(db.reopened()).toBe(1);
    expect(written(db)).toEqual(["b", "c"]);
  });

  test("a transaction that SQLite gave up is never taken for a committed one", () => {
    const db = openDatabase({ path: ":memory:" });
    const work = () => {
      write(db, "a");
      db.sqlite.run("ROLLBACK");
    };
    expect(() => transact(db, work)).toThrow(TransactionLost);
  });
});

describe("savepoint", () => {
  test("an error undoes what its own work wrote and nothing else", () => {
    const db = openDatabase({ path: ":memory:" });
    transact(db, () => {
      write(db, "before");
      const work = () => {
        write(db, "undone");
        throw new Error("no");
      };
      expect(() => savepoint(db, work)).toThrow("no");
      savepoint(db, () => write(db, "after"));
    });
    expect(written(db)).toEqual(["after", "before"]);
  });
});

describe("savepoint in a lost transaction", () => {
  test("says so instead of going on without one", () => {
    const db = openDatabase({ path: ":memory:" });
    const step = () => {
      db.sqlite.run("ROLLBACK");
      throw new Error("full");
    };
    expect(() => transact(db, () => savepoint(db, step))).toThrow(TransactionLost);
  });
});

describe("quoted", () => {
  test("makes a list for IN (…), quotes doubled", () => {
    expect(quoted(["a", "it's"])).toBe("'a', 'it''s'");
  });
});
