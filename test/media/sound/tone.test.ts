import { expect, test } from "bun:test";
import { createTone, levelDb, meanSquare, toneShare } from "../../../src/media/sound/tone.ts";

const frames = (frequencies: number[], amplitude: number, count: number) => {
  const tone = createTone(frequencies, amplitude);
  return Array.from({ length: count }, () => {
    const frame = new Int16Array(160);
    tone.fill(frame);
    return frame;
  });
};

test("a tone runs on between frames", () => {
  const samples = frames([697, 1_209], 6_000, 120).flatMap((frame) => [...frame]);
  const wanted = samples.map((_, index) =>
    Math.trunc(6_000 * (Math.sin((2 * Math.PI * 697 * index) / 8_000) + Math.sin((2 * Math.PI * 1_209 * index) / 8_000))),
  );
  expect(Math.max(...samples.map((sample, index) => Math.abs(sample - (wanted[index] ?? 0))))).toBeLessThanOrEqual(1);
});

test.each([
  [1_000, 1_000, 0.99, 1],
  [1_000, 440, 0, 0.05],
  [1_050, 1_000, 0, 0.01],
])("of a tone of %i Hz, %i Hz has between %p and %p of the power", (made, measured, least, most) => {
  for (const frame of frames([made], 8_000, 10)) {
    expect(toneShare(frame, measured, meanSquare(frame))).toBeGreaterThanOrEqual(least);
    expect(toneShare(frame, measured, meanSquare(frame))).toBeLessThanOrEqual(most);
  }
});

test("levels are those of a sine, and silence has none", () => {
  expect(levelDb(meanSquare(frames([1_000], 32_767, 1)[0] ?? new Int16Array()))).toBeCloseTo(-3.01, 1);
  expect(levelDb(meanSquare(new Int16Array(160)))).toBe(-Infinity);
  expect(toneShare(new Int16Array(160), 1_000, 0)).toBe(0);
});
