// The clock: the only file that reads the machine's time. Everything else takes a Clock or an instant.

/** Milliseconds since 1970-01-01T00:00:00Z on the wall clock. */
export type EpochMs = number;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** Calls off a timer; calling it late or twice is fine. */
export type Cancel = () => void;

/** Time as the program sees it: the wall clock for law, the monotonic one for durations. */
export interface Clock {
  now(): EpochMs;
  /** Milliseconds since some fixed moment; never jumps. */
  monotonicMs(): number;
  /** Runs once after `delayMs` on the monotonic clock. */
  after(delayMs: number, run: () => void): Cancel;
  /** Runs once at the end of this turn of the event loop. */
  soon(run: () => void): void;
}

/** The longest delay that setTimeout takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
  soon(run) {
    setImmediate(run);
  },
};

/** Resolves after `delayMs`. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}
