// What came back of a sound that was sent: where which part of it was heard, sample for sample, and what lay between. For a sound
// whose every few samples are unlike all others, such as noise.

import { seededRandom } from "../../../src/runtime/random.ts";

/**
 * Noise as µ-law bytes, the same for the same seed. Loud, so that no part of it can be taken for a pause, and without 0x7f, for which
 * linear samples have no room.
 */
export function noise(length: number, seed: number): Uint8Array {
  return seededRandom(seed)
    .bytes(length)
    .map((byte) => byte & 0xbf);
}

/** `length` samples of the sound from `from` on, heard at `at`. */
export interface Run {
  at: number;
  from: number;
  length: number;
}

const WINDOW = 8;
/** Chance does not make so many neighbours alike. */
const SHORTEST_RUN = 40;

/** In the order in which they were heard. */
export function runsOf(sent: Uint8Array, heard: Uint8Array): Run[] {
  const places = new Map<string, number>();
  for (let from = 0; from + WINDOW <= sent.length; from += WINDOW) places.set(key(sent, from), from);
  const runs: Run[] = [];
  let at = 0;
  while (at + WINDOW <= heard.length) {
    const found = places.get(key(heard, at));
    const run = found === undefined ? undefined : extend(sent, heard, { at, from: found, length: WINDOW }, runs.at(-1));
    if (run === undefined || run.length < SHORTEST_RUN) {
      at += 1;
      continue;
    }
    runs.push(run);
    at = run.at + run.length;
  }
  return runs;
}

function key(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + WINDOW).toHex();
}

/** Both ways, but not into what was heard before. */
function extend(sent: Uint8Array, heard: Uint8Array, { at, from, length }: Run, last: Run | undefined): Run {
  const earliest = last === undefined ? 0 : last.at + last.length;
  while (at > earliest && from > 0 && sent[from - 1] === heard[at - 1]) [at, from, length] = [at - 1, from - 1, length + 1];
  while (at + length < heard.length && from + length < sent.length && sent[from + length] === heard[at + length]) length += 1;
  return { at, from, length };
}

/** Of the samples heard between the first run and the last: the longest stretch without the sound, and how much of it there was. */
export function gapsOf(runs: readonly Run[]): { longest: number; total: number } {
  const gaps = runs.slice(1).map((run, index) => run.at - (runs[index]?.at ?? 0) - (runs[index]?.length ?? 0));
  return { longest: Math.max(0, ...gaps), total: gaps.reduce((sum, gap) => sum + gap, 0) };
}

/** The stream of one telephone as it would be played: silence where its timestamps leave room. */
export function playedOf(packets: readonly { timestamp: number; payload: Uint8Array }[]): Uint8Array {
  const first = packets[0]?.timestamp ?? 0;
  const placed = packets.map(({ timestamp, payload }) => ({ at: (timestamp - first) >>> 0, payload })).filter(({ at }) => at < 0x4000_0000);
  const played = new Uint8Array(Math.max(0, ...placed.map(({ at, payload }) => at + payload.length))).fill(0xff);
  for (const { at, payload } of placed) played.set(payload, at);
  return played;
}

/** Rounded, of values in ms. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN) * 10) / 10;
}
