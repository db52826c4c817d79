// A far end that has gone: tells once when nothing has arrived for as long as the engine allows.

/** One a call; every time on one monotonic clock. */
export interface SilenceWatch {
  /** Something valid arrived, RTP or RTCP: a far end that suppresses its silence still reports. */
  heard(nowMs: number): void;
  /** Whether anything is to be expected now: answered, and not on hold. Turning it on begins a new wait. */
  expect(expected: boolean, nowMs: number): void;
  /** True once for each silence that has become too long. */
  isTooLong(nowMs: number): boolean;
}

/** Expects nothing until it is told to. */
export function createSilenceWatch(limitMs: number): SilenceWatch {
  let expecting = false;
  let told = false;
  let sinceMs = 0;
  return {
    heard(nowMs) {
      sinceMs = nowMs;
      told = false;
    },
    expect(expected, nowMs) {
      if (expected && !expecting) {
        sinceMs = nowMs;
        told = false;
      }
      expecting = expected;
    },
    isTooLong(nowMs) {
      if (!expecting || told || nowMs - sinceMs < limitMs) return false;
      told = true;
      return true;
    },
  };
}
