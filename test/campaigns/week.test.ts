import { describe, expect, test } from "bun:test";
import { DAY, dayOf, WEEK, weekOf, windowsOf } from "../../src/campaigns/week.ts";

const HOUR = 3_600_000;
/** Hours since Sunday 00:00. */
const hours = (schedule: Parameters<typeof weekOf>[0]) => weekOf(schedule).map(({ from, to }) => [from / HOUR, to / HOUR]);
const windows = (...list: [start: string, end: string, weekdays: number[]][]) => ({
  timezone: "UTC",
  windows: list.map(([start, end, weekdays]) => ({ start, end, weekdays })),
});

describe("the week of a schedule", () => {
  test("has a stretch for each weekday", () =>
    expect(hours(windows(["09:00", "19:00", [3, 1]]))).toEqual([
      [33, 43],
      [81, 91],
    ]));
  test("merges what overlaps or touches", () =>
    expect(hours(windows(["09:00", "12:00", [0]], ["11:00", "13:00", [0]], ["13:00", "14:30", [0]], ["15:00", "16:00", [0]]))).toEqual([
      [9, 14.5],
      [15, 16],
    ]));
  test("cuts Saturday night in two", () =>
    expect(hours(windows(["22:00", "06:00", [6]]))).toEqual([
      [0, 6],
      [166, 168],
    ]));
  test("reads the single window too", () =>
    expect(hours({ timezone: "UTC", windowStart: "23:00", windowEnd: "01:00", weekdays: [0] })).toEqual([[23, 25]]));
  test("cuts nothing off a window that ends with the week", () => expect(hours(windows(["18:00", "00:00", [6]]))).toEqual([[162, 168]]));
  test("has no stretch where a window's start is its end", () =>
    expect(hours(windows(["09:00", "09:00", [1]], ["10:00", "11:00", [1]]))).toEqual([[34, 35]]));
  test("is empty where nothing is written", () => expect(weekOf({ timezone: "UTC" })).toEqual([]));
  test("a week is seven days", () => expect(WEEK).toBe(7 * DAY));
});

describe("windowsOf", () => {
  const whole = { windowStart: "09:00", windowEnd: "10:00", weekdays: [1] };
  test("reads the three fields as one window", () =>
    expect(windowsOf({ timezone: "UTC", ...whole })).toEqual([{ weekdays: [1], start: "09:00", end: "10:00" }]));
  test.each(["windowStart", "windowEnd", "weekdays"])("has none without %s", (field) =>
    expect(windowsOf({ timezone: "UTC", ...whole, [field]: undefined })).toEqual([]),
  );
  test("prefers the list", () =>
    expect(windowsOf({ timezone: "UTC", windowStart: "09:00", windowEnd: "10:00", weekdays: [1], windows: [] })).toEqual([]));
});

describe("dayOf", () => {
  test.each([
    ["1970-01-01", 0],
    ["1970-01-02", 1],
    ["2024-02-29", 19_782],
    ["1969-12-31", -1],
  ])("%s is day %d", (date, day) => expect(dayOf(date)).toBe(day));
  test.each(["2026-02-29", "2026-13-01", "2026-04-31", "2026-1-1", "", "tomorrow", "2026-05-06T00:00", "02026-05-06"])(
    "'%s' is none",
    (date) => expect(dayOf(date)).toBeUndefined(),
  );
});
