import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRateWindow } from "../../src/runtime/rate.ts";

const SECOND = 1_000;

/** The most starts in any 1,000 ms, by looking at the window that begins with each start. */
function mostInASecond(starts: readonly number[]): number {
  return Math.max(0, ...starts.map((from) => starts.filter((at) => at >= from && at < from + SECOND).length));
}

const step = fc.record({
  /** Pulled to the edges of a second, where a wrong limiter lets too many through. */
  waitMs: fc.oneof(fc.nat(30), fc.constantFrom(0, 1, 499, 500, 999, 1_000, 1_001)),
  wanted: fc.integer({ min: 1, max: 12 }),
  sentAfterMs: fc.nat(5),
  cancelled: fc.boolean(),
});

describe("a rate window", () => {
  test("never lets more than its limit start in any 1,000 ms, and never fewer than it could", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const window = createRateWindow(limit);
        let starts: number[] = [];
        let now = 0;
        for (const { waitMs, wanted, sentAfterMs, cancelled } of steps) {
          now += waitMs;
          const inTheLastSecond = starts.filter((at) => at > now - SECOND).length;
          expect(window.available(now)).toBe(limit - inTheLastSecond);
          const taken = Math.min(wanted, window.available(now));
          const tickets = Array.from({ length: taken }, () => window.take(now));
          now += sentAfterMs;
          tickets.forEach((ticket) => ticket.sent(now));
          if (cancelled) tickets.forEach((ticket) => ticket.cancel());
          else starts = [...starts, ...tickets.map(() => now)];
          expect(mostInASecond(starts)).toBeLessThanOrEqual(limit);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("says when the next place frees: at once while there is one, else a second after the oldest that counts", () => {
    const window = createRateWindow(2);
    expect(window.nextAt(50)).toBe(50);
    window.take(100);
    expect(window.nextAt(150)).toBe(150);
    window.take(300);
    expect(window.nextAt(400)).toBe(1_100);
    expect(window.available(1_099)).toBe(0);
    expect(window.available(1_100)).toBe(1);
  });

  test("a start that did not happen gives its place back", () => {
    const window = createRateWindow(1);
    window.take(0).cancel();
    expect(window.available(0)).toBe(1);
  });
});
