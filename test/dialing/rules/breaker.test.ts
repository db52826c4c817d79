import { describe, expect, test } from "bun:test";
import {
  afterFault,
  afterSuccess,
  type BreakerState,
  breakerReason,
  breakerVerdict,
  closedBreaker,
  FAULTS_TO_OPEN,
} from "../../../src/dialing/rules/breaker.ts";

const faults = (count: number, at: number, state: BreakerState = closedBreaker) =>
  Array.from({ length: count }, (_, index) => `call_${state.faults + index + 1}`).reduce(
    (now, id) => afterFault(now, id, "trunk_busy", at),
    state,
  );

describe("the breaker of a trunk or a bot", () => {
  test("stays closed up to one fault before the threshold", () => {
    expect(breakerVerdict(faults(FAULTS_TO_OPEN - 1, 0), 0)).toEqual({ kind: "closed" });
  });

  test("opens at the threshold for 30 s, then lets one probe through", () => {
    const open = faults(FAULTS_TO_OPEN, 1_000);
    expect(breakerVerdict(open, 1_000)).toEqual({ kind: "held", until: 31_000 });
    expect(breakerVerdict(open, 30_999)).toEqual({ kind: "held", until: 31_000 });
    expect(breakerVerdict(open, 31_000)).toEqual({ kind: "probe" });
  });

  test("a success in between starts the count anew", () => {
    expect(breakerVerdict(faults(1, 0, afterSuccess()), 0)).toEqual({ kind: "closed" });
  });

  test("calls that were in flight when it opened do not lengthen the hold", () => {
    expect(breakerVerdict(faults(20, 2_000, faults(FAULTS_TO_OPEN, 1_000)), 2_000)).toEqual({ kind: "held", until: 31_000 });
  });

  test("a failed probe holds it twice as long, up to ten minutes", () => {
    let state = faults(FAULTS_TO_OPEN, 0);
    const holds: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const at = state.heldUntil ?? 0;
      state = faults(1, at, state);
      holds.push((state.heldUntil ?? 0) - at);
    }
    expect(holds).toEqual([60_000, 120_000, 240_000, 480_000, 600_000, 600_000, 600_000]);
  });

  test("a probe that works closes it", () => {
    expect(breakerVerdict(afterSuccess(), 31_000)).toEqual({ kind: "closed" });
  });

  test("says what happened and names the last ten calls", () => {
    const reason = breakerReason(faults(12, 0), "through trunk 'Main'");
    expect(reason).toContain("the last 12 calls through trunk 'Main' failed (trunk_busy)");
    expect(reason).not.toContain("call_2,");
    expect(reason).toContain("call_3, ");
    expect(reason).toEndWith("call_12");
  });
});
