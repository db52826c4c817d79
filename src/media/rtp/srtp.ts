// SRTP (RFC 3711) with keys from SDP (RFC 4568): AES in counter mode and HMAC-SHA1, for RTP and RTCP.
// The cipher's blocks and the key derivation are in srtp-keys.ts.

import { createHmac, timingSafeEqual } from "node:crypto";
import { isRtcp, readUint16, readUint32, rtpPayloadStart, writeUint32 } from "./rtp.ts";
import { createReplayWindow, type ReplayWindow } from "./srtp-replay.ts";
import { deriveKeys, type SessionKeys, type SrtpMaster } from "./srtp-keys.ts";

/** Bytes of the tag on RTP; that on RTCP is 10 in both (RFC 4568 §6.2). */
const rtpTagBytes = { AES_CM_128_HMAC_SHA1_80: 10, AES_CM_128_HMAC_SHA1_32: 4 } as const;

/** The suites of RFC 4568 that every trunk has. */
export type SrtpSuite = keyof typeof rtpTagBytes;

const RTCP_TAG_BYTES = 10;
const RTCP_INDEX_BYTES = 4;
const ENCRYPTED = 0x8000_0000;

/** Room that `protect` needs behind the packet. */
export const SRTP_OVERHEAD_BYTES = RTCP_TAG_BYTES + RTCP_INDEX_BYTES;

/** Whether the suite that SDP names can be used. */
export function isSrtpSuite(suite: string): suite is SrtpSuite {
  return suite in rtpTagBytes;
}

/** One direction of one call. */
export interface SrtpSender {
  /** Encrypts and signs the first `length` bytes of `buffer` in place; answers the new length. */
  protect(buffer: Uint8Array, length: number): number;
  protectRtcp(packet: Uint8Array): Uint8Array;
}

/** The other direction, whatever SSRCs it has. */
export interface SrtpReceiver {
  /** The packet in the clear (decrypted in place), or undefined for one that is forged, damaged or repeated. */
  unprotect(packet: Uint8Array): Uint8Array | undefined;
  unprotectRtcp(packet: Uint8Array): Uint8Array | undefined;
}

/** One SSRC sends with it: its rollover counter follows the sequence numbers. */
export function createSrtpSender(master: SrtpMaster, suite: SrtpSuite): SrtpSender {
  const keys = deriveKeys(master);
  const tagBytes = rtpTagBytes[suite];
  let rollover = 0;
  let lastSequence = -1;
  let rtcpIndex = 0;
  return {
    protect(buffer, length) {
      const sequence = readUint16(buffer, 2);
      if (lastSequence > sequence) rollover += 1;
      lastSequence = sequence;
      keys.rtp.keystream.apply(
        buffer.subarray(rtpPayloadStart(buffer.subarray(0, length)), length),
        readUint32(buffer, 8),
        rollover * 0x1_0000 + sequence,
      );
      buffer.set(rtpTag(keys, buffer.subarray(0, length), rollover).subarray(0, tagBytes), length);
      return length + tagBytes;
    },
    protectRtcp(packet) {
      rtcpIndex = (rtcpIndex + 1) % ENCRYPTED;
      const secured = new Uint8Array(packet.length + RTCP_INDEX_BYTES + RTCP_TAG_BYTES);
      secured.set(packet);
      keys.rtcp.keystream.apply(secured.subarray(8, packet.length), readUint32(packet, 4), rtcpIndex);
      writeUint32(secured, packet.length, (rtcpIndex | ENCRYPTED) >>> 0);
      const tagAt = packet.length + RTCP_INDEX_BYTES;
      secured.set(
        createHmac("sha1", keys.rtcp.authentication).update(secured.subarray(0, tagAt)).digest().subarray(0, RTCP_TAG_BYTES),
        tagAt,
      );
      return secured;
    },
  };
}

/** The tag covers the packet and the rollover counter, which does not travel (§4.2). */
function rtpTag(keys: SessionKeys, packet: Uint8Array, rollover: number): Uint8Array {
  const counter = new Uint8Array(4);
  writeUint32(counter, 0, rollover);
  return createHmac("sha1", keys.rtp.authentication).update(packet).update(counter).digest();
}

/** How far one SSRC has come; made only by a packet that proved authentic. */
interface StreamState {
  rollover: number;
  highest: number;
  replay: ReplayWindow;
}

const MOST_STREAMS = 8;

/** Keeps a rollover counter and a replay window for each of the last eight SSRCs. */
export function createSrtpReceiver(master: SrtpMaster, suite: SrtpSuite): SrtpReceiver {
  const keys = deriveKeys(master);
  const tagBytes = rtpTagBytes[suite];
  const streams = new Map<number, StreamState>();
  const rtcpReplay = createReplayWindow();
  return {
    unprotect(packet) {
      const length = packet.length - tagBytes;
      const clear = packet.subarray(0, Math.max(0, length));
      const payloadAt = rtpPayloadStart(clear);
      if (payloadAt < 0) return undefined;
      const ssrc = readUint32(packet, 8);
      const sequence = readUint16(packet, 2);
      const stream = streams.get(ssrc) ?? { rollover: 0, highest: sequence, replay: createReplayWindow() };
      const rollover = guessRollover(stream, sequence);
      const index = rollover * 0x1_0000 + sequence;
      if (rollover < 0 || !stream.replay.isNew(index)) return undefined;
      if (!timingSafeEqual(rtpTag(keys, clear, rollover).subarray(0, tagBytes), packet.subarray(length))) return undefined;
      stream.replay.note(index);
      if (index > stream.rollover * 0x1_0000 + stream.highest) Object.assign(stream, { rollover, highest: sequence });
      if (!streams.has(ssrc)) remember(streams, ssrc, stream);
      keys.rtp.keystream.apply(clear.subarray(payloadAt), ssrc, index);
      return clear;
    },
    unprotectRtcp: (packet) => unprotectRtcp(keys, rtcpReplay, packet),
  };
}

function remember(streams: Map<number, StreamState>, ssrc: number, stream: StreamState): void {
  for (const oldest of streams.keys()) {
    if (streams.size < MOST_STREAMS) break;
    streams.delete(oldest);
  }
  streams.set(ssrc, stream);
}

/** §3.3.1: the counter that puts the packet nearest to the highest one seen. Below 0: from before the stream began. */
function guessRollover({ rollover, highest }: StreamState, sequence: number): number {
  if (highest < 0x8000) return sequence - highest > 0x8000 ? rollover - 1 : rollover;
  return highest - 0x8000 > sequence ? rollover + 1 : rollover;
}

function unprotectRtcp(keys: SessionKeys, replay: ReplayWindow, packet: Uint8Array): Uint8Array | undefined {
  const tagAt = packet.length - RTCP_TAG_BYTES;
  const end = tagAt - RTCP_INDEX_BYTES;
  if (end < 8 || !isRtcp(packet)) return undefined;
  const field = readUint32(packet, end);
  const index = field & 0x7fff_ffff;
  const tag = createHmac("sha1", keys.rtcp.authentication).update(packet.subarray(0, tagAt)).digest().subarray(0, RTCP_TAG_BYTES);
  if (!replay.isNew(index) || !timingSafeEqual(tag, packet.subarray(tagAt))) return undefined;
  replay.note(index);
  if (field >= ENCRYPTED) keys.rtcp.keystream.apply(packet.subarray(8, end), readUint32(packet, 4), index);
  return packet.subarray(0, end);
}
