// Whole calls on the loopback: our SIP dialer and its media worker, sipp as the carrier, and the people who are called, whose
// telephones are one socket that tells calls apart by where they come from.

import { withBotProcesses } from "../../../src/bots/process-dialer.ts";
import { createSpawner } from "../../../src/bots/spawn-process.ts";
import type { BotConnection, BotPlan } from "../../../src/calls/bot.ts";
import { DTMF_DIGITS, DTMF_PAYLOAD_BYTES, writeTelephoneEvent } from "../../../src/media/rtp/dtmf.ts";
import { createMediaEngine, type MediaEngine } from "../../../src/media/media-engine.ts";
import { parseRtp, RTP_HEADER_BYTES, writeRtpHeader } from "../../../src/media/rtp/rtp.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { createLog } from "../../../src/runtime/log.ts";
import { systemRandom } from "../../../src/runtime/random.ts";
import { plainPlan } from "../../support/bot-plan.ts";
import { openTestDialer, type PlacedCall, placeCall, sipTrunk, testOrder } from "../../support/sip-call.ts";
import { startSipp } from "../../support/sipp.ts";
import { freshRtpPort } from "../../support/tools.ts";

/** One that came to a telephone. */
export interface HeardPacket {
  atMs: number;
  timestamp: number;
  payload: Uint8Array;
}

/** The telephone of one call, from its first packet on. */
export interface Telephone {
  heard: HeardPacket[];
  /** µ-law bytes of 20 ms, sent now; `at` is their place in the stream, in samples. */
  say(bytes: Uint8Array, at: number): void;
  /** A key, from 0 to 9, `*` or `#`, pressed at that place. */
  press(key: string, at: number): void;
}

export interface PhoneLine {
  media: MediaEngine;
  log: string[];
  /** In the order in which they began to hear something. */
  telephones: Telephone[];
  place(connection: BotConnection, more?: Partial<BotPlan>): PlacedCall;
  /** What sipp found wrong, once all calls are over. */
  finished: Promise<string | undefined>;
  stop(): Promise<void>;
}

/** For so many calls, of `seconds` each at most. */
export async function openPhoneLine({ calls = 1, seconds = 20 }: { calls?: number; seconds?: number } = {}): Promise<PhoneLine> {
  const log: string[] = [];
  const clock = systemClock;
  const writeLog = createLog("debug", clock, (line) => void log.push(line));
  const first = calls > 50 ? 10_000 + (process.pid % 9) * 220 : freshRtpPort();
  const media = createMediaEngine({
    clock,
    random: systemRandom,
    log: writeLog,
    settings: { address: "127.0.0.1", ports: { from: first, to: first + calls * 2 + 1 } },
  });
  await media.ready();
  const telephones: Telephone[] = [];
  const socket = await openTelephones(telephones);
  const sipp = await startSipp("talk", { calls, timeoutSeconds: seconds + 20, args: ["-key", "peer_port", String(socket.port)] });
  const { dialer: sip } = await openTestDialer({ media });
  const dialer = withBotProcesses({ dialer: sip, clock, log: writeLog, spawner: createSpawner(), environment: process.env });
  const trunk = sipTrunk({ port: sipp.port, codecs: ["PCMU"] });
  await sip.prepare(trunk);
  return {
    media,
    log,
    telephones,
    place: (connection, more) =>
      placeCall({ dialer }, testOrder(trunk, { maxDurationMs: seconds * 1_000, bot: plainPlan(connection, more) })),
    finished: sipp.finished,
    async stop() {
      await dialer.stop();
      await media.stop();
      socket.close();
      await sipp.kill();
    },
  };
}

/** Every packet that comes to it is heard by the telephone of whoever it came from. */
export async function openTelephones(telephones: Telephone[]): Promise<Bun.udp.Socket<"uint8array">> {
  const byPort = new Map<number, Telephone>();
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    port: 0,
    binaryType: "uint8array",
    socket: {
      error: () => undefined,
      data(_, bytes, port) {
        const packet = parseRtp(bytes);
        if (packet === undefined || packet.payloadType !== 0) return;
        const known = byPort.get(port) ?? createTelephone((sent) => void socket.send(sent, port, "127.0.0.1"), port);
        if (!byPort.has(port)) telephones.push(known);
        byPort.set(port, known);
        known.heard.push({ atMs: performance.now(), timestamp: packet.timestamp, payload: bytes.slice(packet.start, packet.end) });
      },
    },
  });
  return socket;
}

function createTelephone(send: (bytes: Uint8Array) => void, ssrc: number): Telephone {
  let sequence = 0;
  const sendPacket = (payloadType: number, payload: Uint8Array, at: number, marker = false) => {
    const packet = new Uint8Array(RTP_HEADER_BYTES + payload.length);
    sequence += 1;
    writeRtpHeader(packet, { payloadType, marker, timestamp: at >>> 0, sequence: sequence & 0xffff, ssrc });
    packet.set(payload, RTP_HEADER_BYTES);
    send(packet);
  };
  return {
    heard: [],
    say: (bytes, at) => sendPacket(0, bytes, at),
    press(key, at) {
      const payload = new Uint8Array(DTMF_PAYLOAD_BYTES);
      for (let duration = 160; duration <= 800; duration += 160) {
        writeTelephoneEvent(payload, 0, {
          event: DTMF_DIGITS.indexOf(key),
          end: duration >= 480,
          volume: 10,
          duration: Math.min(duration, 480),
        });
        sendPacket(101, payload, at, duration === 160);
      }
    },
  };
}
