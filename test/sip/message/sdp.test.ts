import { describe, expect, test } from "bun:test";
import { laidOut } from "../../../src/sip/message/sdp-answer.ts";
import {
  isInternalAddress,
  type LocalMedia,
  mirrored,
  type OwnSide,
  parseSdp,
  type PeerMedia,
  remoteMedia,
  writeSdp,
} from "../../../src/sip/message/sdp.ts";

const local: LocalMedia = {
  sessionId: 1,
  version: 1,
  address: "198.51.100.7",
  port: 40_000,
  codecs: ["PCMA", "PCMU"],
  direction: "sendrecv",
  crypto: [],
  secureOnly: false,
};
const own: OwnSide = { codecs: ["PCMA", "PCMU"], signalling: "198.51.100.1", latch: true, keyed: false, secureOnly: false };
const describe_ = (media: string[], session: string[] = ["c=IN IP4 198.51.100.9"]) =>
  ["v=0", "o=x 1 1 IN IP4 198.51.100.9", "s=-", ...session, "t=0 0", ...media, ""].join("\r\n");
const parsed = (...media: string[]): PeerMedia => {
  const peer = parseSdp(describe_(media));
  if (peer === undefined) throw new Error("no audio was found");
  return peer;
};

describe("our offer", () => {
  test("lists the codecs in order, telephone-event, 20 ms, rtcp-mux", () => {
    expect(writeSdp(local).split("\r\n")).toEqual([
      "v=0",
      "o=outdial 1 1 IN IP4 198.51.100.7",
      "s=-",
      "c=IN IP4 198.51.100.7",
      "t=0 0",
      "m=audio 40000 RTP/AVP 8 0 101",
      "a=rtpmap:8 PCMA/8000",
      "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:101 telephone-event/8000",
      "a=fmtp:101 0-16",
      "a=ptime:20",
      "a=sendrecv",
      "a=rtcp-mux",
      "",
    ]);
  });
  test("over IPv6 says IP6", () => expect(writeSdp({ ...local, address: "2001:db8::7" })).toContain("c=IN IP6 2001:db8::7"));
  test("with a key it is offered beside RTP/AVP, or demanded with RTP/SAVP", () => {
    const crypto = [
      { suite: "AES_CM_128_HMAC_SHA1_80", key: "inline:abc" },
      { suite: "AES_CM_128_HMAC_SHA1_32", key: "inline:def" },
    ];
    expect(writeSdp({ ...local, crypto })).toMatch(
      /m=audio 40000 RTP\/AVP[^]*a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\na=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:def\r\n/,
    );
    expect(writeSdp({ ...local, crypto, secureOnly: true })).toContain("RTP/SAVP");
  });
  test("is read back as it was meant", () =>
    expect(parseSdp(writeSdp(local))).toMatchObject({
      address: "198.51.100.7",
      port: 40_000,
      telephoneEvent: 101,
      rtcpMux: true,
      direction: "sendrecv",
      ptimeMs: 20,
    }));
});

describe("our answer", () => {
  test("takes the peer's first codec that we know, under the peer's numbers", () => {
    const offer = parsed("m=audio 30000 RTP/AVP 18 96 0 100", "a=rtpmap:96 pcma/8000", "a=rtpmap:100 telephone-event/8000");
    expect(writeSdp(local, offer)).toMatch(/m=audio 40000 RTP\/AVP 96 100\r\na=rtpmap:96 PCMA\/8000\r\na=rtpmap:100 telephone-event/);
  });
  test("has the suite that the peer offered, with our key", () => {
    const offer = parsed("m=audio 30000 RTP/SAVP 0", "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:QUJD");
    const crypto = [
      { suite: "AES_CM_128_HMAC_SHA1_80", key: "inline:abc" },
      { suite: "AES_CM_128_HMAC_SHA1_32", key: "inline:def" },
    ];
    expect(writeSdp({ ...local, crypto }, offer).match(/a=crypto.*/g)).toEqual(["a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:def"]);
  });
  test("has the offer's profile, feedback included", () =>
    expect(writeSdp(local, parsed("m=audio 30000 RTP/AVPF 0"))).toContain("m=audio 40000 RTP/AVPF 0\r\n"));
  test("has a line for each stream of the offer, in its order: all but the audio are declined", () => {
    const text = describe_([
      "m=video 5000 RTP/AVPF 96 97",
      "a=rtpmap:96 VP8/90000",
      "m=audio 30000 RTP/AVP 8",
      "a=sendrecv",
      "m=text 6000 RTP/AVP 98",
      "m=audio 7000 RTP/AVP 0",
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    ]);
    const lines = laidOut(writeSdp(local, parseSdp(text)), text).split("\r\n");
    expect(lines.filter((line) => line.startsWith("m="))).toEqual([
      "m=video 0 RTP/AVPF 96 97",
      "m=audio 40000 RTP/AVP 8",
      "m=text 0 RTP/AVP 98",
      "m=audio 0 RTP/AVP 0",
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    ]);
    expect(lines.slice(lines.indexOf("m=audio 40000 RTP/AVP 8"), lines.indexOf("m=text 0 RTP/AVP 98"))).toContain("a=rtpmap:8 PCMA/8000");
  });
  test("to an offer of one stream is that stream alone", () => {
    const text = describe_(["m=audio 30000 RTP/AVP 8"]);
    expect(laidOut(writeSdp(local, parseSdp(text)), text)).toBe(writeSdp(local, parseSdp(text)));
  });
  test("without telephone-event or rtcp-mux in the offer there is none in it", () =>
    expect(writeSdp(local, parsed("m=audio 30000 RTP/AVP 0"))).not.toMatch(/telephone-event|rtcp-mux/));
});

describe("a peer's description", () => {
  test.each<[string, string[], Partial<PeerMedia>]>([
    [
      "static types need no map",
      ["m=audio 30000 RTP/AVP 0 8"],
      {
        codecs: [
          { codec: "PCMU", payloadType: 0 },
          { codec: "PCMA", payloadType: 8 },
        ],
        telephoneEvent: undefined,
      },
    ],
    ["hold by direction", ["m=audio 30000 RTP/AVP 0", "a=sendonly"], { direction: "sendonly" }],
    ["hold by an address of zeros", ["m=audio 30000 RTP/AVP 0", "c=IN IP4 0.0.0.0"], { address: "0.0.0.0", direction: "sendonly" }],
    [
      "hold by an address of zeros, both ways",
      ["m=audio 30000 RTP/AVP 0", "c=IN IP6 ::", "a=recvonly"],
      { address: "::", direction: "inactive" },
    ],
    [
      "reports on a port of their own",
      ["m=audio 30000 RTP/AVP 0", "a=rtcp:30777 IN IP4 198.51.100.9"],
      { rtcpPort: 30_777, rtcpMux: false },
    ],
    [
      "a declined stream before the one that is meant",
      ["m=audio 0 RTP/SAVP 0", "m=audio 30000 RTP/AVP 8"],
      { port: 30_000, secure: false },
    ],
    [
      "spaces that nobody asked for",
      ["m=audio 30000  RTP/AVP 0 101 ", "a=rtpmap:101  telephone-event/8000 ", "a=sendonly "],
      { telephoneEvent: 101, direction: "sendonly" },
    ],
    [
      "a key whose packets would name it is none",
      [
        "m=audio 30000 RTP/SAVP 0",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:QUJD|2^20|1:4",
        "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:REVG|2^20",
      ],
      { crypto: { tag: 2, suite: "AES_CM_128_HMAC_SHA1_80", key: "inline:REVG" } },
    ],
    ["the media's own address wins", ["m=audio 30000 RTP/AVP 0", "c=IN IP4 198.51.100.99"], { address: "198.51.100.99" }],
    [
      "video beside it is passed over",
      ["m=video 5000 RTP/AVP 31", "c=IN IP4 192.0.2.5", "m=audio 30000 RTP/AVP 8"],
      { address: "198.51.100.9", port: 30_000 },
    ],
    [
      "telephone-event at 16 kHz is another clock",
      ["m=audio 30000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/16000"],
      { telephoneEvent: undefined },
    ],
    [
      "a key with a lifetime",
      ["m=audio 30000 RTP/SAVP 0", "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:QUJD|2^20"],
      { secure: true, crypto: { tag: 2, suite: "AES_CM_128_HMAC_SHA1_32", key: "inline:QUJD" } },
    ],
    [
      "a key of an unknown suite is none",
      ["m=audio 30000 RTP/SAVP 0", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:QUJD"],
      { crypto: undefined },
    ],
  ])("%s", (_, media, expected) => expect(parsed(...media)).toMatchObject(expected));

  test.each([
    ["no audio", describe_(["m=video 5000 RTP/AVP 31"])],
    ["no address", describe_(["m=audio 3000 RTP/AVP 0"], [])],
    ["another protocol", describe_(["m=audio 3000 UDP/TLS/RTP/SAVPF 0"])],
    ["nonsense", "hello"],
    ["nothing", ""],
  ])("%s is none", (_, text) => expect(parseSdp(text)).toBeUndefined());
});

describe("what media is told of the peer", () => {
  test("directions are turned round", () =>
    expect((["sendrecv", "sendonly", "recvonly", "inactive"] as const).map(mirrored)).toEqual([
      "sendrecv",
      "recvonly",
      "sendonly",
      "inactive",
    ]));
  test.each<[string, string[], Partial<OwnSide>, object]>([
    [
      "an agreed codec",
      ["m=audio 30000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000"],
      {},
      { address: "198.51.100.9", port: 30_000, codec: "PCMA", payloadType: 8, telephoneEvent: 101, latch: true },
    ],
    ["reports on RTP's own port", ["m=audio 30000 RTP/AVP 8", "a=rtcp-mux"], {}, { rtcpMux: true, offeredEvent: 101 }],
    ["reports on another port", ["m=audio 30000 RTP/AVP 8", "a=rtcp:30009"], {}, { rtcpPort: 30_009 }],
    ["a declined stream", ["m=audio 0 RTP/AVP 8"], {}, { refused: "the stream was declined" }],
    ["no codec in common", ["m=audio 30000 RTP/AVP 18"], {}, { refused: "no codec in common" }],
    ["an inside address of an outside trunk, latching", ["m=audio 30000 RTP/AVP 8", "c=IN IP4 10.0.0.5"], {}, { address: "198.51.100.1" }],
    [
      "an inside address of an outside trunk, not latching",
      ["m=audio 30000 RTP/AVP 8", "c=IN IP4 127.0.0.1"],
      { latch: false },
      { refused: "the address 127.0.0.1 is an inside one, which takes latching" },
    ],
    [
      "a name for an address, latching",
      ["m=audio 30000 RTP/AVP 8", "c=IN IP4 media.carrier.example"],
      {},
      { address: "198.51.100.1", port: 30_000 },
    ],
    [
      "a name for an address, not latching",
      ["m=audio 30000 RTP/AVP 8", "c=IN IP4 media.carrier.example"],
      { latch: false },
      { refused: "the address media.carrier.example is a name, which takes latching" },
    ],
    [
      "an inside address of an inside trunk",
      ["m=audio 30000 RTP/AVP 8", "c=IN IP4 10.0.0.5"],
      { signalling: "10.0.0.1", latch: false },
      { address: "10.0.0.5" },
    ],
    ["SRTP demanded, none given", ["m=audio 30000 RTP/AVP 8"], { keyed: true, secureOnly: true }, { refused: "no key for SRTP in common" }],
    [
      "SRTP given, none asked for",
      ["m=audio 30000 RTP/SAVP 8", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:QUJD"],
      {},
      { refused: "no key for SRTP in common" },
    ],
    [
      "SRTP agreed",
      ["m=audio 30000 RTP/SAVP 8", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:QUJD"],
      { keyed: true },
      { crypto: { suite: "AES_CM_128_HMAC_SHA1_80", key: "inline:QUJD" } },
    ],
  ])("%s", (_, media, side, expected) => expect(remoteMedia(parsed(...media), { ...own, ...side })).toMatchObject(expected));
  test.each([
    "10.1.2.3",
    "127.0.0.1",
    "169.254.1.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "fd00::1",
    "fe80::1",
    "::ffff:10.0.0.1",
  ])("%s is an inside address", (address) => expect(isInternalAddress(address)).toBe(true));
  test.each(["8.8.8.8", "172.32.0.1", "100.128.0.1", "198.51.100.1", "2001:db8::1"])("%s is not", (address) =>
    expect(isInternalAddress(address)).toBe(false),
  );
});
