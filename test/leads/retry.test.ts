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
    expect(nextAttemptAt({ ending, retry: "policy", attempts: 1 }, { ...policy, retryOn: [ending], backoffMinutes: 1 }, NOW)).toBe(NOW + MINUTE);
  });

  test("one attempt means no second", () => {
    for (const ending of Object.values(CallEnding)) {
      expect(nextAttemptAt({ ending, retry: "policy", attempts: 1 }, { ...policy, maxAttempts: 1, retryOn: retryableEndings }, NOW)).toBeUndefined();
    }
  });

  test("a number that does not exist is not tried again, whatever the policy says", () => {
    expect(nextAttemptAt({ ending: "failed", retry: "never", attempts: 1 }, { ...policy, retryOn: ["failed"] }, NOW)).toBeUndefined();
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
