import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createAudioQueue } from "../../src/bots/stream-queue.ts";

/** Byte `index` of what is said: no two neighbours alike, and never silence. */
const byteAt = (index: number) => 1 + (index % 120);
const sound = (from: number, length: number) => Uint8Array.from({ length }, (_, index) => byteAt(from + index));

function listen() {
  const marks: string[] = [];
  const queue = createAudioQueue((name) => void marks.push(name));
  const frame = new Uint8Array(160);
  const next = (isLast = false) => (queue.next(frame, isLast) ? [...frame] : undefined);
  return { queue, marks, next };
}

describe("what a bot has said", () => {
  test("pieces of any size come out in frames, sample for sample", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const { queue, next } = listen();
        let said = 0;
        for (const size of sizes) {
          queue.push(sound(said, size));
          said += size;
        }
        const heard: number[] = [];
        for (let frame = next(true); frame !== undefined; frame = next(true)) heard.push(...frame);
        expect(heard.slice(0, said)).toEqual([...sound(0, said)]);
        expect(heard.length).toBe(Math.ceil(said / 160) * 160);
        expect(heard.slice(said).every((byte) => byte === 0xff)).toBe(true);
      }),
    );
  });

  test("a rest waits for the piece that is on its way, so that no silence falls into a word", () => {
    const { queue, next } = listen();
    queue.push(sound(0, 200));
    expect(next()).toEqual([...sound(0, 160)]);
    expect(next()).toBeUndefined();
    queue.push(sound(200, 120));
    expect(next()).toEqual([...sound(160, 160)]);
  });

  test("a rest that nothing follows is filled up with silence after 40 ms", () => {
    const { queue, next } = listen();
    queue.push(sound(0, 10));
    expect([next(), next()]).toEqual([undefined, undefined]);
    expect(next()).toEqual([...sound(0, 10), ...new Array<number>(150).fill(0xff)]);
    expect(next()).toBeUndefined();
  });

  test("a mark is told when what was said before it is handed out, and not earlier", () => {
    const { queue, marks, next } = listen();
    queue.mark("at once");
    queue.push(sound(0, 160));
    queue.mark("first");
    queue.push(sound(160, 80));
    queue.mark("second");
    queue.mark("third");
    queue.push(sound(240, 240));
    expect(marks).toEqual(["at once"]);
    next();
    expect(marks).toEqual(["at once", "first"]);
    next();
    expect(marks).toEqual(["at once", "first", "second", "third"]);
    queue.mark("last");
    expect(marks).toHaveLength(4);
    next();
    expect(marks.at(-1)).toBe("last");
  });

  test("clear drops the sound and gives the marks that waited", () => {
    const { queue, marks, next } = listen();
    queue.push(sound(0, 1_000));
    queue.mark("a");
    queue.push(sound(1_000, 1_000));
    queue.mark("b");
    next();
    expect(queue.clear()).toEqual(["a", "b"]);
    expect(next()).toBeUndefined();
    expect(queue.clear()).toEqual([]);
    expect(marks).toEqual([]);
    queue.push(sound(0, 160));
    expect(next()).toEqual([...sound(0, 160)]);
  });

  test("ten minutes wait, and what exceeds them is dropped", () => {
    const { queue } = listen();
    const minute = new Uint8Array(60 * 8_000);
    const taken = Array.from({ length: 11 }, () => queue.push(minute));
    expect(taken).toEqual([...new Array<boolean>(10).fill(true), false]);
  });

  test("crumbs are bounded too, and a mark that finds no room is told at once", () => {
    const { queue, marks } = listen();
    let taken = 0;
    while (queue.push(new Uint8Array(1)) && taken < 100_000) taken += 1;
    expect(taken).toBe(60_000);
    queue.mark("too many");
    expect(marks).toEqual(["too many"]);
  });

  test("a long talk in small pieces is played to its end", () => {
    const { queue, next } = listen();
    for (let index = 0; index < 5_000; index += 1) {
      queue.push(sound(index * 160, 160));
      expect(next()?.[0]).toBe(byteAt(index * 160));
    }
    expect(next()).toBeUndefined();
  });
});
