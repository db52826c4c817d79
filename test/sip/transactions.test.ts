import { describe, expect, test } from "bun:test";
import {
  idleInvite,
  type InviteStage,
  type InviteState,
  stepInvite,
  type TransactionEffect,
  type TransactionInput,
} from "../../src/sip/transaction/invite-transaction.ts";
import { idleRequest, type RequestStage, type RequestState, stepRequest } from "../../src/sip/transaction/non-invite-transaction.ts";
import { standardTimers } from "../../src/sip/transaction/timers.ts";

const udp = { ...standardTimers, reliable: false };
const tcp = { ...standardTimers, reliable: true };
const response = (status: number): TransactionInput => ({ kind: "response", status });
const timer = (name: "repeat" | "patience" | "linger"): TransactionInput => ({ kind: "timer", timer: name });
const start: TransactionInput = { kind: "start" };
const unreachable: TransactionInput = { kind: "unreachable" };

/** `send`, `start repeat 500`, `stop repeat`, … */
const words = (effects: readonly TransactionEffect[]) =>
  effects.map((effect) => {
    if (effect.kind === "start") return `start ${effect.timer} ${effect.afterMs}`;
    return effect.kind === "stop" ? `stop ${effect.timer}` : effect.kind;
  });
const label = (input: TransactionInput) =>
  input.kind === "response" ? String(input.status) : input.kind === "timer" ? `timer ${input.timer}` : input.kind;
const stops = ["stop repeat", "stop patience"];

const inviteTable: [InviteStage, TransactionInput, InviteStage, string[]][] = [
  ["idle", start, "calling", ["send", "start patience 32000", "start repeat 500"]],
  ["idle", response(200), "idle", []],
  ["calling", start, "calling", []],
  ["calling", timer("repeat"), "calling", ["send", "start repeat 1000"]],
  ["calling", timer("patience"), "terminated", ["stop repeat", "timeout"]],
  ["calling", timer("linger"), "calling", []],
  ["calling", response(100), "proceeding", [...stops, "report"]],
  ["calling", response(200), "accepted", [...stops, "start linger 32000", "report"]],
  ["calling", response(486), "finished", [...stops, "ack", "start linger 32000", "report"]],
  ["calling", unreachable, "terminated", [...stops, "unreachable"]],
  ["proceeding", start, "proceeding", []],
  ["proceeding", response(180), "proceeding", ["report"]],
  ["proceeding", timer("repeat"), "proceeding", []],
  ["proceeding", timer("patience"), "proceeding", []],
  ["proceeding", response(200), "accepted", [...stops, "start linger 32000", "report"]],
  ["proceeding", response(603), "finished", [...stops, "ack", "start linger 32000", "report"]],
  ["proceeding", unreachable, "terminated", [...stops, "unreachable"]],
  ["finished", response(486), "finished", ["ack"]],
  ["finished", response(180), "finished", []],
  ["finished", response(200), "finished", []],
  ["finished", timer("linger"), "terminated", []],
  ["finished", timer("repeat"), "finished", []],
  ["finished", unreachable, "finished", []],
  ["accepted", response(200), "accepted", ["report"]],
  ["accepted", response(180), "accepted", []],
  ["accepted", response(486), "accepted", []],
  ["accepted", timer("linger"), "terminated", []],
  ["accepted", unreachable, "accepted", []],
  ["terminated", response(200), "terminated", []],
  ["terminated", timer("linger"), "terminated", []],
  ["terminated", start, "terminated", []],
];

describe("the INVITE's transaction over UDP", () => {
  test.each(inviteTable.map(([from, input, to, effects]) => ({ from, input, to, effects, what: label(input) })))(
    "$from, $what → $to",
    ({ from, input, to, effects }) => {
      const step = stepInvite({ stage: from, repeatMs: 500 }, input, udp);
      expect(step.state.stage).toBe(to);
      expect(words(step.effects)).toEqual(effects);
    },
  );

  test("pauses double without a limit until timer B", () => {
    let state: InviteState = stepInvite(idleInvite, start, udp).state;
    const pauses: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const step = stepInvite(state, timer("repeat"), udp);
      state = step.state;
      pauses.push(state.repeatMs);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
  });
});

describe("the INVITE's transaction over TCP", () => {
  test("repeats nothing", () => expect(words(stepInvite(idleInvite, start, tcp).effects)).toEqual(["send", "start patience 32000"]));
  test("is over with a refusal", () => {
    const step = stepInvite({ stage: "proceeding", repeatMs: 500 }, response(404), tcp);
    expect([step.state.stage, ...words(step.effects)]).toEqual(["terminated", ...stops, "ack", "report"]);
  });
  test("still waits for repeated 200s, which come end to end", () =>
    expect(stepInvite({ stage: "proceeding", repeatMs: 500 }, response(200), tcp).state.stage).toBe("accepted"));
});

const requestTable: [RequestStage, TransactionInput, RequestStage, string[]][] = [
  ["idle", start, "trying", ["send", "start patience 32000", "start repeat 500"]],
  ["idle", timer("repeat"), "idle", []],
  ["trying", start, "trying", []],
  ["trying", timer("repeat"), "trying", ["send", "start repeat 1000"]],
  ["trying", timer("patience"), "terminated", [...stops, "timeout"]],
  ["trying", timer("linger"), "trying", []],
  ["trying", response(100), "proceeding", ["report"]],
  ["trying", response(200), "finished", [...stops, "start linger 5000", "report"]],
  ["trying", unreachable, "terminated", [...stops, "unreachable"]],
  ["proceeding", timer("repeat"), "proceeding", ["send", "start repeat 4000"]],
  ["proceeding", timer("patience"), "terminated", [...stops, "timeout"]],
  ["proceeding", response(481), "finished", [...stops, "start linger 5000", "report"]],
  ["finished", response(200), "finished", []],
  ["finished", timer("repeat"), "finished", []],
  ["finished", timer("linger"), "terminated", []],
  ["terminated", response(200), "terminated", []],
];

describe("another request's transaction over UDP", () => {
  test.each(requestTable.map(([from, input, to, effects]) => ({ from, input, to, effects, what: label(input) })))(
    "$from, $what → $to",
    ({ from, input, to, effects }) => {
      const step = stepRequest({ stage: from, repeatMs: 500 }, input, udp);
      expect(step.state.stage).toBe(to);
      expect(words(step.effects)).toEqual(effects);
    },
  );

  test("pauses double up to T2", () => {
    let state: RequestState = stepRequest(idleRequest, start, udp).state;
    const pauses: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      state = stepRequest(state, timer("repeat"), udp).state;
      pauses.push(state.repeatMs);
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 4_000, 4_000]);
  });

  test("over TCP it is over with its answer", () =>
    expect(stepRequest({ stage: "trying", repeatMs: 500 }, response(200), tcp).state.stage).toBe("terminated"));
});
