// What a bot has said and nobody has heard yet: sound of any length in, frames out, and marks in between. Pure; used by
// stream-bot.ts.

import { FRAME_SAMPLES } from "../media/sound/frame.ts";
import { g711 } from "../media/sound/g711.ts";

/** Sound in its order, as µ-law bytes. */
export interface AudioQueue {
  /** Kept, not copied. What exceeds the bounds is dropped: false. */
  push(bytes: Uint8Array): boolean;
  /** Told by `played` when all that was pushed before it has been handed out: at once if nothing waits. */
  mark(name: string): void;
  /**
   * Fills `frame` with the next 160 bytes; false when there is nothing to play yet. Less than a frame waits a moment for more
   * before it is filled up with silence; with `isLast` it does not.
   */
  next(frame: Uint8Array, isLast: boolean): boolean;
  /** Drops the sound, and gives the marks that waited instead of telling them. */
  clear(): string[];
}

/** Ten minutes: bots send whole speeches at once. */
const MOST_BYTES = 10 * 60 * 8_000;
/** Ten minutes in frames, and as many marks. */
const MOST_ENTRIES = 60_000;
/** How many times the rest of a sound is held back; bots split where they like, and the next piece is mostly on its way. */
const PATIENCE = 2;
/** Handed out ones are cut off the list when so many have gathered. */
const TIDY_AT = 1_024;

interface State {
  /** Sound and marks in their order; the first `head` of them are handed out. */
  entries: (Uint8Array | string)[];
  head: number;
  /** Of the first entry, how much was handed out. */
  taken: number;
  bytes: number;
  waited: number;
  played: (name: string) => void;
}

const nothing = () => ({ entries: [], head: 0, taken: 0, bytes: 0, waited: 0 });

/** `played` is told of each mark, in their order. */
export function createAudioQueue(played: (name: string) => void): AudioQueue {
  const state: State = { ...nothing(), played };
  const isFull = () => state.entries.length - state.head >= MOST_ENTRIES;
  return {
    push(bytes) {
      if (bytes.length === 0) return true;
      if (state.bytes + bytes.length > MOST_BYTES || isFull()) return false;
      state.entries.push(bytes);
      state.bytes += bytes.length;
      return true;
    },
    mark(name) {
      if (state.bytes === 0 || isFull()) played(name);
      else state.entries.push(name);
    },
    next(frame, isLast) {
      if (state.bytes === 0) return false;
      if (state.bytes < FRAME_SAMPLES && !isLast && state.waited < PATIENCE) {
        state.waited += 1;
        return false;
      }
      state.waited = 0;
      frame.fill(g711.PCMU.silence, fill(state, frame));
      return true;
    },
    clear() {
      const marks = state.entries.slice(state.head).filter((entry) => typeof entry === "string");
      Object.assign(state, nothing());
      return marks;
    },
  };
}

/** How many bytes it had; marks that follow them are told. */
function fill(state: State, frame: Uint8Array): number {
  let filled = 0;
  while (filled < FRAME_SAMPLES) {
    const entry = firstSound(state);
    if (entry === undefined) break;
    const piece = entry.subarray(state.taken, state.taken + FRAME_SAMPLES - filled);
    frame.set(piece, filled);
    filled += piece.length;
    state.taken += piece.length;
    if (state.taken === entry.length) advance(state);
  }
  state.bytes -= filled;
  firstSound(state);
  return filled;
}

/** Tells the marks before it. */
function firstSound(state: State): Uint8Array | undefined {
  let entry = state.entries[state.head];
  while (typeof entry === "string") {
    state.head += 1;
    state.played(entry);
    entry = state.entries[state.head];
  }
  return entry;
}

function advance(state: State): void {
  state.taken = 0;
  state.head += 1;
  if (state.head < TIDY_AT) return;
  state.entries = state.entries.slice(state.head);
  state.head = 0;
}
