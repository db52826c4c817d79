// When a campaign may call: whether its dialing window is open at an instant, and when that changes. Pure.
// Asked by the dispatcher in every round and by the gate for every call.

import { isTimeZone, type Stretch, stretchAt } from "./zone.ts";

/** A campaign's rule. Times are `HH:MM` of the wall clock in `timezone`; weekdays are 0–6, Sunday 0. */
export interface Schedule {
  timezone: string;
  windowStart: string;
  windowEnd: string;
  weekdays: readonly number[];
  /** Whose wall clock decides; the campaign's when absent. */
  timezoneMode?: "campaign" | "recipient";
}

/** `closesAt` when open, `opensAt` when closed, both epoch ms; absent when that does not happen within a year. */
export interface WindowVerdict {
  open: boolean;
  closesAt?: number;
  opensAt?: number;
}

/** One window of a list: [start, end), and with an end before its start it goes on into the next day. */
interface DailyWindow {
  weekdays: readonly number[];
  start: string;
  end: string;
}

/**
 * Whether calls may leave at `now` (epoch ms). The wall clock decides, and around a change of the clocks:
 * - A time that is skipped does not exist: 02:15–02:45 never opens in New York on 2026-03-08, and 02:15–04:00
 *   opens there at 03:00. A window that spans midnight is open in its second half even if its start was skipped.
 * - While the clocks show an hour twice, it is open only if it is open by both readings, the one before and the one
 *   after the change. On 2026-11-01, 01:00 to 02:00 comes twice: 00:00–01:30 closes at the first 01:30,
 *   01:30–03:00 opens at the second 01:30, and 01:00–01:30 does not open at all.
 * Nothing is open in a zone that Temporal does not know.
 */
export function windowAt(schedule: Schedule, now: number): WindowVerdict {
  const { timezone, windowStart, windowEnd, weekdays } = schedule;
  if (!isTimeZone(timezone)) return { open: false };
  return verdictAt(timezone, [{ weekdays, start: windowStart, end: windowEnd }].map(toSpan), now);
}

/** Open while it is open in every one of `zones`; closed for good where nothing is known of them. */
export function windowIn(schedule: Schedule, zones: readonly string[], now: number): WindowVerdict {
  const ask = (at: number) => zones.map((timezone) => windowAt({ ...schedule, timezone }, at));
  if (zones.length === 0) return { open: false };
  for (let at = now, steps = 0; steps < 50; steps += 1) {
    const verdicts = ask(at);
    if (verdicts.every((verdict) => verdict.open)) {
      if (at > now) return { open: false, opensAt: at };
      const closings = verdicts.flatMap((verdict) => verdict.closesAt ?? []);
      return closings.length === 0 ? { open: true } : { open: true, closesAt: Math.min(...closings) };
    }
    const next = Math.max(...verdicts.map((verdict) => (verdict.open ? at : (verdict.opensAt ?? Infinity))));
    if (next === Infinity) break;
    at = next;
  }
  return { open: false };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How far ahead a change is looked for. */
const HORIZON_MS = 366 * DAY;

/** A window in ms since midnight. */
interface Span {
  weekdays: readonly number[];
  startMs: number;
  endMs: number;
}

function verdictAt(zone: string, spans: readonly Span[], now: number): WindowVerdict {
  const edges = [...new Set(spans.flatMap((span) => [span.startMs, span.endMs]))].sort((a, b) => a - b);
  let stretch = stretchAt(zone, now);
  const open = isOpen(spans, stretch, now);
  for (let at = now; at <= now + HORIZON_MS; ) {
    at = Math.min(stretch.until, nextEdge(edges, stretch, at));
    if (at === stretch.until) stretch = stretchAt(zone, at);
    if (isOpen(spans, stretch, at) !== open) return open ? { open, closesAt: at } : { open, opensAt: at };
  }
  return { open };
}

function isOpen(spans: readonly Span[], { readings }: Stretch, at: number): boolean {
  return readings.every((reading) => spans.some((span) => contains(span, at + reading)));
}

/** `wall` is the wall clock as the epoch ms that it would be in UTC; 1970-01-01 was a Thursday. */
function contains({ weekdays, startMs, endMs }: Span, wall: number): boolean {
  const day = Math.floor(wall / DAY);
  const time = wall - day * DAY;
  const startsOn = (date: number) => weekdays.includes((((date + 4) % 7) + 7) % 7);
  if (startMs < endMs) return time >= startMs && time < endMs && startsOn(day);
  return (time >= startMs && startsOn(day)) || (time < endMs && startsOn(day - 1));
}

/** The first instant after `at` at which one of the readings shows a start or an end; `edges` are sorted. */
function nextEdge(edges: readonly number[], { readings }: Stretch, at: number): number {
  const ahead = readings.map((reading) => {
    const midnight = Math.floor((at + reading) / DAY) * DAY;
    const today = edges.find((edge) => midnight + edge > at + reading);
    const tomorrow = DAY + (edges[0] ?? 0);
    return midnight + (today ?? tomorrow) - reading;
  });
  return Math.min(...ahead);
}

function toSpan({ weekdays, start, end }: DailyWindow): Span {
  return { weekdays, startMs: toMs(start), endMs: toMs(end) };
}

function toMs(time: string): number {
  const [hours, minutes] = time.split(":");
  return Number(hours) * HOUR + Number(minutes) * MINUTE;
}
