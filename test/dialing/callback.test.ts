// A person asks the bot to be called again later.

import { describe, expect, test } from "bun:test";
import type { DialResult } from "../../src/calls/ending.ts";
import { createTestMachine, type TestMachine } from "../support/machine.ts";
import { busyResult, completedResult, noAnswerResult, trunkBusyResult } from "../support/scripted-dialer.ts";

const HOUR = 3_600_000;
const A = "+919876501000";
const B = "+919876501001";

/** The call to A ends with the wish to be called again in `hours`. */
const wish = (world: TestMachine, hours: number): DialResult => ({
  ...completedResult,
  analysis: { next_action: "callback_later", callback_at: new Date(world.clock.now() + hours * HOUR).toISOString() },
});
const end = (world: TestMachine, number: string, result: DialResult) => {
  world.dialer.end(number, result);
  world.settle();
};
const queueOf = (world: TestMachine, number: string) =>
  world.db.sqlite
    .query<{ callbackAt: number | null; rank: number }, [string]>(
      "SELECT callback_at AS callbackAt, rank FROM leads WHERE phone_number = ?1",
    )
    .get(number);
const told = (world: TestMachine) => world.events().map(({ lead }) => `${lead.phoneNumber} ${lead.status}`);

function talkingWithA(retryPolicy: { maxAttempts?: number; backoffMinutes?: number } = {}) {
  const world = createTestMachine();
  const campaignId = world.addCampaign({ leads: [A], retryPolicy });
  world.settle();
  return { ...world, campaignId };
}

describe("a call in which the person asks to be called again", () => {
  test("puts the lead back before all others, due at that time; nobody is told before its end", () => {
    const world = talkingWithA();
    const promised = world.clock.now() + 3 * HOUR;
    end(world, A, wish(world, 3));
    expect(world.lead(A)).toMatchObject({ status: "retry_wait", attempts: 1, due_at: promised, last_ending: "completed" });
    expect(queueOf(world, A)).toEqual({ callbackAt: promised, rank: 0 });
    expect([told(world), world.campaign(world.campaignId).status]).toEqual([[], "running"]);
    world.clock.advance(3 * HOUR - 1);
    expect(world.dialer.numbers()).toEqual([A]);
    world.clock.advance(1);
    expect(world.dialer.placed.at(-1)).toMatchObject({ to: A, attempt: 2 });
    end(world, A, { ...completedResult, analysis: { success: true } });
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "qualified", attempts: 2 });
    expect(queueOf(world, A)?.callbackAt).toBeNull();
    expect(told(world)).toEqual([`${A} completed`]);
  });

  test("is heeded when the policy has no attempt left, with one more and not two", () => {
    const world = talkingWithA({ maxAttempts: 1 });
    end(world, A, wish(world, 1));
    world.clock.advance(HOUR);
    expect(world.dialer.numbers()).toEqual([A, A]);
    end(world, A, busyResult);
    expect(world.lead(A)).toMatchObject({ status: "busy", attempts: 2 });
  });

  test("who is not reached then is tried again by the policy, as a lead like any other", () => {
    const world = talkingWithA({ maxAttempts: 3, backoffMinutes: 60 });
    end(world, A, wish(world, 1));
    world.clock.advance(HOUR);
    end(world, A, noAnswerResult);
    expect(world.lead(A)).toMatchObject({ status: "retry_wait", due_at: world.clock.now() + HOUR });
    expect(queueOf(world, A)).toEqual({ callbackAt: null, rank: 100 });
  });

  test("keeps its promise when the fault of the next call is ours", () => {
    const world = talkingWithA({ maxAttempts: 1 });
    end(world, A, wish(world, 1));
    world.clock.advance(HOUR);
    end(world, A, trunkBusyResult);
    expect(world.lead(A)).toMatchObject({ status: "retry_wait", attempts: 1 });
    expect(queueOf(world, A)?.rank).toBe(0);
    world.clock.advance(HOUR);
    expect(world.dialer.numbers()).toEqual([A, A, A]);
  });

  test("is not heard again after ten attempts", () => {
    const world = talkingWithA({ maxAttempts: 1 });
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      end(world, A, wish(world, 1));
      world.clock.advance(HOUR);
    }
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "callback", attempts: 10 });
    expect(world.dialer.numbers()).toHaveLength(10);
  });

  test("goes before a lead that fell due earlier", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], maxConcurrent: 1 });
    world.settle();
    world.dialer.end(A, wish(world, 0));
    world.addLeads("cmp_1", [B]);
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, A]);
  });

  test("is not called once its number is listed, and not in a campaign that was stopped", () => {
    const listed = talkingWithA();
    end(listed, A, wish(listed, 1));
    listed.addDnc(A);
    listed.clock.advance(HOUR);
    expect(listed.lead(A).status).toBe("dnc_blocked");

    const stopped = talkingWithA();
    stopped.setStatus(stopped.campaignId, "completed");
    end(stopped, A, wish(stopped, 1));
    expect(stopped.lead(A)).toMatchObject({ status: "completed", disposition: "callback" });
  });

  test("whose campaign is stopped meanwhile ends as that call ended, with what it came to", () => {
    const world = talkingWithA();
    end(world, A, wish(world, 1));
    world.setStatus(world.campaignId, "completed");
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "callback" });
    expect(world.events()[0]?.lead).toMatchObject({ disposition: "callback", outcome: { next_action: "callback_later" } });
  });
});

describe("a promised call", () => {
  const promisedIn = (rules: { restHours?: number; contactLimits?: { attempts: number; perHours: number }[]; schedule?: object }) => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], ...rules });
    world.settle();
    end(world, A, wish(world, 3));
    world.clock.advance(3 * HOUR);
    return world;
  };

  test("stands above the rest after a conversation: it is what the person asked for", () => {
    const world = promisedIn({ restHours: 168 });
    expect(world.dialer.numbers()).toEqual([A, A]);
  });

  test("that was kept is no promise any more: the rest holds the attempt after it", () => {
    const world = promisedIn({ restHours: 168 });
    const conversationEndedAt = world.clock.now() - 3 * HOUR;
    end(world, A, noAnswerResult);
    world.clock.advance(HOUR);
    expect(world.dialer.numbers()).toEqual([A, A]);
    expect(world.lead(A)).toMatchObject({ status: "retry_wait", due_at: conversationEndedAt + 168 * HOUR });
  });

  test("the rest holds everybody else at the same number", () => {
    const world = promisedIn({ restHours: 168 });
    world.dialer.end(A);
    const other = world.addCampaign({ leads: [A], restHours: 168 });
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, A]);
    expect(world.lead(A, other)).toMatchObject({ status: "pending", due_at: world.clock.now() + 168 * HOUR });
  });

  test("never stands above a contact limit", () => {
    const world = promisedIn({ contactLimits: [{ attempts: 1, perHours: 24 }] });
    expect(world.dialer.numbers()).toEqual([A]);
    expect(queueOf(world, A)?.rank).toBe(0);
    world.clock.advance(21 * HOUR);
    expect(world.dialer.numbers()).toEqual([A, A]);
  });

  test("never stands above the window", () => {
    const world = createTestMachine();
    const start = new Date(world.clock.now()).toISOString().slice(11, 16);
    const closes = new Date(world.clock.now() + 2 * HOUR).toISOString().slice(11, 16);
    world.addCampaign({ leads: [A], restHours: 1, schedule: { windowStart: start, windowEnd: closes } });
    world.settle();
    end(world, A, wish(world, 3));
    world.clock.advance(23 * HOUR);
    expect(world.dialer.numbers()).toEqual([A]);
    world.clock.advance(HOUR);
    expect(world.dialer.numbers()).toEqual([A, A]);
  });
});
