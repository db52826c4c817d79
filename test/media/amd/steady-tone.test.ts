import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createToneTracker, type SteadyTone } from "../../../src/media/amd/steady-tone.ts";
import { meanSquare } from "../../../src/media/sound/tone.ts";
import { silence, speech, tone } from "../support/sounds.ts";

/** Every tone that ended in these frames. */
function tonesIn(frames: readonly Int16Array[]): SteadyTone[] {
  const tracker = createToneTracker();
  return [...frames, ...silence(100)].flatMap((frame) => {
    const heard = tracker.hear(frame, meanSquare(frame), true);
    return heard?.ended ? [heard] : [];
  });
}

const sounding = (frequencies: readonly number[], ms: number, db = -15, noiseDb = -60) =>
  tonesIn([...silence(300, noiseDb), ...tone(frequencies, ms, db), ...silence(300, noiseDb)]);

describe("one tone", () => {
  test.each([400, 425, 500, 777, 1_000, 1_100, 1_234, 1_500, 1_633, 1_900, 2_100])("of %i Hz is measured to 4 Hz and 60 ms", (hz) => {
    const [heard, ...others] = sounding([hz], 500);
    expect(others).toEqual([]);
    expect(heard?.hz).toHaveLength(1);
    expect(Math.abs((heard?.hz[0] ?? 0) - hz)).toBeLessThanOrEqual(4);
    expect(Math.abs((heard?.ms ?? 0) - 500)).toBeLessThanOrEqual(60);
    expect(heard?.db).toBeCloseTo(-15, 0);
  });

  test("is heard over noise 16 dB below it", () => {
    expect(sounding([1_000], 300, -30, -46)).toHaveLength(1);
  });

  test("of any height, level and length from 200 ms on is one tone", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 400, max: 2_100 }),
        fc.integer({ min: -30, max: -6 }),
        fc.integer({ min: 200, max: 1_500 }),
        (hz, db, ms) => {
          expect(sounding([hz], ms, db).map((heard) => heard.hz.length)).toEqual([1]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("goes on over a lost frame", () => {
    const frames = tone([1_000], 600);
    frames.splice(12, 1, new Int16Array(160));
    expect(tonesIn([...silence(200), ...frames])).toHaveLength(1);
  });

  test("is told of 100 ms after its beginning, while it sounds", () => {
    const tracker = createToneTracker();
    const heard = tone([1_000], 200).map((frame) => tracker.hear(frame, meanSquare(frame), true)?.ms);
    expect(heard.findIndex((ms) => ms !== undefined)).toBeLessThanOrEqual(5);
  });
});

describe("two tones at once", () => {
  test.each([
    [620, 850],
    [1_000, 1_500],
    [697, 1_209],
    [1_050, 1_400],
  ])("of %i and %i Hz are both measured", (low, high) => {
    const [heard, ...others] = sounding([low, high], 400);
    expect(others).toEqual([]);
    const sorted = [...(heard?.hz ?? [])].sort((a, b) => a - b);
    expect(Math.abs((sorted[0] ?? 0) - low)).toBeLessThanOrEqual(5);
    expect(Math.abs((sorted[1] ?? 0) - high)).toBeLessThanOrEqual(5);
  });
});

describe("what is no tone", () => {
  test("speech", () => expect(tonesIn(speech(10_000))).toEqual([]));
  test("noise", () => expect(tonesIn(silence(10_000, -20))).toEqual([]));
  test("digital silence", () => expect(tonesIn(silence(2_000, -Infinity))).toEqual([]));
  test("a sound that glides", () => {
    const glide = Array.from({ length: 100 }, (_, frame) =>
      Int16Array.from({ length: 160 }, (_, index) => 8_000 * Math.sin((2 * Math.PI * (500 + 4 * frame) * (frame * 160 + index)) / 8_000)),
    );
    expect(tonesIn(glide)).toEqual([]);
  });
  test("three tones", () => expect(sounding([500, 900, 1_300], 500)).toEqual([]));
  test("a tone above or below what is looked for", () =>
    expect(
      [...sounding([300], 500), ...sounding([2_600], 500)].filter(({ hz }) => hz.some((value) => value > 380 && value < 2_150)),
    ).toEqual([]));
});
