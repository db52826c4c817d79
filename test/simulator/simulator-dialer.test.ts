import { describe, expect, test } from "bun:test";
import type { CallOrder } from "../../src/calls/dialer.ts";
import type { DialResult } from "../../src/calls/ending.ts";
import { createSimulator } from "../../src/simulator/simulator-dialer.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { plainPlan } from "../support/bot-plan.ts";

/** A call that rings for 200 ms and talks for 400 ms of real time. */
function placeCall() {
  const clock = createFakeClock();
  const order: CallOrder = {
    callId: "call_1",
    attempt: 1,
    from: "+912200000001",
    to: "+919876500200",
    ringTimeoutMs: 45_000,
    maxDurationMs: 600_000,
    bot: plainPlan(),
    trunk: { id: "trk_1", driver: "simulator", options: { ringMs: 200, talkMs: 400 } },
  };
  const ended: DialResult[] = [];
  const nothing = () => undefined;
  const call = createSimulator({ clock }).place(order, {
    ringing: nothing,
    answered: nothing,
    trace: nothing,
    told: nothing,
    ended: (result) => ended.push(result),
  });
  return { clock, call, ended };
}

describe("a transfer of a simulated call", () => {
  test("ends the conversation at once, with that reason", () => {
    const { clock, call, ended } = placeCall();
    clock.advance(300);
    call.transfer?.("+919876500001");
    clock.settle();
    expect(ended).toMatchObject([{ ending: "completed", reason: "transferred", hungUpBy: "us", talkMs: 95_000 }]);
    clock.advance(1_000);
    expect(ended.length).toBe(1);
  });

  test("does nothing to a call that rings, or is over", () => {
    const { clock, call, ended } = placeCall();
    clock.advance(100);
    call.transfer?.("+919876500001");
    clock.advance(1_000);
    expect(ended).toMatchObject([{ ending: "completed", reason: "normal_clearing" }]);
    call.transfer?.("+919876500001");
    clock.advance(1_000);
    expect(ended.length).toBe(1);
  });
});
