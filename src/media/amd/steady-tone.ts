// Tones that neither move nor swell, as no voice can hold them: one frequency or two at once. Used by beep.ts, fax.ts and
// special-tones.ts through machine-detector.ts.

import { FRAME_MS } from "../sound/frame.ts";
import { levelDb } from "../sound/tone.ts";
import { BIN_HZ, createSpectrum } from "./spectrum.ts";

/** One tone from its beginning to its end. */
export interface SteadyTone {
  /** One or two, the stronger first. */
  hz: readonly number[];
  /** So far; it counts frames that the tone fills, so up to 30 ms less than the tone's true length. */
  ms: number;
  /** Level below full scale, of late. */
  db: number;
  /** No frame of it is heard any more. */
  ended: boolean;
}

/** One a call. */
interface ToneTracker {
  /** The tone of which this frame is a part or the end; undefined for speech, silence, and the first 100 ms of a tone. `isLoud` spares the work for frames that cannot be one. */
  hear(frame: Int16Array, meanSquareValue: number, isLoud: boolean): SteadyTone | undefined;
}

/** Looked for between these; the lowest beep is above the pitch of voices, the highest is a fax's answer. */
const LOWEST_BIN = Math.floor(370 / BIN_HZ);
const HIGHEST_BIN = Math.ceil(2_150 / BIN_HZ);
/** What counts as the frame's whole power: hum below it and hiss above it are the line's. */
const BAND_LOWEST_BIN = Math.floor(250 / BIN_HZ);
const BAND_HIGHEST_BIN = Math.ceil(3_500 / BIN_HZ);
/** A tone fills its bin and two on each side. */
const SPREAD = 2;
const LEAST_SHARE = 0.85;
/** Of two tones, the weaker has this much of the power: 12 dB below the other. */
const LEAST_SECOND_SHARE = 0.06;
/** From one frame to the next, and from the tone's mean. */
const MOST_DRIFT_HZ = 12;
const MOST_SWELL_DB = 3;
const LEAST_FRAMES = 5;
/** Frames that may be missing in a tone: a lost packet, a fax's turn of phase. */
const MOST_MISSED = 1;

interface Run {
  hz: number[];
  db: number;
  frames: number;
  missed: number;
}

/** Hears nothing yet. */
export function createToneTracker(): ToneTracker {
  const spectrum = createSpectrum();
  let run: Run | undefined;

  function follow(current: Run, hz: readonly number[], db: number): boolean {
    const isSame =
      hz.length === current.hz.length &&
      Math.abs(db - current.db) <= MOST_SWELL_DB &&
      hz.every((value, index) => Math.abs(value - (current.hz[index] ?? 0)) <= MOST_DRIFT_HZ);
    if (!isSame) return false;
    current.frames += 1 + current.missed;
    current.missed = 0;
    current.hz = current.hz.map((mean, index) => mean + ((hz[index] ?? mean) - mean) / current.frames);
    current.db += (db - current.db) / 4;
    return true;
  }

  return {
    hear(frame, meanSquareValue, isLoud) {
      spectrum.keep(frame);
      const hz = isLoud ? tonesIn(spectrum.measure()) : [];
      const db = levelDb(meanSquareValue);
      const before = run;
      if (before !== undefined && hz.length > 0 && follow(before, inOrderOf(before.hz, hz), db)) return told(before, false);
      if (before !== undefined && before.missed < MOST_MISSED) {
        before.missed += 1;
        return told(before, false);
      }
      run = hz.length > 0 ? { hz: [...hz], db, frames: 1, missed: 0 } : undefined;
      return before === undefined ? undefined : told(before, true);
    },
  };
}

function told({ hz, db, frames }: Run, ended: boolean): SteadyTone | undefined {
  return frames < LEAST_FRAMES ? undefined : { hz, db, ms: frames * FRAME_MS, ended };
}

/** Two tones of about the same power may change places between frames. */
function inOrderOf(known: readonly number[], hz: readonly number[]): readonly number[] {
  const [first = 0, second] = hz;
  if (second === undefined || known.length < 2) return hz;
  return Math.abs(first - (known[0] ?? 0)) <= Math.abs(second - (known[0] ?? 0)) ? hz : [second, first];
}

/** The one or two frequencies that hold nearly all of the power; none for anything else. */
function tonesIn(powers: Float64Array): readonly number[] {
  let total = 0;
  for (let bin = BAND_LOWEST_BIN; bin <= BAND_HIGHEST_BIN; bin += 1) total += powers[bin] ?? 0;
  if (total === 0) return [];
  const first = strongestBin(powers, undefined);
  const firstShare = shareAround(powers, first, total);
  if (firstShare >= LEAST_SHARE) return [frequencyAt(powers, first)];
  const second = strongestBin(powers, first);
  const secondShare = shareAround(powers, second, total);
  return secondShare >= LEAST_SECOND_SHARE && firstShare + secondShare >= LEAST_SHARE
    ? [frequencyAt(powers, first), frequencyAt(powers, second)]
    : [];
}

/** `apartFrom` is a bin whose surroundings do not count. */
function strongestBin(powers: Float64Array, apartFrom: number | undefined): number {
  let strongest = LOWEST_BIN;
  let most = -1;
  for (let bin = LOWEST_BIN; bin <= HIGHEST_BIN; bin += 1) {
    const power = powers[bin] ?? 0;
    if (power <= most || (apartFrom !== undefined && Math.abs(bin - apartFrom) <= 2 * SPREAD)) continue;
    strongest = bin;
    most = power;
  }
  return strongest;
}

function shareAround(powers: Float64Array, middle: number, total: number): number {
  let sum = 0;
  for (let bin = middle - SPREAD; bin <= middle + SPREAD; bin += 1) sum += powers[bin] ?? 0;
  return sum / total;
}

/** Between the bins: the peak of the parabola through the logarithms, which for this window is true within some 2 Hz. */
function frequencyAt(powers: Float64Array, bin: number): number {
  const [left, middle, right] = [bin - 1, bin, bin + 1].map((place) => Math.log((powers[place] ?? 0) + Number.MIN_VALUE));
  if (left === undefined || middle === undefined || right === undefined) return bin * BIN_HZ;
  const curve = left - 2 * middle + right;
  return (bin + (curve === 0 ? 0 : (left - right) / (2 * curve))) * BIN_HZ;
}
