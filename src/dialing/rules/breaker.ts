// The breaker of a trunk, or of an agent's bot: a run of its faults holds every campaign that needs it, so that what is dead
// costs nobody an attempt. After a while one call probes it. Pure: states in, states out; `now` is epoch ms.

export interface BreakerState {
  /** The calls of the present run of faults, oldest first, the last ten. */
  faultyCallIds: readonly string[];
  faults: number;
  lastReason: string;
  /** How often it has opened without a success in between. */
  openings: number;
  /** Set while it is open: no call before this instant, then one at a time. */
  heldUntil: number | undefined;
}

export const closedBreaker: BreakerState = { faultyCallIds: [], faults: 0, lastReason: "", openings: 0, heldUntil: undefined };

/** Faults in a row that open it: fewer would let two unlucky calls stop a campaign. */
export const FAULTS_TO_OPEN = 5;
const MOST_CALLS_NAMED = 10;
const FIRST_HOLD_MS = 30_000;
const LONGEST_HOLD_MS = 10 * 60_000;

/** A call came back with a fault of this side. While held, every further fault holds it anew, longer. */
export function afterFault(state: BreakerState, callId: string, reason: string, now: number): BreakerState {
  const faults = state.faults + 1;
  const next = { ...state, faults, lastReason: reason, faultyCallIds: [...state.faultyCallIds, callId].slice(-MOST_CALLS_NAMED) };
  const stillHeld = state.heldUntil !== undefined && now < state.heldUntil;
  if (faults < FAULTS_TO_OPEN || stillHeld) return next;
  const openings = state.openings + 1;
  return { ...next, openings, heldUntil: now + Math.min(LONGEST_HOLD_MS, FIRST_HOLD_MS * 2 ** Math.min(openings - 1, 10)) };
}

/** It did its part of a call, whatever became of that. */
export function afterSuccess(): BreakerState {
  return closedBreaker;
}

/** How many calls it may have in flight: everything, nothing before `until`, or one as a probe. */
export type BreakerVerdict = { kind: "closed" } | { kind: "held"; until: number } | { kind: "probe" };

/** What the state means at `now`. */
export function breakerVerdict(state: BreakerState, now: number): BreakerVerdict {
  if (state.heldUntil === undefined) return { kind: "closed" };
  return now < state.heldUntil ? { kind: "held", until: state.heldUntil } : { kind: "probe" };
}

/** For people: what happened, to which calls; `through` names the side, as in `through trunk 'Main'`. */
export function breakerReason(state: BreakerState, through: string): string {
  return `held: the last ${state.faults} calls ${through} failed (${state.lastReason}): ${state.faultyCallIds.join(", ")}`;
}
