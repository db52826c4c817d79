// Several rules at once: the hours that all of them allow, the lowest limits, the longest rest. Pure; routes.ts answers with it.

import { DAY, type OpenStretch, weekOf } from "../campaigns/week.ts";
import type { DailyWindow, HolidayRule, HolidaysOf } from "../campaigns/window.ts";
import type { Preset } from "./presets.ts";

/** What a campaign has to keep so that it keeps each of the presets. */
export interface Strictest {
  /** Empty when there is no hour that all of them allow. */
  windows: DailyWindow[];
  /** Each with a calendar of its own; a campaign keeps the first, `otherHolidays` gives the days of the rest. */
  holidays: HolidayRule[];
  contactLimits: { attempts: number; perHours: number }[];
  restAfterConversationHours: number | undefined;
}

/** Of one or more. */
export function strictestOf(presets: readonly Preset[]): Strictest {
  const weeks = presets.map(({ windows }) => weekOf({ timezone: "UTC", windows }));
  const rests = presets.flatMap(({ restAfterConversationHours }) => restAfterConversationHours ?? []);
  return {
    windows: toWindows(weeks.reduce(intersect)),
    holidays: distinct(presets.flatMap(({ holidays }) => holidays ?? [])),
    contactLimits: lowest(presets.flatMap(({ contactLimits }) => contactLimits)),
    restAfterConversationHours: rests.length === 0 ? undefined : Math.max(...rests),
  };
}

/**
 * The dates from `today` to the end of `untilYear` (days since 1970-01-01, sorted) that are holidays of any rule but the
 * first: what `blackoutDates` has to hold when a campaign keeps the first.
 */
export function otherHolidays(rules: readonly HolidayRule[], holidaysOf: HolidaysOf, today: number, untilYear: number): number[] {
  const fromYear = new Date(today * DAY).getUTCFullYear();
  const years = Array.from({ length: Math.max(0, untilYear - fromYear + 1) }, (_, index) => fromYear + index);
  const days = rules.slice(1).flatMap((rule) => years.flatMap((year) => [...(holidaysOf(rule, year) ?? [])]));
  return [...new Set(days)].filter((day) => day >= today).sort((a, b) => a - b);
}

function intersect(a: readonly OpenStretch[], b: readonly OpenStretch[]): OpenStretch[] {
  return a.flatMap((one) =>
    b.map((other) => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) })).filter(({ from, to }) => from < to),
  );
}

/** Stretches of a week as windows: cut at midnight, days with equal hours together. */
function toWindows(week: readonly OpenStretch[]): DailyWindow[] {
  const byHours = new Map<string, number[]>();
  for (const { from, to } of week) {
    for (let start = from; start < to;) {
      const day = Math.floor(start / DAY);
      // A whole day would start where it ends, which is no window: it is cut at noon too.
      const noon = day * DAY + DAY / 2;
      const end = Math.min(to, start === day * DAY && to >= (day + 1) * DAY ? noon : (day + 1) * DAY);
      const hours = `${toTime(start - day * DAY)} ${toTime(end - day * DAY)}`;
      byHours.set(hours, [...(byHours.get(hours) ?? []), day]);
      start = end;
    }
  }
  return [...byHours].map(([hours, weekdays]) => {
    const [start = "", end = ""] = hours.split(" ");
    return { weekdays, start, end };
  });
}

/** `HH:MM`; the end of a day is its next midnight, 00:00. */
function toTime(ms: number): string {
  const minutes = Math.floor(ms / 60_000) % 1_440;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

function distinct(rules: readonly HolidayRule[]): HolidayRule[] {
  return [...new Map(rules.map((rule) => [`${rule.country} ${rule.region ?? ""}`, rule])).values()];
}

/** Without those that another one makes superfluous: as few calls in as many hours. Shorter times first. */
function lowest(limits: readonly { attempts: number; perHours: number }[]): { attempts: number; perHours: number }[] {
  const kept = limits.filter((limit, place) => {
    const isStricter = (other: typeof limit, at: number) =>
      other.attempts <= limit.attempts &&
      other.perHours >= limit.perHours &&
      (at < place || other.attempts !== limit.attempts || other.perHours !== limit.perHours);
    return !limits.some((other, at) => at !== place && isStricter(other, at));
  });
  return kept.sort((a, b) => a.perHours - b.perHours);
}
