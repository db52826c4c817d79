// The client's INVITE transaction (RFC 3261 §17.1.1, with RFC 6026's Accepted state): state and input in, state and
// effects out. client-transaction.ts performs the effects.

import { patienceMs, type SipTimers } from "./timers.ts";

/**
 * - `calling`: sent, nothing heard; repeated by timer A on UDP until timer B.
 * - `proceeding`: a 1xx was heard; nothing is repeated any more, and the caller must bring its own patience.
 * - `finished` (the RFC says Completed): a final answer of 300 or more; each repeat of it is acknowledged again until timer D.
 * - `accepted`: a 2xx; later ones (forks, repeats) are handed on until timer M.
 */
export type InviteStage = "idle" | "calling" | "proceeding" | "finished" | "accepted" | "terminated";

export interface InviteState {
  stage: InviteStage;
  /** The pause before the next repeat. */
  repeatMs: number;
}

export type TransactionInput =
  { kind: "start" } | { kind: "response"; status: number } | { kind: "timer"; timer: TimerName } | { kind: "unreachable" };

export type TimerName = "repeat" | "patience" | "linger";

export type TransactionEffect =
  | { kind: "send" }
  /** Acknowledge a final answer of 300 or more, within the transaction. */
  | { kind: "ack" }
  | { kind: "start"; timer: TimerName; afterMs: number }
  | { kind: "stop"; timer: TimerName }
  /** Hand the response to the call. */
  | { kind: "report" }
  | { kind: "timeout" }
  | { kind: "unreachable" };

export interface TransactionStep<State> {
  state: State;
  effects: readonly TransactionEffect[];
}

export interface TransactionTimers extends SipTimers {
  /** TCP and TLS: nothing is repeated, nothing lingers. */
  reliable: boolean;
}

export const idleInvite: InviteState = { stage: "idle", repeatMs: 0 };

const stay = (state: InviteState): TransactionStep<InviteState> => ({ state, effects: [] });
const stopAll: readonly TransactionEffect[] = [
  { kind: "stop", timer: "repeat" },
  { kind: "stop", timer: "patience" },
];

/** Answers every input in every stage; what does not matter there changes nothing. */
export function stepInvite(state: InviteState, input: TransactionInput, timers: TransactionTimers): TransactionStep<InviteState> {
  switch (state.stage) {
    case "idle":
      return input.kind === "start" ? start(timers) : stay(state);
    case "calling":
      return calling(state, input, timers);
    case "proceeding":
      if (input.kind === "response") return answered(state, input.status, timers);
      return input.kind === "unreachable" ? lost(state) : stay(state);
    case "finished":
      if (input.kind === "response" && input.status >= 300) return { state, effects: [{ kind: "ack" }] };
      return input.kind === "timer" && input.timer === "linger" ? ended(state) : stay(state);
    case "accepted":
      if (input.kind === "response" && input.status >= 200 && input.status < 300) return { state, effects: [{ kind: "report" }] };
      return input.kind === "timer" && input.timer === "linger" ? ended(state) : stay(state);
    case "terminated":
      return stay(state);
    default:
      return state.stage satisfies never;
  }
}

function start(timers: TransactionTimers): TransactionStep<InviteState> {
  const effects: TransactionEffect[] = [{ kind: "send" }, { kind: "start", timer: "patience", afterMs: patienceMs(timers) }];
  if (!timers.reliable) effects.push({ kind: "start", timer: "repeat", afterMs: timers.t1Ms });
  return { state: { stage: "calling", repeatMs: timers.t1Ms }, effects };
}

function calling(state: InviteState, input: TransactionInput, timers: TransactionTimers): TransactionStep<InviteState> {
  if (input.kind === "response") return answered(state, input.status, timers);
  if (input.kind === "unreachable") return lost(state);
  if (input.kind !== "timer") return stay(state);
  if (input.timer === "patience") {
    return { state: { ...state, stage: "terminated" }, effects: [{ kind: "stop", timer: "repeat" }, { kind: "timeout" }] };
  }
  if (input.timer !== "repeat") return stay(state);
  // The INVITE's pauses double without a limit; timer B is what ends them (§17.1.1.2).
  const repeatMs = state.repeatMs * 2;
  return { state: { ...state, repeatMs }, effects: [{ kind: "send" }, { kind: "start", timer: "repeat", afterMs: repeatMs }] };
}

function answered(state: InviteState, status: number, timers: TransactionTimers): TransactionStep<InviteState> {
  if (status < 200)
    return { state: { ...state, stage: "proceeding" }, effects: [...(state.stage === "calling" ? stopAll : []), { kind: "report" }] };
  const linger: TransactionEffect = { kind: "start", timer: "linger", afterMs: patienceMs(timers) };
  if (status < 300) return { state: { ...state, stage: "accepted" }, effects: [...stopAll, linger, { kind: "report" }] };
  if (timers.reliable) return { state: { ...state, stage: "terminated" }, effects: [...stopAll, { kind: "ack" }, { kind: "report" }] };
  return { state: { ...state, stage: "finished" }, effects: [...stopAll, { kind: "ack" }, linger, { kind: "report" }] };
}

function lost(state: InviteState): TransactionStep<InviteState> {
  return { state: { ...state, stage: "terminated" }, effects: [...stopAll, { kind: "unreachable" }] };
}

function ended(state: InviteState): TransactionStep<InviteState> {
  return { state: { ...state, stage: "terminated" }, effects: [] };
}
