// A second opinion on dialing windows: minute by minute, through Intl, sharing nothing with the code under test.

import Holidays from "date-holidays";
import type { Schedule } from "../../src/campaigns/window.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK_MINUTES = 7 * 24 * 60;

const formats = new Map<string, Intl.DateTimeFormat>();

/** The wall clock at `at`, written as the epoch ms that the same date and time would be in UTC. */
function wallAt(zone: string, at: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  // 05/11/2026, 09:30:00
  const text = format.format(at);
  const digits = (from: number, to: number) => Number(text.slice(from, to));
  return (
    Date.UTC(digits(6, 10), digits(3, 5) - 1, digits(0, 2), digits(12, 14), digits(15, 17), digits(18, 20)) + (((at % 1000) + 1000) % 1000)
  );
}

/** Ms from UTC to the wall. */
export function offsetAt(zone: string, at: number): number {
  return wallAt(zone, at) - at;
}

/** The offsets by which `at` may be read: its own, and another one under which its wall time comes too. */
function offsetsAt(zone: string, at: number): number[] {
  const offset = offsetAt(zone, at);
  const around = [-3 * HOUR, 3 * HOUR].map((distance) => offsetAt(zone, at + distance));
  const twin = around.find((other) => other !== offset && wallAt(zone, at + offset - other) === at + offset);
  return twin === undefined ? [offset] : [offset, twin];
}

/** The minutes of a week, Sunday 00:00 first, that a schedule covers. */
function weekOf({ windows, windowStart = "", windowEnd = "", weekdays = [] }: Schedule): Uint8Array {
  const minuteOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const week = new Uint8Array(WEEK_MINUTES);
  for (const window of windows ?? [{ weekdays, start: windowStart, end: windowEnd }]) {
    const length = (minuteOf(window.end) - minuteOf(window.start) + 1440) % 1440;
    for (const weekday of window.weekdays) {
      for (let minute = 0; minute < length; minute += 1) week[(weekday * 1440 + minuteOf(window.start) + minute) % WEEK_MINUTES] = 1;
    }
  }
  return week;
}

const datesOf = new Map<string, string[]>();

/** The dates of a country's public holidays around a year; those of the countries that the tests draw are whole days. */
function holidayDates({ country, region = "" }: NonNullable<Schedule["holidays"]>, year: number): string[] {
  const key = `${country} ${region} ${year}`;
  const known =
    datesOf.get(key) ??
    [year - 1, year, year + 1].flatMap((each) =>
      new Holidays(country, region, { types: ["public"] }).getHolidays(each).map(({ date }) => date.slice(0, 10)),
    );
  datesOf.set(key, known);
  return known;
}

/** The days, since 1970-01-01, on which nothing is open around an instant. */
function closedDays({ holidays, blackoutDates = [] }: Schedule, at: number): Set<number> {
  const dates = [...blackoutDates, ...(holidays === undefined ? [] : holidayDates(holidays, new Date(at).getUTCFullYear()))];
  return new Set(dates.map((date) => Date.parse(date) / DAY));
}

/** For one zone's clock: is it open, and when next not. */
export function createOracle(schedule: Schedule) {
  const week = weekOf(schedule);
  const isOpen = (at: number) =>
    offsetsAt(schedule.timezone, at).every((offset) => {
      const wall = new Date(at + offset);
      return week[wall.getUTCDay() * 1440 + wall.getUTCHours() * 60 + wall.getUTCMinutes()] === 1;
    });
  return {
    isOpen,
    /** The first whole minute after `at` with the other verdict, looking `minutes` ahead. */
    changesAt(at: number, minutes: number): number | undefined {
      const open = isOpen(at);
      let next = Math.floor(at / MINUTE) * MINUTE;
      for (let step = 0; step < minutes; step += 1) {
        next += MINUTE;
        if (isOpen(next) !== open) return next;
      }
      return undefined;
    },
  };
}

/** Every minute of a span as a zone's wall clock shows it: minute of the week and day, by each reading. */
export interface WallMinutes {
  from: number;
  weekMinute: Int16Array;
  day: Int32Array;
  /** The same by the other reading, -1 where there is none. */
  twinMinute: Int16Array;
  twinDay: Int32Array;
}

/** `from` is a whole minute. A day on both sides is looked at too, for wall times that come twice. */
export function readWall(zone: string, from: number, minutes: number): WallMinutes {
  const margin = 1440;
  const walls = new Float64Array(minutes + 2 * margin);
  const shownAt = new Map<number, number>();
  const twins = new Map<number, number>();
  for (let index = 0; index < walls.length; index += 1) {
    const at = from + (index - margin) * MINUTE;
    const wall = wallAt(zone, at);
    walls[index] = wall;
    const before = shownAt.get(wall);
    if (before !== undefined) {
      twins.set(before, wall - at);
      twins.set(at, wall - before);
    }
    shownAt.set(wall, at);
  }
  const span: WallMinutes = {
    from,
    weekMinute: new Int16Array(minutes),
    day: new Int32Array(minutes),
    twinMinute: new Int16Array(minutes).fill(-1),
    twinDay: new Int32Array(minutes).fill(-1),
  };
  const write = (minute: Int16Array, day: Int32Array, index: number, wall: number) => {
    day[index] = Math.floor(wall / DAY);
    minute[index] = ((Math.floor(wall / DAY) + 4) % 7) * 1440 + Math.floor((wall % DAY) / MINUTE);
  };
  for (let index = 0; index < minutes; index += 1) {
    const at = from + index * MINUTE;
    write(span.weekMinute, span.day, index, walls[index + margin] ?? 0);
    const twin = twins.get(at);
    if (twin !== undefined) write(span.twinMinute, span.twinDay, index, at + twin);
  }
  return span;
}

/** Minute by minute whether the schedule is open on all of the walls, and where that next changes (-1: not in the span). */
export function openMinutes(schedule: Schedule, walls: readonly WallMinutes[]): { open: Uint8Array; nextChange: Int32Array } {
  const week = weekOf(schedule);
  const length = walls[0]?.day.length ?? 0;
  const open = new Uint8Array(length).fill(1);
  for (const { from, weekMinute, day, twinMinute, twinDay } of walls) {
    const closed = closedDays(schedule, from + (length / 2) * MINUTE);
    for (let index = 0; index < length; index += 1) {
      const isOpen = week[weekMinute[index] ?? 0] === 1 && !closed.has(day[index] ?? 0);
      const isTwinOpen = twinMinute[index] === -1 || (week[twinMinute[index] ?? 0] === 1 && !closed.has(twinDay[index] ?? 0));
      if (!isOpen || !isTwinOpen) open[index] = 0;
    }
  }
  const nextChange = new Int32Array(length).fill(-1);
  for (let index = length - 2; index >= 0; index -= 1)
    nextChange[index] = open[index] === open[index + 1] ? (nextChange[index + 1] ?? -1) : index + 1;
  return { open, nextChange };
}
