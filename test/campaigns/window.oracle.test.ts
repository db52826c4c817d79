// A million verdicts against the oracle: every zone that the runtime knows, every day on which its clocks change, random
// windows, holidays and blackout dates, by one zone's clock or by several, at instants beside the edges.
// WINDOW_VERDICTS=100000000 asks for more, WINDOW_SEED for other ones; each failure names everything needed to see it again.

import { expect, test } from "bun:test";
import { createCalendar } from "../../src/campaigns/calendar.ts";
import { createHolidayCalendar } from "../../src/campaigns/holidays.ts";
import { type DailyWindow, type Schedule, windowIn, type WindowVerdict } from "../../src/campaigns/window.ts";
import { type Random, seededRandom } from "../../src/runtime/random.ts";
import { offsetAt, openMinutes, readWall } from "./window-oracle.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SEED = Number(process.env.WINDOW_SEED ?? 20270314);
const WANTED = Number(process.env.WINDOW_VERDICTS ?? 1_000_000);
const SPAN_MINUTES = 2 * 1440;
const SCHEDULES_A_DAY = 24;
const INSTANTS_A_SCHEDULE = 50;

const zones = Intl.supportedValuesOf("timeZone");
const countries: readonly Schedule["holidays"][] = [
  { country: "US" },
  { country: "US", region: "AL" },
  { country: "FR" },
  { country: "IN" },
  { country: "DE", region: "BY" },
  { country: "GB", region: "SCT" },
  { country: "AU" },
];

type Decide = (schedule: Schedule, zones: readonly string[], now: number) => WindowVerdict;

/** A seeded draw. */
function createDraw(random: Random) {
  const below = (count: number) => Math.floor(random.fraction() * count);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const time = () =>
    `${String(pick([0, 1, 2, 3, 6, 8, 9, 13, 14, 19, 20, 22, 23, below(24)])).padStart(2, "0")}:${pick(["00", "00", "15", "30", "45", "59", "01"])}`;
  const window = (): DailyWindow => {
    const weekdays = random.fraction() < 0.5 ? [0, 1, 2, 3, 4, 5, 6] : [0, 1, 2, 3, 4, 5, 6].filter(() => random.fraction() < 0.6);
    const start = time();
    for (;;) {
      const end = time();
      if (end !== start) return { weekdays, start, end };
    }
  };
  return {
    below,
    pick,
    chance: (share: number) => random.fraction() < share,
    /** Around the day that holds `at`. */
    schedule(timezone: string, at: number): Schedule {
      const { weekdays, start: windowStart, end: windowEnd } = window();
      const hours =
        random.fraction() < 0.4
          ? { weekdays, windowStart, windowEnd }
          : { windows: Array.from({ length: 1 + below(random.fraction() < 0.1 ? 50 : 5) }, window) };
      const blackoutDates = Array.from({ length: below(4) }, () => new Date(at + (below(5) - 2) * DAY).toISOString().slice(0, 10));
      return {
        timezone,
        ...hours,
        ...(random.fraction() < 0.4 ? { blackoutDates } : {}),
        ...(random.fraction() < 0.3 ? { holidays: pick(countries) } : {}),
      };
    },
  };
}

type Draw = ReturnType<typeof createDraw>;

/** The days (at UTC midnight) of a year on which a zone's clocks change, and one on which nothing need happen. */
function daysOf(zone: string, year: number, { below }: Draw): number[] {
  const days: number[] = [Date.UTC(year, 0, 1 + below(365))];
  for (let at = Date.UTC(year, 0, 1), before = offsetAt(zone, at); at < Date.UTC(year + 1, 0, 1); at += DAY) {
    const after = offsetAt(zone, at + DAY);
    if (after !== before) days.push(at);
    before = after;
  }
  return days;
}

const nudges = [0, -1, 1, -MINUTE, MINUTE, 30_000, -30_000, 59_999];

/** Beside the edges of the schedule on that day, beside the middle of the span (where the clocks change), or anywhere. */
function instantsFor(from: number, changes: readonly number[], { below, pick, chance }: Draw): number[] {
  const last = from + SPAN_MINUTES * MINUTE - 1;
  return Array.from({ length: INSTANTS_A_SCHEDULE }, () => {
    if (changes.length > 0 && chance(0.75)) return from + pick(changes) * MINUTE + pick(nudges);
    return chance(0.5) ? from + (SPAN_MINUTES / 2) * MINUTE + below(4 * 60) * 15_000 : from + below(SPAN_MINUTES) * MINUTE + pick(nudges);
  }).map((at) => Math.min(last, Math.max(from, at)));
}

/** What is wrong with a verdict, or undefined. */
function faultIn(
  { open, opensAt, closesAt }: WindowVerdict,
  at: number,
  from: number,
  oracle: ReturnType<typeof openMinutes>,
): string | undefined {
  const index = Math.floor((at - from) / MINUTE);
  if (open !== (oracle.open[index] === 1)) return `is ${open ? "open" : "closed"}, the oracle says otherwise`;
  const change = open ? closesAt : opensAt;
  const expected = oracle.nextChange[index] ?? -1;
  if (expected !== -1)
    return change === from + expected * MINUTE ? undefined : `changes at ${iso(change)}, by the oracle at ${iso(from + expected * MINUTE)}`;
  return change === undefined || change >= from + SPAN_MINUTES * MINUTE
    ? undefined
    : `changes at ${iso(change)}, by the oracle not before ${iso(from + SPAN_MINUTES * MINUTE)}`;
}

function iso(at: number | undefined): string {
  return at === undefined ? "no time" : new Date(at).toISOString();
}

/** Asks for verdicts until there are `wanted` and every zone had its days, or until one is wrong; says what it found. */
function compare(decide: Decide, wanted: number): { verdicts: number; days: number; fault: string | undefined } {
  const draw = createDraw(seededRandom(SEED));
  let verdicts = 0;
  let days = 0;
  for (let year = 2027; verdicts < wanted; year = 2006 + draw.below(31)) {
    for (const zone of zones) {
      for (const day of daysOf(zone, year, draw)) {
        const from = day - ((SPAN_MINUTES - 1440) / 2) * MINUTE;
        const others = draw.chance(0.4) ? Array.from({ length: 1 + draw.below(2) }, () => draw.pick(zones)) : [];
        const together = [zone, ...others];
        const walls = together.map((each) => readWall(each, from, SPAN_MINUTES));
        days += 1;
        for (let count = 0; count < SCHEDULES_A_DAY; count += 1) {
          const schedule = draw.schedule(zone, day);
          const oracle = openMinutes(schedule, walls);
          const changes = [...new Set(oracle.nextChange)].filter((change) => change !== -1);
          for (const at of instantsFor(from, changes, draw)) {
            verdicts += 1;
            const fault = faultIn(decide(schedule, together, at), at, from, oracle);
            if (fault !== undefined)
              return {
                verdicts,
                days,
                fault: `seed ${SEED}: ${JSON.stringify(schedule)} in ${together.join(", ")} at ${iso(at)} ${fault}`,
              };
          }
        }
      }
      if (verdicts >= wanted && year !== 2027) break;
    }
  }
  return { verdicts, days, fault: undefined };
}

const calendar = createCalendar(createHolidayCalendar());
const decide: Decide = (schedule, zones, now) => windowIn(schedule, zones, now, calendar);

test(`${WANTED} verdicts over every zone and every change of its clocks agree with the oracle (seed ${SEED})`, () => {
  const { verdicts, days, fault } = compare(decide, WANTED);
  console.log(`window oracle: seed ${SEED}, ${verdicts} verdicts on ${days} days in ${zones.length} zones`);
  expect(fault).toBeUndefined();
  expect(verdicts).toBeGreaterThanOrEqual(WANTED);
}, 3_600_000);

test("every change of a whole year is the oracle's, minute by minute", () => {
  const draw = createDraw(seededRandom(SEED));
  const from = Date.UTC(2027, 0, 1);
  const minutes = 365 * 1440;
  for (const zone of [
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Europe/London",
    draw.pick(zones),
    draw.pick(zones),
  ]) {
    const wall = readWall(zone, from, minutes);
    for (let count = 0; count < 6; count += 1) {
      const schedule = {
        ...draw.schedule(zone, from + draw.below(365) * DAY),
        ...(draw.chance(0.5) ? { holidays: { country: "US" } } : {}),
      };
      const { open, nextChange } = openMinutes(schedule, [wall]);
      for (let index = 0; index !== -1; index = nextChange[index] ?? -1) {
        const verdict = decide(schedule, [zone], from + index * MINUTE);
        const next = nextChange[index] ?? -1;
        const change = verdict.open ? verdict.closesAt : verdict.opensAt;
        const at = `${JSON.stringify(schedule)} at ${iso(from + index * MINUTE)}`;
        expect([at, verdict.open]).toEqual([at, open[index] === 1]);
        if (next !== -1) expect([at, iso(change)]).toEqual([at, iso(from + next * MINUTE)]);
        else expect(change ?? Infinity).toBeGreaterThanOrEqual(from + minutes * MINUTE);
      }
    }
  }
}, 300_000);

/** Rules that are wrong by as little as possible. */
const wrong: [what: string, decide: Decide][] = [
  ["asked a millisecond late", (schedule, zones, now) => decide(schedule, zones, now + 1)],
  ["asked a millisecond early", (schedule, zones, now) => decide(schedule, zones, now - 1)],
  ["with blackout dates forgotten", (schedule, zones, now) => decide({ ...schedule, blackoutDates: [] }, zones, now)],
  ["with holidays forgotten", (schedule, zones, now) => decide({ ...schedule, holidays: undefined }, zones, now)],
  ["by the first of several zones", (schedule, zones, now) => decide(schedule, zones.slice(0, 1), now)],
  [
    "with the last of several windows forgotten",
    (schedule, zones, now) =>
      decide({ ...schedule, windows: schedule.windows?.slice(0, Math.max(1, schedule.windows.length - 1)) }, zones, now),
  ],
  [
    "that changes a minute too late",
    (schedule, zones, now) => {
      const verdict = decide(schedule, zones, now);
      return verdict.closesAt === undefined ? verdict : { ...verdict, closesAt: verdict.closesAt + MINUTE };
    },
  ],
];

for (const [what, decideWrongly] of wrong) {
  test(`a rule ${what} is found out`, () => {
    const { verdicts, fault } = compare(decideWrongly, 50_000);
    expect(fault).toContain("oracle");
    expect(verdicts).toBeLessThan(50_000);
  });
}
