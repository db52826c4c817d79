// When a lead is tried again. Pure: the policy, the ending, the attempts used and the instant go in.

import type { CallEnding } from "../calls/call.ts";
import type { RetryClass } from "../calls/ending.ts";

const SECOND = 1_000;
const MINUTE = 60_000;

/** The endings after which a policy may ask for another attempt. */
export const retryableEndings = ["no_answer", "busy", "voicemail", "failed"] as const satisfies readonly CallEnding[];

/** A campaign's rule; `maxAttempts` includes the first call. */
export interface RetryPolicy {
  maxAttempts: number;
  backoffMinutes: number;
  retryOn: readonly (typeof retryableEndings)[number][];
}

/** How an attempt ended, as far as trying again is concerned. */
export interface EndedAttempt {
  ending: CallEnding;
  retry: RetryClass;
  /** Attempts used, this one included. */
  attempts: number;
}

/**
 * The instant (epoch ms) from which the lead may be tried again, or undefined when it is done.
 * The result ignores the dialing window: a lead that is due at night waits for the opening.
 */
export function nextAttemptAt(ended: EndedAttempt, policy: RetryPolicy, now: number): number | undefined {
  if (ended.retry === "never") return undefined;
  if (ended.attempts >= policy.maxAttempts) return undefined;
  const retryOn: readonly CallEnding[] = policy.retryOn;
  if (!retryOn.includes(ended.ending)) return undefined;
  return now + policy.backoffMinutes * MINUTE;
}

const FIRST_REQUEUE_MS = 5 * SECOND;
const LONGEST_REQUEUE_MS = 15 * MINUTE;

/**
 * The instant from which a lead whose attempt was given back may be tried again: 5 s after the first fault,
 * then twice as long each time, 15 minutes at most. `requeues` counts the faults in a row, this one included.
 */
export function requeueAt(requeues: number, now: number): number {
  const doublings = Math.min(Math.max(0, requeues - 1), 16);
  return now + Math.min(LONGEST_REQUEUE_MS, FIRST_REQUEUE_MS * 2 ** doublings);
}
