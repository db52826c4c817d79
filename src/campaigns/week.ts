// A campaign's dialing hours as a week of open stretches. Pure; window.ts decides with it, compliance/ cuts several to one.

import type { DailyWindow, Schedule } from "./window.ts";

/** [from, to) in ms since Sunday 00:00. */
export interface OpenStretch {
  from: number;
  to: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** The stretches of the week in which calls may leave: sorted, overlapping ones merged, cut where the week begins. */
export function weekOf(schedule: Schedule): OpenStretch[] {
  const stretches = windowsOf(schedule)
    .flatMap(stretchesOf)
    .sort((a, b) => a.from - b.from);
  const merged: OpenStretch[] = [];
  for (const { from, to } of stretches) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

/** The windows, whichever way they were written. */
export function windowsOf({ windows, windowStart, windowEnd, weekdays }: Schedule): readonly DailyWindow[] {
  if (windows !== undefined) return windows;
  return windowStart === undefined || windowEnd === undefined || weekdays === undefined
    ? []
    : [{ weekdays, start: windowStart, end: windowEnd }];
}

/** A window whose start is its end is none. */
function stretchesOf({ weekdays, start, end }: DailyWindow): OpenStretch[] {
  const startMs = toMs(start);
  const endMs = toMs(end);
  if (startMs === endMs) return [];
  const length = startMs < endMs ? endMs - startMs : endMs + DAY - startMs;
  return weekdays.flatMap((weekday) => {
    const from = weekday * DAY + startMs;
    const to = from + length;
    return to <= WEEK
      ? [{ from, to }]
      : [
          { from, to: WEEK },
          { from: 0, to: to - WEEK },
        ];
  });
}

function toMs(time: string): number {
  const [hours, minutes] = time.split(":");
  return Number(hours) * HOUR + Number(minutes) * MINUTE;
}

/** The date as days since 1970-01-01; undefined for a date that there is not, such as 30 February. */
export function dayOf(date: string): number | undefined {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date ? undefined : at / DAY;
}
