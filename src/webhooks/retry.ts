// What becomes of a delivery after a try: done, tried again and when, or given up. Pure.

import { DeliveryStatus } from "./delivery-status.ts";

const { delivered, dead } = DeliveryStatus;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What one try came to. */
export type SendResult =
  /** The receiver answered. `retryAfter` is its header as it stands, `excerpt` the beginning of its body, `body` all of it, if asked for. */
  | { kind: "answer"; status: number; retryAfter?: string; excerpt?: string; body?: string }
  /** Nobody answered in time; `permanent` when trying again cannot help, as with a refused target. */
  | { kind: "error"; error: string; permanent?: boolean };

/** `at` is epoch ms. `error` is a sentence for the log of deliveries. */
export type NextStep = { kind: typeof delivered } | { kind: "retry"; at: number; error: string } | { kind: typeof dead; error: string };

/** The gaps between the tries: six tries in all. */
const GAPS_MS: readonly number[] = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 12 * HOUR];

/** A gap grows by up to this share, so that a receiver that comes back does not meet everything at once. */
const MOST_JITTER = 0.1;

/** A receiver may not put a delivery off for longer than this. */
const LONGEST_RETRY_AFTER_MS = 24 * HOUR;

/** Besides every 5xx: request timeout, too early, too many requests. */
const PASSING_STATUSES: readonly number[] = [408, 425, 429];

/**
 * `attempts` counts the tries so far, this one included; `jitter` is in [0, 1).
 * `Retry-After` can only make the gap longer: a receiver that says "in a second" to everything would otherwise have
 * used up all six tries within seconds. Examples, at 12:00 without jitter: the first 503 → 12:01; the second → 12:05;
 * the first 429 with `Retry-After: 600` → 12:10; a 302 or a 410 → dead; the sixth 503 → dead.
 */
export function afterTry(result: SendResult, attempts: number, now: number, jitter: number): NextStep {
  if (result.kind === "answer" && result.status >= 200 && result.status < 300) return { kind: delivered };
  const error = describe(result);
  if (!isPassing(result)) return { kind: dead, error };
  const gap = GAPS_MS[attempts - 1];
  if (gap === undefined) return { kind: dead, error: `given up after ${attempts} tries; the last one: ${error}` };
  const asked = result.kind === "answer" ? retryAfterMs(result.retryAfter, now) : 0;
  return { kind: "retry", at: now + Math.round(Math.max(gap, asked) * (1 + jitter * MOST_JITTER)), error };
}

function isPassing(result: SendResult): boolean {
  if (result.kind === "error") return result.permanent !== true;
  return (result.status >= 500 && result.status <= 599) || PASSING_STATUSES.includes(result.status);
}

function describe(result: SendResult): string {
  if (result.kind === "error") return result.error;
  const redirect = result.status >= 300 && result.status < 400 ? "; redirects are not followed" : "";
  const said = result.excerpt === undefined || result.excerpt === "" ? "" : `: ${result.excerpt}`;
  return `the receiver answered ${result.status}${redirect}${said}`;
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3); 0 for anything else, and for a date that has passed. */
function retryAfterMs(header: string | undefined, now: number): number {
  const text = header?.trim() ?? "";
  let wait = 0;
  if (/^\d+$/.test(text)) wait = Number(text) * SECOND;
  else if (text.endsWith(" GMT")) wait = Date.parse(text) - now;
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(0, wait), LONGEST_RETRY_AFTER_MS);
}
