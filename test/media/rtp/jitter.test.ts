import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createJitterBuffer } from "../../../src/media/rtp/jitter.ts";

const FRAME = 160;

/** The sample at place `index` of the sound that is sent: never 0, and no two alike in 200 frames. */
const sampleAt = (index: number) => 1 + (index % 32_000);

const packet = (at: number, length = FRAME) => Int16Array.from({ length }, (_, index) => sampleAt(at + index));

interface Arrival {
  at: number;
  length?: number;
  atMs: number;
}

/** Plays arrivals against a tick each 20 ms and gives the frames; `firstTimestamp` may be anywhere, and `spare` samples behind each packet's own. */
function play(
  arrivals: readonly Arrival[],
  untilMs: number,
  firstTimestamp = 0xffff_fe00,
  spare = 0,
): { frames: Int16Array[]; counts: ReturnType<ReturnType<typeof createJitterBuffer>["counts"]> } {
  const buffer = createJitterBuffer();
  const waiting = [...arrivals].sort((a, b) => a.atMs - b.atMs);
  const frames: Int16Array[] = [];
  for (let nowMs = 0; nowMs <= untilMs; nowMs += 20) {
    while (waiting[0] !== undefined && waiting[0].atMs <= nowMs) {
      const { at, length = FRAME, atMs } = waiting.shift() as Arrival;
      buffer.push((firstTimestamp + at) >>> 0, packet(at, length + spare), length, atMs);
    }
    const frame = new Int16Array(FRAME);
    buffer.read(frame, nowMs);
    frames.push(frame);
  }
  return { frames, counts: buffer.counts() };
}

/** What was heard, without the silence before and after it. */
function heard(frames: readonly Int16Array[]): number[] {
  const all = frames.flatMap((frame) => [...frame]);
  const first = all.findIndex((sample) => sample !== 0);
  const last = all.findLastIndex((sample) => sample !== 0);
  return first < 0 ? [] : all.slice(first, last + 1);
}

const sent = (frames: number) => Array.from({ length: frames * FRAME }, (_, index) => sampleAt(index));

/** Which of the frames that were sent were heard whole. */
function heardWhole(frames: readonly Int16Array[], count: number): number[] {
  const all = frames.flatMap((frame) => [...frame]);
  return Array.from({ length: count }, (_, index) => index).filter((index) => {
    const wanted = packet(index * FRAME);
    for (let at = all.indexOf(wanted[0] ?? 0); at >= 0; at = all.indexOf(wanted[0] ?? 0, at + 1)) {
      if (wanted.every((sample, place) => all[at + place] === sample)) return true;
    }
    return false;
  });
}

const regular = (frames: number, jitterMs: (index: number) => number = () => 0): Arrival[] =>
  Array.from({ length: frames }, (_, index) => ({ at: index * FRAME, atMs: index * 20 + 5 + jitterMs(index) }));

describe("the jitter buffer", () => {
  test("gives back a regular stream sample by sample, within two frames", () => {
    const { frames, counts } = play(regular(50), 1_040);
    // Then the last frame fades out.
    expect(heard(frames).slice(0, 50 * FRAME)).toEqual(sent(50));
    expect(frames.findIndex((frame) => frame.some(Boolean))).toBeLessThanOrEqual(2);
    expect(counts.late).toBe(0);
  });

  test("gives back a stream whose packets are shuffled by less than they wait, and doubled", () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.integer({ min: 0, max: 14 })),
        fc.infiniteStream(fc.boolean()),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        (delays, doubles, timestamp) => {
          const packets = regular(40, (index) => (index === 0 ? 0 : delays.next().value));
          const doubled = packets.filter(() => doubles.next().value).map((one) => ({ ...one, atMs: one.atMs + 1 }));
          const { frames } = play([...packets, ...doubled], 820, timestamp);
          expect(heard(frames).slice(0, 40 * FRAME)).toEqual(sent(40));
        },
      ),
      { numRuns: 50 },
    );
  });

  test("puts back in order what arrives in the wrong one", () => {
    // Each pair is swapped within one tick.
    const arrivals = regular(40).map((one, index) => ({
      ...one,
      atMs: Math.floor(index / 2) * 40 + (index === 0 ? 0 : 20) + (index % 2 === 0 ? 6 : 5),
    }));
    expect(heard(play(arrivals, 1_000).frames).slice(0, 40 * FRAME)).toEqual(sent(40));
  });

  test("plays packets of 10, 30 and 60 ms like those of 20", () => {
    for (const [length, everyMs] of [
      [80, 10],
      [240, 30],
      [480, 60],
    ] as const) {
      const arrivals = Array.from({ length: 2_400 / length }, (_, index) => ({ at: index * length, length, atMs: 5 + index * everyMs }));
      const { frames } = play(arrivals, 700);
      // Longer packets come in time only after the buffer has learnt to wait; nothing of theirs is lost.
      expect(heardWhole(frames, 15)).toHaveLength(15);
    }
  });

  test("repeats the last frame more and more softly where packets are lost, then falls silent", () => {
    const arrivals = regular(30).filter((_, index) => index < 10 || index >= 20);
    const { frames, counts } = play(arrivals, 620);
    const first = frames.findIndex((frame) => frame.some(Boolean));
    const levels = frames.slice(first + 10, first + 20).map((frame) => Math.max(...frame));
    expect(levels[0]).toBeGreaterThan(levels[1] ?? 0);
    expect(levels[1]).toBeGreaterThan(levels[2] ?? 0);
    expect(levels.slice(3)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    // What came after the gap plays at its own time.
    expect([...(frames[first + 20] ?? [])]).toEqual([...packet(20 * FRAME)]);
    expect(counts.concealed).toBeGreaterThanOrEqual(3);
  });

  test("waits longer once packets were late, so that the next ones as late are in time", () => {
    const arrivals = regular(200, (index) => (index >= 20 && index % 5 === 0 ? 55 : 0));
    const { frames, counts } = play(arrivals, 4_100);
    const whole = new Set(heardWhole(frames, 200));
    const lost = Array.from({ length: 200 }, (_, index) => index).filter((index) => !whole.has(index));
    // Two stragglers teach it.
    expect(lost.filter((index) => index > 40)).toEqual([]);
    expect(counts.late).toBeLessThanOrEqual(3);
  });

  test("does not wait longer for a single straggler", () => {
    const { frames, counts } = play(
      regular(100, (index) => (index === 20 ? 70 : 0)),
      2_040,
    );
    expect(heardWhole(frames, 100)).toHaveLength(99);
    expect(counts.late).toBe(1);
    // The straggler's own frame, and the fading after the last.
    expect(counts.concealed).toBeLessThanOrEqual(1 + 3);
  });

  test("waits less again once the line is calm and quiet", () => {
    const buffer = createJitterBuffer();
    const frame = new Int16Array(FRAME);
    const quiet = new Int16Array(FRAME).fill(3);
    const delays: number[] = [];
    for (let index = 0; index < 400; index += 1) {
      const nowMs = index * 20;
      // One burst of 100 ms, then calm.
      if (index < 20 || index > 25) buffer.push(index * FRAME, quiet, FRAME, nowMs - 5);
      if (index === 25) for (let old = 20; old <= 25; old += 1) buffer.push(old * FRAME, quiet, FRAME, nowMs - 5);
      buffer.read(frame, nowMs);
      delays.push(buffer.counts().delayMs);
    }
    expect(delays[30]).toBeGreaterThan(80);
    expect(delays.at(-1)).toBeLessThanOrEqual(40);
  });

  test("never waits longer than its bound, nor breaks, whatever arrives", () => {
    const arrival = fc.record({
      at: fc.integer({ min: -9_000, max: 9_000 }),
      length: fc.integer({ min: 0, max: 5_000 }),
      atMs: fc.integer({ min: 0, max: 1_000 }),
    });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 80 }), (arrivals) => {
        const { frames, counts } = play(arrivals, 1_100);
        expect(counts.delayMs).toBeLessThanOrEqual(520);
        for (const frame of frames) expect(frame.includes(-32_768)).toBe(false);
      }),
    );
  });

  test("plays the same whether packets and frames lie in one piece of its memory or across its end, and are moved whole or by the sample", () => {
    const arrival = fc.record({
      at: fc.integer({ min: 0, max: 60 }).map((place) => place * 80),
      length: fc.constantFrom(80, FRAME, FRAME, 480),
      atMs: fc.integer({ min: 0, max: 600 }),
    });
    const mostly = fc
      .array(fc.integer({ min: 0, max: 30 }), { minLength: 30, maxLength: 30 })
      .map((delays) => regular(30, (index) => delays[index] ?? 0));
    fc.assert(
      fc.property(fc.oneof(mostly, fc.array(arrival, { maxLength: 60 })), fc.integer({ min: 0, max: 4_095 }), (arrivals, place) => {
        const plain = play(arrivals, 900, 0);
        expect(play(arrivals, 900, place)).toEqual(plain);
        expect(play(arrivals, 900, place, 1)).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  test("starts anew where timestamps leap, and where a far end has paused its clock", () => {
    for (const leap of [1_000_000, -1_000_000]) {
      const arrivals = regular(40).map((one, index) => ({ ...one, at: index < 20 ? one.at : one.at + leap * FRAME }));
      const last = play(arrivals, 800).frames.at(-1);
      expect(last?.some(Boolean)).toBe(true);
    }
    const paused = regular(40).map((one, index) => ({ ...one, atMs: index < 20 ? one.atMs : one.atMs + 400 }));
    const { frames, counts } = play(paused, 1_260);
    expect(heardWhole(frames, 40).length).toBeGreaterThanOrEqual(39);
    expect(counts.late).toBe(0);
  });
});
