import { describe, expect, test } from "bun:test";
import { createCalendar } from "../../src/campaigns/calendar.ts";

describe("the calendar", () => {
  const schedule = { timezone: "UTC", windowStart: "09:00", windowEnd: "19:00", weekdays: [1], holidays: { country: "US" } };

  test("works a schedule out once, and an equal one anew", () => {
    const calendar = createCalendar({ holidaysOf: () => new Set() });
    expect(calendar.ruleOf(schedule)).toBe(calendar.ruleOf(schedule));
    expect(calendar.ruleOf({ ...schedule })).not.toBe(calendar.ruleOf(schedule));
  });

  test("asks for the holidays of the year that the day is in", () => {
    const asked: number[] = [];
    const { isClosedDay } = createCalendar({ holidaysOf: (_, year) => (asked.push(year), new Set([20_454])) }).ruleOf(schedule);
    expect([isClosedDay?.(20_453), isClosedDay?.(20_454)]).toEqual([false, true]);
    expect(asked).toEqual([2025, 2026]);
  });
});
