import { describe, expect, test } from "bun:test";
import { endingOf, reasonOf } from "../../src/calls/ending.ts";
import { dispositionOf } from "../../src/calls/disposition.ts";
import { courseOf, simulatorDefaults } from "../../src/simulator/outcome.ts";

describe("the simulator's last four digits", () => {
  test.each([
    ["0486", "busy", "busy", "policy", 486, undefined],
    ["0480", "no_answer", "no_answer", "policy", 480, undefined],
    ["0404", "failed", "number_unknown", "never", 404, undefined],
    ["0603", "busy", "declined", "policy", 603, undefined],
    ["0503", "failed", "trunk_busy", "requeue", 503, undefined],
    ["0500", "failed", "server_error", "policy", 500, undefined],
    ["0200", "completed", "normal_clearing", "policy", 200, "completed"],
    ["0201", "completed", "normal_clearing", "policy", 200, "qualified"],
    ["0202", "completed", "normal_clearing", "policy", 200, "not_interested"],
    ["0203", "completed", "normal_clearing", "policy", 200, "callback"],
    ["0298", "no_answer", "too_short", "policy", 200, undefined],
    ["0299", "voicemail", "machine_answered", "policy", 200, undefined],
  ] as const)("…%s: %s (%s)", (digits, ending, reason, retry, sipCode, disposition) => {
    const { result } = courseOf(`+9198765${digits}`, 1, simulatorDefaults);
    expect(endingOf(result)).toBe(ending);
    expect(reasonOf(result)).toBe(reason);
    expect(result.retry).toBe(retry);
    expect(result.sipCode).toBe(sipCode);
    expect(dispositionOf(endingOf(result), result.analysis)).toBe(disposition);
  });
});

describe("any other number", () => {
  const numbers = Array.from({ length: 2_000 }, (_, index) => `+1999555${1000 + index}`);
  const answeredShare = (options: typeof simulatorDefaults) =>
    numbers.filter((number) => courseOf(number, 1, options).answers).length / numbers.length;

  test("is drawn the same for the same seed and attempt", () => {
    for (const number of numbers.slice(0, 50))
      expect(courseOf(number, 2, simulatorDefaults)).toEqual(courseOf(number, 2, simulatorDefaults));
  });

  test("is drawn anew for another seed or attempt", () => {
    const draw = (seed: number, attempt: number) =>
      JSON.stringify(numbers.slice(0, 100).map((number) => courseOf(number, attempt, { ...simulatorDefaults, seed }).result));
    expect(new Set([draw(1, 1), draw(2, 1), draw(1, 2)]).size).toBe(3);
  });

  test.each([0, 0.3, 0.6, 1])("is answered at the rate %d", (answerRate) => {
    expect(Math.abs(answeredShare({ ...simulatorDefaults, answerRate }) - answerRate)).toBeLessThan(0.04);
  });
});
