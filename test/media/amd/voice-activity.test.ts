import { expect, test } from "bun:test";
import { CLICK_FRAMES, createVoiceActivity } from "../../../src/media/amd/voice-activity.ts";
import { meanSquare } from "../../../src/media/sound/tone.ts";
import { silence, speech } from "../support/sounds.ts";

/** The longest time without voice in the part of the call that the last frames are. */
function longestGapIn(before: readonly Int16Array[], frames: readonly Int16Array[]): number {
  const activity = createVoiceActivity();
  for (const frame of before) activity.hear(meanSquare(frame), false);
  const gaps = frames
    .map((frame) => (activity.hear(meanSquare(frame), false) >= CLICK_FRAMES ? "v" : " "))
    .join("")
    .split("v");
  return Math.max(...gaps.map((gap) => gap.length)) * 20;
}

/** Milliseconds of voice heard in it. */
function voiceIn(before: readonly Int16Array[], frames: readonly Int16Array[], isTone = false): number {
  const activity = createVoiceActivity();
  for (const frame of before) activity.hear(meanSquare(frame), false);
  return frames.filter((frame) => activity.hear(meanSquare(frame), isTone) >= CLICK_FRAMES).length * 20;
}

test.each([-Infinity, -70, -60, -50, -40, -34])("a line with noise at %d dB is silent after its first second", (db) => {
  expect(voiceIn(silence(1_000, db), silence(10_000, db))).toBeLessThan(100);
});

test.each([
  [-60, -24],
  [-60, -8],
  [-46, -24],
  [-36, -18],
])("over noise at %d dB, speech at %d dB is heard, and the silence after it is silence", (noiseDb, speechDb) => {
  expect(longestGapIn(silence(1_000, noiseDb), speech(2_000, speechDb))).toBeLessThanOrEqual(240);
  expect(voiceIn([...silence(1_000, noiseDb), ...speech(2_000, speechDb)], silence(2_000, noiseDb))).toBe(0);
});

test("who speaks from the first frame on is heard", () => {
  expect(longestGapIn([], speech(1_000))).toBeLessThanOrEqual(240);
});

test("who speaks for 20 s without a pause is still heard at the end", () => {
  expect(longestGapIn([...silence(500)], speech(20_000))).toBeLessThanOrEqual(240);
});

test("voices in the background are none, 30 dB below whoever speaks, even 15 s later", () => {
  expect(voiceIn([...silence(500), ...speech(2_000, -12), ...silence(15_000)], speech(2_000, -44))).toBe(0);
});

test("a click of one or two frames is no voice", () => {
  expect(voiceIn(silence(1_000), [...speech(40), ...silence(500)])).toBe(0);
});

test("a long tone that is said to be one does not pass for the line's noise", () => {
  const activity = createVoiceActivity();
  for (const frame of silence(1_000)) activity.hear(meanSquare(frame), false);
  const loud = meanSquare(speech(20, -10)[0] ?? new Int16Array());
  for (let frame = 0; frame < 300; frame += 1) activity.hear(loud, true);
  expect(activity.hear(loud, true)).toBe(301);
});
