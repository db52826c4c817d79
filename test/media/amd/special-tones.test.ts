import { expect, test } from "bun:test";
import { createSpecialToneDetector } from "../../../src/media/amd/special-tones.ts";
import { createToneTracker } from "../../../src/media/amd/steady-tone.ts";
import { meanSquare } from "../../../src/media/sound/tone.ts";
import { silence, speech, tone } from "../support/sounds.ts";

/** The meanings told while these tones sound one after the other. */
function meaningsOf(tones: readonly (readonly [hz: number, ms: number])[], gapMs = 0): string[] {
  const frames = [...silence(500), ...tones.flatMap(([hz, ms]) => [...tone([hz], ms), ...silence(gapMs)]), ...silence(500)];
  return hearAll(frames);
}

function hearAll(frames: readonly Int16Array[]): string[] {
  const tracker = createToneTracker();
  const detector = createSpecialToneDetector();
  return frames.flatMap((frame) => detector.hear(tracker.hear(frame, meanSquare(frame), true)) ?? []);
}

test.each([
  ["intercept", 914, 280, 1_371, 280],
  ["vacant", 985, 380, 1_371, 280],
  ["reorder", 914, 280, 1_429, 380],
  ["no_circuit", 985, 380, 1_429, 380],
  ["unspecified", 950, 340, 1_400, 340],
  ["unspecified", 930, 260, 1_360, 400],
])("%s: %d Hz for %d ms, %d Hz for %d ms, and the third", (meaning, firstHz, firstMs, secondHz, secondMs) => {
  const tones = [
    [firstHz, firstMs],
    [secondHz, secondMs],
    [1_777, 380],
  ] as const;
  expect(meaningsOf(tones)).toEqual([meaning]);
  expect(meaningsOf(tones, 20)).toEqual([meaning]);
});

test("played three times, it is told of three times", () => {
  const once = [
    [950, 340],
    [1_400, 340],
    [1_800, 340],
  ] as const;
  expect(meaningsOf([...once, ...once, ...once])).toEqual(["unspecified", "unspecified", "unspecified"]);
});

test.each<[string, readonly (readonly [number, number])[], number]>([
  [
    "falling tones",
    [
      [1_800, 340],
      [1_400, 340],
      [950, 340],
    ],
    0,
  ],
  [
    "two of the three",
    [
      [950, 340],
      [1_400, 340],
    ],
    0,
  ],
  [
    "tones of a second each",
    [
      [950, 1_000],
      [1_400, 1_000],
      [1_800, 1_000],
    ],
    0,
  ],
  [
    "tones of 120 ms",
    [
      [950, 120],
      [1_400, 120],
      [1_800, 120],
    ],
    0,
  ],
  [
    "tones half a second apart",
    [
      [950, 340],
      [1_400, 340],
      [1_800, 340],
    ],
    500,
  ],
  [
    "other tones",
    [
      [800, 340],
      [1_200, 340],
      [1_600, 340],
    ],
    0,
  ],
])("%s are none", (_, tones, gapMs) => {
  expect(meaningsOf(tones, gapMs)).toEqual([]);
});

test("speech is none", () => expect(hearAll(speech(10_000))).toEqual([]));
