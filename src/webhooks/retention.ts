// Deliveries that have long arrived are forgotten, in the background: they would be most of the database.

import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { type Clock, type EpochMs, HOUR } from "../runtime/clock.ts";
import { createHourly, type Hourly } from "../runtime/hourly.ts";
import type { Log } from "../runtime/log.ts";
import { forgetDelivered } from "./archive.ts";

/** How long a delivery that arrived can be looked at and sent again. Dead ones are kept. */
const KEPT_MS = 30 * 24 * HOUR;

/** Deliveries looked at in one transaction. */
const SLICE = 500;

/** Forgets what arrived more than 30 days before `now`, in slices with a pause after each, while `mayGoOn`. */
export async function forgetOld(db: Db, now: EpochMs, pause: () => Promise<void>, mayGoOn = () => true): Promise<void> {
  let after: string | undefined = "";
  while (after !== undefined && mayGoOn()) {
    const start: string = after;
    after = transact(db, () => forgetDelivered(db, now - KEPT_MS, start, SLICE));
    await pause();
  }
}

export interface RetentionDependencies {
  db: Db;
  clock: Clock;
  log: Log;
  pause(): Promise<void>;
}

/** Runs at once and then every hour; `stop` resolves when the round in progress has ended. */
export function createRetention({ db, clock, log, pause }: RetentionDependencies): Hourly {
  return createHourly("retention", { clock, log }, (mayGoOn) => forgetOld(db, clock.now(), pause, mayGoOn));
}
