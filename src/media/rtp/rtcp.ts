// RTCP (RFC 3550 §6): our reports about a call's packets, and what is read of the far end's.

import type { ReceptionReport } from "./reception.ts";
import { readUint16, readUint32, writeUint16, writeUint32 } from "./rtp.ts";

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const DESCRIPTION = 202;
const GOODBYE = 203;
const CNAME = 1;
/** Seconds from 1900, where NTP counts from, to 1970. */
const NTP_EPOCH_SECONDS = 2_208_988_800;

/** Middle of the interval between reports (§6.2); the caller varies it by half, so that reports do not fall into step. */
export const RTCP_INTERVAL_MS = 5_000;

/** What a report is made from. `sent` is undefined when no audio left since the last one: then it is a receiver report. */
export interface RtcpFacts {
  ssrc: number;
  cname: string;
  nowEpochMs: number;
  sent: { rtpTimestamp: number; packets: number; octets: number } | undefined;
  reception: ReceptionReport | undefined;
  /** Middle 32 bits of the NTP time of the last sender report that came, and the ms since then. */
  lastReport: { ntpMiddle: number; ageMs: number } | undefined;
  goodbye: boolean;
}

/** A compound packet: SR or RR, SDES with the CNAME, and BYE at the end of a call. */
export function buildRtcp(facts: RtcpFacts): Uint8Array {
  const parts = [buildReport(facts), buildDescription(facts.ssrc, facts.cname)];
  if (facts.goodbye) parts.push(buildGoodbye(facts.ssrc));
  return Uint8Array.from(Buffer.concat(parts));
}

function packetOf(type: number, count: number, bytes: number): Uint8Array {
  const packet = new Uint8Array(bytes);
  packet[0] = 0x80 | count;
  packet[1] = type;
  writeUint16(packet, 2, bytes / 4 - 1);
  return packet;
}

function buildReport({ ssrc, nowEpochMs, sent, reception, lastReport }: RtcpFacts): Uint8Array {
  const blockAt = sent === undefined ? 8 : 28;
  const packet = packetOf(
    sent === undefined ? RECEIVER_REPORT : SENDER_REPORT,
    reception === undefined ? 0 : 1,
    blockAt + (reception === undefined ? 0 : 24),
  );
  writeUint32(packet, 4, ssrc);
  if (sent !== undefined) {
    writeUint32(packet, 8, (Math.floor(nowEpochMs / 1_000) + NTP_EPOCH_SECONDS) >>> 0);
    writeUint32(packet, 12, Math.floor(((nowEpochMs % 1_000) / 1_000) * 2 ** 32));
    writeUint32(packet, 16, sent.rtpTimestamp);
    writeUint32(packet, 20, sent.packets);
    writeUint32(packet, 24, sent.octets);
  }
  if (reception !== undefined) {
    writeUint32(packet, blockAt, reception.ssrc);
    // 24 bits with sign, kept within them (A.3).
    const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, reception.lost)) & 0xff_ffff;
    writeUint32(packet, blockAt + 4, ((reception.fractionLost << 24) | lost) >>> 0);
    writeUint32(packet, blockAt + 8, reception.highestSequence);
    writeUint32(packet, blockAt + 12, reception.jitter);
    writeUint32(packet, blockAt + 16, lastReport?.ntpMiddle ?? 0);
    writeUint32(packet, blockAt + 20, lastReport === undefined ? 0 : Math.floor((lastReport.ageMs / 1_000) * 65_536));
  }
  return packet;
}

function buildDescription(ssrc: number, cname: string): Uint8Array {
  const text = new TextEncoder().encode(cname).subarray(0, 255);
  // Chunk: SSRC, item, and at least one zero byte up to a multiple of four.
  const packet = packetOf(DESCRIPTION, 1, 4 + Math.ceil((4 + 2 + text.length + 1) / 4) * 4);
  writeUint32(packet, 4, ssrc);
  packet[8] = CNAME;
  packet[9] = text.length;
  packet.set(text, 10);
  return packet;
}

function buildGoodbye(ssrc: number): Uint8Array {
  const packet = packetOf(GOODBYE, 1, 8);
  writeUint32(packet, 4, ssrc);
  return packet;
}

/** What the far end reported. A `block` is there when it speaks of `ourSsrc`. */
interface RtcpHeard {
  senderReport: { ssrc: number; ntpMiddle: number; packets: number } | undefined;
  block: ReceptionReport | undefined;
  goodbye: boolean;
}

/** Undefined unless the whole datagram is one valid compound packet (A.2). */
export function parseRtcp(bytes: Uint8Array, ourSsrc: number): RtcpHeard | undefined {
  const heard: RtcpHeard = { senderReport: undefined, block: undefined, goodbye: false };
  if (bytes[1] !== SENDER_REPORT && bytes[1] !== RECEIVER_REPORT) return undefined;
  for (let at = 0; at < bytes.length;) {
    const length = (readUint16(bytes, at + 2) + 1) * 4;
    if (at + Math.max(length, 8) > bytes.length || (bytes[at] ?? 0) >> 6 !== 2) return undefined;
    readPart(heard, bytes.subarray(at, at + length), ourSsrc);
    at += length;
  }
  return heard;
}

function readPart(heard: RtcpHeard, part: Uint8Array, ourSsrc: number): void {
  const type = part[1];
  if (type === GOODBYE) heard.goodbye = true;
  if (type === SENDER_REPORT && part.length >= 28) {
    heard.senderReport = {
      ssrc: readUint32(part, 4),
      ntpMiddle: ((readUint16(part, 10) << 16) | readUint16(part, 12)) >>> 0,
      packets: readUint32(part, 20),
    };
  }
  if (type !== SENDER_REPORT && type !== RECEIVER_REPORT) return;
  const count = (part[0] ?? 0) & 0x1f;
  for (let index = 0, at = type === SENDER_REPORT ? 28 : 8; index < count && at + 24 <= part.length; index += 1, at += 24) {
    if (readUint32(part, at) !== ourSsrc) continue;
    const loss = readUint32(part, at + 4);
    heard.block = {
      ssrc: ourSsrc,
      fractionLost: loss >>> 24,
      lost: (loss << 8) >> 8,
      highestSequence: readUint32(part, at + 8),
      jitter: readUint32(part, at + 12),
    };
  }
}
