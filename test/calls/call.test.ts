import { describe, expect, test } from "bun:test";
import { CallEnding, callStatuses, isFinal, mayMove, openCallStatuses, statusesBefore } from "../../src/calls/call.ts";
import { dispositionOf } from "../../src/calls/disposition.ts";
import { type DialResult, endingOf, reasonOf } from "../../src/calls/ending.ts";

const allowed = new Set([
  "placing>ringing",
  "placing>answered",
  "placing>ended",
  "placing>unknown",
  "ringing>answered",
  "ringing>ended",
  "ringing>unknown",
  "answered>ended",
  "answered>unknown",
]);

describe("the call's statuses", () => {
  for (const from of callStatuses) {
    for (const to of callStatuses) {
      test(`${from} → ${to}: ${allowed.has(`${from}>${to}`) ? "allowed" : "refused"}`, () => {
        expect(mayMove(from, to)).toBe(allowed.has(`${from}>${to}`));
        expect(statusesBefore(to).includes(from)).toBe(allowed.has(`${from}>${to}`));
      });
    }
  }

  test("a call is final exactly when it is not open", () => {
    expect(callStatuses.filter(isFinal)).toEqual(callStatuses.filter((status) => !openCallStatuses.includes(status)));
  });
});

const talked = (talkMs: number, ending: CallEnding = CallEnding.completed): DialResult => ({
  ending,
  retry: "policy",
  reason: "normal_clearing",
  ringMs: 1,
  talkMs,
});

describe("endingOf", () => {
  test.each([
    [talked(3_000), "completed", "normal_clearing"],
    [talked(2_999), "no_answer", "too_short"],
    [talked(0), "no_answer", "too_short"],
    [{ ...talked(500), reason: "key_pressed" }, "completed", "key_pressed"],
    [{ ...talked(500), reason: "opted_out" }, "completed", "opted_out"],
    [talked(500, CallEnding.voicemail), "voicemail", "normal_clearing"],
    [talked(0, CallEnding.busy), "busy", "normal_clearing"],
    [talked(0, CallEnding.failed), "failed", "normal_clearing"],
  ] as const)("%o → %s (%s)", (result, ending, reason) => {
    expect(endingOf(result)).toBe(ending);
    expect(reasonOf(result)).toBe(reason);
  });
});

describe("dispositionOf", () => {
  test.each([
    [{ lead_qualified: true }, "qualified"],
    [{ success: true }, "qualified"],
    [{ success: true, next_action: "not_interested" }, "qualified"],
    [{ lead_qualified: "true" }, "completed"],
    [{ lead_qualified: false, next_action: "not_interested" }, "not_interested"],
    [{ next_action: "callback_later" }, "callback"],
    [{ next_action: "send_pricing" }, "completed"],
    [{}, "completed"],
    [undefined, "completed"],
  ] as const)("%o → %s", (analysis, disposition) => {
    expect(dispositionOf(CallEnding.completed, analysis)).toBe(disposition);
  });

  test.each([CallEnding.voicemail, CallEnding.noAnswer, CallEnding.busy, CallEnding.failed])("a call that ended %s has none", (ending) => {
    expect(dispositionOf(ending, { success: true })).toBeUndefined();
  });
});
