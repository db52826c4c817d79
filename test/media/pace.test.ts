// When the engine moves its calls on: each every 20 ms, not all at once, and whatever else there is to do.

import { afterEach, expect, test } from "bun:test";
import { systemClock } from "../../src/runtime/clock.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { createPeer } from "./support/peer.ts";
import { startEngine } from "./support/test-engine.ts";
import { until } from "./support/until.ts";

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function callsOn(clock: typeof systemClock, count: number) {
  const engine = await startEngine(count, undefined, undefined, undefined, clock);
  const peer = await createPeer();
  open.push({ close: () => engine.engine.stop() }, peer);
  const calls = Array.from({ length: count }, () => engine.open());
  for (const call of calls) {
    call.connect({ port: peer.port });
    call.answer();
  }
  return { engine, peer, calls };
}

test("calls are spread over the 20 ms, and each is moved on once in them", async () => {
  const clock = createFakeClock();
  const { calls } = await callsOn(clock, 7);
  const steps = () => calls.map((call) => call.bot.heard.length);
  clock.advance(20);
  expect(steps()).toEqual([1, 0, 0, 0, 0, 1, 0]);
  clock.advance(4);
  expect(steps()).toEqual([1, 1, 0, 0, 0, 1, 1]);
  clock.advance(12);
  expect(steps()).toEqual([1, 1, 1, 1, 1, 1, 1]);
  clock.advance(20 * 50);
  expect(steps()).toEqual([51, 51, 51, 51, 51, 51, 51]);
});

test("a call takes the place of one that has ended, and those that are left keep theirs", async () => {
  const clock = createFakeClock();
  const { calls, engine, peer } = await callsOn(clock, 3);
  calls[1]?.close();
  const next = engine.open();
  next.connect({ port: peer.port });
  next.answer();
  clock.advance(218);
  expect([calls[0], next, calls[2]].map((call) => call?.bot.heard.length)).toEqual([10, 10, 10]);
});

test("whoever takes up the time of the thread lets the steps be made that are due, and none that is not", async () => {
  const clock = createFakeClock();
  const { calls, engine } = await callsOn({ ...clock, after: () => () => undefined }, 1);
  const stepsAfter = (ms: number) => {
    clock.advance(ms);
    engine.engine.keepPace();
    return calls[0]?.bot.heard.length;
  };
  expect([stepsAfter(19), stepsAfter(1), stepsAfter(19), stepsAfter(1), stepsAfter(60)]).toEqual([0, 1, 1, 2, 5]);
});

test("packets that come in keep the pace by themselves where no timer gets its turn, and lose none of it", async () => {
  const { calls, peer } = await callsOn({ ...systemClock, after: () => () => undefined }, 1);
  const [call] = calls;
  const beganMs = performance.now();
  await until("twenty packets", () => {
    peer.sendAudio(call?.port ?? 0, new Uint8Array(160));
    return peer.packets.length >= 20;
  });
  // One is due after each 20 ms: never more of them than the time that has passed has room for.
  expect(peer.packets.length).toBeLessThanOrEqual((performance.now() - beganMs) / 20 + 1);
  const sequences = peer.packets.map(({ rtp }) => rtp.sequence);
  expect(sequences.slice(1).every((sequence, index) => sequence === (((sequences[index] ?? 0) + 1) & 0xffff))).toBe(true);
});
