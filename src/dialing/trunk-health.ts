// What this process knows of its trunks: which of them work, by their breakers.

import type { CallOrder } from "../calls/dialer.ts";
import { type DialResult, isOurFault } from "../calls/ending.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { afterFault, afterSuccess, type BreakerState, breakerReason, breakerVerdict, closedBreaker } from "./breaker.ts";
import type { TrunkState } from "./detour.ts";

export interface TrunkHealth {
  /** Learns from what the dialer reported of a call. */
  learn(order: CallOrder, result: DialResult, now: EpochMs): void;
  /** Until when no call may leave through it; undefined when it is not held. */
  heldUntil(trunkId: string, now: EpochMs): EpochMs | undefined;
  /** One call at a time, to find out whether it works again. */
  isProbing(trunkId: string, now: EpochMs): boolean;
  stateOf(trunkId: string, now: EpochMs): TrunkState;
  /** Why it is held or probed, for people; null when it is neither. */
  reason(trunkId: string, trunkName: string): string | null;
}

/** Empty at the start of a process: what it knew is learnt again in five calls. */
export function createTrunkHealth(): TrunkHealth {
  const breakers = new Map<string, BreakerState>();
  const breakerOf = (trunkId: string) => breakers.get(trunkId) ?? closedBreaker;
  return {
    learn({ callId, trunk }, result, now) {
      breakers.set(trunk.id, isOurFault(result.retry) ? afterFault(breakerOf(trunk.id), callId, result.reason, now) : afterSuccess());
    },
    heldUntil(trunkId, now) {
      const verdict = breakerVerdict(breakerOf(trunkId), now);
      return verdict.kind === "held" ? verdict.until : undefined;
    },
    isProbing: (trunkId, now) => breakerVerdict(breakerOf(trunkId), now).kind === "probe",
    stateOf(trunkId, now) {
      const { kind } = breakerVerdict(breakerOf(trunkId), now);
      if (kind === "closed") return "works";
      return kind === "probe" ? "probing" : "held";
    },
    reason(trunkId, trunkName) {
      const state = breakerOf(trunkId);
      return state.heldUntil === undefined ? null : breakerReason(state, trunkName);
    },
  };
}
