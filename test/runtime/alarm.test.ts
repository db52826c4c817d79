import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { cronAlarm } from "../../src/runtime/alarm.ts";
import { HOUR, MINUTE, SECOND, systemClock } from "../../src/runtime/clock.ts";

const START = Date.UTC(2026, 4, 6, 5, 30, 20, 250);

describe("an alarm by the wall clock", () => {
  beforeEach(() => void jest.useFakeTimers({ now: START }));
  afterEach(() => void jest.useRealTimers());

  const alarm = cronAlarm(systemClock);

  test.each([
    ["within the second", 400],
    ["in a moment", 1_900],
    ["in a minute and a bit", MINUTE + 337],
    ["in an hour, on the second", HOUR - 250],
    ["in two days", 48 * HOUR + 1],
  ])("rings once, at its instant or within the millisecond after it: %s", (_, delayMs) => {
    const rangAt: number[] = [];
    alarm.at(START + delayMs, () => rangAt.push(systemClock.now()));
    jest.advanceTimersByTime(delayMs - 1);
    expect(rangAt).toEqual([]);
    jest.advanceTimersByTime(2);
    expect(rangAt).toHaveLength(1);
    expect((rangAt[0] ?? 0) - START - delayMs).toBeWithin(0, 2);
    jest.advanceTimersByTime(2 * HOUR);
    expect(rangAt).toHaveLength(1);
  });

  test("an instant that is past rings at once", () => {
    let rang = 0;
    alarm.at(START - HOUR, () => void (rang += 1));
    jest.advanceTimersByTime(1);
    expect(rang).toBe(1);
  });

  test.each([500, 10 * SECOND, HOUR])("called off, it does not ring (%d ms ahead)", (delayMs) => {
    let rang = 0;
    const cancel = alarm.at(START + delayMs, () => void (rang += 1));
    cancel();
    cancel();
    jest.advanceTimersByTime(2 * HOUR);
    expect(rang).toBe(0);
  });

  test("called off between its second and its millisecond, it does not ring", () => {
    let rang = 0;
    const cancel = alarm.at(START + 10_500, () => void (rang += 1));
    jest.advanceTimersByTime(10_200);
    cancel();
    jest.advanceTimersByTime(HOUR);
    expect(rang).toBe(0);
  });

  test("every minute means second 0 of each, until it is called off", () => {
    const seconds: number[] = [];
    const cancel = alarm.everyMinute(() => seconds.push(new Date(systemClock.now()).getUTCSeconds()));
    jest.advanceTimersByTime(3 * MINUTE);
    expect(seconds).toEqual([0, 0, 0]);
    cancel();
    jest.advanceTimersByTime(3 * MINUTE);
    expect(seconds).toHaveLength(3);
  });
});
