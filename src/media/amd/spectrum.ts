// The spectrum of the last 32 ms of a call, once a frame: what steady-tone.ts looks for tones in.

import { FRAME_SAMPLES, SAMPLE_RATE } from "../sound/frame.ts";

const WINDOW_SAMPLES = 256;
/** A real transform of 256 is a complex one of half as many. */
const POINTS = WINDOW_SAMPLES / 2;
const KEPT_SAMPLES = WINDOW_SAMPLES - FRAME_SAMPLES;

/** Width of one bin. */
export const BIN_HZ = SAMPLE_RATE / WINDOW_SAMPLES;

/** One a call. */
interface Spectrum {
  /** Takes a frame in without looking at it: cheap. */
  keep(frame: Int16Array): void;
  /** The power in each bin of `BIN_HZ`, from 0 to half of the sample rate; the array is the next call's too. Call after `keep`. */
  measure(): Float64Array;
}

const hann = Float64Array.from({ length: WINDOW_SAMPLES }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / WINDOW_SAMPLES));
/** e^(-2πik/256). */
const cosines = Float64Array.from({ length: POINTS }, (_, index) => Math.cos((2 * Math.PI * index) / WINDOW_SAMPLES));
const sines = Float64Array.from({ length: POINTS }, (_, index) => -Math.sin((2 * Math.PI * index) / WINDOW_SAMPLES));
/** Where each place of the transform takes its value from: its bits in reverse. */
const places = Uint8Array.from({ length: POINTS }, (_, index) =>
  Number.parseInt(index.toString(2).padStart(Math.log2(POINTS), "0").split("").reverse().join(""), 2),
);

/** Hears silence until it is given frames. */
export function createSpectrum(): Spectrum {
  const samples = new Int16Array(WINDOW_SAMPLES);
  const real = new Float64Array(POINTS);
  const imaginary = new Float64Array(POINTS);
  const powers = new Float64Array(POINTS + 1);
  return {
    keep(frame) {
      samples.copyWithin(0, FRAME_SAMPLES);
      samples.set(frame, KEPT_SAMPLES);
    },
    measure() {
      for (let index = 0; index < POINTS; index += 1) {
        const from = (places[index] ?? 0) * 2;
        real[index] = (samples[from] ?? 0) * (hann[from] ?? 0);
        imaginary[index] = (samples[from + 1] ?? 0) * (hann[from + 1] ?? 0);
      }
      transform(real, imaginary);
      separate(real, imaginary, powers);
      return powers;
    },
  };
}

/** Fourier, in place, of values already in reversed order. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  for (let half = 1; half < POINTS; half *= 2) {
    const step = POINTS / half;
    for (let offset = 0; offset < half; offset += 1) {
      const cosine = cosines[offset * step] ?? 0;
      const sine = sines[offset * step] ?? 0;
      for (let low = offset; low < POINTS; low += half * 2) {
        const high = low + half;
        const highReal = real[high] ?? 0;
        const highImaginary = imaginary[high] ?? 0;
        const turnedReal = highReal * cosine - highImaginary * sine;
        const turnedImaginary = highReal * sine + highImaginary * cosine;
        const lowReal = real[low] ?? 0;
        const lowImaginary = imaginary[low] ?? 0;
        real[high] = lowReal - turnedReal;
        imaginary[high] = lowImaginary - turnedImaginary;
        real[low] = lowReal + turnedReal;
        imaginary[low] = lowImaginary + turnedImaginary;
      }
    }
  }
}

/** Even samples went in as real parts, odd ones as imaginary parts; their spectra are told apart by symmetry. */
function separate(real: Float64Array, imaginary: Float64Array, powers: Float64Array): void {
  for (let bin = 0; bin <= POINTS; bin += 1) {
    const mirror = (POINTS - bin) % POINTS;
    const at = bin % POINTS;
    const evenReal = ((real[at] ?? 0) + (real[mirror] ?? 0)) / 2;
    const evenImaginary = ((imaginary[at] ?? 0) - (imaginary[mirror] ?? 0)) / 2;
    const oddReal = ((imaginary[at] ?? 0) + (imaginary[mirror] ?? 0)) / 2;
    const oddImaginary = ((real[mirror] ?? 0) - (real[at] ?? 0)) / 2;
    const cosine = bin === POINTS ? -1 : (cosines[bin] ?? 0);
    const sine = bin === POINTS ? 0 : (sines[bin] ?? 0);
    const sumReal = evenReal + oddReal * cosine - oddImaginary * sine;
    const sumImaginary = evenImaginary + oddReal * sine + oddImaginary * cosine;
    powers[bin] = sumReal * sumReal + sumImaginary * sumImaginary;
  }
}
