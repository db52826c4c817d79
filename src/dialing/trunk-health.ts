// What this process knows of its trunks: how they fare (breaker) and how many calls they got in the last second (rate).

import type { CallOrder } from "../calls/dialer.ts";
import { type DialResult, isOurFault } from "../calls/ending.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { createRateWindow, type RateTicket, type RateWindow } from "../runtime/rate.ts";
import { afterFault, afterSuccess, type BreakerState, breakerReason, breakerVerdict, closedBreaker } from "./breaker.ts";

interface TrunkRate {
  id: string;
  callsPerSecond: number | null;
}

export interface TrunkHealth {
  /** Learns from what the dialer reported of a call. */
  learn(order: CallOrder, result: DialResult, now: EpochMs): void;
  /** Until when no call may leave through it; undefined when it is not held. */
  heldUntil(trunkId: string, now: EpochMs): EpochMs | undefined;
  /** One call at a time, to find out whether it works again. */
  isProbing(trunkId: string, now: EpochMs): boolean;
  /** Why it is held or probed, for people; null when it is neither. */
  reason(trunkId: string, trunkName: string): string | null;
  /** Starts left in the current second, Infinity without a rate. Instants are monotonic. */
  freeStarts(trunk: TrunkRate, nowMs: number): number;
  takeStart(trunk: TrunkRate, nowMs: number): RateTicket;
  /** Milliseconds until the rate lets another call start; undefined when it does not limit now. */
  nextStartIn(trunk: TrunkRate, nowMs: number): number | undefined;
  /** Until `untilMs` no trunk with a rate has a start left: an earlier process may have used them up. */
  holdRates(untilMs: number): void;
}

/** Empty at the start of a process: what it knew is learnt again in five calls. */
export function createTrunkHealth(): TrunkHealth {
  const breakers = new Map<string, BreakerState>();
  const rates = new Map<string, RateWindow>();
  let ratesHeldUntilMs = 0;
  const breakerOf = (trunkId: string) => breakers.get(trunkId) ?? closedBreaker;
  // A trunk without a rate is counted too: it may get one within the second.
  const rateOf = ({ id, callsPerSecond }: TrunkRate): RateWindow => {
    const limit = callsPerSecond ?? Number.POSITIVE_INFINITY;
    const known = rates.get(id);
    known?.setLimit(limit);
    if (known !== undefined) return known;
    const window = createRateWindow(limit);
    rates.set(id, window);
    return window;
  };
  const isHeld = ({ callsPerSecond }: TrunkRate, nowMs: number) => callsPerSecond !== null && nowMs < ratesHeldUntilMs;
  return {
    learn({ callId, trunk }, result, now) {
      breakers.set(trunk.id, isOurFault(result.retry) ? afterFault(breakerOf(trunk.id), callId, result.reason, now) : afterSuccess());
    },
    heldUntil(trunkId, now) {
      const verdict = breakerVerdict(breakerOf(trunkId), now);
      return verdict.kind === "held" ? verdict.until : undefined;
    },
    isProbing: (trunkId, now) => breakerVerdict(breakerOf(trunkId), now).kind === "probe",
    reason(trunkId, trunkName) {
      const state = breakerOf(trunkId);
      return state.heldUntil === undefined ? null : breakerReason(state, trunkName);
    },
    freeStarts: (trunk, nowMs) => (isHeld(trunk, nowMs) ? 0 : rateOf(trunk).available(nowMs)),
    takeStart: (trunk, nowMs) => rateOf(trunk).take(nowMs),
    nextStartIn(trunk, nowMs) {
      if (isHeld(trunk, nowMs)) return ratesHeldUntilMs - nowMs;
      const rate = rateOf(trunk);
      return rate.available(nowMs) > 0 ? undefined : rate.nextAt(nowMs) - nowMs;
    },
    holdRates: (untilMs) => void (ratesHeldUntilMs = untilMs),
  };
}
