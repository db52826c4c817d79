// Sounds for the tests of answering-machine detection, in frames of 20 ms: silence with a little noise, tones, and something that
// moves and swells as speech does.

import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from "../../../src/media/sound/frame.ts";
import { seededRandom } from "../../../src/runtime/random.ts";

const FULL_SCALE = 32_768;
const random = seededRandom(7);

function make(ms: number, sample: (index: number) => number): Int16Array[] {
  return Array.from({ length: Math.round(ms / FRAME_MS) }, (_, frame) =>
    Int16Array.from({ length: FRAME_SAMPLES }, (_, index) => sample(frame * FRAME_SAMPLES + index)),
  );
}

/** A line with noise on it, at `db` below full scale; digital silence when that is -Infinity. */
export function silence(ms: number, db = -60): Int16Array[] {
  const amplitude = FULL_SCALE * 10 ** (db / 20) * Math.sqrt(12);
  return make(ms, () => (random.fraction() - 0.5) * amplitude);
}

/** All frequencies of the same strength, `db` being that of their sum. */
export function tone(frequencies: readonly number[], ms: number, db = -15): Int16Array[] {
  const amplitude = (FULL_SCALE * 10 ** (db / 20) * Math.SQRT2) / Math.sqrt(frequencies.length);
  return make(ms, (index) => frequencies.reduce((sum, hz) => sum + amplitude * Math.sin((2 * Math.PI * hz * index) / SAMPLE_RATE), 0));
}

/** Syllables of 200 ms, their pitch gliding between 110 and 170 Hz, with ten harmonics. */
export function speech(ms: number, db = -18): Int16Array[] {
  const amplitude = FULL_SCALE * 10 ** (db / 20);
  let phase = 0;
  return make(ms, (index) => {
    const second = index / SAMPLE_RATE;
    phase += (2 * Math.PI * (140 + 30 * Math.sin(2 * Math.PI * 2.3 * second))) / SAMPLE_RATE;
    const syllable = 0.15 + 0.85 * Math.sin(Math.PI * 5 * second) ** 2;
    let sum = 0;
    for (let harmonic = 2; harmonic <= 11; harmonic += 1) sum += Math.sin(harmonic * phase + harmonic) / Math.sqrt(harmonic);
    return amplitude * syllable * sum;
  });
}
