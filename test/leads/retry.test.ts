import { describe, expect, test } from "bun:test";
import { CallEnding } from "../../src/calls/call.ts";
import { nextAttemptAt, requeueAt, retryableEndings, type RetryPolicy } from "../../src/leads/retry.ts";

const NOW = Date.UTC(2026, 4, 6, 12);
const MINUTE = 60_000;
const policy: RetryPolicy = { maxAttempts: 3, backoffMinutes: 60, retryOn: ["no_answer", "busy"] };

describe("nextAttemptAt", () => {
  test.each([
    ["no_answer", 1, NOW + 60 * MINUTE],
    ["busy", 2, NOW + 60 * MINUTE],
    ["no_answer", 3, undefined],
    ["no_answer", 4, undefined],
    ["voicemail", 1, undefined],
    ["failed", 1, undefined],
    ["completed", 1, undefined],
  ] as const)("after %s on attempt %d", (ending, attempts, at) => {
    expect(nextAttemptAt({ ending, retry: "policy", attempts }, policy, NOW)).toBe(at);
  });

  test.each(retryableEndings)("a policy may ask for another attempt after %s", (ending) => {
    expect(nextAttemptAt({ ending, retry: "policy", attempts: 1 }, { ...policy, retryOn: [ending], backoffMinutes: 1 }, NOW)).toBe(
      NOW + MINUTE,
    );
  });

  test("one attempt means no second", () => {
    for (const ending of Object.values(CallEnding)) {
      expect(
        nextAttemptAt({ ending, retry: "policy", attempts: 1 }, { ...policy, maxAttempts: 1, retryOn: retryableEndings }, NOW),
      ).toBeUndefined();
    }
  });

  test("a number that does not exist is not tried again, whatever the policy says", () => {
    expect(nextAttemptAt({ ending: "failed", retry: "never", attempts: 1 }, { ...policy, retryOn: ["failed"] }, NOW)).toBeUndefined();
  });
});

describe("a list of gaps", () => {
  const listed: RetryPolicy = { maxAttempts: 6, backoffMinutes: [10, 60, 1_440], retryOn: ["no_answer", "busy"] };
  test.each([
    [1, 10],
    [2, 60],
    [3, 1_440],
    [4, 1_440],
    [5, 1_440],
    [6, undefined],
  ])("after attempt %d: %p minutes", (attempts, minutes) => {
    expect(nextAttemptAt({ ending: "no_answer", retry: "policy", attempts }, listed, NOW)).toBe(
      minutes === undefined ? undefined : NOW + minutes * MINUTE,
    );
  });
});

describe("a rule for one ending", () => {
  const own: RetryPolicy = {
    maxAttempts: 6,
    backoffMinutes: [10, 60],
    retryOn: ["no_answer", "busy", "voicemail"],
    perStatus: {
      busy: { maxAttempts: 3, backoffMinutes: [2, 4] },
      no_answer: { maxAttempts: 4 },
      voicemail: { backoffMinutes: 600 },
      failed: { maxAttempts: 9, backoffMinutes: 1 },
    },
  };
  test.each([
    ["busy", 1, 1, 2],
    ["busy", 2, 1, 2],
    ["busy", 5, 2, 4],
    ["busy", 3, 3, undefined],
    ["busy", 5, 4, undefined],
    ["no_answer", 1, 1, 10],
    ["no_answer", 3, 1, 60],
    ["no_answer", 5, 3, 60],
    ["no_answer", 5, 4, undefined],
    ["voicemail", 2, 2, 600],
    ["voicemail", 5, 5, 600],
    ["failed", 1, 1, undefined],
    // The cap over all.
    ["busy", 6, 1, undefined],
    ["voicemail", 6, 1, undefined],
  ] as const)("after %s on attempt %d, the %dth that ended so: %p minutes", (ending, attempts, attemptsAlike, minutes) => {
    expect(nextAttemptAt({ ending, retry: "policy", attempts, attemptsAlike }, own, NOW)).toBe(
      minutes === undefined ? undefined : NOW + minutes * MINUTE,
    );
  });

  test("where nobody counted the attempts that ended so, every attempt is one", () => {
    expect(nextAttemptAt({ ending: "busy", retry: "policy", attempts: 2 }, own, NOW)).toBe(NOW + 4 * MINUTE);
    expect(nextAttemptAt({ ending: "busy", retry: "policy", attempts: 3 }, own, NOW)).toBeUndefined();
  });

  test("may not go beyond the policy's own cap", () => {
    const tight: RetryPolicy = { ...own, maxAttempts: 2 };
    expect(nextAttemptAt({ ending: "busy", retry: "policy", attempts: 2, attemptsAlike: 1 }, tight, NOW)).toBeUndefined();
  });
});

describe("jitter", () => {
  const jittery: RetryPolicy = { maxAttempts: 3, backoffMinutes: 100, retryOn: ["busy"], jitterPercent: 20 };
  test.each([
    [0, 100 * MINUTE],
    [0.5, 110 * MINUTE],
    [0.25, 105 * MINUTE],
    [1 - Number.EPSILON, 120 * MINUTE],
  ])("with a draw of %d the gap is %d ms: never shorter than the policy says", (jitter, gap) => {
    expect(nextAttemptAt({ ending: "busy", retry: "policy", attempts: 1 }, jittery, NOW, jitter)).toBe(NOW + gap);
  });

  test("without a percentage a draw changes nothing, and the result is a whole millisecond", () => {
    expect(nextAttemptAt({ ending: "busy", retry: "policy", attempts: 1 }, { ...jittery, jitterPercent: undefined }, NOW, 0.9)).toBe(
      NOW + 100 * MINUTE,
    );
    expect(nextAttemptAt({ ending: "busy", retry: "policy", attempts: 1 }, { ...jittery, jitterPercent: 7 }, NOW, 0.123456)).toBeInteger();
  });
});

describe("requeueAt", () => {
  test.each([
    [1, 5_000],
    [2, 10_000],
    [3, 20_000],
    [8, 640_000],
    [9, 900_000],
    [1_000, 900_000],
  ])("after fault %d in a row: %d ms later", (requeues, delay) => {
    expect(requeueAt(requeues, NOW)).toBe(NOW + delay);
  });
});
