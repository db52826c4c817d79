import { expect, test } from "bun:test";
import { createIncoming } from "../../../src/media/rtp/incoming.ts";
import { createOutgoing } from "../../../src/media/rtp/outgoing.ts";
import { createReports } from "../../../src/media/rtp/reports.ts";
import { parseRtcp } from "../../../src/media/rtp/rtcp.ts";
import { createScratch } from "../../../src/media/rtp/scratch.ts";
import type { RemoteMedia } from "../../../src/media/protocol.ts";
import { seededRandom } from "../../../src/runtime/random.ts";
import { createFakeClock } from "../../support/fake-clock.ts";
import { rtpBytes } from "../support/peer.ts";

const remote: RemoteMedia = { address: "192.0.2.1", port: 4_000, codec: "PCMU", payloadType: 0, direction: "sendrecv", latch: false };

function start() {
  const clock = createFakeClock();
  const random = seededRandom(7);
  const sent: { bytes: Uint8Array; port: number; atMs: number; muxed: boolean }[] = [];
  const record = (muxed: boolean) => (bytes: Uint8Array, target: { port: number }) =>
    void sent.push({ bytes, port: target.port, atMs: clock.monotonicMs(), muxed });
  const ports = { port: 0, use() {}, focus() {}, release() {}, close() {}, sendRtp: record(true), sendRtcp: record(false) };
  const scratch = createScratch();
  const incoming = createIncoming(scratch, { dtmf() {}, aim() {} });
  const outgoing = createOutgoing(random, scratch, () => undefined);
  const security = { agree: () => true, sender: () => undefined, receiver: () => undefined };
  incoming.connect(remote, undefined, 0);
  const reports = createReports({ ports, clock, random, outgoing, incoming, security });
  const run = (ms: number, place: Partial<RemoteMedia> = {}) => {
    for (let passed = 0; passed < ms; passed += 20) {
      clock.advance(20);
      reports.tick(clock.monotonicMs(), { ...remote, ...place });
    }
  };
  return { clock, sent, incoming, outgoing, reports, run };
}

test("a report goes out about every five seconds, never in step, to the port above RTP's", () => {
  const { sent, run } = start();
  run(120_000);
  const gaps = sent.slice(1).map(({ atMs }, index) => atMs - (sent[index]?.atMs ?? 0));
  expect(sent[0]?.atMs).toBeLessThan(4_000);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_500);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(7_520);
  expect(new Set(gaps).size).toBeGreaterThan(10);
  expect(new Set(sent.map(({ port }) => port))).toEqual(new Set([4_001]));
});

test("a report goes to RTP's own port where both were agreed to share it", () => {
  const { sent, run } = start();
  run(10_000, { rtcpMux: true });
  expect(sent.every(({ port, muxed }) => muxed && port === 4_000)).toBe(true);
});

test("a report goes to the port that was named for it, unless the audio turned out to come from another", () => {
  const direct = start();
  direct.run(10_000, { rtcpPort: 4_777 });
  expect(new Set(direct.sent.map(({ port }) => port))).toEqual(new Set([4_777]));
  const translated = start();
  translated.run(10_000, { port: 4_100, rtcpPort: 4_777 });
  expect(new Set(translated.sent.map(({ port }) => port))).toEqual(new Set([4_001]));
});

test("what was sent, received and lost is in it, and the far end's last report is answered", () => {
  const { clock, sent, incoming, outgoing, reports, run } = start();
  outgoing.connect(remote, undefined);
  outgoing.tick(undefined);
  for (const sequence of [1, 2, 4])
    incoming.packet(
      rtpBytes({ payloadType: 0, marker: false, sequence, timestamp: sequence * 160, ssrc: 55 }, new Uint8Array(160)),
      remote.address,
      remote.port,
      clock.monotonicMs(),
    );
  // A sender report of theirs, with NTP 0x00010002.00030004.
  const theirs = Uint8Array.from([0x80, 200, 0, 6, 0, 0, 0, 55, 0, 1, 0, 2, 0, 3, 0, 4, ...Array(12).fill(0)]);
  expect([reports.receive(theirs), reports.receive(theirs.subarray(0, 20))]).toEqual([true, false]);
  run(4_000);
  const [first] = sent;
  expect(parseRtcp(first?.bytes ?? new Uint8Array(), 55)).toMatchObject({
    senderReport: { ssrc: outgoing.ssrc, packets: 1 },
    block: { lost: 1, fractionLost: 64, highestSequence: 4 },
  });
  const view = new DataView((first?.bytes ?? new Uint8Array()).buffer);
  expect(view.getUint32(44).toString(16)).toBe("20003");
  expect(view.getUint32(48) / 65_536).toBeCloseTo((first?.atMs ?? 0) / 1_000, 1);
  run(10_000);
  // Nothing more was sent: a receiver report.
  expect(sent[1]?.bytes[1]).toBe(201);
});
