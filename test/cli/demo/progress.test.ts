import { describe, expect, test } from "bun:test";
import { countFinal, createProgressLine, progressLine } from "../../../src/cli/demo/progress.ts";
import { createFakeTerminal } from "../../support/fake-terminal.ts";

const halfWay = { pending: 60, dialing: 30, in_progress: 10, completed: 70, busy: 30 };

describe("the progress line", () => {
  test("tells calls in progress, what is done, and how long the rest takes at this pace", () => {
    expect(progressLine(halfWay, 5_000)).toBe("  5.0 s  40 calls in progress, 100/200 done, about 5 s to go  (completed 70, busy 30)");
  });

  test("does not guess before there is a pace", () => {
    expect(progressLine({ pending: 199, dnc_blocked: 1 }, 1_900)).not.toContain("to go");
    expect(progressLine({ pending: 199, dialing: 1 }, 100)).toBe("  0.1 s   1 calls in progress, 0/200 done");
  });

  test("counts final leads only", () => {
    expect(countFinal(halfWay)).toBe(100);
  });

  test("is written over on a screen, and never wider than it", () => {
    const terminal = createFakeTerminal({}, 40);
    const line = createProgressLine(terminal, () => 0);
    line.show(halfWay);
    line.show(halfWay);
    line.end();
    expect(terminal.written().out.split("\r\x1b[K")).toHaveLength(3);
    expect(terminal.written().out.split("\n")).toHaveLength(2);
    expect(
      Math.max(
        ...terminal
          .written()
          .out.split("\r\x1b[K")
          .map((shown) => shown.trimEnd().length),
      ),
    ).toBeLessThan(40);
  });

  test("is written once a second elsewhere", () => {
    const terminal = createFakeTerminal();
    let now = 0;
    const line = createProgressLine(terminal, () => now);
    for (const at of [0, 300, 999, 1_000, 1_100, 2_000]) {
      now = at;
      line.show(halfWay);
    }
    line.end();
    expect(terminal.written().out.trimEnd().split("\n")).toHaveLength(3);
  });
});
