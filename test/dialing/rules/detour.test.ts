// The way round a trunk that has a fault: the rule as a table, and the machine that follows it.

import { describe, expect, test } from "bun:test";
import { aroundFaults, avoiding, type TrunkState } from "../../../src/dialing/rules/detour.ts";
import type { CallerNumber, LineTrunk } from "../../../src/dialing/view/lines.ts";
import { checkInvariants, createTestMachine } from "../../support/machine.ts";
import { busyResult, completedResult, trunkBusyResult } from "../../support/scripted-dialer.ts";

const trunk = (id: string): LineTrunk => ({
  id,
  driver: "simulator",
  options: {},
  name: id,
  allowedPrefixes: [],
  maxConcurrent: null,
  callsPerSecond: null,
});
const number = (id: string, own: string, ...fallbacks: string[]): CallerNumber => ({
  id,
  from: id,
  country: undefined,
  maxConcurrent: null,
  callsPerSecond: null,
  trunk: trunk(own),
  fallbacks: fallbacks.map(trunk),
});
const routes = (numbers: readonly CallerNumber[]) => numbers.map(({ id, trunk }) => `${id} ${trunk.id}`);

describe("the trunks by which numbers may call now", () => {
  const table: [what: string, states: Record<string, TrunkState>, expected: string[]][] = [
    ["all work", {}, ["n a"]],
    ["its own is held", { a: "held" }, ["n b"]],
    ["its own and the first that stands in are held", { a: "held", b: "held" }, ["n c"]],
    ["the first that stands in is being probed", { a: "held", b: "probing" }, ["n c"]],
    ["all but one that is being probed are held", { a: "held", b: "held", c: "probing" }, ["n c"]],
    ["its own and one that stands in are being probed", { a: "probing", b: "probing", c: "held" }, ["n a", "n b"]],
    ["all are held", { a: "held", b: "held", c: "held" }, ["n a"]],
    ["its own is being probed", { a: "probing" }, ["n a", "n b"]],
    ["its own is being probed and nobody stands in", { a: "probing", b: "held", c: "held" }, ["n a"]],
  ];
  test.each(table)("%s", (_, states, expected) => {
    expect(routes(aroundFaults([number("n", "a", "b", "c")], (id) => states[id] ?? "works"))).toEqual(expected);
  });

  test("a number whose trunk works is not touched by another's fault", () => {
    expect(routes(aroundFaults([number("m", "a"), number("n", "b", "c")], (id) => (id === "b" ? "held" : "works")))).toEqual([
      "m a",
      "n c",
    ]);
  });

  test("whose call was given back goes by the next in line, where there is one that works", () => {
    const numbers = [number("n", "a", "b"), number("m", "c")];
    expect(routes(avoiding(numbers, "a", () => "works"))).toEqual(["n b", "m c"]);
    expect(routes(avoiding(numbers, "a", (id) => (id === "b" ? "held" : "works")))).toEqual(["n a", "m c"]);
    expect(routes(avoiding(numbers, "c", () => "works"))).toEqual(["n a", "m c"]);
  });
});

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `+91987650${String(1000 + index)}`);
const [A = "", B = ""] = numbers(2);
const twoTrunks = { id: "trk_1", fallback: { id: "trk_2" } };

describe("a campaign whose trunk has another that stands in for it", () => {
  test("a call that the trunk gave back goes by the other, without an attempt used", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], trunk: twoTrunks });
    world.settle();
    world.dialer.end(A, trunkBusyResult);
    world.clock.advance(5_000);
    world.settle();
    expect(world.dialer.placed.map((order) => order.trunk.id)).toEqual(["trk_1", "trk_2"]);
    expect(world.lead(A)).toMatchObject({ status: "dialing", attempts: 1 });
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("a busy or declined call, or a fault of the bot, is never tried by the other", () => {
    for (const result of [busyResult, { ...trunkBusyResult, reason: "bot_unreachable" }]) {
      const world = createTestMachine();
      world.addCampaign({ leads: [A], trunk: twoTrunks, retryPolicy: { retryOn: ["busy"], backoffMinutes: 1 } });
      world.settle();
      world.dialer.end(A, result);
      world.clock.advance(60_000);
      world.settle();
      expect(world.dialer.placed.map((order) => order.trunk.id)).toEqual(["trk_1", "trk_1"]);
    }
  });

  test("nor is one that rang before the trunk gave it back", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], trunk: twoTrunks });
    world.settle();
    world.dialer.ring(A);
    world.settle();
    world.dialer.end(A, trunkBusyResult);
    world.clock.advance(5_000);
    world.settle();
    expect(world.dialer.placed.map((order) => order.trunk.id)).toEqual(["trk_1", "trk_1"]);
  });

  test("once the breaker holds the trunk everything goes by the other, and the reason says so; a probe brings the trunk back", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(20), trunk: twoTrunks, maxConcurrent: 5 });
    world.settle();
    world.dialer.endAll(trunkBusyResult);
    world.settle();
    expect(world.dialer.open().map((order) => order.trunk.id)).toEqual(Array.from({ length: 5 }, () => "trk_2"));
    const { status_reason: reason } = world.campaign("cmp_1");
    expect(reason).toMatch(/^held: the last 5 calls through trunk 'Main' failed .*; meanwhile calls leave through trunk 'Main'$/);

    world.clock.advance(30_000);
    world.dialer.endAll(completedResult);
    world.settle();
    const probing = world.dialer.open().map((order) => order.trunk.id);
    expect(probing.filter((id) => id === "trk_1")).toHaveLength(1);
    expect(probing.filter((id) => id === "trk_2")).toHaveLength(4);

    world.dialer.endAll(completedResult);
    world.settle();
    expect(world.dialer.open().every((order) => order.trunk.id === "trk_1")).toBe(true);
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("the other one's caps and prefixes hold", () => {
    const world = createTestMachine();
    const capped = { id: "trk_1", allowedPrefixes: ["+91"], fallback: { id: "trk_2", allowedPrefixes: ["+91"], maxConcurrent: 2 } };
    world.addCampaign({ leads: numbers(10), trunk: capped, maxConcurrent: 5 });
    world.settle();
    world.dialer.endAll(trunkBusyResult);
    world.settle();
    expect(world.dialer.open().map((order) => order.trunk.id)).toEqual(["trk_2", "trk_2"]);
    expect(checkInvariants(world.db)).toEqual([]);
  });

  describe("and may not call there", () => {
    const narrow = { id: "trk_1", allowedPrefixes: ["+91"], fallback: { id: "trk_2", allowedPrefixes: ["+44"] } };
    const closed = { id: "trk_1", allowedPrefixes: ["+91"], fallback: { id: "trk_2", allowedPrefixes: [] } };

    test.each([
      ["another country's", narrow],
      ["nobody's", closed],
    ])("whose call was given back is called by the first one again: %s", (_, trunk) => {
      const world = createTestMachine();
      world.addCampaign({ leads: [A], trunk });
      world.settle();
      world.dialer.end(A, trunkBusyResult);
      world.clock.advance(5_000);
      world.settle();
      expect(world.dialer.placed.map((order) => order.trunk.id)).toEqual(["trk_1", "trk_1"]);
      expect([world.lead(A).status, world.campaign("cmp_1").status]).toEqual(["dialing", "running"]);
    });

    test.each([
      ["another country's", narrow],
      ["nobody's", closed],
    ])("everybody waits while the first one is held, and is called as soon as it is tried again: %s", (_, trunk) => {
      const world = createTestMachine();
      world.addCampaign({ leads: numbers(8), trunk, maxConcurrent: 5 });
      world.settle();
      world.dialer.endAll(trunkBusyResult);
      world.settle();
      world.clock.advance(29_000);
      world.settle();
      expect(world.dialer.placed).toHaveLength(5);
      expect([world.lead(numbers(8)[7] ?? "").status, world.campaign("cmp_1").status]).toEqual(["pending", "running"]);
      world.clock.advance(1_000);
      world.settle();
      expect(world.dialer.open().map((order) => order.trunk.id)).toEqual(["trk_1"]);
    });

    test("a single call is told that the first one is held, and when to ask again", async () => {
      const world = createTestMachine();
      world.addCampaign({ leads: numbers(5), trunk: narrow, maxConcurrent: 5 });
      world.settle();
      world.dialer.endAll(trunkBusyResult);
      const placing = world.machine.singles.place(world.wish("+919876599999", { trunk: narrow }));
      world.settle();
      expect(await placing).toMatchObject({ kind: "refused", refusal: "trunk_held", retryAfterMs: 30_000 });
    });
  });

  test("the other had a fault as well: it is tried again while the first one stays dead", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(40), trunk: twoTrunks, maxConcurrent: 5 });
    world.settle();
    world.dialer.endAll(trunkBusyResult);
    world.settle();
    world.dialer.endAll(trunkBusyResult);
    world.settle();
    expect(world.dialer.open()).toEqual([]);
    // Both are tried; the first one fails again, and is held for longer.
    world.clock.advance(30_000);
    world.settle();
    expect(
      world.dialer
        .open()
        .map((order) => order.trunk.id)
        .sort(),
    ).toEqual(["trk_1", "trk_2"]);
    world.dialer.endAll(trunkBusyResult);
    world.settle();
    const byFirst = world.dialer.placed.filter((order) => order.trunk.id === "trk_1").length;
    world.clock.advance(60_000);
    world.settle();
    for (const { to, trunk } of world.dialer.open()) world.dialer.end(to, trunk.id === "trk_1" ? trunkBusyResult : completedResult);
    world.settle();
    expect(world.dialer.open().map((order) => order.trunk.id)).toEqual(Array.from({ length: 5 }, () => "trk_2"));
    expect(world.dialer.placed.filter((order) => order.trunk.id === "trk_1").length).toBe(byFirst + 1);
  });

  test("a single call goes by the other while the trunk's one probe is under way", async () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(30), trunk: twoTrunks, maxConcurrent: 5 });
    world.settle();
    world.dialer.endAll(trunkBusyResult);
    world.settle();
    world.clock.advance(30_000);
    world.dialer.endAll(completedResult);
    world.settle();
    expect(world.dialer.open().some((order) => order.trunk.id === "trk_1")).toBe(true);
    const placing = world.machine.singles.place(world.wish("+919876599999", { trunk: twoTrunks }));
    world.settle();
    expect(await placing).toMatchObject({ kind: "placed" });
    expect(world.dialer.placed.find((order) => order.to === "+919876599999")?.trunk.id).toBe("trk_2");
  });

  test("a single call goes by the other while the trunk is held", async () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(5), trunk: twoTrunks, maxConcurrent: 5 });
    world.settle();
    world.dialer.endAll(trunkBusyResult);
    const placing = world.machine.singles.place(world.wish("+919876599999", { trunk: twoTrunks }));
    world.settle();
    expect(await placing).toMatchObject({ kind: "placed" });
    expect(world.dialer.placed.find((order) => order.to === "+919876599999")?.trunk.id).toBe("trk_2");
  });

  test("a circle of trunks that stand in for each other ends", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A, B], trunk: twoTrunks });
    world.db.sqlite.run("UPDATE trunks SET fallback_trunk_id = 'trk_1' WHERE id = 'trk_2'");
    world.settle();
    expect(world.dialer.placed.map((order) => order.trunk.id)).toEqual(["trk_1", "trk_1"]);
  });
});
