import { describe, expect, test } from "bun:test";
import { type Db, openDatabase } from "../../src/database/open.ts";
import { CommitUnknown, quoted, savepoint, transact } from "../../src/database/transaction.ts";

function write(db: Db, name: string) {
  db.sqlite.query("INSERT INTO settings (name, value) VALUES (?1, '')").run(name);
}

function written(db: Db): string[] {
  return db.sqlite.query<{ name: string }, []>("SELECT name FROM settings ORDER BY name").all().map((row) => row.name);
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

  test("a commit that fails is told apart from work that failed", () => {
    const run = (sql: string) => () => {
      if (sql === "COMMIT") throw new Error("disk I/O error");
    };
    const failing = { sqlite: { inTransaction: false, query: (sql: string) => ({ run: run(sql) }) } } as unknown as Db;
    expect(() => transact(failing, () => undefined)).toThrow(CommitUnknown);
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

describe("quoted", () => {
  test("makes a list for IN (…), quotes doubled", () => {
    expect(quoted(["a", "it's"])).toBe("'a', 'it''s'");
  });
});
