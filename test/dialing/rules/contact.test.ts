import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { contactAllowedAt, historyNeeded, restEndsAt } from "../../../src/dialing/rules/contact.ts";

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const ago = (...hours: number[]) => ({ placedAt: hours.map((hour) => NOW - hour * HOUR), lastConversationEndedAt: undefined });

describe("contactAllowedAt", () => {
  test.each([
    ["no limit", [], ago(0, 0, 0), undefined],
    ["no call before", [{ attempts: 1, perHours: 24 }], ago(), undefined],
    ["one call fewer than allowed", [{ attempts: 3, perHours: 24 }], ago(1, 2), undefined],
    ["as many as allowed: until the oldest of them is out", [{ attempts: 3, perHours: 24 }], ago(1, 2, 20), NOW + 4 * HOUR],
    ["the n-th newest counts, not the oldest", [{ attempts: 2, perHours: 24 }], ago(1, 2, 20), NOW + 22 * HOUR],
    ["one just out of the window", [{ attempts: 1, perHours: 24 }], ago(24), undefined],
    [
      "one at the window's edge",
      [{ attempts: 1, perHours: 24 }],
      { placedAt: [NOW - 24 * HOUR + 1], lastConversationEndedAt: undefined },
      NOW + 1,
    ],
    [
      "of several limits the one that lasts longest",
      [
        { attempts: 1, perHours: 2 },
        { attempts: 2, perHours: 48 },
      ],
      ago(1, 3),
      NOW + 45 * HOUR,
    ],
    ["a clock that was set back makes no room", [{ attempts: 1, perHours: 1 }], ago(-5), NOW + 6 * HOUR],
  ] as const)("%s", (_name, limits, history, at) => {
    expect(contactAllowedAt(limits, history, NOW)).toBe(at);
  });

  test.each([
    [[], 0],
    [[{ attempts: 3, perHours: 24 }], 3],
    [
      [
        { attempts: 3, perHours: 24 },
        { attempts: 7, perHours: 168 },
        { attempts: 1, perHours: 1 },
      ],
      7,
    ],
  ] as const)("%o look at the newest %d calls", (limits, calls) => expect(historyNeeded(limits)).toBe(calls));

  test("called at the instants it allows, no window ever holds more than its limit", () => {
    const limits = fc.array(fc.record({ attempts: fc.integer({ min: 1, max: 4 }), perHours: fc.integer({ min: 1, max: 30 }) }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(limits, fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 30 }), (list, gaps) => {
        const placed: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap * (HOUR / 2);
          const at = contactAllowedAt(
            list,
            { placedAt: [...placed].reverse().slice(0, historyNeeded(list)), lastConversationEndedAt: undefined },
            now,
          );
          if (at === undefined) placed.push(now);
          else expect(at).toBeGreaterThan(now);
        }
        for (const { attempts, perHours } of list) {
          for (const start of placed)
            expect(placed.filter((at) => at >= start && at < start + perHours * HOUR).length).toBeLessThanOrEqual(attempts);
        }
      }),
    );
  });
});

describe("restEndsAt", () => {
  const talked = (hours: number) => ({ placedAt: [], lastConversationEndedAt: NOW - hours * HOUR });
  test.each([
    ["no rule", null, talked(1), undefined],
    ["no conversation yet", 24, ago(1), undefined],
    ["no rule, whatever the clock says", null, talked(-1), undefined],
    ["within the rest", 24, talked(1), NOW + 23 * HOUR],
    ["the rest is over", 24, talked(24), undefined],
  ] as const)("%s", (_name, restHours, history, at) => {
    expect(restEndsAt(restHours, history, NOW)).toBe(at);
  });
});
