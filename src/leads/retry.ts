// When a lead is tried again. Pure: the policy, the ending, the attempts used and the instant go in.

import type { CallEnding } from "../calls/call.ts";
import type { RetryClass } from "../calls/ending.ts";

const SECOND = 1_000;
const MINUTE = 60_000;

/** The endings after which a policy may ask for another attempt. */
export const retryableEndings = ["no_answer", "busy", "voicemail", "failed"] as const satisfies readonly CallEnding[];

export type RetryableEnding = (typeof retryableEndings)[number];

/** Minutes between two attempts: one gap for all, or a list, the first gap first; the last one repeats. */
export type Backoff = number | readonly number[];

/** What one ending has of its own; what it has not is the policy's. */
export interface EndingRule {
  /** Attempts that may end so. The policy's own `maxAttempts` stays the cap over all. */
  maxAttempts?: number;
  backoffMinutes?: Backoff;
}

/** A campaign's rule. */
export interface RetryPolicy {
  /** The first call included, whatever the endings. */
  maxAttempts: number;
  backoffMinutes: Backoff;
  /** After which endings there is another attempt; a rule in `perStatus` for any other one rests. */
  retryOn: readonly RetryableEnding[];
  perStatus?: Partial<Record<RetryableEnding, EndingRule>>;
  /** A gap grows by up to this share, so that what was called together is not called together again. */
  jitterPercent?: number;
}

/** How an attempt ended, as far as trying again is concerned. */
export interface EndedAttempt {
  ending: CallEnding;
  retry: RetryClass;
  /** Attempts used, this one included. */
  attempts: number;
  /** Those of them that ended like this one, this one included. Left out, every attempt counts as one, which is never more generous. */
  attemptsAlike?: number;
}

/**
 * The instant (epoch ms) from which the lead may be tried again, or undefined when it is done; `jitter` is in [0, 1).
 * The result ignores the dialing window: a lead that is due at night waits for the opening.
 * A list of gaps is walked by the attempts, an ending's own list by the attempts that ended so. Example, with
 * `maxAttempts` 4, `backoffMinutes` [10, 60] and `perStatus.busy` { maxAttempts: 2, backoffMinutes: 5 }: no answer → 10
 * minutes; busy → 5; no answer → 60; a second busy would have been the end, as the fourth attempt is in any case.
 */
export function nextAttemptAt(ended: EndedAttempt, policy: RetryPolicy, now: number, jitter = 0): number | undefined {
  const { ending, retry, attempts, attemptsAlike = attempts } = ended;
  if (retry === "never" || attempts >= policy.maxAttempts || !isRetried(ending, policy)) return undefined;
  const own = policy.perStatus?.[ending];
  if (own?.maxAttempts !== undefined && attemptsAlike >= own.maxAttempts) return undefined;
  const gapMinutes = own?.backoffMinutes === undefined ? gapOf(policy.backoffMinutes, attempts) : gapOf(own.backoffMinutes, attemptsAlike);
  const share = ((policy.jitterPercent ?? 0) / 100) * jitter;
  return now + Math.round(gapMinutes * MINUTE * (1 + share));
}

function isRetried(ending: CallEnding, { retryOn }: RetryPolicy): ending is RetryableEnding {
  return (retryOn as readonly CallEnding[]).includes(ending);
}

/** The gap in minutes after the attempt with this number, 1 being the first. */
function gapOf(backoff: Backoff, attempt: number): number {
  if (typeof backoff === "number") return backoff;
  return backoff[Math.min(attempt, backoff.length) - 1] ?? 0;
}

const FIRST_REQUEUE_MS = 5 * SECOND;
const LONGEST_REQUEUE_MS = 15 * MINUTE;

/**
 * Like `requeueAt`, for a person who picked up and found nobody: not before the policy's gap has passed, as after an attempt
 * that counts. `attempts` are those before this one.
 */
export function requeueAnsweredAt(requeues: number, attempts: number, policy: RetryPolicy, now: number): number {
  return Math.max(requeueAt(requeues, now), now + gapOf(policy.backoffMinutes, attempts + 1) * MINUTE);
}

/**
 * The instant from which a lead whose attempt was given back may be tried again: 5 s after the first fault,
 * then twice as long each time, 15 minutes at most. `requeues` counts the faults in a row, this one included.
 */
export function requeueAt(requeues: number, now: number): number {
  const doublings = Math.min(Math.max(0, requeues - 1), 16);
  return now + Math.min(LONGEST_REQUEUE_MS, FIRST_REQUEUE_MS * 2 ** doublings);
}
