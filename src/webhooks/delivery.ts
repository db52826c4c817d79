// The way out: takes what is due from the queue, sends it, and records what it came to. Woken by a nudge after a
// commit, by a slot that frees, and by the next due instant; it never polls while there is nothing to do.

import type { Db } from "../database/open.ts";
import { type Cancel, type Clock, type EpochMs, MINUTE, SECOND } from "../runtime/clock.ts";
import type { GroupCommit } from "../runtime/group-commit.ts";
import type { Log } from "../runtime/log.ts";
import { createLoop } from "../runtime/loop.ts";
import type { Random } from "../runtime/random.ts";
import { DeliveryStatus } from "./delivery-status.ts";
import { afterTry, type NextStep, type SendResult } from "./retry.ts";
import type { Sender } from "./sender.ts";
import { chooseStarts } from "./slots.ts";
import {
  type DueDelivery,
  dueDeliveries,
  findPending,
  HOSTS_A_LOOK,
  nextDueAt,
  type PendingDelivery,
  pendingHosts,
  recordDead,
  recordDelivered,
  recordRetry,
  type TryRecord,
} from "./store.ts";

export interface DeliveryDependencies {
  db: Db;
  clock: Clock;
  random: Random;
  log: Log;
  sender: Sender;
  commit: GroupCommit;
  /** The live secrets, newest first; asked for each try. */
  secrets: () => readonly string[];
  maxInFlight?: number;
  maxPerHost?: number;
}

export interface Delivery {
  /** Something may be due. Cheap when nothing is. */
  nudge(): void;
  /** Starts no more and waits for those in flight, 5 s at most; the rest is sent again after the next start. */
  stop(): Promise<void>;
  /** How many are being sent now. */
  inFlight(): number;
}

/** The longest sleep: a wall clock that was set forward is noticed after this. */
const LONGEST_SLEEP_MS = MINUTE;

/** After a result that could not be stored nothing is sent for this long: it would only be sent twice. */
const HOLD_MS = 30 * SECOND;

const STOP_WAIT_MS = 5 * SECOND;

/** At least once, each event under its own id: what was sent but not recorded, as by a crash, is sent again. */
export function createDelivery(dependencies: DeliveryDependencies): Delivery {
  const { db, clock, log, sender, secrets, maxInFlight = 50, maxPerHost = 10 } = dependencies;
  const inFlight = new Map<string, string>();
  let cancelSleep: Cancel = () => undefined;
  let heldUntilMs = 0;
  let whenIdle: () => void = () => undefined;
  let isAbandoned = false;
  let after = "";

  const sleep = (delayMs: number | undefined) => {
    cancelSleep();
    if (delayMs !== undefined) cancelSleep = clock.after(Math.min(delayMs, LONGEST_SLEEP_MS), () => loop.nudge());
  };

  const loop = createLoop("webhooks", log, () => {
    if (clock.monotonicMs() < heldUntilMs) return sleep(heldUntilMs - clock.monotonicMs());
    // Should this round fail, there is another one.
    sleep(LONGEST_SLEEP_MS);
    if (inFlight.size >= maxInFlight) return;
    const now = clock.now();
    const look = lookForDue(db, now, after, maxPerHost);
    const live = secrets();
    for (const { id, host } of chooseStarts(look.due, inFlight, { maxInFlight, maxPerHost })) {
      const delivery = findPending(db, id);
      if (delivery !== undefined) void tryOnce(delivery, host, live);
    }
    after = look.after;
    if (after !== "") loop.nudge();
    const next = nextDueAt(db, now);
    sleep(next === undefined ? undefined : next - now);
  });

  const tryOnce = async (delivery: PendingDelivery, host: string, live: readonly string[]) => {
    const { id, url, body } = delivery;
    inFlight.set(id, host);
    try {
      const result = await sender.send({ id, url, body, secrets: live });
      if (!isAbandoned) await recordResult(dependencies, delivery, host, result);
    } catch (error) {
      heldUntilMs = clock.monotonicMs() + HOLD_MS;
      log.error("webhook.unrecorded", { id, error });
    }
    inFlight.delete(id);
    if (inFlight.size === 0) whenIdle();
    loop.nudge();
  };

  return {
    nudge: () => loop.nudge(),
    async stop() {
      await loop.stop();
      cancelSleep();
      await new Promise<void>((resolve) => {
        if (inFlight.size === 0) return resolve();
        whenIdle = resolve;
        cancelSleep = clock.after(STOP_WAIT_MS, resolve);
      });
      cancelSleep();
      isAbandoned = true;
    },
    inFlight: () => inFlight.size,
  };
}

/**
 * What may start, host by host. Where more hosts wait than one look takes in, `after` is where the next one goes on;
 * empty, it begins anew.
 */
function lookForDue(db: Db, now: EpochMs, after: string, maxPerHost: number): { due: DueDelivery[]; after: string } {
  const hosts = pendingHosts(db, after);
  // Those in flight are still in the queue and may be among these: what is left is as many as may start.
  const due = hosts.flatMap((host) => dueDeliveries(db, host, now, maxPerHost));
  return { due, after: hosts.length < HOSTS_A_LOOK ? "" : (hosts.at(-1) ?? "") };
}

/** Resolves when the result is on disk, rejects when it is not, or may not be. */
function recordResult(
  { db, clock, random, log, commit }: DeliveryDependencies,
  delivery: PendingDelivery,
  host: string,
  result: SendResult,
): Promise<void> {
  const { id, event } = delivery;
  const attempts = delivery.attempts + 1;
  const now = clock.now();
  const step = afterTry(result, attempts, now, random.fraction());
  const record: TryRecord = { id, at: now, responseStatus: result.kind === "answer" ? result.status : null };
  return new Promise((resolve, reject) => {
    commit.add({
      work: () => write(db, record, step),
      committed() {
        tell(log, step, { id, event, host, attempts });
        resolve();
      },
      failed: reject,
      uncertain: reject,
    });
  });
}

function write(db: Db, record: TryRecord, step: NextStep): boolean {
  switch (step.kind) {
    case DeliveryStatus.delivered:
      return recordDelivered(db, record);
    case "retry":
      return recordRetry(db, record, step.at, step.error);
    case DeliveryStatus.dead:
      return recordDead(db, record, step.error);
  }
}

/** The host, never the URL: its path or query may hold a token. */
function tell(log: Log, step: NextStep, fields: { id: string; event: string; host: string; attempts: number }): void {
  switch (step.kind) {
    case DeliveryStatus.delivered:
      return log.debug("webhook.delivered", fields);
    case "retry":
      return log.info("webhook.retry", { ...fields, error: step.error, nextAttemptAt: new Date(step.at).toISOString() });
    case DeliveryStatus.dead:
      return log.warn("webhook.dead", { ...fields, error: step.error });
  }
}
