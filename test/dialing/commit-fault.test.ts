// A commit that fails is an unknown, not a no: nothing is placed on its strength, nothing is lost, nobody is called twice.

import { afterEach, describe, expect, test } from "bun:test";
import { seededRandom } from "../../src/runtime/random.ts";
import { nextTurn } from "../../src/runtime/turn.ts";
import { type CommitFault, type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { checkInvariants, createTestMachine, type TestMachine } from "../support/machine.ts";
import { busyResult, completedResult } from "../support/scripted-dialer.ts";

const [A = "", B = ""] = ["+919876501000", "+919876501001"];
let db: FaultyDb;
afterEach(() => db.remove());

function machineOnDisk(): TestMachine {
  db = openFaultyDb();
  return createTestMachine({ db });
}

const failOnce = (fault: CommitFault) => {
  db.faultOf = () => {
    db.faultOf = () => undefined;
    return fault;
  };
};

describe.each(["written", "lost"] as const)("a commit that failed and was %s", (fault) => {
  test("a claim: nothing is placed; the lead keeps its attempt and is dialed a moment later", () => {
    const world = machineOnDisk();
    world.addCampaign({ leads: [A] });
    failOnce(fault);
    world.settle();
    expect([db.faults, world.dialer.placed.length]).toEqual([1, 0]);
    world.clock.advance(10_000);
    expect(world.dialer.numbers()).toEqual([A]);
    world.dialer.end(A);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "completed", attempts: 1 });
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("a settle: the outcome is written once, with one event", () => {
    const world = machineOnDisk();
    world.addCampaign({ leads: [A, B], maxConcurrent: 1 });
    world.settle();
    world.dialer.end(A);
    failOnce(fault);
    world.clock.advance(10_000);
    expect(db.faults).toBe(1);
    expect(world.lead(A).status).toBe("completed");
    expect(world.events().length).toBe(1);
    expect(world.dialer.numbers()).toEqual([A, B]);
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("a settle after which the lead waits for the analysis: the wait ends", async () => {
    const world = machineOnDisk();
    world.addCampaign({ leads: [A], agent: { id: "agent_analysed", postCallAnalysis: { enabled: true } } });
    world.settle();
    world.dialer.answer(A);
    world.settle();
    world.dialer.end(A);
    failOnce(fault);
    for (const ms of [0, 2_000, 61_000]) {
      world.clock.advance(ms);
      world.settle();
      await nextTurn();
      world.settle();
    }
    expect([db.faults, world.lead(A).status]).toEqual([1, "completed"]);
  });
});

describe.each(["written", "lost"] as const)("a report whose commit failed and was %s", (fault) => {
  test("is taken when it is sent again: a call that rings for who does not want any more ends, the lead goes on", () => {
    const world = machineOnDisk();
    world.addCampaign({ leads: [A], agent: { id: "agent_analysed", postCallAnalysis: { enabled: true } } });
    world.settle();
    world.dialer.answer(A);
    world.dialer.end(A);
    world.settle();
    const { callId = "" } = world.dialer.placed[0] ?? {};
    world.addCampaign({ leads: [A], id: "cmp_2" });
    world.settle();
    expect(world.dialer.open().length).toBe(1);
    const report = { analysis: { opt_out: { requested: true, quote: "no more" } }, transcript: null };
    failOnce(fault);
    expect(() => world.machine.report(callId, report)).toThrow("the commit failed");
    expect(world.machine.report(callId, report)).toBe(true);
    world.clock.advance(10_000);
    expect(world.dialer.hungUp).toEqual([{ number: A, reason: "opted_out" }]);
    expect([db.faults, world.statuses()]).toEqual([1, { completed: 1, dialing: 1 }]);
    expect(checkInvariants(world.db)).toEqual([]);
  });
});

test("a commit that failed while a stopped campaign was wound down: it is wound down a moment later", () => {
  const world = machineOnDisk();
  const campaign = world.addCampaign({ leads: [A] });
  world.settle();
  world.dialer.end(A, busyResult);
  world.settle();
  failOnce("lost");
  world.setStatus(campaign, "completed");
  world.clock.advance(10_000);
  expect([db.faults, world.lead(A).status]).toEqual([1, "busy"]);
});

describe("faults at random commits", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("seed %d: every lead final, every attempt placed once, one event each", (seed) => {
    const world = machineOnDisk();
    const random = seededRandom(seed);
    const numbers = Array.from({ length: 40 }, (_, index) => `+91987651${1000 + index}`);
    world.addCampaign({ leads: numbers, maxConcurrent: 6, retryPolicy: { maxAttempts: 2, backoffMinutes: 1 } });
    db.faultOf = () => (random.fraction() < 0.2 ? (random.fraction() < 0.5 ? "written" : "lost") : undefined);
    for (let step = 0; step < 2_000 && world.campaign("cmp_1").status === "running"; step += 1) {
      const [first] = world.dialer.open();
      if (first !== undefined) world.dialer.end(first.to, random.fraction() < 0.5 ? completedResult : busyResult);
      world.clock.advance(3_000);
    }
    db.faultOf = () => undefined;
    world.clock.advance(120_000);
    expect(db.faults).toBeGreaterThan(10);
    expect(world.campaign("cmp_1").status).toBe("completed");
    const attempts = world.dialer.placed.map((order) => `${order.to} ${order.attempt}`);
    expect(new Set(attempts).size).toBe(attempts.length);
    expect(world.events().length).toBe(numbers.length);
    expect(checkInvariants(world.db)).toEqual([]);
  });
});

describe("a store that cannot be written", () => {
  test("is tried once a second, however often a round is asked for", () => {
    const world = machineOnDisk();
    world.addCampaign({ leads: [A] });
    let rounds = 0;
    db.faultOf = () => {
      rounds += 1;
      return "lost";
    };
    for (let ask = 0; ask < 20; ask += 1) {
      world.machine.dispatcher.nudge();
      world.clock.advance(100);
    }
    const asked = rounds;
    world.clock.advance(60_000);
    expect(rounds - asked).toBeLessThanOrEqual(2 * 61 + 2);
  });

  test("while the database cannot be opened again nothing is placed; then everything goes on", () => {
    const world = machineOnDisk();
    world.addCampaign({ leads: [A] });
    failOnce("lost");
    db.canReopen = false;
    world.clock.advance(60_000);
    expect(world.dialer.placed).toEqual([]);
    db.canReopen = true;
    world.clock.advance(5_000);
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test("a full disk stops the dialing and loses no outcome; room lets it go on", () => {
    const world = machineOnDisk();
    const numbers = Array.from({ length: 300 }, (_, index) => `+91987652${1000 + index}`);
    world.addCampaign({ leads: numbers, maxConcurrent: 20 });
    world.settle();
    const pages = db.sqlite.query<{ page_count: number }, []>("PRAGMA page_count").get()?.page_count ?? 0;
    db.sqlite.run(`PRAGMA max_page_count = ${pages + 2}`);
    for (let round = 0; round < 20; round += 1) {
      world.dialer.endAll();
      world.clock.advance(2_000);
    }
    const placedWhenFull = world.dialer.placed.length;
    expect(placedWhenFull).toBeLessThan(numbers.length);
    db.sqlite.run("PRAGMA max_page_count = 1000000");
    for (let round = 0; round < 200 && world.campaign("cmp_1").status === "running"; round += 1) {
      world.clock.advance(5_000);
      world.dialer.endAll();
    }
    world.clock.advance(120_000);
    expect(world.statuses()).toEqual({ completed: 300 });
    expect(world.events().length).toBe(300);
    expect(new Set(world.dialer.numbers()).size).toBe(world.dialer.placed.length);
    expect(checkInvariants(world.db)).toEqual([]);
  });
});
