// A clock that moves only when a test moves it; timers run in order of time, then of creation.

import type { Alarm } from "../../src/runtime/alarm.ts";
import type { Cancel, Clock, EpochMs } from "../../src/runtime/clock.ts";
import { MINUTE } from "../../src/runtime/clock.ts";

interface Timer {
  dueMs: number;
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
  /**
   * One turn of the event loop: the `soon` work that waits, else the next timer that is due within `ms`. False, and nothing
   * moved, when there is neither. Between two turns a request may come in.
   */
  turn(ms: number): boolean;
  /** Sets the wall clock alone, as an operator or NTP does. */
  jumpTo(at: EpochMs): void;
  /** Forgets every timer, as a crash does. */
  clear(): void;
}

export function createFakeClock(startAt: EpochMs = WEDNESDAY_MORNING): FakeClock {
  let monotonic = 0;
  let wallOffset = startAt;
  let timers: Timer[] = [];
  let turnEnd: (() => void)[] = [];

  // In the order in which they fall due; the first is the next.
  const add = (dueMs: number, run: () => void): Cancel => {
    const timer = { dueMs, run };
    let place = timers.length;
    while (place > 0 && (timers[place - 1]?.dueMs ?? 0) > dueMs) place -= 1;
    timers.splice(place, 0, timer);
    return () => {
      const found = timers.indexOf(timer);
      if (found !== -1) timers.splice(found, 1);
    };
  };
  const runTurnEndOnce = () => {
    const work = turnEnd;
    turnEnd = [];
    work.forEach((run) => run());
  };
  const runNext = (untilMs: number) => {
    const [due] = timers;
    if (due === undefined || due.dueMs > untilMs) return false;
    timers.shift();
    monotonic = Math.max(monotonic, due.dueMs);
    due.run();
    return true;
  };
  const runTurnEnd = () => {
    while (turnEnd.length > 0) runTurnEndOnce();
  };
  const runDue = (untilMs: number) => {
    runTurnEnd();
    while (runNext(untilMs)) runTurnEnd();
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
      const [timer] = timers;
      if (timer === undefined) return false;
      runDue(timer.dueMs);
      return true;
    },
    turn(ms) {
      if (turnEnd.length === 0) return runNext(monotonic + ms);
      runTurnEndOnce();
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
