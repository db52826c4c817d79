import { describe, expect, test } from "bun:test";
import { readInstant, toInstant, toInstantOrNull } from "../../src/http/instants.ts";

const good: [text: string, utc: string][] = [
  ["2026-05-06T11:23:45.123Z", "2026-05-06T11:23:45.123Z"],
  ["2026-05-06T16:53:45+05:30", "2026-05-06T11:23:45.000Z"],
  ["2026-05-06T06:23:45-05:00", "2026-05-06T11:23:45.000Z"],
  ["2026-05-06T11:23Z", "2026-05-06T11:23:00.000Z"],
  ["2026-05-06t11:23:45z", "2026-05-06T11:23:45.000Z"],
  ["2026-05-06T11:23:45.1239Z", "2026-05-06T11:23:45.123Z"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
];
const bad = [
  "",
  "2026-05-06",
  "2026-05-06T11:23:45",
  "2026-05-06 11:23:45Z",
  "2026-02-30T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-05-06T25:00:00Z",
  "2026-05-06T11:23:45+5",
  "2026-05-06T11:23:45Z[Asia/Kolkata]",
  "1778050000000",
  "tomorrow",
];

describe("an instant on the wire", () => {
  for (const [text, utc] of good) test(`${text} is ${utc}`, () => expect(toInstant(readInstant("at", text))).toBe(utc));
  for (const text of bad)
    test(`'${text}' is refused`, () =>
      expect(() => readInstant("schedule.at", text)).toThrow(`schedule.at is '${text}'; it must be an instant with its offset`));
  test("none is null", () => expect([toInstantOrNull(null), toInstantOrNull(0)]).toEqual([null, "1970-01-01T00:00:00.000Z"]));
});
