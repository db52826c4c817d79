// The client's transaction of every other request (RFC 3261 §17.1.2): state and input in, state and effects out.

import type { TransactionEffect, TransactionInput, TransactionStep, TransactionTimers } from "./invite-transaction.ts";
import { patienceMs } from "./timers.ts";

/**
 * - `trying`: sent, repeated by timer E on UDP until timer F.
 * - `proceeding`: a 1xx was heard; repeated each T2 from now on.
 * - `finished`: answered; repeats of the answer are swallowed until timer K.
 */
export type RequestStage = "idle" | "trying" | "proceeding" | "finished" | "terminated";

export interface RequestState {
  stage: RequestStage;
  /** The pause before the next repeat. */
  repeatMs: number;
}

export const idleRequest: RequestState = { stage: "idle", repeatMs: 0 };

const stay = (state: RequestState): TransactionStep<RequestState> => ({ state, effects: [] });

/** Answers every input in every stage; what does not matter there changes nothing. */
export function stepRequest(state: RequestState, input: TransactionInput, timers: TransactionTimers): TransactionStep<RequestState> {
  switch (state.stage) {
    case "idle":
      return input.kind === "start" ? start(timers) : stay(state);
    case "trying":
    case "proceeding":
      return waiting(state, input, timers);
    case "finished":
      return input.kind === "timer" && input.timer === "linger" ? { state: { ...state, stage: "terminated" }, effects: [] } : stay(state);
    case "terminated":
      return stay(state);
    default:
      return state.stage satisfies never;
  }
}

function start(timers: TransactionTimers): TransactionStep<RequestState> {
  const effects: TransactionEffect[] = [{ kind: "send" }, { kind: "start", timer: "patience", afterMs: patienceMs(timers) }];
  if (!timers.reliable) effects.push({ kind: "start", timer: "repeat", afterMs: timers.t1Ms });
  return { state: { stage: "trying", repeatMs: timers.t1Ms }, effects };
}

function waiting(state: RequestState, input: TransactionInput, timers: TransactionTimers): TransactionStep<RequestState> {
  switch (input.kind) {
    case "response":
      return answered(state, input.status, timers);
    case "unreachable":
      return { state: { ...state, stage: "terminated" }, effects: [...stopAll, { kind: "unreachable" }] };
    case "timer":
      if (input.timer === "patience") return { state: { ...state, stage: "terminated" }, effects: [...stopAll, { kind: "timeout" }] };
      return input.timer === "repeat" ? repeated(state, timers) : stay(state);
    case "start":
      return stay(state);
    default:
      return input satisfies never;
  }
}

const stopAll: readonly TransactionEffect[] = [
  { kind: "stop", timer: "repeat" },
  { kind: "stop", timer: "patience" },
];

/** Pauses double up to T2; once a 1xx was heard they are T2 (§17.1.2.2). */
function repeated(state: RequestState, timers: TransactionTimers): TransactionStep<RequestState> {
  const repeatMs = state.stage === "proceeding" ? timers.t2Ms : Math.min(timers.t2Ms, state.repeatMs * 2);
  return { state: { ...state, repeatMs }, effects: [{ kind: "send" }, { kind: "start", timer: "repeat", afterMs: repeatMs }] };
}

function answered(state: RequestState, status: number, timers: TransactionTimers): TransactionStep<RequestState> {
  if (status < 200) return { state: { ...state, stage: "proceeding" }, effects: [{ kind: "report" }] };
  if (timers.reliable) return { state: { ...state, stage: "terminated" }, effects: [...stopAll, { kind: "report" }] };
  return {
    state: { ...state, stage: "finished" },
    effects: [...stopAll, { kind: "start", timer: "linger", afterMs: timers.t4Ms }, { kind: "report" }],
  };
}
