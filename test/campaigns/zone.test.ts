import { describe, expect, test } from "bun:test";
import { clocksBetween, isTimeZone, stretchAt } from "../../src/campaigns/zone.ts";

const HOUR = 3_600_000;

describe("the stretch of a zone's clocks", () => {
  const at = (zone: string, instant: string) => {
    const { readings, until } = stretchAt(zone, Date.parse(instant));
    return `${readings.map((reading) => reading / HOUR).join(" or ")} until ${until === Infinity ? "for ever" : new Date(until).toISOString().slice(0, 16)}`;
  };
  test.each([
    ["UTC", "2026-05-06T00:00:00Z", "0 until for ever"],
    ["Asia/Kolkata", "2026-05-06T00:00:00Z", "5.5 until for ever"],
    ["America/New_York", "2026-02-01T00:00:00Z", "-5 until 2026-03-08T07:00"],
    ["America/New_York", "2026-03-08T06:59:59.999Z", "-5 until 2026-03-08T07:00"],
    ["America/New_York", "2026-03-08T07:00:00Z", "-4 until 2026-11-01T05:00"],
    ["America/New_York", "2026-11-01T04:59:59.999Z", "-4 until 2026-11-01T05:00"],
    ["America/New_York", "2026-11-01T05:00:00Z", "-4 or -5 until 2026-11-01T06:00"],
    ["America/New_York", "2026-11-01T06:00:00Z", "-5 or -4 until 2026-11-01T07:00"],
    ["America/New_York", "2026-11-01T06:59:59.999Z", "-5 or -4 until 2026-11-01T07:00"],
    ["America/New_York", "2026-11-01T07:00:00Z", "-5 until 2027-03-14T07:00"],
    ["Australia/Lord_Howe", "2026-04-04T14:30:00Z", "11 or 10.5 until 2026-04-04T15:00"],
    ["Australia/Lord_Howe", "2026-04-04T15:29:00Z", "10.5 or 11 until 2026-04-04T15:30"],
  ])("%s at %s: %s", (zone, instant, expected) => expect(at(zone, instant)).toBe(expected));
});

describe("clocksBetween", () => {
  const [from, until] = [Date.UTC(2026, 0, 1), Date.UTC(2040, 0, 1)];
  const table: [a: string, b: string, same: boolean][] = [
    ["Europe/Jersey", "Europe/London", true],
    ["Asia/Calcutta", "Asia/Kolkata", true],
    ["America/Denver", "America/Phoenix", false],
    ["Europe/London", "Europe/Lisbon", true],
    ["Europe/London", "UTC", false],
    ["Africa/Casablanca", "Atlantic/Canary", false],
  ];
  test("is the reading at the start, and each change with what it changes to", () => {
    const [from, until] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 11, 1)];
    const [spring, autumn] = [Date.parse("2026-03-08T07:00:00Z"), Date.parse("2026-11-01T06:00:00Z")];
    expect(clocksBetween("America/New_York", from, until)).toBe(`${-5 * HOUR} ${spring}:${-4 * HOUR} ${autumn}:${-5 * HOUR}`);
    expect(clocksBetween("America/New_York", from, autumn)).toBe(`${-5 * HOUR} ${spring}:${-4 * HOUR}`);
    expect(clocksBetween("Asia/Kolkata", from, until)).toBe(String(5.5 * HOUR));
  });

  test.each(table)("%s and %s tick alike: %p", (a, b, same) =>
    expect(clocksBetween(a, from, until) === clocksBetween(b, from, until)).toBe(same),
  );
});

describe("isTimeZone", () => {
  test.each([
    "Asia/Kolkata",
    "Asia/Calcutta",
    "asia/kolkata",
    "UTC",
    "Etc/GMT+5",
    "America/Argentina/Buenos_Aires",
    "US/Eastern",
    "EST5EDT",
  ])("takes %s", (zone) => expect(isTimeZone(zone)).toBe(true));
  test.each(["", "+05:30", "-0500", "Z", "IST5", "Kolkata", "Asia/Kolkata ", "[UTC]", "UTC+1", "2026-01-01T00:00Z[UTC]", "Local"])(
    "refuses '%s'",
    (zone) => expect(isTimeZone(zone)).toBe(false),
  );
});
