import { describe, expect, test } from "bun:test";
import { windowIn } from "../../../src/campaigns/window.ts";
import { forecast, type ForecastInput } from "../../../src/dialing/rules/forecast.ts";

const HOUR = 3_600_000;
/** A Wednesday, 09:00 in UTC. */
const NOW = Date.UTC(2026, 4, 6, 9);
const schedule = { timezone: "UTC", windowStart: "09:00", windowEnd: "17:00", weekdays: [1, 2, 3, 4, 5] };

const input = (more: Partial<ForecastInput> = {}): ForecastInput => ({
  startAt: NOW,
  endAt: null,
  groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 600 }],
  windowFor: (zones, at) => windowIn(schedule, zones === "?" ? [] : zones.split("|"), at),
  ringTimeoutMs: 45_000,
  callsAtOnce: 10,
  callsPerSecond: null,
  secondsPerCall: 60,
  retryShare: 0,
  maxAttempts: 3,
  gapMs: () => HOUR,
  ...more,
});

describe("forecast", () => {
  test("ten calls of a minute at once reach 600 people in an hour", () => {
    expect(forecast(input())).toEqual({ endsAt: NOW + HOUR, attempts: 600, idleMs: 0, leftOver: [] });
  });

  test("a rate below that sets the pace", () => {
    expect(forecast(input({ callsPerSecond: 0.05 })).endsAt).toBe(NOW + 600 * 20_000);
  });

  test("what is left at the closing goes on at the next opening, and the night is idle", () => {
    const result = forecast(input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 6_000 }] }));
    // Eight hours less the 45 s in which nobody is rung any more; then 16 h to the next morning.
    expect(result.attempts).toBe(6_000);
    expect(Math.abs((result.endsAt ?? 0) - (NOW + 24 * HOUR + 2 * HOUR + 45_000))).toBeLessThan(1_000);
    expect(Math.abs(result.idleMs - (16 * HOUR + 45_000))).toBeLessThan(1_000);
  });

  test("a weekend lies between", () => {
    const friday = NOW + 2 * 24 * HOUR + 8 * HOUR;
    const result = forecast(input({ startAt: friday }));
    expect([result.endsAt, result.idleMs]).toEqual([friday + 64 * HOUR + HOUR, 64 * HOUR]);
  });

  test("a share comes back after the backoff, at most as often as there are attempts", () => {
    const result = forecast(input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 60 }], retryShare: 0.5 }));
    expect(result.attempts).toBe(60 + 30 + 15);
    expect(result.endsAt).toBeGreaterThan(NOW + 2 * HOUR);
    expect(result.endsAt).toBeLessThan(NOW + 2.5 * HOUR);
  });

  test("each attempt has its own gap", () => {
    const gaps = [HOUR, 3 * HOUR];
    const result = forecast(input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 8 }], retryShare: 0.5, gapMs: (attempt) => gaps[attempt - 1] ?? Number.NaN }));
    expect(result.attempts).toBe(8 + 4 + 2);
    expect(result.endsAt).toBeGreaterThan(NOW + 4 * HOUR);
    expect(result.endsAt).toBeLessThan(NOW + 4.1 * HOUR);
  });

  test("who falls due later is called later", () => {
    const groups = [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 60 }, { zones: "UTC", rank: 100, dueAt: NOW + 5 * HOUR, leads: 60 }];
    const result = forecast(input({ groups }));
    expect([result.endsAt, result.idleMs]).toEqual([NOW + 5 * HOUR + 6 * 60_000, 5 * HOUR - 6 * 60_000]);
  });

  test("promised calls are placed at their time, before all others, and are then people like others", () => {
    const promised = { zones: "UTC", rank: 0, dueAt: NOW + HOUR / 2, leads: 300, isPromised: true };
    // Were the promised ones to wait for the others, the end time would leave some of them over.
    const result = forecast(input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 600 }, promised], endAt: NOW + HOUR, retryShare: 0.5, gapMs: () => HOUR / 4, maxAttempts: 2 }));
    expect(result.attempts).toBe(600);
    // 300 were called first, half of whom come back; then all of those who were promised, half of whom come back as well.
    expect(result.leftOver).toEqual([{ reason: "end_time", leads: 300 + 150 + 150 }]);
    const topPriority = forecast(input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 600 }, { ...promised, isPromised: false }], endAt: NOW + HOUR }));
    expect(topPriority.attempts).toBe(600);
  });

  test("a promise outside the window is kept at its opening", () => {
    const result = forecast(input({ groups: [{ zones: "UTC", rank: 0, dueAt: NOW + 12 * HOUR, leads: 1, isPromised: true }] }));
    expect(result.endsAt).toBe(NOW + 24 * HOUR + 6_000);
  });

  test("each zone is called by its own clock", () => {
    const groups = ["Asia/Tokyo", "America/New_York"].map((zones) => ({ zones, rank: 100, dueAt: NOW, leads: 10 }));
    // 09:00Z is 18:00 in Tokyo and 05:00 in New York: New York opens in four hours, Tokyo in fifteen.
    const result = forecast(input({ groups }));
    expect(result.endsAt).toBe(NOW + 15 * HOUR + 60_000);
    expect(result.idleMs).toBe(15 * HOUR - 60_000);
  });

  test("nobody of an unknown zone is called, and it says so", () => {
    expect(forecast(input({ groups: [{ zones: "?", rank: 100, dueAt: NOW, leads: 7 }] }))).toEqual({ endsAt: undefined, attempts: 0, idleMs: 0, leftOver: [{ reason: "zone_unknown", leads: 7 }] });
  });

  test("the end time leaves people over", () => {
    expect(forecast(input({ endAt: NOW + HOUR / 2 }))).toEqual({ endsAt: NOW + HOUR / 2, attempts: 300, idleMs: 0, leftOver: [{ reason: "end_time", leads: 300 }] });
  });

  test("nobody to call means through at once", () => {
    expect(forecast(input({ groups: [] }))).toEqual({ endsAt: NOW, attempts: 0, idleMs: 0, leftOver: [] });
  });

  test("a window that never opens is told, not waited for", () => {
    const never = input({ windowFor: () => ({ open: false }), groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 3 }] });
    expect(forecast(never)).toEqual({ endsAt: undefined, attempts: 0, idleMs: 0, leftOver: [{ reason: "window_never_opens", leads: 3 }] });
  });
});
