// The machine end to end, with a scripted far end and a clock that the test moves.

import { describe, expect, test } from "bun:test";
import { checkInvariants, createTestMachine } from "../support/machine.ts";
import { busyResult, completedResult, failedResult, noAnswerResult, trunkBusyResult } from "../support/scripted-dialer.ts";

const MINUTE = 60_000;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `+91987650${String(1000 + index)}`);
const [A = "", B = "", C = ""] = numbers(3);

describe("dispatching", () => {
  test("a due lead with a free slot is dialed in the same turn", () => {
    const { dialer, addCampaign, settle, lead } = createTestMachine();
    addCampaign({ leads: [A] });
    settle();
    expect(dialer.numbers()).toEqual([A]);
    expect(lead(A)).toMatchObject({ status: "dialing", attempts: 1, call_id: dialer.placed[0]?.callId });
  });

  test("campaigns outside their windows keep no slot of the trunk from the one that is in its own", () => {
    const { dialer, addCampaign, settle } = createTestMachine();
    const trunk = { maxConcurrent: 1 };
    const schedule = { timezone: "UTC", windowStart: "06:00", windowEnd: "07:00" };
    for (const number of numbers(7).slice(1)) addCampaign({ leads: [number], trunk, schedule });
    addCampaign({ leads: [A], trunk });
    settle();
    expect(dialer.numbers()).toEqual([A]);
  });

  test("leads are dialed in the order in which they fell due", () => {
    const { dialer, addCampaign, settle } = createTestMachine();
    addCampaign({ leads: numbers(5), maxConcurrent: 5 });
    settle();
    expect(dialer.numbers()).toEqual(numbers(5));
  });

  test("a freed slot is used in the same turn", () => {
    const { dialer, addCampaign, settle } = createTestMachine();
    addCampaign({ leads: [A, B], maxConcurrent: 1 });
    settle();
    expect(dialer.numbers()).toEqual([A]);
    dialer.end(A);
    settle();
    expect(dialer.numbers()).toEqual([A, B]);
  });

  test("progress is written: ringing, answered, in progress, ended", () => {
    const { db, dialer, addCampaign, settle, lead } = createTestMachine();
    addCampaign({ leads: [A] });
    settle();
    const status = () => db.sqlite.query<{ status: string }, []>("SELECT status FROM calls").get()?.status;
    expect(status()).toBe("placing");
    dialer.ring(A);
    settle();
    expect([status(), lead(A).status]).toEqual(["ringing", "dialing"]);
    dialer.answer(A);
    settle();
    expect([status(), lead(A).status]).toEqual(["answered", "in_progress"]);
    dialer.end(A, { ...completedResult, analysis: { lead_qualified: true } });
    settle();
    expect([status(), lead(A).status, lead(A).disposition]).toEqual(["ended", "completed", "qualified"]);
  });

  test.each([
    ["the campaign's cap", { maxConcurrent: 3 }, {}, 3],
    ["the trunk's cap", { maxConcurrent: 50, trunk: { maxConcurrent: 4 } }, {}, 4],
    ["the cap over everything", { maxConcurrent: 50 }, { maxConcurrentCalls: 7 }, 7],
  ])("%s is reached and never passed", (_name, campaign, options, cap) => {
    const world = createTestMachine(options);
    world.addCampaign({ leads: numbers(20), ...campaign });
    world.settle();
    for (let round = 0; round < 20; round += 1) {
      expect(world.dialer.open().length).toBe(Math.min(cap, 20 - round));
      expect(checkInvariants(world.db, { total: cap })).toEqual([]);
      world.dialer.end(world.dialer.open()[0]?.to ?? "");
      world.settle();
    }
    expect(world.statuses()).toEqual({ completed: 20 });
  });

  test("a trunk's calls per second are never exceeded, and used to the full", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(30), maxConcurrent: 50, trunk: { callsPerSecond: 5 } });
    world.settle();
    const placedAt: number[] = [];
    for (let ms = 0; ms < 6_000; ms += 50) {
      while (placedAt.length < world.dialer.placed.length) placedAt.push(ms);
      world.clock.advance(50);
    }
    expect(placedAt.length).toBe(30);
    for (const at of placedAt) expect(placedAt.filter((other) => other >= at && other < at + 1_000).length).toBeLessThanOrEqual(5);
  });

  test("two campaigns share the slots, and a small one is not starved by a large one", () => {
    const world = createTestMachine({ maxConcurrentCalls: 10 });
    const large = world.addCampaign({ leads: numbers(100), maxConcurrent: 50 });
    world.settle();
    const small = world.addCampaign({ leads: numbers(103).slice(100), maxConcurrent: 5 });
    world.settle();
    for (let ended = 0; ended < 3; ended += 1) world.dialer.end(world.dialer.open()[0]?.to ?? "");
    world.settle();
    expect(world.statuses(small)).toEqual({ dialing: 3 });
    expect(world.statuses(large)).toMatchObject({ dialing: 7 });
  });

  test("the same number in two campaigns is never in two calls at once", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A] });
    const second = world.addCampaign({ leads: [A] });
    world.settle();
    expect(world.dialer.numbers()).toEqual([A]);
    world.dialer.end(A);
    world.clock.advance(10_000);
    expect(world.dialer.numbers()).toEqual([A, A]);
    expect(world.statuses(second)).toEqual({ dialing: 1 });
  });

  test("a listed number ends dnc_blocked when its turn comes: no call, no attempt, one event", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ status: "paused", leads: [A, B] });
    world.addDnc(A);
    world.setStatus(campaign, "running");
    world.settle();
    expect(world.dialer.numbers()).toEqual([B]);
    expect(world.lead(A)).toMatchObject({ status: "dnc_blocked", attempts: 0, call_id: null });
    expect(world.events().map((event) => [event.lead.phoneNumber, event.lead.status])).toEqual([[A, "dnc_blocked"]]);
  });

  test("two thousand listed numbers at the head of the queue do not hide the one behind them", () => {
    const world = createTestMachine();
    const all = numbers(2_501);
    const campaign = world.addCampaign({ status: "paused", leads: all });
    for (const number of all.slice(0, 2_500)) world.addDnc(number);
    world.setStatus(campaign, "running");
    world.settle();
    expect(world.dialer.numbers()).toEqual(all.slice(2_500));
    expect(world.statuses()).toEqual({ dnc_blocked: 2_500, dialing: 1 });
  }, 30_000);

  test("a paused campaign places nothing more; what is in the air goes on; resuming goes on", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ leads: [A, B], maxConcurrent: 1 });
    world.settle();
    world.setStatus(campaign, "paused");
    world.dialer.end(A);
    world.settle();
    expect(world.dialer.numbers()).toEqual([A]);
    expect(world.lead(A).status).toBe("completed");
    world.setStatus(campaign, "running");
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, B]);
  });
});

describe("the dialing window", () => {
  test("nothing is dialed before it opens, and the first call leaves as it opens", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], schedule: { timezone: "UTC", windowStart: "06:00", windowEnd: "07:00" } });
    world.clock.advance(30 * MINUTE - 1);
    expect(world.dialer.numbers()).toEqual([]);
    world.clock.advance(1);
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test("no call begins when it could ring on after the closing", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A, B], maxConcurrent: 1, schedule: { timezone: "UTC", windowStart: "05:00", windowEnd: "05:31" } });
    world.settle();
    world.clock.advance(MINUTE - 44_999);
    world.dialer.end(A);
    world.settle();
    expect(world.dialer.numbers()).toEqual([A]);
    world.clock.advance(24 * 60 * MINUTE);
    expect(world.dialer.numbers()).toEqual([A, B]);
  });

  test("a wall clock that is set is noticed within a minute", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], schedule: { timezone: "UTC", windowStart: "06:00", windowEnd: "07:00" } });
    world.settle();
    world.clock.jumpTo(world.clock.now() + 40 * MINUTE);
    world.clock.advance(MINUTE);
    expect(world.dialer.numbers()).toEqual([A]);
  });
});

describe("retries", () => {
  test("come after the backoff, as often as the policy says, and the last ending stands", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ leads: [A], retryPolicy: { maxAttempts: 3, backoffMinutes: 60 } });
    world.settle();
    world.dialer.end(A, busyResult);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "retry_wait", due_at: world.clock.now() + 60 * MINUTE, last_ending: "busy" });
    world.clock.advance(60 * MINUTE - 1);
    expect(world.dialer.placed.length).toBe(1);
    world.clock.advance(1);
    expect(world.dialer.placed.map((order) => order.attempt)).toEqual([1, 2]);
    world.dialer.end(A, busyResult);
    world.clock.advance(60 * MINUTE);
    world.dialer.end(A, noAnswerResult);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "no_answer", attempts: 3 });
    expect(world.events().length).toBe(1);
    expect(world.campaign(campaign)).toEqual({ status: "completed", status_reason: "every lead is final" });
  });

  test("end at once when the policy was lowered to what has been used: the last ending stands, nobody is called", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ leads: [A, B], retryPolicy: { maxAttempts: 3, backoffMinutes: 60 } });
    world.settle();
    world.dialer.end(A, busyResult);
    world.dialer.end(B);
    world.settle();
    world.db.sqlite
      .query("UPDATE campaigns SET retry_policy = ?")
      .run(JSON.stringify({ maxAttempts: 1, backoffMinutes: 60, retryOn: ["busy"] }));
    world.clock.advance(60 * MINUTE);
    expect(world.dialer.numbers()).toEqual([A, B]);
    expect(world.lead(A)).toMatchObject({ status: "busy", attempts: 1 });
    expect(world.events().map((event) => [event.lead.phoneNumber, event.lead.status])).toEqual([
      [B, "completed"],
      [A, "busy"],
    ]);
    expect(world.campaign(campaign).status).toBe("completed");
  });

  test("a number that does not exist is final at once", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], retryPolicy: { retryOn: ["failed"] } });
    world.settle();
    world.dialer.end(A, { ...failedResult, retry: "never", sipCode: 404 });
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "failed", attempts: 1 });
  });

  test("a campaign in which every lead ended failed is failed", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ leads: [A, B] });
    world.settle();
    world.dialer.endAll(failedResult);
    world.settle();
    expect(world.campaign(campaign)).toEqual({ status: "failed", status_reason: "every lead ended failed" });
  });
});

describe("faults that are not the lead's", () => {
  test("give the attempt back and wait 5 s, then longer", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.end(A, trunkBusyResult);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "pending", attempts: 0, requeues: 1, due_at: world.clock.now() + 5_000 });
    world.clock.advance(5_000);
    world.dialer.end(A, trunkBusyResult);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "pending", attempts: 0, requeues: 2, due_at: world.clock.now() + 10_000 });
    world.clock.advance(10_000);
    expect(world.dialer.placed.map((order) => order.attempt)).toEqual([1, 1, 1]);
    world.dialer.end(A);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "completed", attempts: 1 });
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("five in a row hold the campaign and name the calls; one probe goes out; a success lets all go on", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ leads: numbers(20), maxConcurrent: 5 });
    world.settle();
    const faulty = world.dialer.open().map((order) => order.callId);
    world.dialer.endAll(trunkBusyResult);
    world.settle();
    expect(world.dialer.open()).toEqual([]);
    const placedBefore = world.dialer.placed.length;
    expect(world.campaign(campaign).status_reason).toContain(`through trunk 'Main' failed (trunk_busy)`);
    for (const id of faulty) expect(world.campaign(campaign).status_reason).toContain(id);
    world.clock.advance(29_999);
    expect(world.dialer.placed.length).toBe(placedBefore);
    world.clock.advance(1);
    expect(world.dialer.placed.length).toBe(placedBefore + 1);
    world.dialer.endAll(completedResult);
    world.settle();
    expect(world.dialer.open().length).toBe(5);
    expect(world.campaign(campaign)).toEqual({ status: "running", status_reason: null });
  });

  test("a fault that only a person can mend pauses the campaign and says why", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ leads: [A, B], maxConcurrent: 1 });
    world.settle();
    world.dialer.end(A, { ...failedResult, retry: "halt", reason: "trunk_auth", sipCode: 401 });
    world.settle();
    expect(world.campaign(campaign)).toEqual({
      status: "paused",
      status_reason: `paused after call ${world.dialer.placed[0]?.callId}: trunk_auth`,
    });
    expect(world.lead(A)).toMatchObject({ status: "pending", attempts: 0 });
  });
});

describe("the lifecycle by itself", () => {
  test("a scheduled campaign starts when its time comes", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ status: "scheduled", scheduledStartAt: world.clock.now() + 90_500, leads: [A] });
    world.clock.advance(90_499);
    expect([world.campaign(campaign).status, world.dialer.placed.length]).toEqual(["scheduled", 0]);
    world.clock.advance(1);
    expect([world.campaign(campaign).status, world.dialer.placed.length]).toEqual(["running", 1]);
  });

  test("a stopped campaign settles those who wait for a retry and leaves those never tried", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ leads: [A, B, C], maxConcurrent: 2 });
    world.settle();
    world.dialer.end(A, busyResult);
    world.setStatus(campaign, "completed");
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "busy", attempts: 1 });
    expect(world.lead(B).status).toBe("dialing");
    world.dialer.end(B, noAnswerResult);
    world.settle();
    expect(world.lead(B).status).toBe("no_answer");
    expect(world.lead(C)).toMatchObject({ status: "pending", attempts: 0 });
    expect(world.events().length).toBe(2);
    expect(world.dialer.placed.length).toBe(2);
  });

  test("a lead added while running is dialed at once", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ leads: [A] });
    world.settle();
    world.addLeads(campaign, [B]);
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, B]);
  });
});

describe("a dialer that never reports an end", () => {
  test("is told to hang up after the longest possible call, and its call ends all the same", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A] });
    world.settle();
    world.clock.advance((45 + 600 + 60) * 1_000);
    expect(world.dialer.hungUp).toEqual([{ number: A, reason: "overdue" }]);
    world.clock.advance(30_000);
    expect(world.lead(A)).toMatchObject({ status: "failed", attempts: 1 });
  });
});

describe("after a crash", () => {
  test("an open call is unknown: it counts, is never placed again, and ends failed", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A, B], maxConcurrent: 1 });
    world.settle();
    world.restart();
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "failed", attempts: 1 });
    expect(world.db.sqlite.query("SELECT status, ending, reason FROM calls ORDER BY id").get()).toEqual({
      status: "unknown",
      ending: "failed",
      reason: "unknown_after_crash",
    });
    expect(world.dialer.numbers()).toEqual([A, B]);
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("it is tried again only where the policy retries failed", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], retryPolicy: { retryOn: ["failed"], backoffMinutes: 10 } });
    world.settle();
    world.restart();
    world.clock.advance(10 * MINUTE - 1);
    expect(world.lead(A)).toMatchObject({ status: "retry_wait", attempts: 1 });
    world.clock.advance(1);
    expect(world.dialer.placed.map((order) => order.attempt)).toEqual([1, 2]);
  });

  test("waiting retries are dialed when due, although nobody nudges", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.end(A, busyResult);
    world.settle();
    world.restart();
    world.clock.advance(60 * MINUTE);
    expect(world.dialer.placed.map((order) => order.attempt)).toEqual([1, 2]);
  });
});
