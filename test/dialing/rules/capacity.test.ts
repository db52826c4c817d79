import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { allotSlots, type Demand, type WholeRoom } from "../../../src/dialing/rules/capacity.ts";

const demand = (campaignId: string, maxConcurrent: number, inFlight = 0, trunkId = "trk_a", more: Partial<Demand> = {}): Demand => ({
  campaignId,
  agentId: "agent_a",
  lines: [{ trunkId, free: Infinity }],
  maxConcurrent,
  inFlight,
  freeStarts: Infinity,
  weight: 1,
  ...more,
});
const room = (
  freeSlots: number,
  trunks: Record<string, { freeSlots?: number; freeStarts?: number }> = { trk_a: {} },
  bots: Record<string, number> = {},
): WholeRoom => ({
  bots: new Map(Object.entries(bots)),
  freeSlots,
  trunks: new Map(
    Object.entries(trunks).map(([id, trunk]) => [id, { freeSlots: trunk.freeSlots ?? Infinity, freeStarts: trunk.freeStarts ?? Infinity }]),
  ),
});

describe("allotSlots", () => {
  const cases: [string, Demand[], WholeRoom, Record<string, number>][] = [
    ["one campaign gets up to its own cap", [demand("a", 5)], room(45), { a: 5 }],
    ["calls in flight count against the cap", [demand("a", 5, 3)], room(45), { a: 2 }],
    ["a full campaign gets nothing", [demand("a", 5, 5)], room(45), {}],
    ["the whole cap bounds all", [demand("a", 50)], room(45), { a: 45 }],
    ["nothing free means nothing given", [demand("a", 50)], room(0), {}],
    ["an overdrawn cap gives nothing", [demand("a", 50)], room(-3), {}],
    ["two hungry campaigns share evenly", [demand("a", 50), demand("b", 50)], room(10), { a: 5, b: 5 }],
    ["a small campaign is served although a large one is hungry", [demand("a", 50, 40), demand("b", 5)], room(5), { b: 5 }],
    [
      "a trunk's cap bounds its campaigns together",
      [demand("a", 50), demand("b", 50)],
      room(45, { trk_a: { freeSlots: 3 } }),
      { a: 2, b: 1 },
    ],
    ["a trunk's rate bounds the starts", [demand("a", 50)], room(45, { trk_a: { freeStarts: 4 } }), { a: 4 }],
    [
      "a full trunk does not stop another",
      [demand("a", 50), demand("b", 3, 0, "trk_b")],
      room(45, { trk_a: { freeSlots: 0 }, trk_b: {} }),
      { b: 3 },
    ],
    [
      "a campaign's own rate bounds its starts",
      [demand("a", 50, 0, "trk_a", { freeStarts: 2 }), demand("b", 50)],
      room(10),
      { a: 2, b: 8 },
    ],
    ["twice the weight gets twice the calls", [demand("a", 50, 0, "trk_a", { weight: 2 }), demand("b", 50)], room(9), { a: 6, b: 3 }],
    [
      "a bot that is tried again bounds its campaigns together",
      [demand("a", 50), demand("b", 50), demand("c", 2, 0, "trk_a", { agentId: "agent_c" })],
      room(45, undefined, { agent_a: 1 }),
      { a: 1, c: 2 },
    ],
    ["a bot that is being tried takes nothing more", [demand("a", 50)], room(45, undefined, { agent_a: 0 }), {}],
    ["a trunk that is not known gives nothing", [demand("a", 5, 0, "trk_x")], room(45), {}],
    ["weight counts calls in flight too", [demand("a", 50, 6, "trk_a", { weight: 4 }), demand("b", 50, 2)], room(2), { a: 2 }],
    ["whichever of them stands first", [demand("b", 50, 2), demand("a", 50, 6, "trk_a", { weight: 4 })], room(2), { a: 2 }],
    [
      "a number's own cap bounds what goes through its trunk",
      [demand("a", 50, 0, "trk_a", { lines: [{ trunkId: "trk_a", free: 2 }] })],
      room(45),
      { a: 2 },
    ],
    [
      "the trunks of a pool give together",
      [
        demand("a", 50, 0, "", {
          lines: [
            { trunkId: "trk_a", free: Infinity },
            { trunkId: "trk_b", free: 1 },
          ],
        }),
      ],
      room(45, { trk_a: { freeSlots: 2 }, trk_b: { freeSlots: 5 } }),
      { a: 3 },
    ],
    [
      "a pool leaves a full trunk to nobody",
      [
        demand("a", 50, 0, "", {
          lines: [
            { trunkId: "trk_a", free: 9 },
            { trunkId: "trk_b", free: 9 },
          ],
        }),
        demand("b", 9),
      ],
      room(45, { trk_a: { freeSlots: 0 }, trk_b: { freeSlots: 4 } }),
      { a: 4 },
    ],
    [
      "a pool takes of the trunk with the most room, and leaves the other to whom has only that",
      [
        demand("a", 2, 0, "", {
          lines: [
            { trunkId: "trk_a", free: 9 },
            { trunkId: "trk_b", free: 9 },
          ],
        }),
        demand("b", 9),
      ],
      room(45, { trk_a: { freeSlots: 2 }, trk_b: { freeSlots: 5 } }),
      { a: 2, b: 2 },
    ],
    ["a campaign without a number gets nothing", [demand("a", 50, 0, "", { lines: [] })], room(45), {}],
  ];
  test.each(cases)("%s", (_name, demands, free, expected) => {
    expect(Object.fromEntries(allotSlots(demands, free))).toEqual(expected);
  });

  test("no cap is ever exceeded, and no slot stays free while somebody could use it", () => {
    const lines = fc.uniqueArray(fc.record({ trunkId: fc.constantFrom("t1", "t2", "t3"), free: fc.nat(30) }), {
      selector: (line) => line.trunkId,
      maxLength: 3,
    });
    const demands = fc.uniqueArray(
      fc.record({
        campaignId: fc.stringMatching(/^[a-z]{1,3}$/),
        agentId: fc.constant("agent_a"),
        lines,
        maxConcurrent: fc.integer({ min: 1, max: 50 }),
        inFlight: fc.nat(60),
        freeStarts: fc.nat(60),
        weight: fc.integer({ min: 1, max: 100 }),
      }),
      { selector: (one) => one.campaignId, maxLength: 8 },
    );
    const trunk = fc.record({ freeSlots: fc.integer({ min: -5, max: 40 }), freeStarts: fc.nat(40) });
    fc.assert(
      fc.property(demands, fc.integer({ min: -5, max: 60 }), trunk, trunk, trunk, (list, freeSlots, t1, t2, t3) => {
        const trunks = new Map(Object.entries({ t1, t2, t3 }));
        const slots = allotSlots(list, { freeSlots, trunks, bots: new Map() });
        const got = (one: Demand) => slots.get(one.campaignId) ?? 0;
        const all = list.reduce((sum, one) => sum + got(one), 0);
        expect(all).toBeLessThanOrEqual(Math.max(0, freeSlots));
        for (const one of list) {
          expect(got(one) === 0 || one.inFlight + got(one) <= one.maxConcurrent).toBe(true);
          expect(got(one)).toBeLessThanOrEqual(one.freeStarts);
          expect(got(one)).toBeLessThanOrEqual(one.lines.reduce((sum, line) => sum + line.free, 0));
        }
        // Those who may only use trunks of a set get no more than the set has.
        const ids = [...trunks.keys()];
        const roomOf = (id: string) => Math.max(0, Math.min(trunks.get(id)?.freeSlots ?? 0, trunks.get(id)?.freeStarts ?? 0));
        for (let set = 0; set < 8; set += 1) {
          const within = ids.filter((_, index) => (set >> index) % 2 === 1);
          const bound = list.filter((one) => one.lines.every((line) => within.includes(line.trunkId)));
          expect(bound.reduce((sum, one) => sum + got(one), 0)).toBeLessThanOrEqual(within.reduce((sum, id) => sum + roomOf(id), 0));
        }
        // Nobody goes short while one of their trunks is left untouched.
        const asked = (id: string) => list.some((one) => got(one) > 0 && one.lines.some((line) => line.trunkId === id));
        for (const one of list) {
          const couldUseMore = one.inFlight + got(one) < one.maxConcurrent && got(one) < one.freeStarts && got(one) === 0;
          const hasUntouched = one.lines.some((line) => line.free > 0 && roomOf(line.trunkId) > 0 && !asked(line.trunkId));
          expect(couldUseMore && hasUntouched && all < freeSlots).toBe(false);
        }
      }),
    );
  });
});
