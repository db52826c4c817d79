// A second opinion on dialing windows: minute by minute, through Intl, sharing nothing with the code under test.

import type { Schedule } from "../../src/campaigns/window.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK_MINUTES = 7 * 24 * 60;

const formats = new Map<string, Intl.DateTimeFormat>();

/** The wall clock at `at`, written as the epoch ms that the same date and time would be in UTC. */
function wallAt(zone: string, at: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    });
    formats.set(zone, format);
  }
  const [day, month, year, hour, minute, second] = format.format(at).split(/\D+/).map(Number) as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((at % 1000) + 1000) % 1000);
}

/** The offsets by which `at` may be read: its own, and another one under which its wall time comes too. */
function offsetsAt(zone: string, at: number): number[] {
  const offset = wallAt(zone, at) - at;
  const around = [-3 * HOUR, 3 * HOUR].map((distance) => wallAt(zone, at + distance) - (at + distance));
  const twin = around.find((other) => other !== offset && wallAt(zone, at + offset - other) === at + offset);
  return twin === undefined ? [offset] : [offset, twin];
}

/** The minutes of a week, Sunday 00:00 first, that a schedule covers. */
function weekOf(schedule: Schedule): Set<number> {
  const minuteOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const length = (minuteOf(schedule.windowEnd) - minuteOf(schedule.windowStart) + 1440) % 1440;
  const week = new Set<number>();
  for (const weekday of schedule.weekdays) {
    for (let minute = 0; minute < length; minute += 1) week.add((weekday * 1440 + minuteOf(schedule.windowStart) + minute) % WEEK_MINUTES);
  }
  return week;
}

export function createOracle(schedule: Schedule) {
  const week = weekOf(schedule);
  const isOpen = (at: number) =>
    offsetsAt(schedule.timezone, at).every((offset) => {
      const wall = new Date(at + offset);
      return week.has(wall.getUTCDay() * 1440 + wall.getUTCHours() * 60 + wall.getUTCMinutes());
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
