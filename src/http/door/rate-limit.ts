// How many requests a key may send, and how many wrong keys an address may try. Used by the door, before anything is read.
// The default of 50 a second leaves nine tenths of the one thread to calls, even when every request is a page of 1,000 rows.
// Each counter is one number (the generic cell rate algorithm): the moment at which all that was spent is earned back.

import { AppError } from "../../errors.ts";
import { type Clock, SECOND } from "../../runtime/clock.ts";

/** So many seconds' worth may come at once. */
const BURST_SECONDS = 4;
/** Wrong keys that an address may send: at once, and each second after that. */
const FAILURES_AT_ONCE = 60;
const FAILURES_PER_SECOND = 1;
/** Keys, and addresses, that are remembered; the one unused for longest is forgotten first. */
const MOST_REMEMBERED = 10_000;

export interface RequestLimit {
  /** A request with a good key. Throws 429 when the key sends too many, or when it is a stranger at an address that guesses. */
  spend(keyId: string, address: string): void;
  /** A request without one. Throws 429 when the address sent too many of them. */
  fail(address: string): void;
}

/** `perSecond` requests a key on the whole, four times that at once. */
export function createRequestLimit(perSecond: number, clock: Pick<Clock, "monotonicMs">): RequestLimit {
  const keys = createAllowances({ perSecond, atOnce: perSecond * BURST_SECONDS });
  const failures = createAllowances({ perSecond: FAILURES_PER_SECOND, atOnce: FAILURES_AT_ONCE });
  const refuseGuessing = (waitMs: number) => {
    if (waitMs > 0) throw tooMany("too many requests without a valid key came from this address", waitMs);
  };
  return {
    spend(keyId, address) {
      const now = clock.monotonicMs();
      // A key that was in use before the guessing began goes on: behind a proxy all clients have one address.
      if (!keys.knows(keyId)) refuseGuessing(failures.waitMs(address, now));
      const waitMs = keys.take(keyId, now);
      if (waitMs > 0) throw tooMany(`more than ${perSecond} requests a second came with this key`, waitMs);
    },
    fail: (address) => refuseGuessing(failures.take(address, clock.monotonicMs())),
  };
}

function tooMany(what: string, waitMs: number): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / SECOND));
  return new AppError("rate_limited", `${what}; try again in ${retryAfterSeconds} s`, { retryAfterSeconds });
}

interface Allowances {
  /** How long until one more may come, 0 when it may come now; in monotonic ms. */
  waitMs(name: string, now: number): number;
  /** Like `waitMs`, and counts one when it may come now. */
  take(name: string, now: number): number;
  knows(name: string): boolean;
}

/** An allowance for each name, of `atOnce` that fill up again at `perSecond`. */
export function createAllowances({
  perSecond,
  atOnce,
  most = MOST_REMEMBERED,
}: {
  perSecond: number;
  atOnce: number;
  most?: number;
}): Allowances {
  const costMs = SECOND / perSecond;
  /** When all that was spent is earned back; in the order of use. */
  const fullAt = new Map<string, number>();
  const waitMs = (name: string, now: number) => Math.max(0, (fullAt.get(name) ?? now) - now - (atOnce - 1) * costMs);
  return {
    waitMs,
    take(name, now) {
      const wait = waitMs(name, now);
      const spentUntil = Math.max(fullAt.get(name) ?? now, now);
      fullAt.delete(name);
      fullAt.set(name, wait > 0 ? spentUntil : spentUntil + costMs);
      const [oldest] = fullAt.keys();
      if (fullAt.size > most && oldest !== undefined) fullAt.delete(oldest);
      return wait;
    },
    knows: (name) => fullAt.has(name),
  };
}
