import { describe, expect, test } from "bun:test";
import { windowIn } from "../../../src/campaigns/window.ts";
import { forecast, type ForecastInput } from "../../../src/dialing/rules/forecast.ts";

const HOUR = 3_600_000;
/** The last of ten calls at once begins six seconds before the next would, and lasts a minute. */
const TALK = 54_000;
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
  retryPolicy: { maxAttempts: 3, backoffMinutes: 60, retryOn: ["no_answer", "busy"] },
  retryShares: {},
  limits: [],
  ...more,
});

describe("forecast", () => {
  test("ten calls of a minute at once reach 600 people in an hour", () => {
    expect(forecast(input())).toEqual({ endsAt: NOW + HOUR + TALK, attempts: 600, idleMs: 0, leftOver: [] });
  });

  test("a rate below that sets the pace", () => {
    expect(forecast(input({ callsPerSecond: 0.05 })).endsAt).toBe(NOW + 599 * 20_000 + 60_000);
  });

  test("what is left at the closing goes on at the next opening, and the night is idle", () => {
    const result = forecast(input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 6_000 }] }));
    // Eight hours less the 45 s in which nobody is rung any more; then 16 h to the next morning.
    expect(result.attempts).toBe(6_000);
    expect(Math.abs((result.endsAt ?? 0) - (NOW + 24 * HOUR + 2 * HOUR + 45_000 + TALK))).toBeLessThan(1_000);
    expect(Math.abs(result.idleMs - (16 * HOUR + 45_000))).toBeLessThan(1_000);
  });

  test("a weekend lies between", () => {
    const friday = NOW + 2 * 24 * HOUR + 8 * HOUR;
    const result = forecast(input({ startAt: friday }));
    expect([result.endsAt, result.idleMs]).toEqual([friday + 64 * HOUR + HOUR + TALK, 64 * HOUR]);
  });

  test("a share comes back after the backoff, at most as often as there are attempts", () => {
    const result = forecast(
      input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 60 }], retryShares: { no_answer: 0.3, busy: 0.2 } }),
    );
    expect(result.attempts).toBe(60 + 30 + 15);
    expect(result.endsAt).toBeGreaterThan(NOW + 2 * HOUR);
    expect(result.endsAt).toBeLessThan(NOW + 2.5 * HOUR);
  });

  test("each attempt has its own gap", () => {
    const result = forecast(
      input({
        groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 8 }],
        retryShares: { busy: 0.5 },
        retryPolicy: { maxAttempts: 3, backoffMinutes: [60, 180], retryOn: ["busy"] },
      }),
    );
    expect(result.attempts).toBe(8 + 4 + 2);
    expect(result.endsAt).toBeGreaterThan(NOW + 4 * HOUR);
    expect(result.endsAt).toBeLessThan(NOW + 4.1 * HOUR);
  });

  test("an ending with a rule of its own comes back by that rule, the others by the policy", () => {
    const retryPolicy = {
      maxAttempts: 3,
      backoffMinutes: 60,
      retryOn: ["no_answer", "busy"] as const,
      perStatus: { busy: { maxAttempts: 2, backoffMinutes: 5 } },
    };
    const shares = { busy: 0.5, no_answer: 0.25 };
    const result = forecast(input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 16 }], retryPolicy, retryShares: shares }));
    // 16; then 8 busy ones and 4 others; of the 8 no busy one again, but 2 others; of the 4 a first busy 2, and 1 other.
    expect(result.attempts).toBe(16 + 8 + 4 + 2 + 2 + 1);
    expect(result.endsAt).toBeGreaterThan(NOW + 2 * HOUR);
    expect(
      forecast(input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 16 }], retryPolicy, retryShares: { busy: 0.5 } })).endsAt,
    ).toBeLessThan(NOW + 10 * 60_000);
  });

  test("a gap is as long as its jitter may make it", () => {
    const retryPolicy = { maxAttempts: 2, backoffMinutes: 60, retryOn: ["busy"] as const, jitterPercent: 50 };
    const { endsAt } = forecast(
      input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 2 }], retryPolicy, retryShares: { busy: 0.5 } }),
    );
    expect(endsAt).toBeGreaterThanOrEqual(NOW + 1.5 * HOUR + 2 * 60_000);
  });

  test("contact limits put off who comes back, and who was called before", () => {
    const limits = [
      { attempts: 1, perHours: 24 },
      { attempts: 2, perHours: 72 },
    ];
    const again = forecast(input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 8 }], limits, retryShares: { busy: 0.5 } }));
    expect(again.attempts).toBe(8 + 4 + 2);
    // The second call a day later, the third three days after the first: on Saturday, and so on Monday.
    expect(again.endsAt).toBeGreaterThan(NOW + 5 * 24 * HOUR);
    expect(again.endsAt).toBeLessThan(NOW + 5 * 24 * HOUR + HOUR);
    const before = forecast(input({ groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 8, placedAt: [NOW - 20 * HOUR] }], limits }));
    expect(before.endsAt).toBe(NOW + 4 * HOUR + 48_000 + TALK);
  });

  test("beyond so many groups those who come back join others, and nobody is lost", () => {
    const groups = Array.from({ length: 600 }, (_, index) => ({ zones: "UTC", rank: 100, dueAt: NOW + index * 60_000, leads: 4 }));
    const result = forecast(
      input({ groups, retryShares: { busy: 0.5 }, retryPolicy: { maxAttempts: 2, backoffMinutes: [30], retryOn: ["busy"] } }),
    );
    expect(result.attempts).toBe(600 * 6);
    expect(result.leftOver).toEqual([]);
  });

  test("who falls due later is called later", () => {
    const groups = [
      { zones: "UTC", rank: 100, dueAt: NOW, leads: 60 },
      { zones: "UTC", rank: 100, dueAt: NOW + 5 * HOUR, leads: 60 },
    ];
    const result = forecast(input({ groups }));
    expect([result.endsAt, result.idleMs]).toEqual([NOW + 5 * HOUR + 6 * 60_000 + TALK, 5 * HOUR - 6 * 60_000]);
  });

  test("promised calls are placed at their time, before all others, and are then people like others", () => {
    const promised = { zones: "UTC", rank: 0, dueAt: NOW + HOUR / 2, leads: 300, isPromised: true };
    // Were the promised ones to wait for the others, the end time would leave some of them over.
    const result = forecast(
      input({
        groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 600 }, promised],
        endAt: NOW + HOUR,
        retryShares: { busy: 0.5 },
        retryPolicy: { maxAttempts: 2, backoffMinutes: 15, retryOn: ["busy"] },
      }),
    );
    expect(result.attempts).toBe(600);
    // 300 were called first, half of whom come back; then all of those who were promised, half of whom come back as well.
    expect(result.leftOver).toEqual([{ reason: "end_time", leads: 300 + 150 + 150 }]);
    const topPriority = forecast(
      input({
        groups: [
          { zones: "UTC", rank: 100, dueAt: NOW, leads: 600 },
          { ...promised, isPromised: false },
        ],
        endAt: NOW + HOUR,
      }),
    );
    expect(topPriority.attempts).toBe(600);
  });

  test("a promise outside the window is kept at its opening", () => {
    const result = forecast(input({ groups: [{ zones: "UTC", rank: 0, dueAt: NOW + 12 * HOUR, leads: 1, isPromised: true }] }));
    expect(result.endsAt).toBe(NOW + 24 * HOUR + 6_000 + TALK);
  });

  test("each zone is called by its own clock", () => {
    const groups = ["Asia/Tokyo", "America/New_York"].map((zones) => ({ zones, rank: 100, dueAt: NOW, leads: 10 }));
    // 09:00Z is 18:00 in Tokyo and 05:00 in New York: New York opens in four hours, Tokyo in fifteen.
    const result = forecast(input({ groups }));
    expect(result.endsAt).toBe(NOW + 15 * HOUR + 60_000 + TALK);
    expect(result.idleMs).toBe(15 * HOUR - 60_000);
  });

  test("nobody of an unknown zone is called, and it says so", () => {
    expect(forecast(input({ groups: [{ zones: "?", rank: 100, dueAt: NOW, leads: 7 }] }))).toEqual({
      endsAt: undefined,
      attempts: 0,
      idleMs: 0,
      leftOver: [{ reason: "zone_unknown", leads: 7 }],
    });
  });

  test("the end time leaves people over", () => {
    expect(forecast(input({ endAt: NOW + HOUR / 2 }))).toEqual({
      endsAt: NOW + HOUR / 2,
      attempts: 300,
      idleMs: 0,
      leftOver: [{ reason: "end_time", leads: 300 }],
    });
  });

  test("nobody to call means through at once", () => {
    expect(forecast(input({ groups: [] }))).toEqual({ endsAt: NOW, attempts: 0, idleMs: 0, leftOver: [] });
  });

  test("a window that never opens is told, not waited for", () => {
    const never = input({ windowFor: () => ({ open: false }), groups: [{ zones: "UTC", rank: 100, dueAt: NOW, leads: 3 }] });
    expect(forecast(never)).toEqual({ endsAt: undefined, attempts: 0, idleMs: 0, leftOver: [{ reason: "window_never_opens", leads: 3 }] });
  });
});
