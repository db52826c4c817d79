// The calendar: what each schedule comes to, worked out once. Made once by app.ts, for the machine and for the report.

import type { HolidayCalendar } from "./holidays.ts";
import { type Calendar, ruleOf, type Schedule, type WindowRule } from "./window.ts";

/** Keeps a rule as long as its schedule object is kept; whoever asks again with the same object gets it at once. */
export function createCalendar({ holidaysOf }: Pick<HolidayCalendar, "holidaysOf">): Calendar {
  const rules = new WeakMap<Schedule, WindowRule>();
  return {
    ruleOf(schedule) {
      const known = rules.get(schedule) ?? ruleOf(schedule, holidaysOf);
      rules.set(schedule, known);
      return known;
    },
  };
}
