// A campaign's schedule on the wire: what may be written, how a change merges, and what no schema can check.

import { type Static, Type } from "typebox";
import { invalid } from "../errors.ts";
import type { HolidayCalendar } from "./holidays.ts";
import { dayOf, windowsOf } from "./week.ts";
import type { DailyWindow, Schedule } from "./window.ts";
import { isTimeZone } from "./zone.ts";

const closed = { additionalProperties: false } as const;
const everyDay = [0, 1, 2, 3, 4, 5, 6];

const MOST_WINDOWS = 50;
const MOST_BLACKOUT_DATES = 1_000;

const timeOfDay = (byDefault?: string) =>
  Type.String({
    pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$",
    ...(byDefault === undefined ? {} : { default: byDefault }),
    errorMessage: "must be a time of day as HH:MM, from 00:00 to 23:59",
  });
const weekday = Type.Integer({ minimum: 0, maximum: 6, errorMessage: "must be a whole number from 0 to 6" });
const weekdays = Type.Array(weekday, {
  minItems: 1,
  uniqueItems: true,
  default: everyDay,
  description: "Sunday is 0",
  errorMessage: "must be a list of different whole numbers from 0 (Sunday) to 6, at least one",
});

const fields = {
  timezone: Type.String({ maxLength: 100, description: "an IANA zone", default: "Asia/Kolkata" }),
  windowStart: timeOfDay("09:00"),
  windowEnd: timeOfDay("19:00"),
  weekdays,
};
const window = (days: typeof weekdays | ReturnType<typeof Type.Optional<typeof weekdays>>) =>
  Type.Object({ weekdays: days, start: timeOfDay(), end: timeOfDay() }, closed);
const listOf = (item: ReturnType<typeof window>) =>
  Type.Array(item, {
    minItems: 1,
    maxItems: MOST_WINDOWS,
    description: "in place of windowStart, windowEnd and weekdays; overlapping ones are one",
    examples: [
      [
        { weekdays: [1, 2, 3, 4, 5], start: "10:00", end: "13:00" },
        { weekdays: [1, 2, 3, 4, 5], start: "14:00", end: "20:00" },
      ],
    ],
    errorMessage: `must be a list of 1 to ${MOST_WINDOWS} windows, each with start and end`,
  });
const timezoneMode = Type.Enum(["campaign", "recipient"], {
  default: "campaign",
  description: "whose wall clock counts: the schedule's own zone, or each person's",
});
const holidays = Type.Object(
  {
    country: Type.String({ maxLength: 10, description: "ISO 3166, two letters", examples: ["FR"] }),
    region: Type.Optional(Type.String({ maxLength: 20, description: "the code of a state or province", examples: ["CA"] })),
  },
  { ...closed, description: "no calls on its public holidays" },
);
const date = Type.String({
  pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
  examples: ["2026-12-24"],
  errorMessage: "must be a date as YYYY-MM-DD",
});
const blackoutDates = Type.Array(date, {
  maxItems: MOST_BLACKOUT_DATES,
  uniqueItems: true,
  description: "no calls on these days",
  errorMessage: `must be a list of up to ${MOST_BLACKOUT_DATES} different dates as YYYY-MM-DD`,
});

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);

/** In a request. Null takes a rule back. */
export const ScheduleChange = Type.Object(
  {
    timezone: Type.Optional(fields.timezone),
    windowStart: Type.Optional(fields.windowStart),
    windowEnd: Type.Optional(fields.windowEnd),
    weekdays: Type.Optional(weekdays),
    windows: Type.Optional(orNull(listOf(window(Type.Optional(weekdays))))),
    timezoneMode: Type.Optional(orNull(timezoneMode)),
    holidays: Type.Optional(orNull(holidays)),
    blackoutDates: Type.Optional(orNull(blackoutDates)),
  },
  {
    ...closed,
    title: "ScheduleChange",
    description: "an end before its start is on the next day",
    examples: [{ timezone: "Europe/Berlin", windowStart: "09:00", windowEnd: "19:00", weekdays: [1, 2, 3, 4, 5] }],
  },
);
export type ScheduleChange = Static<typeof ScheduleChange>;

/** In an answer: what is not set is not there, and there is one window or a list of them. */
export const ScheduleJson = Type.Object(
  {
    timezone: fields.timezone,
    windowStart: Type.Optional(fields.windowStart),
    windowEnd: Type.Optional(fields.windowEnd),
    weekdays: Type.Optional(weekdays),
    windows: Type.Optional(listOf(window(weekdays))),
    timezoneMode: Type.Optional(timezoneMode),
    holidays: Type.Optional(holidays),
    blackoutDates: Type.Optional(blackoutDates),
  },
  { title: "Schedule" },
);

const oneWindow = { windowStart: "09:00", windowEnd: "19:00", weekdays: everyDay };

/** What a campaign starts from. */
export const defaultSchedule: Schedule = { timezone: "Asia/Kolkata", ...oneWindow };

/** Throws 400 when a change asks for one window and for several, or would bend one of several without taking them back. */
export function mergeSchedule(current: Schedule, change: ScheduleChange = {}): Schedule {
  const { windows, windowStart, windowEnd, weekdays: days } = change;
  const single = Object.entries({ windowStart, windowEnd, weekdays: days }).find(([, value]) => value !== undefined)?.[0];
  if (single !== undefined && windows !== undefined && windows !== null) {
    throw invalid("schedule.windows", `schedule has windows and ${single}; it must have windows, or windowStart, windowEnd and weekdays`);
  }
  if (single !== undefined && windows === undefined && current.windows !== undefined) {
    throw invalid(
      `schedule.${single}`,
      `the schedule has windows, which ${single} would not change; send windows, or windows: null to go back to one`,
    );
  }
  const kept = windows === undefined ? current.windows : (windows?.map(complete) ?? undefined);
  const hours =
    kept === undefined
      ? {
          windowStart: windowStart ?? current.windowStart ?? oneWindow.windowStart,
          windowEnd: windowEnd ?? current.windowEnd ?? oneWindow.windowEnd,
          weekdays: days ?? current.weekdays ?? oneWindow.weekdays,
        }
      : { windows: kept };
  return {
    timezone: change.timezone ?? current.timezone,
    ...hours,
    ...present("timezoneMode", keep(change.timezoneMode, current.timezoneMode)),
    ...present("holidays", keep(change.holidays, current.holidays)),
    ...present("blackoutDates", keep(change.blackoutDates, current.blackoutDates)),
  };
}

function complete({ weekdays: days = everyDay, start, end }: { weekdays?: number[]; start: string; end: string }): DailyWindow {
  return { weekdays: days, start, end };
}

function keep<T>(sent: T | null | undefined, current: T | undefined): T | undefined {
  return sent === undefined ? current : (sent ?? undefined);
}

function present<K extends string, T>(name: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: T };
}

/** Throws 400 for a zone, a country, a region or a date that there is not, and for a window that is none. */
export function checkSchedule(schedule: Schedule, { problemOf }: Pick<HolidayCalendar, "problemOf">): void {
  const { timezone, windowStart, windowEnd, windows, holidays: kept, blackoutDates: dates = [] } = schedule;
  if (!isTimeZone(timezone))
    throw invalid("schedule.timezone", `schedule.timezone is '${timezone}'; it must be an IANA time zone, such as Asia/Kolkata`);
  if (windows === undefined && windowStart === windowEnd)
    throw invalid("schedule.windowEnd", `schedule.windowStart and schedule.windowEnd are both ${windowEnd}; they must differ`);
  const empty = windowsOf(schedule).findIndex(({ start, end }) => start === end);
  if (empty !== -1)
    throw invalid(
      `schedule.windows.${empty}.end`,
      `schedule.windows.${empty} has the start ${windows?.[empty]?.start} and the same end; they must differ`,
    );
  const problem = kept === undefined ? undefined : problemOf(kept);
  if (kept !== undefined && problem !== undefined)
    throw invalid(
      `schedule.holidays.${problem.field}`,
      `schedule.holidays.${problem.field} is '${kept[problem.field]}'; ${problem.problem}`,
    );
  const wrong = dates.findIndex((each) => dayOf(each) === undefined);
  if (wrong !== -1)
    throw invalid(`schedule.blackoutDates.${wrong}`, `schedule.blackoutDates.${wrong} is '${dates[wrong]}', a day that there is not`);
}
