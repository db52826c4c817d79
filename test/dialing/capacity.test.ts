import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { allotSlots, type Demand, type WholeRoom } from "../../src/dialing/capacity.ts";

const demand = (campaignId: string, maxConcurrent: number, inFlight = 0, trunkId = "trk_a", more: Partial<Demand> = {}): Demand => ({ campaignId, trunkId, agentId: "agent_a", maxConcurrent, inFlight, freeStarts: Infinity, weight: 1, ...more });
const room = (freeSlots: number, trunks: Record<string, { freeSlots?: number; freeStarts?: number }> = { trk_a: {} }, bots: Record<string, number> = {}): WholeRoom => ({
  bots: new Map(Object.entries(bots)),
  freeSlots,
  trunks: new Map(Object.entries(trunks).map(([id, trunk]) => [id, { freeSlots: trunk.freeSlots ?? Infinity, freeStarts: trunk.freeStarts ?? Infinity }])),
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
    ["a trunk's cap bounds its campaigns together", [demand("a", 50), demand("b", 50)], room(45, { trk_a: { freeSlots: 3 } }), { a: 2, b: 1 }],
    ["a trunk's rate bounds the starts", [demand("a", 50)], room(45, { trk_a: { freeStarts: 4 } }), { a: 4 }],
    ["a full trunk does not stop another", [demand("a", 50), demand("b", 3, 0, "trk_b")], room(45, { trk_a: { freeSlots: 0 }, trk_b: {} }), { b: 3 }],
    ["a campaign's own rate bounds its starts", [demand("a", 50, 0, "trk_a", { freeStarts: 2 }), demand("b", 50)], room(10), { a: 2, b: 8 }],
    ["twice the weight gets twice the calls", [demand("a", 50, 0, "trk_a", { weight: 2 }), demand("b", 50)], room(9), { a: 6, b: 3 }],
    ["a bot that is tried again bounds its campaigns together", [demand("a", 50), demand("b", 50), demand("c", 2, 0, "trk_a", { agentId: "agent_c" })], room(45, undefined, { agent_a: 1 }), { a: 1, c: 2 }],
    ["a bot that is being tried takes nothing more", [demand("a", 50)], room(45, undefined, { agent_a: 0 }), {}],
    ["a trunk that is not known gives nothing", [demand("a", 5, 0, "trk_x")], room(45), {}],
  ];
  test.each(cases)("%s", (_name, demands, free, expected) => {
    expect(Object.fromEntries(allotSlots(demands, free))).toEqual(expected);
  });

  test("no cap is ever exceeded, and no slot stays free while somebody could use it", () => {
    const demands = fc.uniqueArray(
      fc.record({ campaignId: fc.stringMatching(/^[a-z]{1,3}$/), trunkId: fc.constantFrom("t1", "t2", "t3"), agentId: fc.constant("agent_a"), maxConcurrent: fc.integer({ min: 1, max: 50 }), inFlight: fc.nat(60), freeStarts: fc.nat(60), weight: fc.integer({ min: 1, max: 100 }) }),
      { selector: (one) => one.campaignId, maxLength: 8 },
    );
    const trunk = fc.record({ freeSlots: fc.integer({ min: -5, max: 40 }), freeStarts: fc.nat(40) });
    fc.assert(
      fc.property(demands, fc.integer({ min: -5, max: 60 }), trunk, trunk, trunk, (list, freeSlots, t1, t2, t3) => {
        const trunks = new Map(Object.entries({ t1, t2, t3 }));
        const slots = allotSlots(list, { freeSlots, trunks, bots: new Map() });
        const given = (trunkId?: string) => list.filter((one) => trunkId === undefined || one.trunkId === trunkId).reduce((sum, one) => sum + (slots.get(one.campaignId) ?? 0), 0);
        expect(given()).toBeLessThanOrEqual(Math.max(0, freeSlots));
        const left = (trunkId: string) => Math.min(trunks.get(trunkId)?.freeSlots ?? 0, trunks.get(trunkId)?.freeStarts ?? 0) - given(trunkId);
        for (const one of list) {
          const got = slots.get(one.campaignId) ?? 0;
          expect(got === 0 || one.inFlight + got <= one.maxConcurrent).toBe(true);
          expect(got).toBeLessThanOrEqual(one.freeStarts);
          const couldUseMore = one.inFlight + got < one.maxConcurrent && got < one.freeStarts && left(one.trunkId) > 0;
          expect(couldUseMore && given() < freeSlots).toBe(false);
        }
        for (const trunkId of ["t1", "t2", "t3"]) expect(given(trunkId) === 0 || left(trunkId) >= 0).toBe(true);
      }),
    );
  });
});
