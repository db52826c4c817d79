// What a test of delivery stands on: a database file, a clock that the test moves, real sockets on the loopback
// interface, and a second connection that sees only what is committed.

import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Db, openDatabase } from "../../src/database/open.ts";
import { CommitUnknown, savepoint, transact, TransactionLost } from "../../src/database/transaction.ts";
import { type Clock, systemClock } from "../../src/runtime/clock.ts";
import { type CommitStore, createGroupCommit } from "../../src/runtime/group-commit.ts";
import { createLog } from "../../src/runtime/log.ts";
import { createDelivery, type Delivery } from "../../src/webhooks/delivery.ts";
import { enqueue } from "../../src/webhooks/events/outbox.ts";
import { createSender } from "../../src/webhooks/sender.ts";
import { createTargetGuard } from "../../src/webhooks/target-guard.ts";
import { createFakeClock, type FakeClock, WEDNESDAY_MORNING } from "../support/fake-clock.ts";

export interface StoredDelivery {
  status: string;
  attempts: number;
  nextAttemptAt: number;
  responseStatus: number | null;
  lastError: string | null;
}

export const SECRET = "whsec_dGhpcnR5LXR3byBieXRlcyBvZiBhIHNlY3JldCAuLi4u";

export interface Bench {
  db: Db;
  clock: FakeClock;
  /** The lines of the log, parsed. */
  logged: { event: string; level: string }[];
  /** How the group commit reaches the store; a test may put a fault in. */
  store: CommitStore;
  delivery: Delivery;
  /** Another process on the same file; the old one is forgotten, not stopped. */
  crash(options?: { maxInFlight?: number; maxPerHost?: number }): Delivery;
  /** Writes an event in a transaction of its own and nudges. */
  put(id: string, url: string, leadId?: string | null): void;
  /** What is on disk. */
  stored(id: string): StoredDelivery;
  close(): Promise<void>;
}

export function createBench(options: { maxInFlight?: number; maxPerHost?: number } = {}): Bench {
  const directory = mkdtempSync(join(tmpdir(), "outdial-webhooks-"));
  const path = join(directory, "outdial.db");
  const db = openDatabase({ path, synchronous: "OFF" });
  const observer = new Database(path, { readonly: true });
  const clock = createFakeClock();
  // Group commits happen by themselves at the end of a turn; everything else waits for the test to move the clock.
  const halfRealClock: Clock = { ...clock, soon: systemClock.soon };
  const logged: Bench["logged"] = [];
  const log = createLog("debug", clock, (line) => void logged.push(JSON.parse(line)));
  const store: CommitStore = {
    transact: (work) => transact(db, work),
    savepoint: (work) => savepoint(db, work),
    isUncertain: (error) => error instanceof CommitUnknown,
    isLost: (error) => error instanceof TransactionLost,
  };
  const begin = (bounds: { maxInFlight?: number; maxPerHost?: number }) =>
    createDelivery({
      db,
      clock: halfRealClock,
      random: { fraction: () => 0.5, bytes: (count) => new Uint8Array(count) },
      log,
      sender: createSender({ guard: createTargetGuard(["127.0.0.1"], async () => [], clock), clock: halfRealClock, version: "0" }),
      commit: createGroupCommit(halfRealClock, store),
      secrets: () => [SECRET],
      ...bounds,
    });

  const bench: Bench = {
    db,
    clock,
    logged,
    store,
    delivery: begin(options),
    crash(bounds = options) {
      clock.clear();
      bench.delivery = begin(bounds);
      bench.delivery.nudge();
      return bench.delivery;
    },
    put(id, url, leadId = `ld_${id}`) {
      transact(db, () =>
        enqueue(db, { id, event: "campaign.lead_completed", campaignId: "cmp_1", leadId, url, body: `{"id":"${id}"}`, now: clock.now() }),
      );
      bench.delivery.nudge();
    },
    stored(id) {
      const row = observer
        .query<StoredDelivery, [string]>(
          "SELECT status, attempts, next_attempt_at AS nextAttemptAt, response_status AS responseStatus, last_error AS lastError FROM deliveries WHERE id = ?",
        )
        .get(id);
      if (row === null) throw new Error(`there is no delivery '${id}'`);
      return { ...row, nextAttemptAt: row.nextAttemptAt - WEDNESDAY_MORNING };
    },
    async close() {
      await bench.delivery.stop();
      observer.close();
      db.close();
      rmSync(directory, { recursive: true });
    },
  };
  return bench;
}
