// When calls may leave: whether a dialing window is open at an instant, and when that changes. Pure.
// Asked by the dispatcher in every round, by the gate for every call, and by the report.

import { DAY, dayOf, type OpenStretch, WEEK, weekOf } from "./week.ts";
import { isTimeZone, type Stretch, stretchAt } from "./zone.ts";

/** [start, end) on each of the weekdays (0–6, Sunday 0), `HH:MM`; with an end before its start it goes on into the next day. */
export interface DailyWindow {
  weekdays: readonly number[];
  start: string;
  end: string;
}

/** Whose public holidays are kept: ISO 3166 alpha-2, and the code of a region of it. */
export interface HolidayRule {
  country: string;
  region?: string;
}

/** One window in three fields, or any number in `windows`, never both. Times are those of the wall clock. */
export interface Schedule {
  /** Whose wall clock, unless `timezoneMode` is `recipient`. */
  timezone: string;
  windowStart?: string;
  windowEnd?: string;
  weekdays?: readonly number[];
  windows?: readonly DailyWindow[];
  timezoneMode?: "campaign" | "recipient";
  holidays?: HolidayRule;
  /** `YYYY-MM-DD`. */
  blackoutDates?: readonly string[];
}

/** `closesAt` when open, `opensAt` when closed, both epoch ms; absent when that does not happen within a year. */
export interface WindowVerdict {
  open: boolean;
  closesAt?: number;
  opensAt?: number;
}

/** The public holidays of a year as days since 1970-01-01; undefined for a country or region that is not known. */
export type HolidaysOf = (rule: HolidayRule, year: number) => ReadonlySet<number> | undefined;

/** What a schedule comes to, worked out once: its week, and the days that are closed as a whole, counted from 1970-01-01. */
export interface WindowRule {
  week: readonly OpenStretch[];
  /** Undefined when there is no such day. */
  isClosedDay: ((day: number) => boolean) | undefined;
}

/** Gives a schedule's rule; campaigns/calendar.ts keeps what it has worked out, and knows the holidays. */
export interface Calendar {
  ruleOf(schedule: Schedule): WindowRule;
}

/** Knows no holidays, and works everything out anew. */
const bareCalendar: Calendar = { ruleOf: (schedule) => ruleOf(schedule) };

/**
 * Whether calls may leave at `now` (epoch ms) by the clock of the schedule's own zone, whatever its `timezoneMode`.
 * The wall clock decides, and around a change of the clocks:
 * - A time that is skipped does not exist: 02:15–02:45 never opens in New York on 2026-03-08, and 02:15–04:00
 *   opens there at 03:00. A window that spans midnight is open in its second half even if its start was skipped.
 * - While the clocks show an hour twice, it is open only if it is open by both readings, the one before and the one
 *   after the change. On 2026-11-01, 01:00 to 02:00 comes twice: 00:00–01:30 closes at the first 01:30,
 *   01:30–03:00 opens at the second 01:30, and 01:00–01:30 does not open at all.
 * - On a holiday or a blackout date nothing is open. What counts is the date on the wall at the instant: Friday's window
 *   22:00–06:00 closes at midnight when Saturday is a holiday, and opens at midnight when Friday is.
 * Nothing is open in a zone that Temporal does not know, nor where a schedule keeps holidays that the calendar cannot tell.
 */
export function windowAt(schedule: Schedule, now: number, calendar: Calendar = bareCalendar): WindowVerdict {
  return windowIn(schedule, [schedule.timezone], now, calendar);
}

/**
 * The same by the clocks of all of `zones`: open while it is open in each of them. For a lead whose number may ring in
 * several zones. Closed for good without a zone.
 */
export function windowIn(schedule: Schedule, zones: readonly string[], now: number, calendar: Calendar = bareCalendar): WindowVerdict {
  if (zones.length === 0 || !zones.every(isTimeZone)) return { open: false };
  const rule = calendar.ruleOf(schedule);
  const clocks = zones.map((zone): Clock => ({ zone, stretch: stretchAt(zone, now) }));
  const open = clocks.every((clock) => isOpen(rule, clock, now));
  for (let at = now; at <= now + HORIZON_MS;) {
    // An open window closes with the first of its clocks, a closed one cannot open before the last of those that keep it closed.
    const changes = clocks.filter((clock) => open || !isOpen(rule, clock, at)).map((clock) => nextChange(rule, clock, at));
    at = open ? Math.min(...changes) : Math.max(...changes);
    if (!open && at > now + WEEK && !canOpen(rule, clocks)) at = Math.max(at, Math.min(...clocks.map(({ stretch }) => stretch.until)));
    if (at === Infinity) break;
    for (const clock of clocks) if (at >= clock.stretch.until) clock.stretch = stretchAt(clock.zone, at);
    if (clocks.every((clock) => isOpen(rule, clock, at)) !== open) return open ? { open, closesAt: at } : { open, opensAt: at };
  }
  return { open };
}

/** How far ahead a change is looked for. */
const HORIZON_MS = 366 * DAY;

/** A zone's clock, with the stretch that holds the instant looked at. */
interface Clock {
  readonly zone: string;
  stretch: Stretch;
}

/** Without `holidaysOf`, and for a country that it does not know, a schedule that keeps holidays has every day closed. */
export function ruleOf(schedule: Schedule, holidaysOf?: HolidaysOf): WindowRule {
  const { holidays, blackoutDates = [] } = schedule;
  const week = weekOf(schedule);
  const blackouts = new Set(blackoutDates.map(dayOf));
  if (holidays === undefined) return { week, isClosedDay: blackouts.size === 0 ? undefined : (day) => blackouts.has(day) };
  const isHoliday = (day: number) => holidaysOf?.(holidays, new Date(day * DAY).getUTCFullYear())?.has(day) ?? true;
  return { week, isClosedDay: (day) => blackouts.has(day) || isHoliday(day) };
}

function isOpen(rule: WindowRule, { stretch }: Clock, at: number): boolean {
  return stretch.readings.every((reading) => isOpenOnWall(rule, at + reading));
}

/** Whether the week has an hour that is open by every clock as they run now, closed days aside: if not, only a change of the clocks can help. */
function canOpen({ week }: WindowRule, clocks: readonly Clock[]): boolean {
  const readings = [...new Set(clocks.flatMap(({ stretch }) => stretch.readings))];
  return readings.some((reading) =>
    week.some(({ from }) => readings.every((other) => holdingStretch(week, timeOfWeek(from - reading + other)) !== undefined)),
  );
}

/** `wall` is the wall clock as the epoch ms that it would be in UTC. */
function isOpenOnWall({ week, isClosedDay }: WindowRule, wall: number): boolean {
  return holdingStretch(week, weekTime(wall)) !== undefined && isClosedDay?.(Math.floor(wall / DAY)) !== true;
}

/** The first instant after `at` at which the clock may give another answer. */
function nextChange(rule: WindowRule, { stretch }: Clock, at: number): number {
  return Math.min(stretch.until, ...stretch.readings.map((reading) => nextOnWall(rule, at + reading) - reading));
}

function nextOnWall({ week, isClosedDay }: WindowRule, wall: number): number {
  const today = Math.floor(wall / DAY);
  if (isClosedDay?.(today) === true) {
    let day = today + 1;
    while (isClosedDay(day) && day - today <= HORIZON_MS / DAY) day += 1;
    return day * DAY;
  }
  const time = weekTime(wall);
  const holding = holdingStretch(week, time);
  if (holding === undefined) return wall - time + nextStart(week, time);
  const end = wall - time + holding.to;
  return isClosedDay === undefined ? end : Math.min(end, (today + 1) * DAY);
}

/** 1970-01-01 was a Thursday. */
function weekTime(wall: number): number {
  return timeOfWeek(wall + 4 * DAY);
}

/** Ms since Sunday 00:00. */
function timeOfWeek(ms: number): number {
  return ((ms % WEEK) + WEEK) % WEEK;
}

function holdingStretch(week: readonly OpenStretch[], time: number): OpenStretch | undefined {
  return week.find(({ from, to }) => time >= from && time < to);
}

/** In this week or, in ms of this one, in the next. */
function nextStart(week: readonly OpenStretch[], time: number): number {
  const first = week[0];
  if (first === undefined) return Infinity;
  return week.find(({ from }) => from > time)?.from ?? WEEK + first.from;
}
