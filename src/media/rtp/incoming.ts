// What comes from the far end of one call: each packet is checked, then played, taken as a key press, or refused.

import { createDtmfReceiver } from "./dtmf.ts";
import { FRAME_SAMPLES, SAMPLES_PER_MS } from "../sound/frame.ts";
import { type Codec, g711 } from "../sound/g711.ts";
import { createJitterBuffer, type Played } from "./jitter.ts";
import { canonicalAddress, createLatch, type Latch, type Source } from "./latch.ts";
import type { RemoteMedia } from "../protocol.ts";
import { createReception, type Reception } from "./reception.ts";
import { parseRtp, type RtpPacket } from "./rtp.ts";
import type { SrtpReceiver } from "./srtp.ts";

/** Comfort noise (RFC 3389) is no audio, and no stranger's packet either. */
const COMFORT_NOISE = 13;
const staticTypes: ReadonlyMap<number, Codec> = new Map([[0, "PCMU"], [8, "PCMA"]]);
const LONGEST_PAYLOAD = FRAME_SAMPLES * 10;

/** What the call does with what came. */
interface IncomingEvents {
  dtmf(digit: string): void;
  /** RTP comes from here and nowhere else, from now on; undefined: that is open again. */
  focus(source: Source | undefined): void;
}

/** The receiving half of a call. */
export interface Incoming {
  readonly reception: Reception;
  /** Packets refused, or too late to be played; frames made up. */
  counts(): { refused: number; late: number; concealed: number };
  /** Undefined until `connect`. */
  latch(): Latch | undefined;
  connect(remote: RemoteMedia, srtp: SrtpReceiver | undefined, nowMs: number): void;
  /** Whether the packet was good. */
  packet(bytes: Uint8Array, address: string, port: number, nowMs: number): boolean;
  read(frame: Int16Array, dueMs: number): Played;
}

/** Refuses everything until `connect`. */
export function createIncoming(events: IncomingEvents): Incoming {
  const reception = createReception();
  const buffer = createJitterBuffer();
  const samples = new Int16Array(LONGEST_PAYLOAD);
  let keys = createDtmfReceiver();
  let remote: RemoteMedia | undefined;
  let srtp: SrtpReceiver | undefined;
  let latch: Latch | undefined;
  let refused = 0;

  const take = (bytes: Uint8Array, packet: RtpPacket, from: RemoteMedia, nowMs: number): boolean => {
    const verdict = reception.accept(packet.ssrc, packet.sequence);
    if (verdict === "ignore") return false;
    if (verdict === "restart") {
      buffer.reset();
      keys = createDtmfReceiver();
    }
    const codec = codecOf(packet.payloadType, from);
    if (isEvent(packet.payloadType, from)) {
      const digit = keys.accept(bytes.subarray(packet.start, packet.end), packet.timestamp);
      if (digit !== undefined) events.dtmf(digit);
    } else if (codec !== undefined) {
      reception.arrived(packet.timestamp, nowMs * SAMPLES_PER_MS);
      g711[codec].decode(bytes, packet.start, packet.end, samples);
      buffer.push(packet.timestamp, samples, packet.end - packet.start, nowMs);
    }
    return true;
  };
  const check = (bytes: Uint8Array, address: string, port: number, nowMs: number): boolean => {
    if (remote === undefined || latch === undefined) return false;
    if (!mayCome(latch, address, port)) return false;
    const clear = srtp === undefined ? bytes : srtp.unprotect(bytes);
    const packet = clear === undefined ? undefined : parseRtp(clear);
    if (clear === undefined || packet === undefined || !isAgreed(packet, remote)) return false;
    const judgement = latch.judge(address, port, packet.ssrc, packet.sequence, nowMs);
    if (judgement === "refused") return false;
    if (judgement === "locked") events.focus(latch.target());
    return take(clear, packet, remote, nowMs);
  };
  return {
    reception,
    counts: () => ({ ...buffer.counts(), refused }),
    latch: () => latch,
    connect(next, receiver, nowMs) {
      const moved = remote?.address !== next.address || remote.port !== next.port || remote.latch !== next.latch;
      remote = next;
      srtp = receiver;
      // A refresh that names the same address must not give strangers another chance.
      if (!moved) return;
      const before = latch?.isLocked() === true ? latch.target() : undefined;
      latch = createLatch({ address: canonicalAddress(next.address), port: next.port }, next.latch, nowMs, before);
      events.focus(latch.isLocked() ? latch.target() : undefined);
    },
    packet(bytes, address, port, nowMs) {
      const good = check(bytes, address, port, nowMs);
      if (!good) refused += 1;
      return good;
    },
    read: (frame, dueMs) => buffer.read(frame, dueMs),
  };
}

/** Looked at before any cipher is, so that a flood of strangers costs little. */
function mayCome(latch: Latch, address: string, port: number): boolean {
  const target = latch.target();
  return !latch.isLocked() || (port === target.port && address === target.address);
}

function isAgreed({ payloadType, start, end }: RtpPacket, remote: RemoteMedia): boolean {
  if (end - start > LONGEST_PAYLOAD) return false;
  return codecOf(payloadType, remote) !== undefined || isEvent(payloadType, remote) || payloadType === COMFORT_NOISE;
}

/**
 * What a packet of audio is coded with. A peer may send by whichever of the offered codecs it named, not only by the one that we
 * send by, and change between them; the static types mean the same to everybody (RFC 3551).
 */
function codecOf(payloadType: number, remote: RemoteMedia): Codec | undefined {
  return payloadType === remote.payloadType ? remote.codec : staticTypes.get(payloadType);
}

function isEvent(payloadType: number, remote: RemoteMedia): boolean {
  return payloadType !== remote.payloadType && (payloadType === remote.telephoneEvent || payloadType === remote.offeredEvent);
}
