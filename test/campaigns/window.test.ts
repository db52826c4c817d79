import { describe, expect, test } from "bun:test";
import { type Schedule, windowAt } from "../../src/campaigns/window.ts";
import { isTimeZone } from "../../src/campaigns/zone.ts";

const everyDay = [0, 1, 2, 3, 4, 5, 6];

function schedule(timezone: string, window: string, weekdays: readonly number[] = everyDay): Schedule {
  const [windowStart = "", windowEnd = ""] = window.split("-");
  return { timezone, windowStart, windowEnd, weekdays };
}

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString().replace(":00.000Z", "Z");
}

/** `open until …` or `closed until …`, as the tables below write it. */
function said(rule: Schedule, now: string): string {
  const { open, opensAt, closesAt } = windowAt(rule, Date.parse(now));
  return `${open ? "open" : "closed"} until ${iso(open ? closesAt : opensAt)}`;
}

describe("a dialing window", () => {
  const table: [what: string, rule: Schedule, now: string, expected: string][] = [
    ["opens at its start", schedule("Asia/Kolkata", "09:00-19:00"), "2026-05-06T03:30:00Z", "open until 2026-05-06T13:30Z"],
    ["is closed a millisecond before", schedule("Asia/Kolkata", "09:00-19:00"), "2026-05-06T03:29:59.999Z", "closed until 2026-05-06T03:30Z"],
    ["is open a millisecond before its end", schedule("Asia/Kolkata", "09:00-19:00"), "2026-05-06T13:29:59.999Z", "open until 2026-05-06T13:30Z"],
    ["is closed at its end, until tomorrow", schedule("Asia/Kolkata", "09:00-19:00"), "2026-05-06T13:30:00Z", "closed until 2026-05-07T03:30Z"],
    ["waits over the weekend", schedule("Asia/Kolkata", "09:00-19:00", [1, 2, 3, 4, 5]), "2026-05-08T13:30:00Z", "closed until 2026-05-11T03:30Z"],
    ["waits a week for its one day", schedule("UTC", "09:00-10:00", [3]), "2026-05-06T10:00:00Z", "closed until 2026-05-13T09:00Z"],
    ["knows quarter hours", schedule("Asia/Kathmandu", "09:00-19:00"), "2026-05-06T03:15:00Z", "open until 2026-05-06T13:15Z"],
    ["knows Chatham in summer (+13:45)", schedule("Pacific/Chatham", "09:00-19:00"), "2026-01-05T19:15:00Z", "open until 2026-01-06T05:15Z"],
    ["knows Chatham in winter (+12:45)", schedule("Pacific/Chatham", "09:00-19:00"), "2026-07-05T20:14:59Z", "closed until 2026-07-05T20:15Z"],
    ["can end at midnight", schedule("UTC", "18:00-00:00", [3]), "2026-05-06T23:59:59.999Z", "open until 2026-05-07T00:00Z"],
    ["can start at midnight", schedule("UTC", "00:00-06:00", [3]), "2026-05-05T23:59:00Z", "closed until 2026-05-06T00:00Z"],
    ["is open on a leap day", schedule("Asia/Kolkata", "09:00-19:00", [2]), "2028-02-29T04:00:00Z", "open until 2028-02-29T13:30Z"],
    ["finds a leap day ahead", schedule("UTC", "09:00-19:00", [2]), "2028-02-28T12:00:00Z", "closed until 2028-02-29T09:00Z"],
  ];
  test.each(table)("%s", (_what, rule, now, expected) => expect(said(rule, now)).toBe(expected));
});

describe("a window that spans midnight", () => {
  const night = schedule("UTC", "22:00-06:00", [5]);
  const table: [now: string, expected: string][] = [
    ["2026-05-08T05:00:00Z", "closed until 2026-05-08T22:00Z"],
    ["2026-05-08T22:00:00Z", "open until 2026-05-09T06:00Z"],
    ["2026-05-09T05:59:59.999Z", "open until 2026-05-09T06:00Z"],
    ["2026-05-09T06:00:00Z", "closed until 2026-05-15T22:00Z"],
    ["2026-05-09T22:00:00Z", "closed until 2026-05-15T22:00Z"],
  ];
  test.each(table)("belongs to the Friday on which it starts: at %s %s", (now, expected) => expect(said(night, now)).toBe(expected));

  test("goes on over midnight when every day has one", () => expect(said(schedule("UTC", "22:00-06:00"), "2026-05-09T00:00:00Z")).toBe("open until 2026-05-09T06:00Z"));
});

describe("where the clocks are set forward, a skipped time does not exist", () => {
  const table: [what: string, rule: Schedule, now: string, expected: string][] = [
    ["New York skips 02:00–03:00: a window inside never opens", schedule("America/New_York", "02:15-02:45"), "2026-03-08T06:59:59Z", "closed until 2026-03-09T06:15Z"],
    ["it opens at 03:00 when its start was skipped", schedule("America/New_York", "02:15-04:00"), "2026-03-08T06:59:59Z", "closed until 2026-03-08T07:00Z"],
    ["it closes at 02:00 when its end was skipped", schedule("America/New_York", "01:00-02:30"), "2026-03-08T06:30:00Z", "open until 2026-03-08T07:00Z"],
    ["a day's window is an hour shorter", schedule("America/New_York", "00:00-12:00"), "2026-03-08T05:00:00Z", "open until 2026-03-08T16:00Z"],
    ["Lord Howe skips half an hour", schedule("Australia/Lord_Howe", "02:00-02:45"), "2026-10-03T15:29:00Z", "closed until 2026-10-03T15:30Z"],
    ["Apia has no 2011-12-30: Thursday's evening is followed by Saturday", schedule("Pacific/Apia", "09:00-19:00"), "2011-12-30T05:00:00Z", "closed until 2011-12-30T19:00Z"],
    ["Apia: a Friday window waits for the next Friday", schedule("Pacific/Apia", "09:00-19:00", [5]), "2011-12-30T05:00:00Z", "closed until 2012-01-05T19:00Z"],
    ["Apia: Thursday's night ends where Friday would have begun", schedule("Pacific/Apia", "22:00-06:00", [4]), "2011-12-30T09:00:00Z", "open until 2011-12-30T10:00Z"],
    ["Apia: Friday's night has a second half only", schedule("Pacific/Apia", "22:00-06:00", [5]), "2011-12-30T09:00:00Z", "closed until 2011-12-30T10:00Z"],
  ];
  test.each(table)("%s", (_what, rule, now, expected) => expect(said(rule, now)).toBe(expected));
});

describe("where the clocks are set back, both readings must agree", () => {
  const newYork = (window: string) => schedule("America/New_York", window);
  const table: [what: string, rule: Schedule, now: string, expected: string][] = [
    ["01:00–01:30 comes twice and does not open", newYork("01:00-01:30"), "2026-11-01T04:00:00Z", "closed until 2026-11-02T06:00Z"],
    ["00:00–01:30 closes at the first 01:30", newYork("00:00-01:30"), "2026-11-01T04:30:00Z", "open until 2026-11-01T05:30Z"],
    ["and stays closed when 01:00 comes again", newYork("00:00-01:30"), "2026-11-01T06:00:00Z", "closed until 2026-11-02T05:00Z"],
    ["01:30–03:00 opens at the second 01:30", newYork("01:30-03:00"), "2026-11-01T05:30:00Z", "closed until 2026-11-01T06:30Z"],
    ["a window around both is simply an hour longer", newYork("00:00-03:00"), "2026-11-01T04:00:00Z", "open until 2026-11-01T08:00Z"],
    ["a window that ends at 01:00 closes at the first", newYork("00:00-01:00"), "2026-11-01T04:30:00Z", "open until 2026-11-01T05:00Z"],
    ["a window from 02:00 opens after the second 01:59", newYork("02:00-03:00"), "2026-11-01T05:30:00Z", "closed until 2026-11-01T07:00Z"],
    ["a day's window is untouched", newYork("09:00-19:00"), "2026-11-01T14:00:00Z", "open until 2026-11-02T00:00Z"],
    ["Lord Howe repeats half an hour", schedule("Australia/Lord_Howe", "01:30-02:00"), "2026-04-04T14:00:00Z", "closed until 2026-04-05T15:00Z"],
    ["Havana repeats its first hour of Sunday: nor is it Saturday's", schedule("America/Havana", "00:00-02:00", [0]), "2026-11-01T03:00:00Z", "closed until 2026-11-01T05:00Z"],
  ];
  test.each(table)("%s", (_what, rule, now, expected) => expect(said(rule, now)).toBe(expected));
});

describe("a schedule that never changes or never opens", () => {
  test("has no next opening without a weekday", () => expect(windowAt(schedule("UTC", "09:00-10:00", []), 0)).toEqual({ open: false }));
  test("is closed in a zone that nobody knows", () => expect(windowAt(schedule("Mars/Olympus", "00:00-23:59"), 0)).toEqual({ open: false }));
  test("looks past a week in which its one window is skipped", () => {
    expect(said(schedule("America/New_York", "02:15-02:45", [0]), "2026-03-01T07:45:00Z")).toBe("closed until 2026-03-15T06:15Z");
  });
});

describe("isTimeZone", () => {
  test.each(["Asia/Kolkata", "Asia/Calcutta", "asia/kolkata", "UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "US/Eastern", "EST5EDT"])("takes %s", (zone) => expect(isTimeZone(zone)).toBe(true));
  test.each(["", "+05:30", "-0500", "Z", "IST5", "Kolkata", "Asia/Kolkata ", "[UTC]", "UTC+1", "2026-01-01T00:00Z[UTC]", "Local"])("refuses '%s'", (zone) => expect(isTimeZone(zone)).toBe(false));
});
