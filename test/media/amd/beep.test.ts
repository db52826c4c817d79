import { describe, expect, test } from "bun:test";
import { createBeepDetector } from "../../../src/media/amd/beep.ts";
import { createToneTracker } from "../../../src/media/amd/steady-tone.ts";
import { meanSquare } from "../../../src/media/sound/tone.ts";
import { silence, speech, tone } from "../support/sounds.ts";

/** What is told of these frames, with the ms at which it is; speech of -18 dB came before. */
function heardIn(frames: readonly Int16Array[], speechDb = -18, speaking: (ms: number) => boolean = () => false): string[] {
  const tracker = createToneTracker();
  const beeps = createBeepDetector();
  return frames.flatMap((frame, index) => {
    const told = beeps.hear(tracker.hear(frame, meanSquare(frame), true), speaking((index + 1) * 20), speechDb);
    return told === undefined ? [] : [`${told}@${(index + 1) * 20}`];
  });
}

const kinds = (told: readonly string[]) => told.map((one) => one.split("@")[0]);
const after = (frequencies: readonly number[], ms: number, db = -15) => [...silence(200), ...tone(frequencies, ms, db), ...silence(6_000)];

describe("a beep", () => {
  test.each([
    [[600], 200],
    [[800], 300],
    [[1_000], 500],
    [[1_100], 500],
    [[1_400], 180],
    [[1_633], 1_000],
    [[2_000], 250],
    [[620, 850], 300],
    [[1_000, 1_500], 400],
    [[540, 720], 300],
  ])("of %p Hz and %d ms is told of at once, and its end when it is over", (frequencies, ms) => {
    const [begun, ended, ...more] = heardIn(after(frequencies, ms));
    expect([begun?.split("@")[0], ended?.split("@")[0], ...more]).toEqual(["beep", "beep_ended"]);
    expect(Number(begun?.split("@")[1])).toBeLessThanOrEqual(200 + 220);
    expect(Number(ended?.split("@")[1])).toBeLessThanOrEqual(200 + ms + 80);
  });

  test.each([
    [[425], 300, 1_400],
    [[440], 600, 1_700],
    [[440], 960, 6_300],
    [[950], 300, 720],
    [[2_100], 400, 820],
  ])("of %p Hz and %d ms, which might be something else, is told of when nothing has followed: by %d ms", (frequencies, ms, byMs) => {
    const [ended, ...more] = heardIn(after(frequencies, ms));
    expect([ended?.split("@")[0], ...more]).toEqual(["beep_ended"]);
    expect(Number(ended?.split("@")[1])).toBeLessThanOrEqual(byMs);
  });
});

describe("no beep", () => {
  const ring = (frequencies: readonly number[], on: number, off: number, times: number) =>
    Array.from({ length: times }, () => [...tone(frequencies, on), ...silence(off)]).flat();
  test.each<[string, Int16Array[]]>([
    ["ringing, as in Europe", ring([425], 1_000, 4_000, 4).slice(0, -60)],
    ["ringing, as in North America", ring([440, 480], 2_000, 4_000, 3).slice(0, -60)],
    ["engaged, as in Europe", ring([425], 500, 500, 20)],
    ["engaged, as in North America", ring([480, 620], 500, 500, 20)],
    ["a dial tone", tone([425], 10_000)],
    ["a dial tone of two", tone([350, 440], 10_000)],
    ["a key that is pressed", after([770, 1_336], 200)],
    ["the key 0", after([941, 1_336], 400)],
    ["a crackle", after([1_000], 60)],
    ["the harmonics of a voice that holds its pitch", after([420], 120)],
    ["somebody's oven, far from the telephone", after([2_000], 500, -40)],
    ["what is too high", after([3_000], 500)],
    ["speech", speech(20_000)],
  ])("%s", (_, frames) => {
    expect(kinds(heardIn(frames))).toEqual([]);
  });

  test("is what comes before anybody spoke", () => expect(heardIn(after([1_000], 500), -Infinity)).toEqual([]));
  test("is a low tone that somebody speaks on after", () => expect(heardIn(after([440], 300), -18, (ms) => ms > 600)).toEqual([]));
});
