// The pace: how many calls may start now under every rate that applies: a trunk's, a campaign's, a number's, the whole.

import { createRateWindow, type RateTicket, type RateWindow } from "../../runtime/rate.ts";

/** A rate under a name of its own; null limits nothing. */
export interface Rate {
  name: string;
  perSecond: number | null;
}

export interface Paces {
  /** Starts left in the current second under one rate; Infinity when it limits nothing. Instants are monotonic ms. */
  free(rate: Rate, nowMs: number): number;
  /** Takes a start under each of the rates; the caller has asked `free`. */
  take(rates: readonly Rate[], nowMs: number): RateTicket;
  /** Milliseconds until every rate lets another call start; undefined when they do now. */
  nextStartIn(rates: readonly Rate[], nowMs: number): number | undefined;
  /** Until `untilMs` no rate has a start left: an earlier process may have used them up. */
  hold(untilMs: number): void;
}

/** Empty at the start of a process. What is not limited is counted too: it may get a limit within the second. */
export function createPaces(): Paces {
  const windows = new Map<string, RateWindow>();
  let heldUntilMs = 0;
  const windowOf = ({ name, perSecond }: Rate): RateWindow => {
    const limit = perSecond ?? Number.POSITIVE_INFINITY;
    const known = windows.get(name) ?? createRateWindow(limit);
    known.setLimit(limit);
    windows.set(name, known);
    return known;
  };
  const isHeld = ({ perSecond }: Rate, nowMs: number) => perSecond !== null && nowMs < heldUntilMs;
  const waitOf = (rate: Rate, nowMs: number): number => {
    if (isHeld(rate, nowMs)) return heldUntilMs - nowMs;
    const window = windowOf(rate);
    return window.available(nowMs) > 0 ? 0 : window.nextAt(nowMs) - nowMs;
  };
  return {
    free: (rate, nowMs) => (isHeld(rate, nowMs) ? 0 : windowOf(rate).available(nowMs)),
    take(rates, nowMs) {
      const tickets = rates.map((rate) => windowOf(rate).take(nowMs));
      return {
        sent: (sentMs) => tickets.forEach((ticket) => ticket.sent(sentMs)),
        cancel: () => tickets.forEach((ticket) => ticket.cancel()),
      };
    },
    nextStartIn(rates, nowMs) {
      const wait = Math.max(0, ...rates.map((rate) => waitOf(rate, nowMs)));
      return wait === 0 ? undefined : wait;
    },
    hold: (untilMs) => void (heldUntilMs = untilMs),
  };
}
