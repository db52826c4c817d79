// The jitter buffer: packets in at any time and order, 20 ms of sound out at every tick.
// It keeps samples by their timestamp, so that reordering, duplicates and any packet length need no further thought.

import { FRAME_SAMPLES, SAMPLES_PER_MS } from "../sound/frame.ts";
import { timestampDistance } from "./rtp.ts";
import { createTransitWindow, fastestOf, lateOf, noteLate, noteTransit, spreadOf, type TransitWindow } from "./transit.ts";

/** `silence`: nothing has come yet, or for so long that the repeated sound has faded out. */
export type Played = "audio" | "concealed" | "silence";

/** Waits as long as the line's own jitter makes it, from 20 to 200 ms. */
export interface JitterBuffer {
  /** The first `count` of `samples`, from `timestamp` on; `arrivalMs` on the same clock as `read`. */
  push(timestamp: number, samples: Int16Array, count: number, arrivalMs: number): void;
  /** Fills `frame` with the next 20 ms. `nowMs` is when the tick was due, not when it ran. */
  read(frame: Int16Array, nowMs: number): Played;
  /** Forgets everything: the next packet begins a new stream. */
  reset(): void;
  counts(): JitterCounts;
}

/** Packets that came too late or twice; frames that were made up; by how much sound now waits. */
interface JitterCounts {
  late: number;
  duplicates: number;
  concealed: number;
  delayMs: number;
}

/** Half a second; must be a power of two and hold the longest delay and a packet. */
const RING = 4_096;
const LONGEST_DELAY = 200 * SAMPLES_PER_MS;
const SHORTEST_DELAY = FRAME_SAMPLES;
/** Added to a delay that was too short, so that the next packet as late as this one is in time. */
const MARGIN = 10 * SAMPLES_PER_MS;
/** No codec decodes to it, so it marks a sample that has not come. */
const MISSING = -32_768;
/** A frame whose samples all stay below this may be left out unheard. */
const QUIET = 256;
const FADE = [0.7, 0.4, 0.15] as const;
/** One straggler is a loss; two within the window are how this line is, and worth waiting for. */
const LATE_TO_WAIT = 2;

interface State {
  /** The ring itself, and behind it the last frame that came whole: one array a call, because every page of memory that a packet touches costs as much as its samples. */
  ring: Int16Array;
  /** The view of that last frame. */
  last: Int16Array;
  started: boolean;
  /** Timestamp of the next sample to be played, and how many were since the start (below 0: still waiting). */
  playTimestamp: number;
  played: number;
  startMs: number;
  /** One past the newest sample, counted like `played`. */
  newestEnd: number;
  missedFrames: number;
  transit: TransitWindow;
  late: number;
  duplicates: number;
  concealed: number;
}

/** One a call; its clock is whatever `arrivalMs` and `nowMs` are taken from. */
export function createJitterBuffer(): JitterBuffer {
  const ring = new Int16Array(RING + FRAME_SAMPLES).fill(MISSING, 0, RING);
  const state: State = {
    ring,
    last: ring.subarray(RING),
    started: false,
    playTimestamp: 0,
    played: 0,
    startMs: 0,
    newestEnd: 0,
    missedFrames: FADE.length,
    transit: createTransitWindow(),
    late: 0,
    duplicates: 0,
    concealed: 0,
  };
  return {
    push(timestamp, samples, count, arrivalMs) {
      if (count === 0 || count > RING - LONGEST_DELAY) return;
      if (!state.started) start(state, timestamp, arrivalMs);
      const offset = timestampDistance(timestamp, state.playTimestamp);
      const piece = { samples, from: 0, count };
      if (offset + count > RING || offset < -RING) {
        start(state, timestamp, arrivalMs);
        return store(state, SHORTEST_DELAY, piece);
      }
      place(state, timestamp, offset, piece, arrivalMs);
    },
    read: (frame, nowMs) => read(state, frame, nowMs),
    reset: () => void (state.started = false),
    counts: () => ({
      late: state.late,
      duplicates: state.duplicates,
      concealed: state.concealed,
      delayMs: state.started ? Math.max(0, state.newestEnd - state.played) / SAMPLES_PER_MS : 0,
    }),
  };
}

function start(state: State, timestamp: number, arrivalMs: number): void {
  state.ring.fill(MISSING, 0, RING);
  state.started = true;
  state.playTimestamp = (timestamp - SHORTEST_DELAY) >>> 0;
  state.played = -SHORTEST_DELAY;
  state.startMs = arrivalMs;
  state.newestEnd = 0;
  state.transit = createTransitWindow();
}

/** A packet's samples, or what is left of them to be played. */
interface Piece {
  samples: Int16Array;
  from: number;
  count: number;
}

function place(state: State, timestamp: number, offset: number, piece: Piece, arrivalMs: number): void {
  const begin = state.played + offset;
  noteTransit(state.transit, (arrivalMs - state.startMs) * SAMPLES_PER_MS - begin);
  const isNewest = begin + piece.count > state.newestEnd;
  if (offset >= 0) return store(state, offset, piece);

  // Late. What was overtaken is lost; but the newest packet was only slow, and nothing after it has been
  // played: waiting for it from now on costs a pause and no sound. If that wait is too long, the far end paused its clock.
  const longer = MARGIN - offset;
  if (isNewest && delayAt(state, arrivalMs) - fastestOf(state.transit) + longer <= LONGEST_DELAY) {
    state.playTimestamp = (state.playTimestamp - longer) >>> 0;
    state.played -= longer;
    return store(state, offset + longer, piece);
  }
  if (isNewest) {
    start(state, timestamp, arrivalMs);
    return store(state, SHORTEST_DELAY, piece);
  }
  noteLate(state.transit);
  if (offset + piece.count <= 0) state.late += 1;
  else store(state, 0, { samples: piece.samples, from: -offset, count: piece.count + offset });
}

/** `offset` is from the next sample to be played. */
function store(state: State, offset: number, { samples, from, count }: Piece): void {
  const { ring } = state;
  const at = state.playTimestamp + offset;
  if (ring[at & (RING - 1)] !== MISSING) {
    state.duplicates += 1;
    return;
  }
  state.newestEnd = Math.max(state.newestEnd, state.played + offset + count);
  const begin = at & (RING - 1);
  // As nearly every packet is: whole, and all in one piece of the ring.
  if (count === samples.length && begin + count <= RING) return ring.set(samples, begin);
  for (let index = 0; index < count; index += 1) ring[(at + index) & (RING - 1)] = samples[from + index] ?? 0;
}

function read(state: State, frame: Int16Array, nowMs: number): Played {
  if (!state.started) {
    frame.fill(0);
    return "silence";
  }
  const excess = delayAt(state, nowMs) - fastestOf(state.transit) - wanted(state);
  if (excess > 1.5 * FRAME_SAMPLES && (isQuiet(state) || excess > LONGEST_DELAY)) take(state, frame);
  if (excess < -0.5 * FRAME_SAMPLES && lateOf(state.transit) >= LATE_TO_WAIT) return wait(state, frame);
  if (takeWhole(state, frame)) return "audio";
  const missing = take(state, frame);
  if (missing === 0) {
    state.missedFrames = 0;
    state.last.set(frame);
    return "audio";
  }
  const played = conceal(state, frame);
  if (missing === FRAME_SAMPLES) state.missedFrames += 1;
  return played;
}

/** Lets 20 ms pass without playing on, so that everything after it has 20 ms more to arrive. */
function wait(state: State, frame: Int16Array): Played {
  frame.fill(MISSING);
  const played = conceal(state, frame);
  state.missedFrames += 1;
  return played;
}

/** How long after it was sent (by the fastest packet's clock) a sample is played, in samples. */
function delayAt(state: State, nowMs: number): number {
  return (nowMs - state.startMs) * SAMPLES_PER_MS - state.played;
}

/** What packets differ in, and a frame more. */
function wanted({ transit }: State): number {
  return Math.min(LONGEST_DELAY, spreadOf(transit) + SHORTEST_DELAY);
}

function isQuiet(state: State): boolean {
  for (let index = 0; index < FRAME_SAMPLES; index += 1) {
    const sample = state.ring[(state.playTimestamp + index) & (RING - 1)] ?? MISSING;
    if (sample !== MISSING && Math.abs(sample) > QUIET) return false;
  }
  return true;
}

/** What `take` does and its caller after it, at once: where all of the frame has come and lies in one piece, as it mostly does. */
function takeWhole(state: State, frame: Int16Array): boolean {
  const { ring, last } = state;
  const begin = state.playTimestamp & (RING - 1);
  const end = begin + FRAME_SAMPLES;
  if (end > RING) return false;
  const gap = ring.indexOf(MISSING, begin);
  if (gap >= 0 && gap < end) return false;
  ring.copyWithin(RING, begin, end);
  ring.fill(MISSING, begin, end);
  frame.set(last);
  state.missedFrames = 0;
  moveOn(state);
  return true;
}

function moveOn(state: State): void {
  state.playTimestamp = (state.playTimestamp + FRAME_SAMPLES) >>> 0;
  state.played += FRAME_SAMPLES;
}

/**
 * Moves the next frame out of the ring, with MISSING where nothing came, and says how many samples that are.
 * Their places are cleared, because they are used again half a second later.
 */
function take(state: State, frame: Int16Array): number {
  const { ring, playTimestamp } = state;
  let missing = 0;
  for (let index = 0; index < FRAME_SAMPLES; index += 1) {
    const at = (playTimestamp + index) & (RING - 1);
    const sample = ring[at] ?? MISSING;
    if (sample === MISSING) missing += 1;
    frame[index] = sample;
    ring[at] = MISSING;
  }
  moveOn(state);
  return missing;
}

/** Repeats the last whole frame where samples are missing, more softly each time. */
function conceal(state: State, frame: Int16Array): Played {
  const gain = FADE[state.missedFrames] ?? 0;
  let heard = false;
  for (let index = 0; index < FRAME_SAMPLES; index += 1) {
    if (frame[index] === MISSING) frame[index] = (state.last[index] ?? 0) * gain;
    else heard = true;
  }
  if (gain === 0 && !heard) return "silence";
  state.concealed += 1;
  return "concealed";
}
