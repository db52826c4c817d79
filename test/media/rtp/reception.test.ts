import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createReception } from "../../../src/media/rtp/reception.ts";

describe("what is received", () => {
  test("is counted by sequence numbers, across the wrap", () => {
    const reception = createReception();
    for (let index = 0; index < 100; index += 1) if (index % 10 !== 3) reception.accept(7, (0xffe0 + index) & 0xffff);
    expect(reception.totals()).toMatchObject({ received: 90, lost: 10 });
    expect(reception.report()).toMatchObject({
      ssrc: 7,
      lost: 10,
      fractionLost: Math.floor((10 * 256) / 100),
      highestSequence: 0xffe0 + 99,
    });
  });

  test("has a fraction of loss for each report's own interval", () => {
    const reception = createReception();
    for (let index = 0; index < 50; index += 1) if (index % 2 === 0 || index === 49) reception.accept(7, index);
    expect(reception.report()?.fractionLost).toBe(Math.floor((24 * 256) / 50));
    for (let index = 50; index < 100; index += 1) reception.accept(7, index);
    expect(reception.report()).toMatchObject({ fractionLost: 0, lost: 24 });
  });

  test("never shows a loss where packets were only reordered, and a negative one where they were doubled", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (start, order) => {
        const reception = createReception();
        for (let group = 0; group < 10; group += 1)
          for (const place of [0, ...order.map((one) => one + 1)]) reception.accept(7, (start + group * 9 + place) & 0xffff);
        expect(reception.report()?.lost).toBe(0);
      }),
    );
    const doubled = createReception();
    for (let index = 0; index < 10; index += 1) for (const _ of [1, 2]) doubled.accept(7, index);
    expect(doubled.report()?.lost).toBe(-10);
    expect(doubled.totals().lost).toBe(0);
  });

  test("has the jitter of RFC 3550 §A.8", () => {
    const reception = createReception();
    reception.accept(7, 0);
    // Every other packet is 10 ms (80 samples) late: the estimate tends to 80.
    for (let index = 0; index < 400; index += 1) reception.arrived((0xffff_0000 + index * 160) >>> 0, index * 160 + (index % 2) * 80);
    expect(reception.totals().jitterSamples).toBeCloseTo(80, 3);
    const regular = createReception();
    regular.accept(7, 0);
    for (let index = 0; index < 400; index += 1) regular.arrived((0xffff_0000 + index * 160) >>> 0, 12_345 + index * 160);
    expect(regular.totals().jitterSamples).toBe(0);
  });
});

describe("another source", () => {
  test("is believed at its second packet in a row", () => {
    const reception = createReception();
    expect(reception.accept(7, 1)).toBe("restart");
    expect([reception.accept(8, 100), reception.accept(8, 101), reception.accept(8, 102)]).toEqual(["ignore", "restart", "play"]);
    expect(reception.totals()).toMatchObject({ received: 3, lost: 0 });
  });

  test("is not believed while the first one goes on and it does not continue", () => {
    const reception = createReception();
    for (let index = 0; index < 20; index += 1) {
      expect(reception.accept(7, index)).toBe(index === 0 ? "restart" : "play");
      expect(reception.accept(8, index * 3)).toBe("ignore");
    }
  });

  test("is what a leap of the sequence makes of the same one", () => {
    const reception = createReception();
    reception.accept(7, 10);
    expect([reception.accept(7, 30_000), reception.accept(7, 11), reception.accept(7, 31_000), reception.accept(7, 31_001)]).toEqual([
      "ignore",
      "play",
      "ignore",
      "restart",
    ]);
  });
});
