// The pace: how many calls may start now under every rate that applies: a trunk's, a campaign's, a number's, the whole.

import { createRateWindow, type RateTicket, type RateWindow } from "../runtime/rate.ts";

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
}

/** Empty at the start of a process. A rate whose limit changes begins anew. */
export function createPaces(): Paces {
  const windows = new Map<string, { limit: number; window: RateWindow }>();
  const windowOf = ({ name, perSecond }: Rate): RateWindow | undefined => {
    if (perSecond === null) return undefined;
    const known = windows.get(name);
    if (known?.limit === perSecond) return known.window;
    const window = createRateWindow(perSecond);
    windows.set(name, { limit: perSecond, window });
    return window;
  };
  return {
    free: (rate, nowMs) => windowOf(rate)?.available(nowMs) ?? Number.POSITIVE_INFINITY,
    take(rates, nowMs) {
      const tickets = rates.flatMap((rate) => windowOf(rate)?.take(nowMs) ?? []);
      return {
        sent: (sentMs) => tickets.forEach((ticket) => ticket.sent(sentMs)),
        cancel: () => tickets.forEach((ticket) => ticket.cancel()),
      };
    },
    nextStartIn(rates, nowMs) {
      const waits = rates.flatMap((rate) => {
        const window = windowOf(rate);
        return window === undefined || window.available(nowMs) > 0 ? [] : [window.nextAt(nowMs) - nowMs];
      });
      return waits.length === 0 ? undefined : Math.max(...waits);
    },
  };
}
