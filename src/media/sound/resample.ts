// From any common sample rate down to the telephone's 8,000 Hz: a windowed sinc at the positions of the new samples.
// Used by wav.ts.

import { SAMPLE_RATE } from "./frame.ts";

/** The middle of the filter's edge: flat to 3,370 Hz, and 60 dB down from 4,130 Hz on. */
const CUTOFF_HZ = 3_750;
/** Half the filter's length, in samples of 8,000 Hz. */
const HALF_LENGTH = 20;
/** Kaiser's window at 63 dB. */
const BETA = 6;

/** One way down. */
export interface Resampler {
  /** How many samples come of so many. */
  lengthOf(inputs: number): number;
  /**
   * The new samples from `start` on, as many as `output` holds, each rounded and kept within 16 bits. `read` gives the old
   * ones (-1 to 1) from a place on, which may lie before the first or behind the last: those are silence.
   */
  fill(output: Int16Array, start: number, read: (from: number, count: number) => Float32Array): void;
}

/** From `rate` (Hz, 8,000 or more). Rates with a large common divisor with 8,000 need few tables; all common ones have. */
export function createResampler(rate: number): Resampler {
  const divisor = greatestCommonDivisor(rate, SAMPLE_RATE);
  const [step, phases] = [rate / divisor, SAMPLE_RATE / divisor];
  const half = rate === SAMPLE_RATE ? 0 : Math.ceil((HALF_LENGTH * rate) / SAMPLE_RATE);
  const kernels = Array.from({ length: phases }, (_, phase) => (half === 0 ? Float32Array.of(1) : kernelOf(phase / phases, half, rate)));
  return {
    lengthOf: (inputs) => Math.ceil((inputs * phases) / step),
    fill(output, start, read) {
      const first = Math.floor((start * step) / phases) - half;
      const last = Math.floor(((start + output.length - 1) * step) / phases) + half;
      const input = read(first, last - first + 1);
      for (let index = 0; index < output.length; index += 1) {
        const place = (start + index) * step;
        const from = Math.floor(place / phases) - half - first;
        output[index] = toSample(convolve(kernels[place % phases] ?? kernels[0] ?? new Float32Array(), input, from));
      }
    },
  };
}

function convolve(kernel: Float32Array, input: Float32Array, from: number): number {
  let sum = 0;
  for (let tap = 0; tap < kernel.length; tap += 1) sum += (kernel[tap] ?? 0) * (input[from + tap] ?? 0);
  return sum;
}

/** For a sample that lies `fraction` of an old one behind the middle; its sum is 1, so that a level stays as it is. */
function kernelOf(fraction: number, half: number, rate: number): Float32Array {
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, tap) => {
    const distance = tap - half - fraction;
    return sinc((2 * CUTOFF_HZ * distance) / rate) * kaiser(distance / (half + 1));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return Float32Array.from(taps, (tap) => tap / sum);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x)) / bessel(BETA);
}

const BESSEL_TERMS = 25;

/** The modified Bessel function of the first kind and order 0, by its series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let index = 1; index <= BESSEL_TERMS; index += 1) {
    term *= (x / (2 * index)) ** 2;
    sum += term;
  }
  return sum;
}

function toSample(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
