// A clock that moves only when a test moves it; timers run in order of time, then of creation.

import type { Alarm } from "../../src/runtime/alarm.ts";
import type { Cancel, Clock, EpochMs } from "../../src/runtime/clock.ts";
import { MINUTE } from "../../src/runtime/clock.ts";

interface Timer {
  dueMs: number;
  order: number;
  run: () => void;
}

/** 2026-05-06T05:30:00Z, a Wednesday, 11:00 in Asia/Kolkata: inside the default window. */
export const WEDNESDAY_MORNING: EpochMs = Date.UTC(2026, 4, 6, 5, 30);

export interface FakeClock extends Clock {
  alarm: Alarm;
  /** Moves both clocks forward, running what falls due on the way. */
  advance(ms: number): void;
  /** Runs what is due now, `soon` work included, until nothing is left. */
  settle(): void;
  /** Moves to the next timer and runs it; false when there is none. */
  step(): boolean;
  /** Sets the wall clock alone, as an operator or NTP does. */
  jumpTo(at: EpochMs): void;
  /** Forgets every timer, as a crash does. */
  clear(): void;
}

export function createFakeClock(startAt: EpochMs = WEDNESDAY_MORNING): FakeClock {
  let monotonic = 0;
  let wallOffset = startAt;
  let created = 0;
  let timers: Timer[] = [];
  let turnEnd: (() => void)[] = [];

  const add = (dueMs: number, run: () => void): Cancel => {
    const timer = { dueMs, order: (created += 1), run };
    timers.push(timer);
    return () => void (timers = timers.filter((other) => other !== timer));
  };
  const next = () => timers.reduce<Timer | undefined>((best, timer) => (best === undefined || timer.dueMs < best.dueMs || (timer.dueMs === best.dueMs && timer.order < best.order) ? timer : best), undefined);
  const runTurnEnd = () => {
    while (turnEnd.length > 0) {
      const work = turnEnd;
      turnEnd = [];
      work.forEach((run) => run());
    }
  };
  const runDue = (untilMs: number) => {
    runTurnEnd();
    for (let timer = next(); timer !== undefined && timer.dueMs <= untilMs; timer = next()) {
      const due = timer;
      timers = timers.filter((other) => other !== due);
      monotonic = Math.max(monotonic, due.dueMs);
      due.run();
      runTurnEnd();
    }
  };

  const clock: FakeClock = {
    now: () => wallOffset + monotonic,
    monotonicMs: () => monotonic,
    after: (delayMs, run) => add(monotonic + Math.max(0, delayMs), run),
    soon: (run) => void turnEnd.push(run),
    alarm: {
      at: (at, run) => add(monotonic + Math.max(0, at - clock.now()), run),
      everyMinute(run) {
        let cancel: Cancel;
        const again = () => {
          cancel = add(monotonic + MINUTE, again);
          run();
        };
        cancel = add(monotonic + MINUTE, again);
        return () => cancel();
      },
    },
    advance(ms) {
      const until = monotonic + ms;
      runDue(until);
      monotonic = until;
      runTurnEnd();
    },
    settle: () => runDue(monotonic),
    step() {
      runTurnEnd();
      const timer = next();
      if (timer === undefined) return false;
      runDue(timer.dueMs);
      return true;
    },
    jumpTo: (at) => void (wallOffset = at - monotonic),
    clear() {
      timers = [];
      turnEnd = [];
    },
  };
  return clock;
}
