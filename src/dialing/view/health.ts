// What this process knows of the sides that its calls need, a breaker each: the trunks they leave through, and the bots
// that talk. A fault of one says nothing against the other.

import type { CallOrder } from "../../calls/dialer.ts";
import { type DialResult, type Sign, signsOf } from "../../calls/ending.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { afterFault, afterSuccess, type BreakerState, breakerReason, breakerVerdict, closedBreaker } from "../rules/breaker.ts";
import type { TrunkState } from "../rules/detour.ts";

/** The breakers of one side, by id: of a trunk, or of the agent whose bot it is. */
export interface Health {
  /** Until when no call may need it; undefined when it is not held. */
  heldUntil(id: string, now: EpochMs): EpochMs | undefined;
  /** `probing`: one call at a time, to find out whether it works again. */
  stateOf(id: string, now: EpochMs): TrunkState;
  /** Why it is held or probed, for people; null when it is neither. */
  reason(id: string, name: string): string | null;
}

/** Both sides of every call. */
export interface LineHealth {
  trunks: Health;
  /** By agent: all its versions talk through one bot. */
  bots: Health;
  /** Learns from what the dialer reported of a call. */
  learn(order: CallOrder, agentId: string, result: DialResult, now: EpochMs): void;
}

/** Empty at the start of a process: what it knew is learnt again in five calls. */
export function createLineHealth(): LineHealth {
  const trunks = createSide((name) => `through trunk '${name}'`);
  const bots = createSide((name) => `with the bot of agent '${name}'`);
  return {
    trunks,
    bots,
    learn({ callId, trunk }, agentId, result, now) {
      const signs = signsOf(result);
      trunks.learn(trunk.id, signs.trunk, callId, result.reason, now);
      bots.learn(agentId, signs.bot, callId, result.reason, now);
    },
  };
}

function createSide(
  words: (name: string) => string,
): Health & { learn(id: string, sign: Sign, callId: string, reason: string, now: EpochMs): void } {
  const breakers = new Map<string, BreakerState>();
  const breakerOf = (id: string) => breakers.get(id) ?? closedBreaker;
  return {
    learn(id, sign, callId, reason, now) {
      if (sign === "good") breakers.set(id, afterSuccess());
      if (sign === "fault") breakers.set(id, afterFault(breakerOf(id), callId, reason, now));
    },
    heldUntil(id, now) {
      const verdict = breakerVerdict(breakerOf(id), now);
      return verdict.kind === "held" ? verdict.until : undefined;
    },
    stateOf(id, now) {
      const { kind } = breakerVerdict(breakerOf(id), now);
      if (kind === "closed") return "works";
      return kind === "probe" ? "probing" : "held";
    },
    reason(id, name) {
      const state = breakerOf(id);
      return state.heldUntil === undefined ? null : breakerReason(state, words(name));
    },
  };
}
