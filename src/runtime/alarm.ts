// Wake-ups by the wall clock, through croner: at one instant, or at the start of every minute.
// The scheduler uses it, so that a clock that is set forward or back is noticed within a minute.

import { Cron } from "croner";
import { type Cancel, type Clock, type EpochMs, SECOND } from "./clock.ts";

export interface Alarm {
  /** Runs once when the wall clock reaches `at`; a past instant runs at once. */
  at(at: EpochMs, run: () => void): Cancel;
  /** Runs at second 0 of every minute. */
  everyMinute(run: () => void): Cancel;
}

/** Croner counts in whole seconds: it wakes at the last whole second before `at`, a timer does the rest. */
export function cronAlarm(clock: Clock): Alarm {
  return {
    at(at, run) {
      const wholeSecond = Math.floor(at / SECOND) * SECOND;
      if (wholeSecond - clock.now() < 2 * SECOND) return clock.after(at - clock.now(), run);
      let cancelRest: Cancel = () => undefined;
      const job = new Cron(new Date(wholeSecond).toISOString(), () => {
        cancelRest = clock.after(at - clock.now(), run);
      });
      return () => {
        job.stop();
        cancelRest();
      };
    },
    everyMinute(run) {
      const job = new Cron("* * * * *", run);
      return () => job.stop();
    },
  };
}
