import { describe, expect, test } from "bun:test";
import { createCipheriv, createHmac } from "node:crypto";
import fc from "fast-check";
import { createCallSecurity } from "../../../src/media/rtp/call-security.ts";
import { writeRtpHeader } from "../../../src/media/rtp/rtp.ts";
import { createSrtpReceiver, createSrtpSender, SRTP_OVERHEAD_BYTES, type SrtpSuite } from "../../../src/media/rtp/srtp.ts";
import { createKeystream, derive, formatKeyParameter, masterOf, parseKeyParameter } from "../../../src/media/rtp/srtp-keys.ts";
import { createReplayWindow } from "../../../src/media/rtp/srtp-replay.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex").toUpperCase();

const master = masterOf(Uint8Array.from({ length: 30 }, (_, index) => index * 7 + 1));

/** A packet in a buffer with room for what SRTP adds. */
function packetOf(sequence: number, payload: Uint8Array, ssrc = 0xcafebabe): { buffer: Uint8Array; length: number } {
  const buffer = new Uint8Array(12 + payload.length + SRTP_OVERHEAD_BYTES);
  writeRtpHeader(buffer, { payloadType: 0, marker: false, sequence: sequence & 0xffff, timestamp: sequence * 160, ssrc });
  buffer.set(payload, 12);
  return { buffer, length: 12 + payload.length };
}

describe("the vectors of RFC 3711", () => {
  test("B.2: the keystream of AES in counter mode", () => {
    const keystream = createKeystream(hex("2B7E151628AED2A6ABF7158809CF4F3C"), hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"));
    const bytes = new Uint8Array(0xff02 * 16);
    keystream.apply(bytes, 0, 0);
    const block = (index: number) => toHex(bytes.subarray(index * 16, index * 16 + 16));
    expect([0, 1, 2, 0xfeff, 0xff00, 0xff01].map(block)).toEqual([
      "E03EAD0935C95E80E166B16DD92B4EB4",
      "D23513162B02D0F72A43A2FE4A5F97AB",
      "41E95B3BB0A2E8DD477901E4FCA894C0",
      "EC8CDF7398607CB0F2D21675EA9EA1E4",
      "362B7C3C6773516318A077D7FC5073AE",
      "6A2CC3787889374FBEB4C81B17BA6C44",
    ]);
  });

  test("B.3: the derived cipher key, salt and authentication key", () => {
    const rfc = { key: hex("E1F97A0D3E018BE0D64FA32C06DE4139"), salt: hex("0EC675AD498AFEEBB6960B3AABE6") };
    expect(toHex(derive(rfc, 0, 16))).toBe("C61E7A93744F39EE10734AFE3FF7A087");
    expect(toHex(derive(rfc, 2, 14))).toBe("30CBBC08863D8C85D49DB34A9AE1");
    expect(toHex(derive(rfc, 1, 94))).toBe(
      "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2",
    );
  });
});

describe.each([
  ["AES_CM_128_HMAC_SHA1_80", 10],
  ["AES_CM_128_HMAC_SHA1_32", 4],
] as [SrtpSuite, number][])("%s", (suite, tagBytes) => {
  test("gives every payload back, across the wrap of sequence numbers, with loss and reordering", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0x7fff }),
        fc.array(fc.tuple(fc.uint8Array({ maxLength: 170 }), fc.boolean()), { maxLength: 30 }),
        (start, packets) => {
          const sender = createSrtpSender(master, suite);
          const receiver = createSrtpReceiver(master, suite);
          // Big steps, so that 2^16 is passed more than once; at most three are lost in a row, because half of 2^16 cannot be bridged.
          let sequence = start;
          for (const [index, [payload, unlucky]] of packets.entries()) {
            sequence += 7_000;
            const lost = unlucky && index % 4 > 0;
            const { buffer, length } = packetOf(sequence, payload);
            const secured = buffer.slice(0, sender.protect(buffer, length));
            expect(secured.length).toBe(length + tagBytes);
            if (!lost) expect(receiver.unprotect(secured)?.slice(12)).toEqual(payload);
          }
        },
      ),
    );
  });

  test("takes no packet twice, and late ones within 64", () => {
    const sender = createSrtpSender(master, suite);
    const receiver = createSrtpReceiver(master, suite);
    const secured = Array.from({ length: 100 }, (_, index) => {
      const { buffer, length } = packetOf(65_500 + index, Uint8Array.of(index));
      return buffer.slice(0, sender.protect(buffer, length));
    });
    const taken = (index: number) => receiver.unprotect(secured[index]?.slice() ?? new Uint8Array())?.[12];
    expect([taken(0), taken(60), taken(2), taken(2), taken(60), taken(99), taken(20), taken(40), taken(40)]).toEqual([
      0,
      60,
      2,
      undefined,
      undefined,
      99,
      undefined,
      40,
      undefined,
    ]);
  });

  test("refuses a packet in which any one bit was changed", () => {
    const sender = createSrtpSender(master, suite);
    const { buffer, length } = packetOf(
      1,
      Uint8Array.from({ length: 8 }, (_, index) => index),
    );
    const secured = buffer.slice(0, sender.protect(buffer, length));
    for (let bit = 0; bit < secured.length * 8; bit += 1) {
      const changed = secured.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(createSrtpReceiver(master, suite).unprotect(changed)).toBeUndefined();
    }
    expect(createSrtpReceiver(master, suite).unprotect(secured.slice())).toBeDefined();
  });

  test("encrypts: the payload is not on the wire, and equals what plain AES-CTR makes of it", () => {
    const payload = Uint8Array.from({ length: 160 }, () => 0x55);
    const { buffer, length } = packetOf(77, payload);
    createSrtpSender(master, suite).protect(buffer, length);
    const iv = Buffer.alloc(16);
    iv.set(derive(master, 2, 14));
    iv.writeUInt32BE((iv.readUInt32BE(4) ^ 0xcafebabe) >>> 0, 4);
    iv.writeUInt32BE((iv.readUInt32BE(10) ^ 77) >>> 0, 10);
    const independent = createCipheriv("aes-128-ctr", derive(master, 0, 16), iv).update(payload);
    expect(buffer.slice(12, 172)).toEqual(Uint8Array.from(independent));
    const tag = createHmac("sha1", derive(master, 1, 20))
      .update(buffer.subarray(0, 172))
      .update(Buffer.alloc(4))
      .digest();
    expect(buffer.slice(172, 172 + tagBytes)).toEqual(Uint8Array.from(tag.subarray(0, tagBytes)));
  });

  test("secures RTCP likewise", () => {
    const report = Uint8Array.from([0x80, 201, 0, 1, 1, 2, 3, 4, 0x81, 202, 0, 1, 9, 9, 9, 9]);
    const sender = createSrtpSender(master, suite);
    const receiver = createSrtpReceiver(master, suite);
    const secured = sender.protectRtcp(report);
    expect(secured.length).toBe(report.length + 14);
    expect(secured.slice(8, 16)).not.toEqual(report.slice(8, 16));
    const forged = secured.slice();
    forged[9] = (forged[9] ?? 0) ^ 1;
    expect([receiver.unprotectRtcp(forged), receiver.unprotectRtcp(secured.slice()), receiver.unprotectRtcp(secured.slice())]).toEqual([
      undefined,
      report,
      undefined,
    ]);
  });
});

test("a receiver with another key, or fed with any bytes, takes nothing", () => {
  const receiver = createSrtpReceiver(masterOf(new Uint8Array(30)), "AES_CM_128_HMAC_SHA1_80");
  const { buffer, length } = packetOf(1, new Uint8Array(160));
  const secured = buffer.slice(0, createSrtpSender(master, "AES_CM_128_HMAC_SHA1_80").protect(buffer, length));
  expect(receiver.unprotect(secured)).toBeUndefined();
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      (bytes) => receiver.unprotect(bytes.slice()) === undefined && receiver.unprotectRtcp(bytes.slice()) === undefined,
    ),
  );
});

test("a replay window knows the last 64", () => {
  const window = createReplayWindow();
  [5, 70, 69].forEach((index) => window.note(index));
  expect([5, 6, 7, 69, 70, 71].map((index) => window.isNew(index))).toEqual([false, false, true, false, false, true]);
});

describe("a key parameter", () => {
  const text = formatKeyParameter(Uint8Array.from({ length: 30 }, (_, index) => index * 7 + 1));

  test("is read as it was written, with or without a lifetime", () => {
    expect(parseKeyParameter(text)).toEqual(master);
    expect(parseKeyParameter(`${text}|2^20`)).toEqual(master);
  });

  test.each(["", "inline:", "inline:AAAA", `${text}|2^20|1:4`, `${text}|1:4`, text.replace("inline:", ""), `${text}!`])(
    "'%s' is refused",
    (broken) => {
      expect(parseKeyParameter(broken)).toBeUndefined();
    },
  );

  test("that cannot be used is a failure of the call's security, never audio in the clear", () => {
    const ours = { suite: "AES_CM_128_HMAC_SHA1_80", key: text };
    expect(createCallSecurity([ours]).agree({ suite: "AES_256_CM_HMAC_SHA1_80", key: text })).toBe(false);
    expect(createCallSecurity([ours]).agree({ suite: ours.suite, key: "inline:x" })).toBe(false);
    expect(createCallSecurity([]).agree(ours)).toBe(false);
  });

  test("that stays the same keeps its counters over a re-INVITE", () => {
    const security = createCallSecurity([{ suite: "AES_CM_128_HMAC_SHA1_80", key: text }]);
    security.agree({ suite: "AES_CM_128_HMAC_SHA1_80", key: text });
    const before = { sender: security.sender(), receiver: security.receiver() };
    security.agree({ suite: "AES_CM_128_HMAC_SHA1_80", key: text });
    expect({ sender: security.sender(), receiver: security.receiver() }).toEqual(before);
    expect(security.sender()).toBe(before.sender);
  });
});
