import { describe, expect, test } from "bun:test";
import { createLog } from "../../src/runtime/log.ts";
import { createLoop } from "../../src/runtime/loop.ts";

const silent = createLog("silent", { now: () => 0 }, () => undefined);

/** A round that lasts until it is let go, with a count of rounds begun and running. */
function createSlowRound() {
  const state = { begun: 0, running: 0, mostRunning: 0 };
  let letGo = () => undefined as void;
  const runOnce = async () => {
    state.begun += 1;
    state.running += 1;
    state.mostRunning = Math.max(state.mostRunning, state.running);
    await new Promise<void>((done) => (letGo = done));
    state.running -= 1;
  };
  return { state, runOnce, letGo: () => (letGo(), turnEnd()) };
}

/** Everything that promises have to do is done. */
function turnEnd(): Promise<void> {
  return new Promise((next) => setImmediate(next));
}

describe("a loop", () => {
  test("runs a round when it is nudged, and not before", async () => {
    let rounds = 0;
    const loop = createLoop("test", silent, () => void (rounds += 1));
    expect(rounds).toBe(0);
    loop.nudge();
    await loop.stop();
    expect(rounds).toBe(1);
  });

  test("many nudges during a round lead to exactly one more, and rounds never overlap", async () => {
    const { state, runOnce, letGo } = createSlowRound();
    const loop = createLoop("test", silent, runOnce);
    loop.nudge();
    loop.nudge();
    loop.nudge();
    expect(state.begun).toBe(1);
    await letGo();
    expect(state.begun).toBe(2);
    await letGo();
    expect(state).toEqual({ begun: 2, running: 0, mostRunning: 1 });
  });

  test("stop resolves when the round in progress has ended, and no round begins after it", async () => {
    const { state, runOnce, letGo } = createSlowRound();
    const loop = createLoop("test", silent, runOnce);
    loop.nudge();
    loop.nudge();
    const stopped = loop.stop();
    expect(state.running).toBe(1);
    await letGo();
    await stopped;
    loop.nudge();
    expect(state).toEqual({ begun: 1, running: 0, mostRunning: 1 });
  });

  test("stop is fine twice, and when nothing ever ran", async () => {
    const loop = createLoop("test", silent, () => undefined);
    await loop.stop();
    await loop.stop();
  });

  test("a round that throws is logged once, and the next nudge runs", async () => {
    const lines: string[] = [];
    const log = createLog("info", { now: () => 0 }, (line) => lines.push(line));
    let rounds = 0;
    const loop = createLoop("dispatcher", log, () => {
      rounds += 1;
      if (rounds === 1) throw new Error("the disk is full");
    });
    loop.nudge();
    await turnEnd();
    loop.nudge();
    await loop.stop();
    expect(rounds).toBe(2);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "error", event: "loop.failed", loop: "dispatcher" });
  });
});
