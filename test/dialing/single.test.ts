// Single calls through the machine: the same caps, list and lock on numbers as campaigns, and the same care with the store.

import { afterEach, describe, expect, test } from "bun:test";
import type { CallWish, PlacedCall } from "../../src/calls/control.ts";
import type { Dialer } from "../../src/calls/dialer.ts";
import { openDatabase } from "../../src/database/open.ts";
import { type CommitFault, type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { checkInvariants, createTestMachine, type TestMachine } from "../support/machine.ts";
import { completedResult, failedResult, trunkBusyResult } from "../support/scripted-dialer.ts";
import { seededRandom } from "../../src/runtime/random.ts";

const numbers = (count: number, from = 1000) => Array.from({ length: count }, (_, index) => `+91987650${String(from + index)}`);
const [A = "", B = "", C = ""] = numbers(3);

/** Places it and lets the turn end. */
async function place(world: TestMachine, wish: CallWish): Promise<PlacedCall> {
  const placing = world.machine.singles.place(wish);
  world.clock.settle();
  return await placing;
}

interface CallPicture {
  id: string;
  status: string;
  ending: string | null;
  reason: string | null;
  campaign_id: string | null;
  lead_id: string | null;
  attempt: number;
  uses_attempt: number;
}

const callsIn = (world: TestMachine) =>
  world.db.sqlite
    .query<CallPicture, []>("SELECT id, status, ending, reason, campaign_id, lead_id, attempt, uses_attempt FROM calls ORDER BY id")
    .all();

describe("a single call", () => {
  test("is on disk before it leaves, and leaves in the same turn", async () => {
    const db = openDatabase({ path: ":memory:" });
    const seen: unknown[] = [];
    const witness: Dialer = {
      place(order) {
        seen.push([db.sqlite.inTransaction, db.sqlite.query("SELECT status, to_number FROM calls WHERE id = ?").get(order.callId)]);
        return { hangUp: () => undefined };
      },
      check: async () => undefined,
      endOrphan: async () => undefined,
      stop: async () => undefined,
    };
    const world = createTestMachine({ db, makeDialer: () => witness });
    const placed = await place(world, world.wish(A));
    expect(placed).toEqual({ kind: "placed", callId: expect.stringMatching(/^call_/) });
    expect(seen).toEqual([[false, { status: "placing", to_number: A }]]);
  });

  test("goes through its statuses and ends without a lead, a campaign, a webhook or a second try", async () => {
    const world = createTestMachine();
    await place(world, world.wish(A));
    const status = () => callsIn(world)[0]?.status;
    expect(status()).toBe("placing");
    world.dialer.ring(A);
    world.settle();
    expect(status()).toBe("ringing");
    world.dialer.answer(A);
    world.settle();
    expect(status()).toBe("answered");
    world.dialer.end(A, { ...completedResult, analysis: { success: true } });
    world.settle();
    expect(callsIn(world)).toEqual([
      {
        id: expect.any(String),
        status: "ended",
        ending: "completed",
        reason: "normal_clearing",
        campaign_id: null,
        lead_id: null,
        attempt: 1,
        uses_attempt: 1,
      },
    ]);
    expect(world.db.sqlite.query("SELECT disposition FROM calls").get()).toEqual({ disposition: "qualified" });
    world.clock.advance(24 * 3_600_000);
    expect(world.dialer.placed.length).toBe(1);
    expect(world.events()).toEqual([]);
  });

  test("after a crash is unknown, counts, and is never placed again", async () => {
    const world = createTestMachine();
    await place(world, world.wish(A));
    world.restart();
    world.clock.advance(3_600_000);
    expect(callsIn(world)).toMatchObject([{ status: "unknown", ending: "failed", reason: "unknown_after_crash" }]);
    expect(world.dialer.placed.length).toBe(1);
    // Its number and its slot are free again.
    expect((await place(world, world.wish(A))).kind).toBe("placed");
  });

  test("that comes back with a fault of ours ends, and nobody calls again", async () => {
    const world = createTestMachine();
    await place(world, world.wish(A));
    world.dialer.end(A, trunkBusyResult);
    world.settle();
    expect(callsIn(world)).toMatchObject([{ status: "ended", ending: "failed", reason: "trunk_busy", uses_attempt: 0 }]);
    world.clock.advance(3_600_000);
    expect(world.dialer.placed.length).toBe(1);
  });

  test.each([
    ["agent", { agentId: "agent_2" }],
    ["agentVersion", { agentVersion: 2 }],
    ["phoneNumber", { phoneNumberId: "pn_2" }],
  ] as const)("without its %s is not placed", async (what, more) => {
    const world = createTestMachine();
    expect(await place(world, { ...world.wish(A), ...more })).toEqual({ kind: "missing", what });
    expect([callsIn(world), world.dialer.placed]).toEqual([[], []]);
  });

  test("is not placed once the machine holds", async () => {
    const world = createTestMachine();
    world.machine.hold();
    expect(await place(world, world.wish(A))).toEqual({ kind: "draining" });
    expect(callsIn(world)).toEqual([]);
  });

  test("asked for in the turn in which the machine is held is not placed", async () => {
    const world = createTestMachine();
    const placing = world.machine.singles.place(world.wish(A));
    world.machine.hold();
    world.settle();
    expect(await placing).toEqual({ kind: "draining" });
  });
});

describe("what is asked of a call in progress", () => {
  test("does not reach one that is over, also before that is written", async () => {
    const world = createTestMachine();
    const placed = await place(world, world.wish(A));
    const id = placed.kind === "placed" ? placed.callId : "";
    world.dialer.answer(A);
    expect(world.machine.attempts.transfer(id, B)).toBe("not_able");
    expect(world.machine.attempts.hangUpCall(id, "test")).toBe(true);
    world.dialer.end(A);
    expect(world.machine.attempts.transfer(id, B)).toBe("not_in_progress");
    expect(world.machine.attempts.hangUpCall(id, "test")).toBe(false);
    world.settle();
    expect(world.machine.attempts.transfer(id, B)).toBe("not_in_progress");
    expect(world.machine.attempts.hangUpCall(id, "test")).toBe(false);
    expect(world.dialer.hungUp).toEqual([{ number: A, reason: "test" }]);
  });
});

describe("the gate", () => {
  test("sees the slot of a call that ends later in the same turn", async () => {
    const world = createTestMachine({ maxConcurrentCalls: 1 });
    await place(world, world.wish(A));
    const placing = world.machine.singles.place(world.wish(B));
    world.dialer.end(A);
    world.settle();
    expect((await placing).kind).toBe("placed");
  });

  test("refuses a listed number, also one listed in the same turn", async () => {
    const world = createTestMachine();
    world.addDnc(A);
    expect(await place(world, world.wish(A))).toEqual({ kind: "refused", refusal: "dnc", retryAfterMs: undefined });
    const placing = world.machine.singles.place(world.wish(B));
    world.addDnc(B);
    world.settle();
    expect(await placing).toMatchObject({ kind: "refused", refusal: "dnc" });
    expect([callsIn(world), world.dialer.placed]).toEqual([[], []]);
  });

  test("refuses a number that a campaign is calling, and a campaign waits for a single call to end", async () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A] });
    world.settle();
    expect(await place(world, world.wish(A))).toMatchObject({ kind: "refused", refusal: "number_in_call" });
    expect((await place(world, world.wish(B))).kind).toBe("placed");
    expect(await place(world, world.wish(B))).toMatchObject({ kind: "refused", refusal: "number_in_call" });
    world.addLeads("cmp_1", [B]);
    world.clock.advance(30_000);
    expect(world.dialer.numbers()).toEqual([A, B]);
    world.dialer.end(B);
    world.clock.advance(10_000);
    expect(world.dialer.numbers()).toEqual([A, B, B]);
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("of two wishes for one number in one turn lets one through", async () => {
    const world = createTestMachine();
    const placing = [world.machine.singles.place(world.wish(A)), world.machine.singles.place(world.wish(A))];
    world.settle();
    expect((await Promise.all(placing)).map((placed) => placed.kind)).toEqual(["placed", "refused"]);
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test("shares the cap over everything with the campaigns, both ways", async () => {
    const world = createTestMachine({ maxConcurrentCalls: 3 });
    world.addCampaign({ leads: numbers(10, 2000), maxConcurrent: 50, status: "paused" });
    await place(world, world.wish(A));
    world.setStatus("cmp_1", "running");
    world.settle();
    expect(world.dialer.open().length).toBe(3);
    expect(await place(world, world.wish(B))).toEqual({ kind: "refused", refusal: "cap", retryAfterMs: undefined });
    world.dialer.end(A);
    world.settle();
    // The campaign was waiting for the slot.
    expect(await place(world, world.wish(B))).toMatchObject({ refusal: "cap" });
    world.setStatus("cmp_1", "paused");
    world.dialer.end(world.dialer.open()[0]?.to ?? "");
    world.settle();
    expect((await place(world, world.wish(B))).kind).toBe("placed");
    expect(checkInvariants(world.db, { total: 3 })).toEqual([]);
  });

  test("shares a trunk's cap with the campaigns", async () => {
    const world = createTestMachine();
    const trunk = { maxConcurrent: 2 };
    world.addCampaign({ leads: [A], trunk });
    world.settle();
    expect((await place(world, world.wish(B, { trunk }))).kind).toBe("placed");
    expect(await place(world, world.wish(C, { trunk }))).toEqual({ kind: "refused", refusal: "trunk_cap", retryAfterMs: undefined });
    expect((await place(world, world.wish(C, { trunk: { id: "trk_2" } }))).kind).toBe("placed");
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("shares a trunk's calls per second with the campaigns, and says when to ask again", async () => {
    const world = createTestMachine();
    const trunk = { callsPerSecond: 2 };
    world.addCampaign({ leads: [A], trunk });
    world.settle();
    world.clock.advance(400);
    expect((await place(world, world.wish(B, { trunk }))).kind).toBe("placed");
    expect(await place(world, world.wish(C, { trunk }))).toEqual({ kind: "refused", refusal: "trunk_rate", retryAfterMs: 600 });
    world.clock.advance(600);
    expect((await place(world, world.wish(C, { trunk }))).kind).toBe("placed");
  });

  test("refuses a trunk that the breaker holds, names the calls, then lets one probe through", async () => {
    const world = createTestMachine();
    const faulty: string[] = [];
    for (const number of numbers(5)) {
      const placed = await place(world, world.wish(number));
      if (placed.kind === "placed") faulty.push(placed.callId);
      world.dialer.end(number, trunkBusyResult);
      world.settle();
    }
    const refused = await place(world, world.wish(A));
    expect(refused).toMatchObject({ kind: "refused", refusal: "trunk_held", retryAfterMs: 30_000 });
    expect(refused.kind === "refused" && refused.because).toContain(faulty.join(", "));
    world.clock.advance(30_000);
    expect((await place(world, world.wish(A))).kind).toBe("placed");
    expect(await place(world, world.wish(B))).toMatchObject({ refusal: "trunk_cap" });
    world.dialer.end(A, failedResult);
    world.settle();
    expect((await place(world, world.wish(B))).kind).toBe("placed");
  });
});

describe("a commit that fails", () => {
  let db: FaultyDb;
  afterEach(() => db.remove());

  test.each(["written", "lost"] as const)(
    "and was %s: the caller hears it, nothing is placed, and the slot is free again",
    async (fault: CommitFault) => {
      db = openFaultyDb();
      const world = createTestMachine({ db, maxConcurrentCalls: 1 });
      const wish = world.wish(A, { trunk: { callsPerSecond: 1 } });
      db.faultOf = () => {
        db.faultOf = () => undefined;
        return fault;
      };
      const placing = world.machine.singles.place(wish).catch((error: Error) => error.name);
      world.clock.settle();
      expect(await placing).toBe("CommitUnknown");
      expect(world.dialer.placed).toEqual([]);
      world.settle();
      expect(callsIn(world)).toMatchObject(fault === "written" ? [{ status: "ended", reason: "never_placed", uses_attempt: 0 }] : []);
      expect((await place(world, wish)).kind).toBe("placed");
      expect(world.dialer.numbers()).toEqual([A]);
    },
  );

  test.each([1, 2, 3, 4])("at random beside a campaign (seed %d): what was promised was placed once, what was not never", async (seed) => {
    db = openFaultyDb();
    const random = seededRandom(seed);
    const world = createTestMachine({ db, maxConcurrentCalls: 6 });
    world.addCampaign({ leads: numbers(30, 2000), maxConcurrent: 3 });
    const wishes = numbers(60, 5000).map((number) => world.wish(number));
    db.faultOf = () => (random.fraction() < 0.25 ? (random.fraction() < 0.5 ? "written" : "lost") : undefined);
    const promised: string[] = [];
    for (const wish of wishes) {
      const placing = world.machine.singles.place(wish).then(
        (placed) => placed.kind === "placed" && promised.push(wish.to),
        () => undefined,
      );
      world.clock.settle();
      await placing;
      for (const { to } of world.dialer.open().slice(0, 2)) world.dialer.end(to);
      world.clock.advance(1_500);
    }
    db.faultOf = () => undefined;
    for (let round = 0; round < 30; round += 1) {
      world.dialer.endAll();
      world.clock.advance(5_000);
    }
    expect(db.faults).toBeGreaterThan(5);
    expect(promised.length).toBeGreaterThan(5);
    expect(world.dialer.numbers().filter((number) => number.startsWith("+919876505"))).toEqual(promised);
    expect(callsIn(world).filter(({ status }) => status !== "ended")).toEqual([]);
    expect(world.statuses()).toEqual({ completed: 30 });
    expect(checkInvariants(world.db)).toEqual([]);
  });
});
