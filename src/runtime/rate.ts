// Calls per second, exactly: at most `limit` starts in any 1,000 ms, however they fall.
// A sliding log instead of a bucket, because a bucket lets twice its rate through across a second's edge.

import { SECOND } from "./clock.ts";

/** One start that was granted. `sent` moves it to the moment at which it really left. */
export interface RateTicket {
  sent(nowMs: number): void;
  /** The start did not happen: gives the place back. */
  cancel(): void;
}

export interface RateWindow {
  /** How many may start at `nowMs` (monotonic). */
  available(nowMs: number): number;
  /** When the next place frees, in monotonic ms; `nowMs` if there is one. */
  nextAt(nowMs: number): number;
  /** Takes one place; the caller has asked `available`. */
  take(nowMs: number): RateTicket;
  /** Counts from now on; the starts of the last second still count against it. */
  setLimit(limit: number): void;
}

/** `limit` starts in any 1,000 ms of the monotonic clock; Infinity only remembers. */
export function createRateWindow(limit: number): RateWindow {
  let most = limit;
  let starts: { at: number }[] = [];
  const forget = (nowMs: number) => {
    starts = starts.filter((start) => start.at > nowMs - SECOND);
  };
  return {
    available(nowMs) {
      forget(nowMs);
      return Math.max(0, most - starts.length);
    },
    nextAt(nowMs) {
      forget(nowMs);
      const oldest = starts.map((start) => start.at).sort((a, b) => a - b)[starts.length - most];
      return oldest === undefined ? nowMs : oldest + SECOND;
    },
    take(nowMs) {
      const start = { at: nowMs };
      starts.push(start);
      return {
        sent: (sentMs) => void (start.at = sentMs),
        cancel: () => void (starts = starts.filter((other) => other !== start)),
      };
    },
    setLimit: (next) => void (most = next),
  };
}
