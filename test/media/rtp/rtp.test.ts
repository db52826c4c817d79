import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isRtcp, parseRtp, sequenceDistance, timestampDistance, writeRtpHeader } from "../../../src/media/rtp/rtp.ts";

const header = fc.record({
  payloadType: fc.integer({ min: 0, max: 127 }),
  marker: fc.boolean(),
  sequence: fc.integer({ min: 0, max: 0xffff }),
  timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
  ssrc: fc.integer({ min: 0, max: 0xffff_ffff }),
});

describe("RTP packets", () => {
  test("come back as they were written", () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 200 }), (written, payload) => {
        const bytes = new Uint8Array(12 + payload.length);
        writeRtpHeader(bytes, written);
        bytes.set(payload, 12);
        expect(parseRtp(bytes)).toEqual({ ...written, start: 12, end: bytes.length });
      }),
    );
  });

  test("lose their contributing sources, header extension and padding", () => {
    // V=2, padding, extension, two CSRCs; PT 0 with marker.
    const bytes = Uint8Array.from([
      0xb2,
      0x80,
      0,
      7,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      2,
      ...Array(8).fill(9),
      0xbe,
      0xde,
      0,
      1,
      1,
      2,
      3,
      4,
      0xaa,
      0xbb,
      0,
      2,
    ]);
    expect(parseRtp(bytes)).toMatchObject({ start: 28, end: 30 });
  });

  test.each([
    ["shorter than a header", [0x80, 0, 0, 1]],
    ["of another version", [0x40, ...Array(20).fill(0)]],
    ["with more contributing sources than bytes", [0x8f, ...Array(20).fill(0)]],
    ["with an extension that runs past the end", [0x90, ...Array(11).fill(0), 0, 0, 0xff, 0xff]],
    ["with more padding than payload", [0xa0, ...Array(11).fill(0), 1, 2, 9]],
    ["with padding of zero bytes", [0xa0, ...Array(11).fill(0), 1, 2, 0]],
  ])("%s are refused", (_, bytes) => {
    expect(parseRtp(Uint8Array.from(bytes))).toBeUndefined();
  });

  test("of any bytes never throw", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void parseRtp(bytes)));
  });

  test("are told from RTCP on a shared port by their type", () => {
    const typed = (type: number) => Uint8Array.from([0x80, type, 0, 1, 0, 0, 0, 0]);
    expect([200, 201, 203, 0, 8, 101, 0x80].map((type) => isRtcp(typed(type)))).toEqual([true, true, true, false, false, false, false]);
  });
});

describe("numbers that wrap", () => {
  test.each([
    [1, 0xffff, 2],
    [0xffff, 1, -2],
    [0x8000, 0, -0x8000],
    [5, 5, 0],
  ])("sequence %i is %i's %i", (later, earlier, distance) => {
    expect(sequenceDistance(later, earlier)).toBe(distance);
  });

  test("timestamps add up across the wrap", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: -1_000_000, max: 1_000_000 }), (start, step) => {
        expect(timestampDistance((start + step) >>> 0, start)).toBe(step);
      }),
    );
  });
});
