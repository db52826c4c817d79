// Public holidays, by the date-holidays library. Its data comes with the program; nothing is asked of a network.
// Made once by app.ts: it keeps the years that were worked out.

import { DAY } from "./week.ts";
import type { HolidayRule, HolidaysOf } from "./window.ts";

type Library = typeof import("date-holidays").default;

export interface HolidayCalendar {
  holidaysOf: HolidaysOf;
  /** Why there is no calendar for a rule, as the end of a sentence that names the field; undefined when there is one. */
  problemOf(rule: HolidayRule): { field: "country" | "region"; problem: string } | undefined;
}

/** A holiday's last hour closes no further day: where the clocks are set back, a day has 25. */
const TOLERANCE_MS = DAY / 24;

/**
 * What counts is a day of the type `public`, the day off in its stead included; bank, school and optional holidays and
 * observances do not. A holiday that begins at noon, or at sunset, closes the whole of every date it touches.
 */
export function createHolidayCalendar(): HolidayCalendar {
  // 800 KB of data that most starts do not need: read when a campaign first keeps holidays.
  let library: Library | undefined;
  const load = (): Library => (library ??= require("date-holidays") as Library);
  const datesIn = new Map<string, readonly number[]>();
  const daysOf = new Map<string, ReadonlySet<number> | undefined>();

  const knownCountries = () => new (load())().getCountries();
  const problemOf = ({ country, region }: HolidayRule): ReturnType<HolidayCalendar["problemOf"]> => {
    if (!Object.hasOwn(knownCountries(), country))
      return { field: "country", problem: "it must be the code of a country whose holidays are known, such as US or FR" };
    if (region === undefined) return undefined;
    const [state = "", part] = region.split(".");
    const states = new (load())().getStates(country) ?? {};
    const parts = part === undefined ? {} : (new (load())().getRegions(country, state) ?? {});
    if (Object.hasOwn(states, state) && (part === undefined || Object.hasOwn(parts, part))) return undefined;
    const known = Object.keys(states);
    return {
      field: "region",
      problem: known.length === 0 ? `no regions of ${country} are known` : `the regions of ${country} are ${known.join(", ")}`,
    };
  };

  const touched = (rule: HolidayRule, year: number): readonly number[] => {
    const key = `${rule.country} ${rule.region ?? ""} ${year}`;
    const known = datesIn.get(key);
    if (known !== undefined) return known;
    const [state = "", part = ""] = rule.region?.split(".") ?? [];
    const days = new (load())(rule.country, state, part, { types: ["public"] }).getHolidays(year).flatMap(datesOf);
    datesIn.set(key, days);
    return days;
  };

  // New Year's day off may be on 31 December, and a feast may go on into January.
  const daysIn = (rule: HolidayRule, year: number): ReadonlySet<number> =>
    new Set(
      [year - 1, year, year + 1].flatMap((each) => touched(rule, each)).filter((day) => new Date(day * DAY).getUTCFullYear() === year),
    );

  return {
    problemOf,
    holidaysOf(rule, year) {
      const key = `${rule.country} ${rule.region ?? ""} ${year}`;
      if (!daysOf.has(key)) daysOf.set(key, problemOf(rule) === undefined ? daysIn(rule, year) : undefined);
      return daysOf.get(key);
    },
  };
}

/** The dates on the wall that a holiday touches, as days since 1970-01-01. `date` is its beginning there. */
function datesOf({ date, start, end }: { date: string; start: Date; end: Date }): number[] {
  const begin = Date.parse(`${date.slice(0, 10)}T${date.slice(11, 19)}Z`);
  const first = Math.floor(begin / DAY);
  const last = Math.max(first, Math.floor((begin + end.getTime() - start.getTime() - TOLERANCE_MS - 1) / DAY));
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
