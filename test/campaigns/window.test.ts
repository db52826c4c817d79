import { describe, expect, test } from "bun:test";
import { createCalendar } from "../../src/campaigns/calendar.ts";
import { createHolidayCalendar } from "../../src/campaigns/holidays.ts";
import { type DailyWindow, type Schedule, windowAt, windowIn, type WindowVerdict } from "../../src/campaigns/window.ts";
import { weekOf } from "../../src/campaigns/week.ts";

const everyDay = [0, 1, 2, 3, 4, 5, 6];

function schedule(timezone: string, window: string, weekdays: readonly number[] = everyDay): Schedule {
  const [windowStart = "", windowEnd = ""] = window.split("-");
  return { timezone, windowStart, windowEnd, weekdays };
}

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString().replace(":00.000Z", "Z");
}

/** `open until …` or `closed until …`, as the tables below write it. */
function said(rule: Schedule, now: string, calendar = createCalendar(createHolidayCalendar())): string {
  return tell(windowAt(rule, Date.parse(now), calendar));
}

function tell({ open, opensAt, closesAt }: WindowVerdict): string {
  return `${open ? "open" : "closed"} until ${iso(open ? closesAt : opensAt)}`;
}

describe("a dialing window", () => {
  const table: [what: string, rule: Schedule, now: string, expected: string][] = [
    ["opens at its start", schedule("Asia/Kolkata", "09:00-19:00"), "2026-05-06T03:30:00Z", "open until 2026-05-06T13:30Z"],
    [
      "is closed a millisecond before",
      schedule("Asia/Kolkata", "09:00-19:00"),
      "2026-05-06T03:29:59.999Z",
      "closed until 2026-05-06T03:30Z",
    ],
    [
      "is open a millisecond before its end",
      schedule("Asia/Kolkata", "09:00-19:00"),
      "2026-05-06T13:29:59.999Z",
      "open until 2026-05-06T13:30Z",
    ],
    [
      "is closed at its end, until tomorrow",
      schedule("Asia/Kolkata", "09:00-19:00"),
      "2026-05-06T13:30:00Z",
      "closed until 2026-05-07T03:30Z",
    ],
    [
      "waits over the weekend",
      schedule("Asia/Kolkata", "09:00-19:00", [1, 2, 3, 4, 5]),
      "2026-05-08T13:30:00Z",
      "closed until 2026-05-11T03:30Z",
    ],
    ["waits a week for its one day", schedule("UTC", "09:00-10:00", [3]), "2026-05-06T10:00:00Z", "closed until 2026-05-13T09:00Z"],
    ["knows quarter hours", schedule("Asia/Kathmandu", "09:00-19:00"), "2026-05-06T03:15:00Z", "open until 2026-05-06T13:15Z"],
    [
      "knows Chatham in summer (+13:45)",
      schedule("Pacific/Chatham", "09:00-19:00"),
      "2026-01-05T19:15:00Z",
      "open until 2026-01-06T05:15Z",
    ],
    [
      "knows Chatham in winter (+12:45)",
      schedule("Pacific/Chatham", "09:00-19:00"),
      "2026-07-05T20:14:59Z",
      "closed until 2026-07-05T20:15Z",
    ],
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

  test("goes on over midnight when every day has one", () =>
    expect(said(schedule("UTC", "22:00-06:00"), "2026-05-09T00:00:00Z")).toBe("open until 2026-05-09T06:00Z"));
});

describe("where the clocks are set forward, a skipped time does not exist", () => {
  const table: [what: string, rule: Schedule, now: string, expected: string][] = [
    [
      "New York skips 02:00–03:00: a window inside never opens",
      schedule("America/New_York", "02:15-02:45"),
      "2026-03-08T06:59:59Z",
      "closed until 2026-03-09T06:15Z",
    ],
    [
      "it opens at 03:00 when its start was skipped",
      schedule("America/New_York", "02:15-04:00"),
      "2026-03-08T06:59:59Z",
      "closed until 2026-03-08T07:00Z",
    ],
    [
      "it closes at 02:00 when its end was skipped",
      schedule("America/New_York", "01:00-02:30"),
      "2026-03-08T06:30:00Z",
      "open until 2026-03-08T07:00Z",
    ],
    [
      "a day's window is an hour shorter",
      schedule("America/New_York", "00:00-12:00"),
      "2026-03-08T05:00:00Z",
      "open until 2026-03-08T16:00Z",
    ],
    [
      "Lord Howe skips half an hour",
      schedule("Australia/Lord_Howe", "02:00-02:45"),
      "2026-10-03T15:29:00Z",
      "closed until 2026-10-03T15:30Z",
    ],
    [
      "Apia has no 2011-12-30: Thursday's evening is followed by Saturday",
      schedule("Pacific/Apia", "09:00-19:00"),
      "2011-12-30T05:00:00Z",
      "closed until 2011-12-30T19:00Z",
    ],
    [
      "Apia: a Friday window waits for the next Friday",
      schedule("Pacific/Apia", "09:00-19:00", [5]),
      "2011-12-30T05:00:00Z",
      "closed until 2012-01-05T19:00Z",
    ],
    [
      "Apia: Thursday's night ends where Friday would have begun",
      schedule("Pacific/Apia", "22:00-06:00", [4]),
      "2011-12-30T09:00:00Z",
      "open until 2011-12-30T10:00Z",
    ],
    [
      "Apia: Friday's night has a second half only",
      schedule("Pacific/Apia", "22:00-06:00", [5]),
      "2011-12-30T09:00:00Z",
      "closed until 2011-12-30T10:00Z",
    ],
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
    [
      "Lord Howe repeats half an hour",
      schedule("Australia/Lord_Howe", "01:30-02:00"),
      "2026-04-04T14:00:00Z",
      "closed until 2026-04-05T15:00Z",
    ],
    [
      "Havana repeats its first hour of Sunday: nor is it Saturday's",
      schedule("America/Havana", "00:00-02:00", [0]),
      "2026-11-01T03:00:00Z",
      "closed until 2026-11-01T05:00Z",
    ],
  ];
  test.each(table)("%s", (_what, rule, now, expected) => expect(said(rule, now)).toBe(expected));
});

describe("a schedule that never changes or never opens", () => {
  test("has no next opening without a weekday", () => expect(windowAt(schedule("UTC", "09:00-10:00", []), 0)).toEqual({ open: false }));
  test("is closed in a zone that nobody knows", () =>
    expect(windowAt(schedule("Mars/Olympus", "00:00-23:59"), 0)).toEqual({ open: false }));
  test("looks past a week in which its one window is skipped", () => {
    expect(said(schedule("America/New_York", "02:15-02:45", [0]), "2026-03-01T07:45:00Z")).toBe("closed until 2026-03-15T06:15Z");
  });
});

/** `09:00-13:00 1,2,3`, and so on. */
function several(timezone: string, windows: readonly string[], more: Partial<Schedule> = {}): Schedule {
  const read = (text: string): DailyWindow => {
    const [hours = "", days] = text.split(" ");
    const [start = "", end = ""] = hours.split("-");
    return { start, end, weekdays: days?.split(",").map(Number) ?? everyDay };
  };
  return { timezone, windows: windows.map(read), ...more };
}

describe("several windows a day", () => {
  const france = several("Europe/Paris", ["10:00-13:00 1,2,3,4,5", "14:00-20:00 1,2,3,4,5"]);
  const table: [what: string, rule: Schedule, now: string, expected: string][] = [
    ["close between two", france, "2026-05-06T11:00:00Z", "closed until 2026-05-06T12:00Z"],
    ["open with the second", france, "2026-05-06T12:00:00Z", "open until 2026-05-06T18:00Z"],
    ["wait for Monday", france, "2026-05-08T18:00:00Z", "closed until 2026-05-11T08:00Z"],
    [
      "that overlap are one",
      several("UTC", ["09:00-13:00", "12:00-15:00", "14:00-19:00"]),
      "2026-05-06T09:30:00Z",
      "open until 2026-05-06T19:00Z",
    ],
    ["that touch are one", several("UTC", ["09:00-13:00", "13:00-15:00"]), "2026-05-06T09:30:00Z", "open until 2026-05-06T15:00Z"],
    [
      "one inside the other are the larger",
      several("UTC", ["09:00-19:00", "12:00-13:00"]),
      "2026-05-06T12:30:00Z",
      "open until 2026-05-06T19:00Z",
    ],
    [
      "past midnight run into the next day's",
      several("UTC", ["22:00-06:00 2", "06:00-08:00 3"]),
      "2026-05-05T23:00:00Z",
      "open until 2026-05-06T08:00Z",
    ],
    [
      "from Saturday night run into Sunday's",
      several("UTC", ["22:00-06:00 6", "05:00-09:00 0"]),
      "2026-05-09T23:00:00Z",
      "open until 2026-05-10T09:00Z",
    ],
    ["in any order", several("UTC", ["14:00-15:00", "09:00-10:00"]), "2026-05-06T08:00:00Z", "closed until 2026-05-06T09:00Z"],
  ];
  test.each(table)("%s", (_what, rule, now, expected) => expect(said(rule, now)).toBe(expected));

  test("that leave no gap in the week never close", () => {
    expect(windowAt(several("UTC", ["00:00-12:00", "12:00-00:00"]), 0)).toEqual({ open: true });
  });
  test("whose start is their end are none", () => expect(windowAt(several("UTC", ["09:00-09:00"]), 0)).toEqual({ open: false }));
  test("an empty list opens never", () => expect(windowAt(several("UTC", []), 0)).toEqual({ open: false }));
});

describe("blackout dates", () => {
  const dates = (timezone: string, window: string, ...blackoutDates: string[]): Schedule => ({
    ...schedule(timezone, window),
    blackoutDates,
  });
  const table: [what: string, rule: Schedule, now: string, expected: string][] = [
    ["are closed as a whole", dates("UTC", "09:00-19:00", "2026-05-06"), "2026-05-06T12:00:00Z", "closed until 2026-05-07T09:00Z"],
    [
      "are those of the wall, not of UTC",
      dates("Asia/Kolkata", "00:00-23:59", "2026-05-06"),
      "2026-05-05T18:30:00Z",
      "closed until 2026-05-06T18:30Z",
    ],
    [
      "close a window past midnight at midnight",
      dates("UTC", "22:00-06:00", "2026-05-07"),
      "2026-05-06T23:00:00Z",
      "open until 2026-05-07T00:00Z",
    ],
    ["leave it its second half", dates("UTC", "22:00-06:00", "2026-05-06"), "2026-05-06T22:30:00Z", "closed until 2026-05-07T00:00Z"],
    [
      "in a row are stepped over",
      dates("UTC", "09:00-19:00", "2026-12-24", "2026-12-25", "2026-12-26"),
      "2026-12-23T19:00:00Z",
      "closed until 2026-12-27T09:00Z",
    ],
    ["far ahead change nothing today", dates("UTC", "09:00-19:00", "2027-01-01"), "2026-05-06T12:00:00Z", "open until 2026-05-06T19:00Z"],
    [
      "in an hour that comes twice close by either reading",
      dates("America/Havana", "00:00-23:59", "2026-10-31"),
      "2026-11-01T04:30:00Z",
      "closed until 2026-11-01T05:00Z",
    ],
  ];
  test.each(table)("%s", (_what, rule, now, expected) => expect(said(rule, now)).toBe(expected));

  test("on every day of a year leave no opening within it", () => {
    const year = Array.from({ length: 400 }, (_, day) => new Date(Date.UTC(2026, 4, 1 + day)).toISOString().slice(0, 10));
    expect(windowAt(dates("UTC", "09:00-19:00", ...year), Date.UTC(2026, 4, 6))).toEqual({ open: false });
  });
});

describe("holidays", () => {
  const kept = (timezone: string, country: string, region?: string): Schedule => ({
    ...schedule(timezone, "09:00-19:00"),
    holidays: region === undefined ? { country } : { country, region },
  });
  const table: [what: string, rule: Schedule, now: string, expected: string][] = [
    ["are closed", kept("Europe/Paris", "FR"), "2026-07-14T10:00:00Z", "closed until 2026-07-15T07:00Z"],
    ["the day off in place of one is closed too", kept("America/New_York", "US"), "2026-07-03T15:00:00Z", "closed until 2026-07-05T13:00Z"],
    ["over the turn of the year", kept("America/New_York", "US"), "2027-12-31T15:00:00Z", "closed until 2028-01-02T14:00Z"],
    ["of a region", kept("Europe/Berlin", "DE", "BY"), "2026-01-06T10:00:00Z", "closed until 2026-01-07T08:00Z"],
    ["of the country only, elsewhere in it", kept("Europe/Berlin", "DE"), "2026-01-06T10:00:00Z", "open until 2026-01-06T18:00Z"],
    [
      "are the country's by the wall of the zone in question",
      kept("Pacific/Kiritimati", "US"),
      "2026-12-24T19:30:00Z",
      "closed until 2026-12-25T19:00Z",
    ],
  ];
  test.each(table)("%s", (_what, rule, now, expected) => expect(said(rule, now)).toBe(expected));

  test("that nobody can tell close every day: in doubt, no call", () => {
    const rule = kept("America/New_York", "US");
    const now = Date.UTC(2026, 4, 6, 15);
    expect(windowAt(rule, now)).toEqual({ open: false });
    expect(windowAt(kept("America/New_York", "XX"), now, createCalendar(createHolidayCalendar()))).toEqual({ open: false });
    expect(windowAt(rule, now, createCalendar(createHolidayCalendar())).open).toBe(true);
  });
});

describe("a window in several zones at once", () => {
  const day = schedule("UTC", "09:00-19:00");
  const table: [what: string, zones: string[], now: string, expected: string][] = [
    ["opens with the last", ["America/Denver", "America/Los_Angeles"], "2026-05-06T15:00:00Z", "closed until 2026-05-06T16:00Z"],
    ["closes with the first", ["America/Denver", "America/Los_Angeles"], "2026-05-06T16:00:00Z", "open until 2026-05-07T01:00Z"],
    ["in one zone is that zone's, not the schedule's", ["Asia/Kolkata"], "2026-05-06T03:30:00Z", "open until 2026-05-06T13:30Z"],
    ["with a gap of nine hours is an hour", ["Europe/Moscow", "Asia/Kamchatka"], "2026-05-06T05:00:00Z", "closed until 2026-05-06T06:00Z"],
    [
      "that part in summer may have to wait for autumn",
      ["America/Phoenix", "America/Denver"],
      "2026-06-01T17:30:00Z",
      "closed until 2026-11-01T16:00Z",
    ],
    [
      "where the clocks part for some weeks",
      ["America/New_York", "America/Jamaica"],
      "2026-05-06T13:30:00Z",
      "closed until 2026-05-06T14:00Z",
    ],
  ];
  test.each(table)("%s", (_what, zones, now, expected) => {
    const rule = zones.includes("America/Phoenix") ? schedule("UTC", "09:00-10:00") : day;
    expect(tell(windowIn(rule, zones, Date.parse(now)))).toBe(expected);
  });

  test("keeps each zone's own date", () => {
    const rule = { ...schedule("UTC", "00:00-23:59"), blackoutDates: ["2026-05-06"] };
    expect(tell(windowIn(rule, ["Asia/Tokyo", "America/Los_Angeles"], Date.parse("2026-05-05T14:00:00Z")))).toBe(
      "open until 2026-05-05T14:59Z",
    );
    expect(tell(windowIn(rule, ["Asia/Tokyo", "America/Los_Angeles"], Date.parse("2026-05-05T15:00:00Z")))).toBe(
      "closed until 2026-05-07T07:00Z",
    );
  });

  test("that are never open together is closed, with no opening", () => {
    expect(windowIn(schedule("UTC", "09:00-12:00"), ["Europe/Moscow", "Asia/Kamchatka"], 0)).toEqual({ open: false });
  });
  test("none of them, or one that nobody knows, is closed for good", () => {
    for (const zones of [[], ["Mars/Olympus"], ["UTC", "?"]])
      expect(windowIn(schedule("UTC", "00:00-23:59"), zones, 0)).toEqual({ open: false });
  });
  test("windowAt asks the schedule's own zone, whatever the mode", () => {
    expect(said({ ...schedule("Asia/Kolkata", "09:00-19:00"), timezoneMode: "recipient" }, "2026-05-06T03:30:00Z")).toBe(
      "open until 2026-05-06T13:30Z",
    );
  });
});

describe("a window that is long in coming", () => {
  const inZones = (rule: Schedule, zones: string[], now: string) => tell(windowIn(rule, zones, Date.parse(now)));
  const blackoutDates = Array.from({ length: 20 }, (_, day) =>
    new Date(Date.parse("2026-05-06") + day * 86_400_000).toISOString().slice(0, 10),
  );

  test("opens after three closed weeks, in zones that share some of the day", () => {
    const rule = { ...schedule("UTC", "09:00-17:00"), blackoutDates };
    expect(inZones(rule, ["America/New_York", "America/Los_Angeles"], "2026-05-06T12:00:00Z")).toBe("closed until 2026-05-26T16:00Z");
    expect(inZones(rule, ["America/Los_Angeles", "America/New_York"], "2026-05-06T12:00:00Z")).toBe("closed until 2026-05-26T16:00Z");
  });

  test("opens on the one day of the week on which the zones share an hour", () => {
    const windows = [
      { weekdays: [1], start: "09:00", end: "10:00" },
      { weekdays: [2], start: "09:00", end: "17:00" },
    ];
    expect(inZones({ timezone: "UTC", windows, blackoutDates }, ["America/New_York", "America/Los_Angeles"], "2026-05-06T12:00:00Z")).toBe(
      "closed until 2026-05-26T16:00Z",
    );
  });

  test("may open on the last day that is looked at, and not after it", () => {
    const until = (days: number) => {
      const dates = Array.from({ length: days }, (_, day) =>
        new Date(Date.parse("2026-05-06") + day * 86_400_000).toISOString().slice(0, 10),
      );
      return said({ ...schedule("UTC", "00:00-12:00"), blackoutDates: dates }, "2026-05-06T12:00:00Z");
    };
    expect(until(366)).toBe("closed until 2027-05-07T00:00Z");
    expect(until(380)).toBe("closed until undefined");
  });
});

describe("a search costs a bounded number of looks", () => {
  /** How often a day is looked at. */
  function looks(rule: Schedule, zones: string[], isClosed: (day: number) => boolean = () => false): number {
    let count = 0;
    const isClosedDay = (day: number) => {
      count += 1;
      return isClosed(day);
    };
    windowIn(rule, zones, Date.parse("2026-05-06T12:00:00Z"), { ruleOf: () => ({ week: weekOf(rule), isClosedDay }) });
    return count;
  }

  test.each([
    ["Asia/Tokyo", "America/New_York"],
    ["Asia/Tokyo", "Asia/Kolkata"],
  ])("%s and %s, which are never open together: not one for each day of the year", (one, other) => {
    expect(looks(schedule("UTC", "09:00-10:00"), [one, other])).toBeLessThan(60);
  });
  test("a year of closed days: one for each", () => expect(looks(schedule("UTC", "09:00-17:00"), ["UTC"], () => true)).toBeLessThan(400));
  test("zones of which the last decides: that one is waited for", () =>
    expect(looks(schedule("UTC", "09:00-13:00"), ["Asia/Tokyo", "Asia/Kolkata"])).toBeLessThan(6));
});
