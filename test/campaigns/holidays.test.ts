import { describe, expect, test } from "bun:test";
import { createHolidayCalendar } from "../../src/campaigns/holidays.ts";

const { holidaysOf, problemOf } = createHolidayCalendar();

function dates(country: string, year: number, region?: string): string[] {
  const days = holidaysOf(region === undefined ? { country } : { country, region }, year) ?? new Set();
  return [...days].map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10)).sort();
}

describe("the public holidays of a year", () => {
  test("are those of the country", () => {
    expect(dates("FR", 2026)).toEqual([
      "2026-01-01",
      "2026-04-06",
      "2026-05-01",
      "2026-05-08",
      "2026-05-14",
      "2026-05-25",
      "2026-07-14",
      "2026-08-15",
      "2026-11-01",
      "2026-11-11",
      "2026-12-25",
    ]);
  });
  test("have the day off in place of one on a weekend, even in the year before", () => {
    expect(dates("US", 2026)).toEqual(expect.arrayContaining(["2026-07-03", "2026-07-04"]));
    expect(dates("US", 2027)).toContain("2027-12-31");
    expect(dates("US", 2028)).not.toContain("2027-12-31");
  });
  test("have a region's own with those of its country, and a part's with those of its region", () => {
    expect(dates("DE", 2026, "BY")).toEqual(expect.arrayContaining(["2026-01-06", "2026-10-03"]));
    expect(dates("DE", 2026, "BY")).not.toContain("2026-08-08");
    expect(dates("DE", 2026, "BY.A")).toContain("2026-08-08");
  });
  test("leave out what is no day off: banks', schools', optional ones and observances", () => {
    expect(dates("US", 2026)).not.toContain("2026-02-14");
    expect(dates("DE", 2026)).not.toContain("2026-12-24");
  });
  test("close every date of a feast of several days", () => {
    expect(dates("SA", 2027)).toEqual(expect.arrayContaining(["2027-05-15", "2027-05-16", "2027-05-17", "2027-05-18"]));
  });
  test("a day of 25 hours closes one date", () => {
    // In 2029 Greece sets its clocks back on the Sunday that is a holiday.
    expect(dates("GR", 2029)).toContain("2029-10-28");
    expect(dates("GR", 2029)).not.toContain("2029-10-29");
  });
  test("are worked out once", () => expect(holidaysOf({ country: "US" }, 2026)).toBe(holidaysOf({ country: "US" }, 2026)));
  test("of a country that nobody knows are not empty but unknown", () => {
    expect([holidaysOf({ country: "XX" }, 2026), holidaysOf({ country: "US", region: "ZZ" }, 2026)]).toEqual([undefined, undefined]);
  });
});

describe("problemOf", () => {
  test.each([
    [{ country: "US" }, undefined],
    [{ country: "US", region: "CA" }, undefined],
    [{ country: "DE", region: "BY.A" }, undefined],
    [{ country: "XX" }, "country"],
    [{ country: "us" }, "country"],
    [{ country: "toString" }, "country"],
    [{ country: "US", region: "ZZ" }, "region"],
    [{ country: "US", region: "ca" }, "region"],
    [{ country: "US", region: "" }, "region"],
    [{ country: "DE", region: "BY.Q" }, "region"],
    [{ country: "DE", region: "BY." }, "region"],
    [{ country: "VA", region: "X" }, "region"],
  ] as const)("%p: %p", (rule, field) => expect(problemOf(rule)?.field).toBe(field));
  test("names the regions that there are", () =>
    expect(problemOf({ country: "GB", region: "X" })?.problem).toBe("the regions of GB are ALD, ENG, NIR, SCT, WLS"));
});
