// The verdict against the oracle, over every zone and both sides of every edge.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Schedule, windowAt } from "../../src/campaigns/window.ts";
import { createOracle } from "./window-oracle.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const FROM = Date.UTC(2005, 0, 1);
const UNTIL = Date.UTC(2037, 0, 1);

const zones = Intl.supportedValuesOf("timeZone");
/** Half of the draws: zones with odd offsets, odd changes, or a missing day. */
const oddZones = [
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Pacific/Apia",
  "America/New_York",
  "Africa/Casablanca",
  "Africa/Cairo",
  "Asia/Gaza",
  "Europe/Moscow",
  "Europe/Dublin",
  "America/Havana",
  "America/Santiago",
  "Antarctica/Troll",
  "Antarctica/Casey",
  "America/St_Johns",
  "Asia/Beirut",
  "Asia/Pyongyang",
  "America/Caracas",
];

const time = fc
  .oneof(
    fc.tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 1, 15, 30, 45, 59)),
    fc.tuple(fc.constantFrom(0, 1, 2, 3, 23), fc.constantFrom(0, 15, 30, 45)),
  )
  .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`);

const schedules: fc.Arbitrary<Schedule> = fc
  .record({
    timezone: fc.oneof(fc.constantFrom(...zones), fc.constantFrom(...oddZones)),
    windowStart: time,
    windowEnd: time,
    weekdays: fc.oneof(fc.constant([0, 1, 2, 3, 4, 5, 6]), fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 })),
  })
  .filter((schedule) => schedule.windowStart !== schedule.windowEnd);

const nudges = [0, -1, 1, -MINUTE, MINUTE, 30 * MINUTE, -30 * MINUTE, HOUR, -HOUR, 90 * MINUTE, 2 * HOUR, -2 * HOUR, -DAY];

/** Any instant, or one beside a change of the zone's clocks. */
function instants(zone: string, seed: number, nudge: number): number[] {
  const anywhere = FROM + Math.floor(seed * (UNTIL - FROM));
  const change = Temporal.Instant.fromEpochMilliseconds(anywhere).toZonedDateTimeISO(zone).getTimeZoneTransition("next")?.epochMilliseconds;
  return change === undefined || change > UNTIL ? [anywhere] : [anywhere, change + nudge];
}

test("agrees with the oracle at random instants, beside changes of the clocks, and on both sides of the next change", () => {
  let verdicts = 0;
  const property = fc.property(
    schedules,
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(...nudges),
    (schedule, seed, nudge) => {
      const oracle = createOracle(schedule);
      const check = (at: number) => {
        verdicts += 1;
        const verdict = windowAt(schedule, at);
        if (verdict.open !== oracle.isOpen(at))
          throw new Error(`${new Date(at).toISOString()} is ${verdict.open ? "open" : "closed"}, the oracle says otherwise`);
        return verdict.open ? verdict.closesAt : verdict.opensAt;
      };
      for (const at of instants(schedule.timezone, seed, nudge)) {
        const change = check(at);
        if (change === undefined) throw new Error(`no change within a year of ${new Date(at).toISOString()}`);
        if (check(change - 1) !== change || windowAt(schedule, change).open === windowAt(schedule, at).open)
          throw new Error(`nothing changes at ${new Date(change).toISOString()}`);
        const following = check(change);
        if (following !== undefined) check(following);
      }
    },
  );
  fc.assert(property, { numRuns: 3_100, seed: Number(process.env.WINDOW_SEED ?? 20261101), endOnFailure: true });
  expect(verdicts).toBeGreaterThan(18_000);
}, 60_000);

test("finds the same next change as a walk from minute to minute", () => {
  const MINUTES_AHEAD = 2 * 1440;
  const property = fc.property(
    schedules,
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(...nudges),
    (schedule, seed, nudge) => {
      const oracle = createOracle(schedule);
      const at = instants(schedule.timezone, seed, nudge).at(-1) ?? 0;
      const { open, closesAt, opensAt } = windowAt(schedule, at);
      const change = (open ? closesAt : opensAt) ?? Infinity;
      const walked = oracle.changesAt(at, MINUTES_AHEAD);
      if (walked === undefined) expect(change).toBeGreaterThan(at + (MINUTES_AHEAD - 1) * MINUTE);
      else expect(change).toBe(walked);
    },
  );
  fc.assert(property, { numRuns: 150, seed: Number(process.env.WINDOW_SEED ?? 20261101), endOnFailure: true });
}, 60_000);
