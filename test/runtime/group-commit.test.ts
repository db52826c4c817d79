import { describe, expect, test } from "bun:test";
import { openDatabase } from "../../src/database/open.ts";
import { savepoint, transact, TransactionLost } from "../../src/database/transaction.ts";
import { type CommitJob, type CommitStore, createGroupCommit } from "../../src/runtime/group-commit.ts";
import { createFakeClock } from "../support/fake-clock.ts";

/** A job that writes `name` and tells in `told` what became of it. */
function job(told: string[], name: string, work: () => unknown): CommitJob<unknown> {
  return {
    work,
    committed: (result) => void told.push(`${name} committed ${String(result)}`),
    failed: (error) => void told.push(`${name} failed: ${(error as Error).message}`),
    uncertain: (error) => void told.push(`${name} uncertain: ${(error as Error).message}`),
  };
}

function createReal() {
  const db = openDatabase({ path: ":memory:" });
  const clock = createFakeClock();
  let commits = 0;
  const store: CommitStore = {
    transact(work) {
      transact(db, work);
      commits += 1;
    },
    savepoint: (work) => savepoint(db, work),
    isUncertain: () => false,
    isLost: (error) => error instanceof TransactionLost,
  };
  const write = (name: string) => db.sqlite.query("INSERT INTO settings (name, value) VALUES (?1, '')").run(name);
  const written = () =>
    db.sqlite
      .query<{ name: string }, []>("SELECT name FROM settings ORDER BY name")
      .all()
      .map((row) => row.name);
  return { clock, db, group: createGroupCommit(clock, store), write, written, commits: () => commits };
}

/** A store whose transaction runs the work and then fails in the given way. */
function createFailing(kind: "begin" | "commit") {
  const clock = createFakeClock();
  const store: CommitStore = {
    transact(work) {
      if (kind === "commit") work();
      throw new Error(`${kind} failed`);
    },
    savepoint: (work) => work(),
    isUncertain: (error) => (error as Error).message === "commit failed",
    isLost: () => false,
  };
  return { clock, group: createGroupCommit(clock, store) };
}

describe("group commit", () => {
  test("what is added in one turn shares one transaction", () => {
    const { clock, group, write, written, commits } = createReal();
    const told: string[] = [];
    for (const name of ["a", "b", "c"]) group.add(job(told, name, () => (write(name), 1)));
    expect(commits()).toBe(0);
    clock.settle();
    expect(commits()).toBe(1);
    expect(written()).toEqual(["a", "b", "c"]);
    expect(told).toEqual(["a committed 1", "b committed 1", "c committed 1"]);
  });

  test("a job that throws is undone alone", () => {
    const { clock, group, write, written } = createReal();
    const told: string[] = [];
    const half = () => {
      write("half");
      throw new Error("no");
    };
    group.add(job(told, "a", () => write("a") && "ok"));
    group.add(job(told, "b", half));
    group.add(job(told, "c", () => write("c") && "ok"));
    clock.settle();
    expect(written()).toEqual(["a", "c"]);
    expect(told).toEqual(["a committed ok", "b failed: no", "c committed ok"]);
  });

  test("a job added last sees what the others wrote, whenever it was added", () => {
    const { clock, group, write, written } = createReal();
    let seen: string[] = [];
    group.addLast(job([], "last", () => (seen = written())));
    group.add(job([], "a", () => write("a")));
    clock.settle();
    expect(seen).toEqual(["a"]);
  });

  test("a job added by another's result goes into the next transaction", () => {
    const { clock, group, write, commits } = createReal();
    group.add({ ...job([], "a", () => write("a")), committed: () => group.add(job([], "b", () => write("b"))) });
    clock.settle();
    expect(commits()).toBe(2);
  });

  test("flush commits at once, and the end of the turn finds nothing left", () => {
    const { clock, group, write, written, commits } = createReal();
    group.add(job([], "a", () => write("a")));
    group.flush();
    expect(written()).toEqual(["a"]);
    clock.settle();
    expect(commits()).toBe(1);
  });

  test("a commit that fails tells every job that it may or may not be on disk", () => {
    const { clock, group } = createFailing("commit");
    const told: string[] = [];
    group.add(job(told, "a", () => 1));
    group.add(job(told, "b", () => 2));
    clock.settle();
    expect(told).toEqual(["a uncertain: commit failed", "b uncertain: commit failed"]);
  });

  test("a transaction that is given up in the middle fails every job, those before it included", () => {
    const { clock, db, group, write, written } = createReal();
    const told: string[] = [];
    const loseIt = () => {
      db.sqlite.run("ROLLBACK");
      throw new Error("database or disk is full");
    };
    group.add(job(told, "a", () => write("a")));
    group.add(job(told, "b", loseIt));
    group.add(job(told, "c", () => write("c")));
    clock.settle();
    expect(written()).toEqual([]);
    const lost = "failed: the transaction was given up: database or disk is full";
    expect(told).toEqual([`a ${lost}`, `b ${lost}`, `c ${lost}`]);
  });

  test("a transaction that cannot begin fails every job: nothing was written", () => {
    const { clock, group } = createFailing("begin");
    const told: string[] = [];
    group.add(job(told, "a", () => 1));
    clock.settle();
    expect(told).toEqual(["a failed: begin failed"]);
  });
});
