// Group commit: everything that becomes due in one turn of the event loop shares one durable transaction.
// A commit costs a flush to disk; twenty pieces of work in one transaction cost one flush.

import type { Clock } from "./clock.ts";

/** A piece of work. Exactly one of `committed`, `failed` and `uncertain` is called, never before the commit was tried. */
export interface CommitJob<T> {
  /** Runs inside the transaction; a throw undoes this job alone. */
  work: () => T;
  /** Runs right after the commit, in the same turn. */
  committed: (result: T) => void;
  /** `work` threw, or the transaction could not begin: nothing of this job was written. */
  failed: (error: unknown) => void;
  /** The commit failed: this job may or may not be on disk. */
  uncertain: (error: unknown) => void;
}

/** How the store runs things; a failed COMMIT throws an error for which `isUncertain` holds. */
export interface CommitStore {
  transact(work: () => void): void;
  savepoint(work: () => void): void;
  isUncertain(error: unknown): boolean;
  /** The transaction is gone in the middle: no other job of the group may go on. */
  isLost(error: unknown): boolean;
}

export interface GroupCommit {
  add<T>(job: CommitJob<T>): void;
  /** Like `add`, but runs after every job of the group: it sees what they wrote. */
  addLast<T>(job: CommitJob<T>): void;
  /** Commits what is waiting now, without waiting for the end of the turn. */
  flush(): void;
}

type Outcome = { kind: "done" } | { kind: "failed"; error: unknown };

interface Waiting {
  run(): void;
  outcome: Outcome;
  finish(outcome: Outcome): void;
  uncertain(error: unknown): void;
}

/** Jobs added in one turn of the event loop are committed together at its end, in the order in which they came. */
export function createGroupCommit(clock: Pick<Clock, "soon">, store: CommitStore): GroupCommit {
  let jobs: Waiting[] = [];
  let lastJobs: Waiting[] = [];
  let scheduled = false;

  const flush = () => {
    scheduled = false;
    const group = [...jobs, ...lastJobs];
    jobs = [];
    lastJobs = [];
    if (group.length === 0) return;
    try {
      store.transact(() => group.forEach((job) => runAlone(store, job)));
    } catch (error) {
      if (store.isUncertain(error)) return group.forEach((job) => job.uncertain(error));
      return group.forEach((job) => job.finish({ kind: "failed", error }));
    }
    group.forEach((job) => job.finish(job.outcome));
  };

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    clock.soon(flush);
  };

  return {
    add(job) {
      jobs.push(toWaiting(job));
      schedule();
    },
    addLast(job) {
      lastJobs.push(toWaiting(job));
      schedule();
    },
    flush,
  };
}

function toWaiting<T>(job: CommitJob<T>): Waiting {
  let result: { value: T } | undefined;
  return {
    run: () => void (result = { value: job.work() }),
    outcome: { kind: "done" },
    finish(outcome) {
      if (outcome.kind === "failed") job.failed(outcome.error);
      else if (result !== undefined) job.committed(result.value);
    },
    uncertain: job.uncertain,
  };
}

function runAlone(store: CommitStore, job: Waiting): void {
  try {
    store.savepoint(() => job.run());
  } catch (error) {
    if (store.isLost(error)) throw error;
    job.outcome = { kind: "failed", error };
  }
}
