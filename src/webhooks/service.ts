// The verbs on deliveries that were given up or have arrived: sending them again.

import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { AppError, notFound } from "../errors.ts";
import type { Clock } from "../runtime/clock.ts";
import { type DeliveryFilter, type DeliveryRow, findDelivery, newestDelivery, sendAgain, sliceOf } from "./archive.ts";
import type { DeliveryStatus } from "./delivery-status.ts";

export interface DeliveriesDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  /** Something is due. */
  nudge(): void;
  /** Gives the event loop a turn, so that long work stalls nobody. */
  pause(): Promise<void>;
}

/** Throws 404. */
export function getDelivery(db: Db, id: string): DeliveryRow {
  const row = findDelivery(db, id);
  if (row === undefined) throw notFound("delivery", id);
  return row;
}

/** Throws 404, and 409 for one that waits: it is sent by itself. */
export function resend({ db, clock, nudge }: DeliveriesDependencies, id: string): DeliveryRow {
  const row = transact(db, () => {
    const { status, nextAttemptAt } = getDelivery(db, id);
    if (sendAgain(db, id, clock.now())) return getDelivery(db, id);
    throw new AppError(
      "wrong_state",
      `the delivery is ${status} and is sent by itself, next at ${new Date(nextAttemptAt).toISOString()}; only one that is over can be sent again`,
    );
  });
  nudge();
  return row;
}

/** Deliveries looked at in one transaction. */
const SLICE = 500;
/** Deliveries sent again by one request. */
const MOST_RESENT = 100_000;

/**
 * Sends again what fits and was written before now, oldest first, MOST_RESENT at most; gives how many. What dies again
 * meanwhile is not taken a second time.
 */
export async function resendAll(
  { db, clock, nudge, pause }: DeliveriesDependencies,
  filter: DeliveryFilter & { status: DeliveryStatus },
  most = MOST_RESENT,
): Promise<number> {
  const newest = newestDelivery(db);
  let queued = 0;
  let after: string | undefined = "";
  while (newest !== undefined && after !== undefined && after < newest && queued < most) {
    const start: string = after;
    after = transact(db, () => {
      const { ids, last } = sliceOf(db, filter, start, SLICE);
      const chosen = ids.filter((id) => id <= newest).slice(0, most - queued);
      for (const id of chosen) if (sendAgain(db, id, clock.now())) queued += 1;
      return last;
    });
    nudge();
    await pause();
  }
  return queued;
}
