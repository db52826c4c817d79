// The machine before bots that fail: a run of their faults holds the campaigns of that agent and no other.

import { describe, expect, test } from "bun:test";
import type { DialResult } from "../../src/calls/ending.ts";
import { FAULTS_TO_OPEN } from "../../src/dialing/rules/breaker.ts";
import { createTestMachine, type TestMachine } from "../support/machine.ts";
import { completedResult, noAnswerResult } from "../support/scripted-dialer.ts";

const MINUTE = 60_000;
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `+91987650${String(1000 + from + index)}`);
const unreachable: DialResult = { ending: "failed", retry: "requeue", reason: "bot_unreachable", sipCode: 200, ringMs: 4_000, talkMs: 200 };
const crashed: DialResult = { ...unreachable, retry: "policy", reason: "bot_crashed", talkMs: 9_000 };

/** Answers and ends every open call. */
function endAll(world: TestMachine, result: DialResult) {
  for (const { to } of world.dialer.open()) {
    world.dialer.answer(to);
    world.dialer.end(to, result);
  }
  world.settle();
}

describe("a bot that fails in a row of calls", () => {
  test.each([
    ["bot_unreachable", unreachable],
    ["bot_crashed", crashed],
  ] as const)("%s: its agent's campaigns are held, those of other agents dial on through the same trunk", (reason, result) => {
    const world = createTestMachine();
    const sick = world.addCampaign({ leads: numbers(20), maxConcurrent: FAULTS_TO_OPEN });
    const twin = world.addCampaign({ leads: numbers(5, 100), maxConcurrent: 1 });
    world.setStatus(twin, "paused");
    world.settle();
    const calls = world.dialer.placed.map(({ callId }) => callId);
    endAll(world, result);
    world.setStatus(twin, "running");
    const other = world.addCampaign({ leads: numbers(3, 200), agent: { id: "agent_2" } });
    world.settle();
    expect(world.dialer.open().map(({ to }) => to)).toEqual(numbers(3, 200));
    for (const held of [sick, twin]) {
      expect(world.campaign(held).status_reason).toBe(
        `held: the last 5 calls with the bot of agent 'Anna' failed (${reason}): ${calls.join(", ")}`,
      );
    }
    expect(world.campaign(other).status_reason).toBeNull();
  });

  test("is tried again with one call over all its campaigns; one that talks sets it free", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(20), maxConcurrent: FAULTS_TO_OPEN });
    world.addCampaign({ leads: numbers(20, 100), maxConcurrent: 5, status: "paused", id: "cmp_b" });
    world.settle();
    endAll(world, unreachable);
    world.setStatus("cmp_b", "running");
    world.settle();
    world.clock.advance(29_999);
    expect(world.dialer.open()).toEqual([]);
    world.clock.advance(1);
    expect(world.dialer.open()).toHaveLength(1);
    // Not picked up: it says nothing about the bot, and the next one tries.
    world.dialer.end(world.dialer.open()[0]?.to ?? "", noAnswerResult);
    world.settle();
    expect(world.dialer.open()).toHaveLength(1);
    endAll(world, completedResult);
    expect(world.dialer.open()).toHaveLength(10);
    expect(world.campaign("cmp_b").status_reason).toBeNull();
  });

  test("a failed try holds it for twice as long", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(20), maxConcurrent: FAULTS_TO_OPEN });
    world.settle();
    endAll(world, unreachable);
    world.clock.advance(30_000);
    endAll(world, unreachable);
    world.clock.advance(MINUTE - 1);
    expect(world.dialer.open()).toEqual([]);
    world.clock.advance(1);
    expect(world.dialer.open()).toHaveLength(1);
  });

  test("a single call is refused meanwhile, and told why and until when", async () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(5), maxConcurrent: FAULTS_TO_OPEN });
    world.settle();
    endAll(world, unreachable);
    const answer = world.machine.singles.place(world.wish("+919876509999"));
    world.settle();
    expect(await answer).toMatchObject({
      kind: "refused",
      refusal: "bot_held",
      retryAfterMs: 30_000,
      because: expect.stringContaining("with the bot of agent 'Anna'"),
    });
  });
});

describe("a person who picked up and found no bot", () => {
  const [A = ""] = numbers(1);

  test("has their attempt back, and is not called again before the policy's gap", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], retryPolicy: { backoffMinutes: 20 } });
    world.settle();
    endAll(world, unreachable);
    expect(world.lead(A)).toMatchObject({ status: "pending", attempts: 0, requeues: 1, due_at: world.clock.now() + 20 * MINUTE });
  });

  test("has been rung all the same: the contact limits count it", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], retryPolicy: { backoffMinutes: 20 } });
    world.db.sqlite.run(`UPDATE campaigns SET contact_limits = '[{"attempts":1,"perHours":1}]'`);
    world.settle();
    const placedAt = world.clock.now();
    endAll(world, unreachable);
    world.clock.advance(20 * MINUTE);
    expect(world.dialer.placed).toHaveLength(1);
    expect(world.lead(A).due_at).toBe(placedAt + 60 * MINUTE);
    world.clock.advance(60 * MINUTE);
    expect(world.dialer.placed).toHaveLength(2);
  });

  test("whose bot crashed while they talked has used the attempt", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A] });
    world.settle();
    endAll(world, crashed);
    expect(world.lead(A)).toMatchObject({ status: "failed", attempts: 1 });
  });
});
