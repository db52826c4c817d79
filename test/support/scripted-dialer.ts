// A dialer whose far end is the test: it records what is placed and lets the test ring, answer and end each call.

import type { BotWord } from "../../src/calls/bot.ts";
import type { CallEvents, CallOrder, Dialer } from "../../src/calls/dialer.ts";
import type { DialResult } from "../../src/calls/ending.ts";

export const completedResult: DialResult = {
  ending: "completed",
  retry: "policy",
  reason: "normal_clearing",
  sipCode: 200,
  hungUpBy: "them",
  ringMs: 4_000,
  talkMs: 60_000,
};
export const busyResult: DialResult = { ending: "busy", retry: "policy", reason: "busy", sipCode: 486, ringMs: 0, talkMs: 0 };
export const noAnswerResult: DialResult = {
  ending: "no_answer",
  retry: "policy",
  reason: "no_answer",
  sipCode: 480,
  ringMs: 45_000,
  talkMs: 0,
};
export const failedResult: DialResult = { ending: "failed", retry: "policy", reason: "server_error", sipCode: 500, ringMs: 0, talkMs: 0 };
export const trunkBusyResult: DialResult = { ending: "failed", retry: "requeue", reason: "trunk_busy", sipCode: 503, ringMs: 0, talkMs: 0 };

export interface ScriptedDialer extends Dialer {
  /** Every order, in the order of placing. */
  placed: CallOrder[];
  /** Numbers placed, for short assertions. */
  numbers(): string[];
  /** Placed and not ended. */
  open(): CallOrder[];
  ring(number: string): void;
  answer(number: string): void;
  tell(number: string, word: BotWord): void;
  end(number: string, result?: DialResult): void;
  endAll(result?: DialResult): void;
  /** Something is said of the call. */
  tell(number: string, word: BotWord): void;
  hungUp: { number: string; reason: string }[];
  /** What it answers when a person is to be handed over; undefined while it cannot. */
  onTransfer: ((destination: string) => string | undefined) | undefined;
  /** Why bots were refused what they asked for. */
  refusedTransfers: string[];
  /** The far end and the wire are gone; nothing will be reported. */
  forget(): void;
}

export function createScriptedDialer(now: () => number): ScriptedDialer {
  const calls = new Map<string, { order: CallOrder; events: CallEvents }>();
  const find = (number: string) => {
    const call = [...calls.values()].find(({ order }) => order.to === number);
    if (call === undefined)
      throw new Error(`no open call to ${number}; open: ${[...calls.values()].map(({ order }) => order.to).join(", ")}`);
    return call;
  };
  const dialer: ScriptedDialer = {
    placed: [],
    hungUp: [],
    onTransfer: undefined,
    refusedTransfers: [],
    numbers: () => dialer.placed.map((order) => order.to),
    open: () => [...calls.values()].map(({ order }) => order),
    place(order, events) {
      dialer.placed.push(order);
      calls.set(order.callId, { order, events });
      const { onTransfer } = dialer;
      return {
        hangUp: (reason) => void dialer.hungUp.push({ number: order.to, reason }),
        refuseTransfer: (reason) => void dialer.refusedTransfers.push(reason),
        ...(onTransfer === undefined ? {} : { transfer: onTransfer }),
      };
    },
    ring: (number) => find(number).events.ringing(now()),
    tell: (number, word) => find(number).events.told(word),
    answer: (number) => find(number).events.answered(now()),
    end(number, result = completedResult) {
      const { order, events } = find(number);
      calls.delete(order.callId);
      events.ended(result);
    },
    endAll(result = completedResult) {
      for (const { order } of [...calls.values()]) dialer.end(order.to, result);
    },
    forget: () => calls.clear(),
    check: () => Promise.resolve(undefined),
    endOrphan: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
  return dialer;
}
