import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { buildRtcp, parseRtcp, type RtcpFacts } from "../../../src/media/rtp/rtcp.ts";

const facts: RtcpFacts = {
  ssrc: 0x11223344,
  cname: "anonymous",
  nowEpochMs: Date.UTC(2026, 0, 1, 0, 0, 0, 500),
  sent: { rtpTimestamp: 0xdeadbeef, packets: 250, octets: 40_000 },
  reception: { ssrc: 0x55667788, fractionLost: 26, lost: -3, highestSequence: 0x1_0005, jitter: 17 },
  lastReport: { ntpMiddle: 0xabcd_ef01, ageMs: 1_500 },
  goodbye: false,
};

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("our reports", () => {
  test("have the layout of RFC 3550 §6.4.1, then the name", () => {
    const packet = hex(buildRtcp(facts));
    // Seconds from 1900 to 2026-01-01: 3,976,214,400.
    expect(packet.slice(0, 104)).toBe(
      [
        "81c8000c",
        "11223344",
        (3_976_214_400).toString(16),
        "80000000",
        "deadbeef",
        "000000fa",
        "00009c40",
        "55667788",
        "1afffffd",
        "00010005",
        "00000011",
        "abcdef01",
        "00018000",
      ].join(""),
    );
    expect(packet.slice(104)).toBe(`81ca0004112233440109${hex(new TextEncoder().encode("anonymous"))}00`);
  });

  test("are receiver reports when nothing was sent, and end with BYE when the call does", () => {
    const packet = buildRtcp({ ...facts, sent: undefined, lastReport: undefined, goodbye: true });
    expect(hex(packet.slice(0, 8))).toBe("81c9000711223344");
    expect(hex(packet.slice(-8))).toBe("81cb000111223344");
    expect(parseRtcp(packet, 0x55667788)).toMatchObject({ goodbye: true, senderReport: undefined });
  });

  test("are read by a far end as they were meant", () => {
    expect(parseRtcp(buildRtcp(facts), 0x55667788)).toEqual({
      senderReport: { ssrc: facts.ssrc, ntpMiddle: ((3_976_214_400 & 0xffff) * 0x1_0000 + 0x8000) >>> 0, packets: 250 },
      block: facts.reception,
      goodbye: false,
    });
    expect(parseRtcp(buildRtcp(facts), 1)?.block).toBeUndefined();
  });

  test("are always whole words long, whatever the name", () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (cname) => expect(parseRtcp(buildRtcp({ ...facts, cname }), 1)).toBeDefined()));
  });
});

describe("reports that are read", () => {
  test("have to be whole, and begin with a report", () => {
    const whole = buildRtcp(facts);
    for (let length = 0; length < whole.length; length += 1)
      if (length !== 52) expect(parseRtcp(whole.subarray(0, length), 1)).toBeUndefined();
    expect(parseRtcp(whole.subarray(52), 1)).toBeUndefined();
  });

  test("never throw, nor loop, over any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => void parseRtcp(Uint8Array.from([0x81, 200, ...bytes]), 1)));
  });
});
