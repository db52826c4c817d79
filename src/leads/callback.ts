// When a person asked to be called again, read from what the bot made of the conversation. Pure; asked by the settle, and for an outcome that comes after it.

import type { Analysis } from "../calls/disposition.ts";
import { parseInstant } from "../runtime/instant.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** An analysis may reach us after the time that it names; older ones were no promise that can be kept. */
const LATEST_MS = HOUR;

/** Farther ahead nobody asks to be called: it is a mistake about the year. */
const FARTHEST_MS = 366 * DAY;

/** Attempts after which no bot may promise another call: one that hears a wish to be called back in everything would never end. */
export const MOST_PROMISED_ATTEMPTS = 10;

/**
 * The instant (epoch ms) of `callback_at` when `next_action` is `callback_later`; undefined when there is none that can
 * be kept, and the lead ends as it would have. At 12:00: `…T15:30:00+02:00` is 13:30Z; `…T11:30:00Z` is due at once;
 * `…T10:30:00Z`, "tomorrow" and a local time are none.
 */
export function callbackAtOf(analysis: Analysis | undefined, now: number): number | undefined {
  if (analysis?.next_action !== "callback_later" || typeof analysis.callback_at !== "string") return undefined;
  const at = parseInstant(analysis.callback_at);
  if (at === undefined || at < now - LATEST_MS || at > now + FARTHEST_MS) return undefined;
  return Math.max(at, now);
}
