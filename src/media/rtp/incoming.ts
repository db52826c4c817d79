// What comes from the far end of one call: each packet is checked, then played, taken as a key press, or refused.

import { createDtmfReceiver } from "./dtmf.ts";
import { SAMPLES_PER_MS } from "../sound/frame.ts";
import { type G711, g711 } from "../sound/g711.ts";
import { createJitterBuffer, type Played } from "./jitter.ts";
import { canonicalAddress, createLatch, type Judgement, type Latch, type Source } from "./latch.ts";
import type { RemoteMedia } from "../protocol.ts";
import { createReception, type Reception } from "./reception.ts";
import { parseRtp, type RtpPacket } from "./rtp.ts";
import { LONGEST_PAYLOAD, type Scratch } from "./scratch.ts";
import type { SrtpReceiver } from "./srtp.ts";

/** Comfort noise (RFC 3389) is no audio, and no stranger's packet either. */
const COMFORT_NOISE = 13;
const staticTypes: ReadonlyMap<number, G711> = new Map([
  [0, g711.PCMU],
  [8, g711.PCMA],
]);

/** What the call does with what came. */
interface IncomingEvents {
  dtmf(digit: string): void;
  /** RTP goes there from now on; `isLocked`: and comes from there and nowhere else. */
  aim(target: Source, isLocked: boolean): void;
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
export function createIncoming(scratch: Scratch, events: IncomingEvents): Incoming {
  const reception = createReception();
  const buffer = createJitterBuffer();
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
      const samples = scratch.samples(packet.end - packet.start);
      codec.decode(bytes, packet.start, packet.end, samples);
      buffer.push(packet.timestamp, samples, samples.length, nowMs);
    }
    return true;
  };
  const check = (bytes: Uint8Array, address: string, port: number, nowMs: number): boolean => {
    if (remote === undefined || latch === undefined) return false;
    const isKnown = latch.isLockedTo(address, port);
    // Before any cipher is looked at, so that a flood of strangers costs little.
    if (!isKnown && latch.isLocked()) return false;
    const clear = srtp === undefined ? bytes : srtp.unprotect(bytes);
    const packet = clear === undefined ? undefined : parseRtp(clear);
    if (clear === undefined || packet === undefined || !isAgreed(packet, remote)) return false;
    if (!isKnown && !isBelieved(latch, latch.judge(address, port, packet.ssrc, packet.sequence, nowMs))) return false;
    return take(clear, packet, remote, nowMs);
  };
  const isBelieved = (open: Latch, judgement: Judgement): boolean => {
    if (judgement === "locked") events.aim(open.target(), true);
    return judgement !== "refused";
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
      events.aim(latch.target(), latch.isLocked());
    },
    packet(bytes, address, port, nowMs) {
      const good = check(bytes, address, port, nowMs);
      if (!good) refused += 1;
      return good;
    },
    read: buffer.read,
  };
}

function isAgreed({ payloadType, start, end }: RtpPacket, remote: RemoteMedia): boolean {
  if (end - start > LONGEST_PAYLOAD) return false;
  return codecOf(payloadType, remote) !== undefined || isEvent(payloadType, remote) || payloadType === COMFORT_NOISE;
}

/**
 * What a packet of audio is coded with. A peer may send by whichever of the offered codecs it named, not only by the one that we
 * send by, and change between them; the static types mean the same to everybody (RFC 3551).
 */
function codecOf(payloadType: number, remote: RemoteMedia): G711 | undefined {
  return payloadType === remote.payloadType ? g711[remote.codec] : staticTypes.get(payloadType);
}

function isEvent(payloadType: number, remote: RemoteMedia): boolean {
  return payloadType !== remote.payloadType && (payloadType === remote.telephoneEvent || payloadType === remote.offeredEvent);
}
