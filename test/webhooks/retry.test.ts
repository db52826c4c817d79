import { describe, expect, test } from "bun:test";
import { afterTry, type SendResult } from "../../src/webhooks/retry.ts";

const NOW = Date.UTC(2026, 4, 6, 12);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function answered(status: number, retryAfter?: string): SendResult {
  return { kind: "answer", status, retryAfter };
}

/** How long until the next try, in ms. */
function waitOf(result: SendResult, attempts = 1, jitter = 0): number | undefined {
  const step = afterTry(result, attempts, NOW, jitter);
  return step.kind === "retry" ? step.at - NOW : undefined;
}

describe("an answer", () => {
  test.each([200, 201, 202, 204, 206, 299])("%d is success", (status) =>
    expect(afterTry(answered(status), 1, NOW, 0)).toEqual({ kind: "delivered" }),
  );
  test.each([500, 502, 503, 504, 599, 408, 425, 429])("%d is tried again", (status) =>
    expect(afterTry(answered(status), 1, NOW, 0).kind).toBe("retry"),
  );
  test.each([101, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 410, 413, 418, 422, 600])("%d is permanent", (status) =>
    expect(afterTry(answered(status), 1, NOW, 0).kind).toBe("dead"),
  );

  test("that is a redirect says that it is not followed", () =>
    expect(afterTry(answered(302), 1, NOW, 0)).toEqual({ kind: "dead", error: "the receiver answered 302; redirects are not followed" }));
  test("is quoted with its beginning", () =>
    expect(afterTry({ kind: "answer", status: 400, excerpt: "no such hook" }, 1, NOW, 0)).toEqual({
      kind: "dead",
      error: "the receiver answered 400: no such hook",
    }));
});

describe("no answer", () => {
  test("is tried again", () =>
    expect(afterTry({ kind: "error", error: "timeout" }, 1, NOW, 0)).toEqual({ kind: "retry", at: NOW + MINUTE, error: "timeout" }));
  test("is permanent when the target is refused", () =>
    expect(afterTry({ kind: "error", error: "private", permanent: true }, 1, NOW, 0)).toEqual({ kind: "dead", error: "private" }));
});

describe("the schedule", () => {
  const gaps: [attempts: number, wait: number | undefined][] = [
    [1, MINUTE],
    [2, 5 * MINUTE],
    [3, 30 * MINUTE],
    [4, 2 * HOUR],
    [5, 12 * HOUR],
    [6, undefined],
    [7, undefined],
  ];
  test.each(gaps)("after try %d waits %d ms", (attempts, wait) => expect(waitOf(answered(503), attempts)).toBe(wait));

  test("gives up after six tries and says why", () =>
    expect(afterTry(answered(503), 6, NOW, 0)).toEqual({
      kind: "dead",
      error: "given up after 6 tries; the last one: the receiver answered 503",
    }));

  test("stretches by up to a tenth, never the other way", () => {
    expect(waitOf(answered(503), 1, 0.5)).toBe(63 * SECOND);
    expect(waitOf(answered(503), 1, 0.999_999)).toBe(66 * SECOND);
  });
});

describe("Retry-After", () => {
  const table: [header: string, wait: number][] = [
    ["600", 10 * MINUTE],
    [" 600 ", 10 * MINUTE],
    ["Wed, 06 May 2026 12:10:00 GMT", 10 * MINUTE],
    ["1", MINUTE],
    ["0", MINUTE],
    ["Wed, 06 May 2026 11:00:00 GMT", MINUTE],
    ["999999999999999999999", 24 * HOUR],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 24 * HOUR],
    ["soon", MINUTE],
    ["-5", MINUTE],
    ["1.5", MINUTE],
    ["not a date GMT", MINUTE],
    ["", MINUTE],
  ];
  test.each(table)("'%s' waits %d ms", (header, wait) => {
    expect(waitOf(answered(429, header))).toBe(wait);
    expect(waitOf(answered(503, header))).toBe(wait);
  });

  test("does not shorten a later gap, nor bring a seventh try", () => {
    expect(waitOf(answered(429, "600"), 4)).toBe(2 * HOUR);
    expect(afterTry(answered(429, "600"), 6, NOW, 0).kind).toBe("dead");
  });
});
