import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  billedSeconds,
  costOf,
  finalCost,
  HANG_UP_MS,
  prefixesOf,
  type Rate,
  reserveOf,
  withAgentPrice,
} from "../../src/credits/ledger.ts";

const rateOf = (steps: string, price = 500_000, fee = 100_000): Rate => {
  const [firstSeconds = 0, nextSeconds = 0] = steps.split("/").map(Number);
  return { pricePerMinute: price, connectionFee: fee, firstSeconds, nextSeconds };
};

describe("billedSeconds", () => {
  test.each([
    ["60/60", [0, 60, 60, 60, 120, 120, 180]],
    ["6/6", [0, 6, 60, 60, 66, 120, 126]],
    ["1/1", [0, 1, 59, 60, 61, 120, 121]],
    ["30/6", [0, 30, 60, 60, 66, 120, 126]],
    ["60/1", [0, 60, 60, 60, 61, 120, 121]],
    ["1/60", [0, 1, 61, 61, 61, 121, 121]],
  ])("%s: nothing, 1 ms, 59 s, 60 s, 60.001 s, 120 s and 120.5 s are %p", (steps, expected) => {
    expect([0, 1, 59_000, 60_000, 60_001, 120_000, 120_500].map((talkMs) => billedSeconds(talkMs, rateOf(steps)))).toEqual(expected);
  });
});

describe("costOf", () => {
  const rows: [talk: string, talkMs: number, rate: Rate, cost: number][] = [
    ["nobody picked up", 0, rateOf("60/60"), 0],
    ["picked up at all", 1, rateOf("60/60"), 600_000],
    ["61 s at 60/60", 61_000, rateOf("60/60"), 1_100_000],
    ["61 s at 6/6", 61_000, rateOf("6/6"), 650_000],
    ["61 s at 1/1, rounded up to a micro-unit", 61_000, rateOf("1/1"), 608_334],
    ["a second of a price that does not divide", 1, rateOf("1/1", 1, 0), 1],
    ["free but for the connection", 600_000, rateOf("60/60", 0), 100_000],
    ["four hours at the highest prices, exact", 14_400_000, rateOf("1/1", 2_000_000_000_000, 1_000_000_000_000), 481_000_000_000_000],
    ["four hours and a second of them, exact", 14_401_000, rateOf("1/1", 1_999_999_999_999, 0), 480_033_333_333_094],
  ];
  test.each(rows)("%s", (_, talkMs, rate, cost) => {
    expect(costOf(talkMs, rate)).toBe(cost);
  });

  const rates = fc.record({
    pricePerMinute: fc.integer({ min: 0, max: 2_000_000_000_000 }),
    connectionFee: fc.integer({ min: 0, max: 1_000_000_000_000 }),
    firstSeconds: fc.integer({ min: 1, max: 3_600 }),
    nextSeconds: fc.integer({ min: 1, max: 3_600 }),
  });
  const talk = fc.integer({ min: 0, max: 4 * 3_600_000 });

  test("is what unlimited integers say", () => {
    const exact = (talkMs: number, rate: Rate) =>
      talkMs === 0 ? 0n : BigInt(rate.connectionFee) + (BigInt(rate.pricePerMinute) * BigInt(billedSeconds(talkMs, rate)) + 59n) / 60n;
    fc.assert(
      fc.property(talk, rates, (talkMs, rate) => BigInt(costOf(talkMs, rate)) === exact(talkMs, rate)),
      { numRuns: 1_000 },
    );
  });

  test("never falls as the talk goes on, and never passes the reserve of the longest call, hung up in time", () => {
    const check = (talkMs: number, more: number, rate: Rate) => {
      expect(costOf(talkMs + more, rate)).toBeGreaterThanOrEqual(costOf(talkMs, rate));
      expect(costOf(Math.min(talkMs, 600_000 + HANG_UP_MS), rate)).toBeLessThanOrEqual(reserveOf(rate, 600_000));
    };
    fc.assert(fc.property(talk, fc.integer({ min: 0, max: 100_000 }), rates, check), { numRuns: 1_000 });
  });
});

describe("reserveOf", () => {
  test("is the cost of the longest call and of the time to end it: ten minutes reserve eleven at 60/60", () => {
    expect(reserveOf(rateOf("60/60"), 600_000)).toBe(100_000 + 11 * 500_000);
    expect(reserveOf(rateOf("6/6"), 600_000)).toBe(100_000 + 5_250_000);
  });
});

describe("withAgentPrice", () => {
  test("adds the agent's units a minute to the price of the list", () => {
    expect(withAgentPrice(rateOf("6/6"), 0.25)).toEqual(rateOf("6/6", 750_000));
    expect(withAgentPrice(rateOf("6/6"), 0)).toEqual(rateOf("6/6"));
    expect(withAgentPrice(rateOf("6/6", 0), 0.1 + 0.2).pricePerMinute).toBe(300_000);
  });
});

describe("finalCost", () => {
  const call = { rate: rateOf("60/60"), reserve: 5_600_000, talkMs: 0, wasAnswered: false, isTalkUnknown: false };
  test.each([
    ["never picked up", call, 0],
    ["talked a minute", { ...call, wasAnswered: true, talkMs: 60_000 }, 600_000],
    ["talked, although nobody said that it was picked up", { ...call, talkMs: 60_000 }, 600_000],
    ["picked up and gone within the millisecond", { ...call, wasAnswered: true }, 600_000],
    ["longer than was set aside: the truth", { ...call, wasAnswered: true, talkMs: 720_000 }, 6_100_000],
    ["nobody knows: all that was set aside", { ...call, isTalkUnknown: true }, 5_600_000],
    ["nobody knows, and nothing was set aside", { ...call, reserve: undefined, isTalkUnknown: true }, undefined],
    ["without a budget it costs the same", { ...call, reserve: undefined, talkMs: 60_000 }, 600_000],
  ])("%s", (_, ended, cost) => {
    expect(finalCost(ended)).toBe(cost);
  });
});

describe("prefixesOf", () => {
  test("are all beginnings of the number, longest first, the empty one last", () => {
    expect(prefixesOf("+9198")).toEqual(["9198", "919", "91", "9", ""]);
  });
});
