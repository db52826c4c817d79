import { describe, expect, test } from "bun:test";
import { findPreset, type Preset } from "../../src/compliance/presets.ts";
import { otherHolidays, strictestOf } from "../../src/compliance/strictest.ts";

const of = (...ids: string[]) => strictestOf(ids.flatMap((id) => findPreset(id) ?? []));
const made = (more: Partial<Preset>): Preset => ({
  id: "x",
  name: "X",
  windows: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], start: "00:00", end: "23:59" }],
  contactLimits: [],
  remarks: [],
  sources: [],
  ...more,
});

describe("the strictest of several presets", () => {
  test("one is itself", () => {
    expect(of("fr")).toEqual({
      windows: [
        { weekdays: [1, 2, 3, 4, 5], start: "10:00", end: "13:00" },
        { weekdays: [1, 2, 3, 4, 5], start: "14:00", end: "20:00" },
      ],
      holidays: [{ country: "FR" }],
      contactLimits: [{ attempts: 4, perHours: 720 }],
      restAfterConversationHours: 1_440,
    });
  });

  test("hours are those that all allow, limits those of each", () => {
    expect(of("us-federal", "us-fl", "us-reg-f")).toEqual({
      windows: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], start: "08:00", end: "20:00" }],
      holidays: [],
      contactLimits: [
        { attempts: 3, perHours: 24 },
        { attempts: 7, perHours: 168 },
      ],
      restAfterConversationHours: 168,
    });
  });

  test("weekdays are cut too", () => {
    expect(of("us-ky", "us-ri").windows).toEqual([{ weekdays: [1, 2, 3, 4, 5], start: "10:00", end: "18:00" }]);
    expect(of("ca", "au").windows).toEqual([
      { weekdays: [1, 2, 3, 4, 5], start: "09:00", end: "20:00" },
      { weekdays: [6], start: "10:00", end: "17:00" },
    ]);
  });

  test("several windows of one are cut by another's", () => {
    expect(of("fr", "us-ri").windows).toEqual([
      { weekdays: [1, 2, 3, 4, 5], start: "10:00", end: "13:00" },
      { weekdays: [1, 2, 3, 4, 5], start: "14:00", end: "18:00" },
    ]);
  });

  const limits: [what: string, given: [number, number][], kept: [number, number][]][] = [
    [
      "fewer calls in more time make a limit superfluous",
      [
        [7, 168],
        [4, 720],
      ],
      [[4, 720]],
    ],
    [
      "fewer calls in less time do not",
      [
        [3, 24],
        [7, 168],
      ],
      [
        [3, 24],
        [7, 168],
      ],
    ],
    [
      "of two for the same time the lower stays",
      [
        [3, 24],
        [2, 24],
      ],
      [[2, 24]],
    ],
    [
      "of two for the same number the longer time stays",
      [
        [3, 24],
        [3, 48],
      ],
      [[3, 48]],
    ],
    [
      "equal ones stay once",
      [
        [3, 24],
        [3, 24],
        [3, 24],
      ],
      [[3, 24]],
    ],
  ];
  test.each(limits)("%s", (_what, given, kept) => {
    const presets = given.map(([attempts, perHours]) => made({ contactLimits: [{ attempts, perHours }] }));
    expect(strictestOf(presets).contactLimits.map(({ attempts, perHours }) => [attempts, perHours])).toEqual(kept);
  });

  test("hours that exclude each other leave none", () => {
    const morning = made({ windows: [{ weekdays: [1], start: "08:00", end: "12:00" }] });
    const evening = made({ windows: [{ weekdays: [1], start: "12:00", end: "20:00" }] });
    expect(strictestOf([morning, evening]).windows).toEqual([]);
  });

  test("hours over midnight are cut there, a whole day also at noon", () => {
    const nights = made({ windows: [{ weekdays: [1], start: "22:00", end: "02:00" }] });
    expect(strictestOf([nights]).windows).toEqual([
      { weekdays: [1], start: "22:00", end: "00:00" },
      { weekdays: [2], start: "00:00", end: "02:00" },
    ]);
    const always = made({
      windows: [
        { weekdays: [3], start: "00:00", end: "12:00" },
        { weekdays: [3], start: "12:00", end: "00:00" },
      ],
    });
    expect(strictestOf([always]).windows).toEqual([
      { weekdays: [3], start: "00:00", end: "12:00" },
      { weekdays: [3], start: "12:00", end: "00:00" },
    ]);
  });

  test("holidays of one calendar are named once, those of different regions each", () => {
    expect(of("us-al", "us-al").holidays).toEqual([{ country: "US", region: "AL" }]);
    expect(of("us-al", "us-la").holidays).toEqual([
      { country: "US", region: "AL" },
      { country: "US", region: "LA" },
    ]);
  });
});

describe("the holidays of further calendars", () => {
  const dayOf = (date: string) => Date.parse(date) / 86_400_000;
  const holidaysOf = ({ country }: { country: string }, year: number) =>
    new Set([dayOf(`${year}-12-25`), dayOf(`${year}-${country === "B" ? "03" : "06"}-01`)]);

  test("are those of all but the first, from today to the end of the last year, sorted", () => {
    const days = otherHolidays([{ country: "A" }, { country: "B" }], holidaysOf, dayOf("2026-05-06"), 2027);
    expect(days).toEqual(["2026-12-25", "2027-03-01", "2027-12-25"].map(dayOf));
  });
  test("have today", () =>
    expect(otherHolidays([{ country: "A" }, { country: "B" }], holidaysOf, dayOf("2026-12-25"), 2026)).toEqual([dayOf("2026-12-25")]));
  test("are none for one calendar", () => expect(otherHolidays([{ country: "B" }], holidaysOf, 0, 2027)).toEqual([]));
  test("of a calendar that nobody knows are none", () =>
    expect(otherHolidays([{ country: "A" }, { country: "B" }], () => undefined, 0, 1971)).toEqual([]));
});
