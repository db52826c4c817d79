// The scheduler: wakes the dispatcher when something becomes possible by the passing of time alone: a window opens,
// a retry falls due, a start time comes, a breaker's hold ends. Also once a minute, so that a clock that was set is noticed.

import type { Alarm } from "../runtime/alarm.ts";
import { type Cancel, type Clock, type EpochMs, SECOND } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";

export interface Scheduler {
  /** The next instant of interest; replaces the one before. Undefined: nothing to wait for. */
  wakeAt(at: EpochMs | undefined): void;
  /** The same for a duration on the monotonic clock; the two are independent. */
  wakeIn(delayMs: number | undefined): void;
  stop(): void;
}

/** A wall clock that moved this much against the monotonic one was set by somebody. */
const JUMP_MS = 2 * SECOND;

/** Looks every minute from the start on. */
export function createScheduler(clock: Clock, alarm: Alarm, log: Log, wake: () => void): Scheduler {
  let cancelAlarm: Cancel = () => undefined;
  let cancelTimer: Cancel = () => undefined;
  let drift = clock.now() - clock.monotonicMs();

  const cancelMinute = alarm.everyMinute(() => {
    const driftNow = clock.now() - clock.monotonicMs();
    if (Math.abs(driftNow - drift) > JUMP_MS) log.warn("clock.jumped", { byMs: Math.round(driftNow - drift) });
    drift = driftNow;
    wake();
  });

  return {
    wakeAt(at) {
      cancelAlarm();
      cancelAlarm = at === undefined ? () => undefined : alarm.at(at, wake);
    },
    wakeIn(delayMs) {
      cancelTimer();
      cancelTimer = delayMs === undefined ? () => undefined : clock.after(delayMs, wake);
    },
    stop() {
      cancelAlarm();
      cancelTimer();
      cancelMinute();
    },
  };
}
