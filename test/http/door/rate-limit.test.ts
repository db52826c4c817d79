import { describe, expect, test } from "bun:test";
import { AppError } from "../../../src/errors.ts";
import { createAllowances, createRequestLimit } from "../../../src/http/door/rate-limit.ts";

/** How many of `tries` at `now` come through. */
function granted(take: () => number, tries: number): number {
  return Array.from({ length: tries }, take).filter((waitMs) => waitMs === 0).length;
}

describe("an allowance", () => {
  test("lets so many come at once, then so many a second, for each name by itself", () => {
    const allowances = createAllowances({ perSecond: 10, atOnce: 40 });
    expect(granted(() => allowances.take("a", 0), 100)).toBe(40);
    expect(granted(() => allowances.take("b", 0), 100)).toBe(40);
    expect(granted(() => allowances.take("a", 1_000), 100)).toBe(10);
    expect(granted(() => allowances.take("a", 3_000), 100)).toBe(20);
    expect(granted(() => allowances.take("a", 60_000), 100)).toBe(40);
  });

  test("tells how long to wait, and that long is enough", () => {
    const allowances = createAllowances({ perSecond: 4, atOnce: 1 });
    expect([allowances.take("a", 0), allowances.take("a", 0), allowances.waitMs("a", 100)]).toEqual([0, 250, 150]);
    expect([allowances.take("a", 249), allowances.take("a", 250)]).toEqual([1, 0]);
  });

  test("what is refused does not count: a client that goes on asking is served at the rate", () => {
    const allowances = createAllowances({ perSecond: 10, atOnce: 10 });
    let served = 0;
    for (let now = 0; now < 10_000; now += 1) served += allowances.take("a", now) === 0 ? 1 : 0;
    expect(served).toBe(10 + 99);
  });

  test("forgets the name unused for longest when there are too many", () => {
    const allowances = createAllowances({ perSecond: 1, atOnce: 1, most: 3 });
    for (const name of ["a", "b", "c", "a", "d"]) allowances.take(name, 0);
    expect(["a", "b", "c", "d"].map((name) => allowances.knows(name))).toEqual([true, false, true, true]);
  });
});

describe("the limit of requests", () => {
  const refusalOf = (ask: () => void) => {
    try {
      ask();
      return undefined;
    } catch (error) {
      return error instanceof AppError ? [error.code, error.message, error.retryAfterSeconds] : error;
    }
  };
  const at = (start: number) => ({
    now: start,
    monotonicMs() {
      return this.now;
    },
  });

  test("is the key's, wherever it asks from, and four seconds' worth may come at once", () => {
    const clock = at(0);
    const limit = createRequestLimit(5, clock);
    for (let count = 0; count < 20; count += 1) limit.spend("key_1", `10.0.0.${count}`);
    expect(refusalOf(() => limit.spend("key_1", "10.0.0.1"))).toEqual([
      "rate_limited",
      "more than 5 requests a second came with this key; try again in 1 s",
      1,
    ]);
    expect(refusalOf(() => limit.spend("key_2", "10.0.0.1"))).toBeUndefined();
    clock.now = 200;
    expect(refusalOf(() => limit.spend("key_1", "10.0.0.1"))).toBeUndefined();
  });

  test("is the address's, for wrong keys: 60, then one a second", () => {
    const clock = at(0);
    const limit = createRequestLimit(5, clock);
    for (let count = 0; count < 60; count += 1) limit.fail("10.0.0.1");
    expect(refusalOf(() => limit.fail("10.0.0.1"))).toEqual([
      "rate_limited",
      "too many requests without a valid key came from this address; try again in 1 s",
      1,
    ]);
    expect(refusalOf(() => limit.fail("10.0.0.2"))).toBeUndefined();
    clock.now = 1_000;
    expect(refusalOf(() => limit.fail("10.0.0.1"))).toBeUndefined();
  });

  test("does not lock out a key that was in use when others behind the same proxy began to guess; one never seen waits", () => {
    const limit = createRequestLimit(5, at(0));
    limit.spend("key_known", "127.0.0.1");
    for (let count = 0; count < 60; count += 1) limit.fail("127.0.0.1");
    expect(refusalOf(() => limit.spend("key_known", "127.0.0.1"))).toBeUndefined();
    expect(refusalOf(() => limit.spend("key_guessed", "127.0.0.1"))).toEqual([
      "rate_limited",
      expect.stringContaining("without a valid key"),
      1,
    ]);
    expect(refusalOf(() => limit.spend("key_guessed", "10.0.0.9"))).toBeUndefined();
  });
});
