// A far end for tests: a plain UDP socket on loopback that sends what it is told and remembers what came.

import { type RtpPacket, parseRtp, writeRtpHeader } from "../../../src/media/rtp/rtp.ts";

/** A packet with its payload, which the far end may look at in peace. */
export interface HeardPacket extends RtpPacket {
  payload: Uint8Array;
}

export interface Peer {
  readonly port: number;
  readonly packets: { rtp: HeardPacket; bytes: Uint8Array; from: number }[];
  readonly reports: Uint8Array[];
  /** Called for each RTP packet, after it was remembered. */
  onPacket: (rtp: HeardPacket, bytes: Uint8Array, from: number) => void;
  send(bytes: Uint8Array, port: number): void;
  /** A packet of 20 ms; `sequence` counts up by itself unless given. */
  sendAudio(
    port: number,
    payload: Uint8Array,
    options?: { payloadType?: number; sequence?: number; timestamp?: number; ssrc?: number; marker?: boolean },
  ): void;
  close(): void;
}

export function rtpBytes(header: Omit<RtpPacket, "start" | "end">, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + payload.length);
  writeRtpHeader(bytes, header);
  bytes.set(payload, 12);
  return bytes;
}

/** On an even port whose odd neighbour takes the reports. */
export async function createPeer(): Promise<Peer> {
  const packets: Peer["packets"] = [];
  const reports: Uint8Array[] = [];
  let sequence = 100;
  const onRtp = (bytes: Uint8Array, from: number) => {
    const packet = parseRtp(bytes);
    if (packet === undefined) return;
    const rtp = { ...packet, payload: bytes.subarray(packet.start, packet.end) };
    packets.push({ rtp, bytes, from });
    peer.onPacket(rtp, bytes, from);
  };
  const [rtp, rtcp] = await bindPair(onRtp, (bytes) => void reports.push(bytes));
  const peer: Peer = {
    port: rtp.port,
    packets,
    reports,
    onPacket: () => undefined,
    send: (bytes, port) => void rtp.send(bytes, port, "127.0.0.1"),
    sendAudio(port, payload, options = {}) {
      const next = options.sequence ?? (sequence += 1);
      const header = { payloadType: 0, marker: false, timestamp: (next * 160) >>> 0, ssrc: 0x77, ...options, sequence: next & 0xffff };
      peer.send(rtpBytes(header, payload), port);
    },
    close() {
      rtp.close();
      rtcp.close();
    },
  };
  return peer;
}

type Bound = Bun.udp.Socket<"uint8array">;

async function bindPair(onRtp: (bytes: Uint8Array, from: number) => void, onRtcp: (bytes: Uint8Array) => void): Promise<[Bound, Bound]> {
  // Async, because udpSocket throws where a port is taken instead of rejecting.
  const bind = async (port: number, data: (bytes: Uint8Array, from: number) => void) =>
    await Bun.udpSocket({
      hostname: "127.0.0.1",
      port,
      binaryType: "uint8array",
      socket: { data: (_, bytes, from) => data(bytes, from), error: () => undefined },
    });
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const rtp = await bind(0, onRtp);
    const rtcp = rtp.port % 2 === 0 ? await bind(rtp.port + 1, onRtcp).catch(() => undefined) : undefined;
    if (rtcp !== undefined) return [rtp, rtcp];
    rtp.close();
  }
  throw new Error("no pair of ports is free");
}
