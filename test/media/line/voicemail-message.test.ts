import { describe, expect, test } from "bun:test";
import type { GreetingEnd } from "../../../src/media/amd/machine-detector.ts";
import { createVoicemailMessage } from "../../../src/media/line/voicemail-message.ts";

const FIVE_FRAMES = new Int16Array(800).fill(1);
const byBeep: GreetingEnd = { by: "beep", atMs: 5_000 };
const bySilence: GreetingEnd = { by: "silence", atMs: 5_000 };

/** One letter a frame: m for the message, a dot for silence. */
function play(ends: readonly (GreetingEnd | undefined)[], isDeaf = false): string {
  const message = createVoicemailMessage(FIVE_FRAMES);
  return ends.map((end) => (message.next(new Int16Array(160), end, isDeaf) ? "m" : ".")).join("");
}

const frames = (count: number, end: GreetingEnd | undefined) => new Array<GreetingEnd | undefined>(count).fill(end);

describe("a message on a machine", () => {
  test.each([byBeep, bySilence])("begins when the greeting ends (%o) and is said once", (end) => {
    expect(play([...frames(3, undefined), ...frames(9, end)])).toBe("...mmmmm....");
  });

  test("goes on when the greeting does after all", () => {
    expect(play([bySilence, ...frames(6, undefined)])).toBe("mmmmm..");
  });

  test("begins again at a beep that comes late, and only once", () => {
    expect(play([...frames(3, bySilence), ...frames(9, byBeep)])).toBe("mmmmmmmm....");
    expect(play([...frames(5, bySilence), undefined, ...frames(7, byBeep)])).toBe("mmmmm........");
  });

  test("is not kept back longer than half a minute, nor when nothing more will be heard", () => {
    expect(play(frames(1_510, undefined))).toBe(`${".".repeat(1_499)}mmmmm${".".repeat(6)}`);
    expect(play(frames(7, undefined), true)).toBe("mmmmm..");
  });
});
