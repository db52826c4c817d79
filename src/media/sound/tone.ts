// Sine tones made, and sound measured: how loud it is, and how much of it is one tone.

import { SAMPLE_RATE } from "./frame.ts";

/** An endless sound. */
export interface Tone {
  /** Fills the frame with what comes next; the phase runs on between frames. */
  fill(frame: Int16Array): void;
}

/** The sum of sines of these frequencies (whole Hz), each of this amplitude (0 to 32,767). */
export function createTone(frequencies: readonly number[], amplitude: number): Tone {
  const period = periodOf(frequencies, amplitude);
  let position = 0;
  return {
    fill(frame) {
      let at = position;
      for (let index = 0; index < frame.length; index += 1) {
        frame[index] = period[at] ?? 0;
        at = at + 1 === period.length ? 0 : at + 1;
      }
      position = at;
    },
  };
}

/** Whole frequencies come round after a second at the latest, so no sine is computed twice. */
function periodOf(frequencies: readonly number[], amplitude: number): Int16Array {
  const length = SAMPLE_RATE / frequencies.reduce(greatestCommonDivisor, SAMPLE_RATE);
  return Int16Array.from({ length }, (_, index) =>
    frequencies.reduce((sum, frequency) => sum + amplitude * Math.sin((2 * Math.PI * frequency * index) / SAMPLE_RATE), 0),
  );
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Mean square of the samples: 0 for silence, about half of amplitude² for a sine. */
export function meanSquare(frame: Int16Array): number {
  let sum = 0;
  for (let index = 0; index < frame.length; index += 1) {
    const sample = frame[index] ?? 0;
    sum += sample * sample;
  }
  return frame.length === 0 ? 0 : sum / frame.length;
}

/** Level in dB below the loudest square wave; -Infinity for digital silence. */
export function levelDb(meanSquareValue: number): number {
  return 10 * Math.log10(meanSquareValue / 32_768 ** 2);
}

/** The share of the frame's power (its mean square), 0 to 1, that lies at `frequency` (Goertzel); 0 for silence. */
export function toneShare(frame: Int16Array, frequency: number, power: number): number {
  if (power === 0) return 0;
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / SAMPLE_RATE);
  let previous = 0;
  let beforeThat = 0;
  for (let index = 0; index < frame.length; index += 1) {
    // In this order only one product and one sum have to wait for the step before.
    const value = (frame[index] ?? 0) - beforeThat + coefficient * previous;
    beforeThat = previous;
    previous = value;
  }
  const atFrequency = previous * previous + beforeThat * beforeThat - coefficient * previous * beforeThat;
  return Math.min(1, (2 * atFrequency) / (frame.length * frame.length * power));
}
