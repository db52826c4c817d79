// One call inside the worker: its sockets, what comes in, what goes out, and the bot in between.

import type { BotPlan } from "../calls/bot.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import type { CreateBot } from "./create-bot.ts";
import { FRAME_SAMPLES, SAMPLES_PER_MS } from "./frame.ts";
import { createIncoming, type Incoming } from "./incoming.ts";
import type { BotEnd, MediaBot } from "./media-bot.ts";
import { createOutgoing, type Outgoing } from "./outgoing.ts";
import type { PortPair } from "./port-pair.ts";
import type { CryptoLine, MediaReport, RemoteMedia } from "./protocol.ts";
import { createReports } from "./reports.ts";
import { isRtcp } from "./rtp.ts";
import { createSilenceWatch } from "./silence.ts";
import { createCallSecurity } from "./call-security.ts";

/** What a session tells; `botEnded` at most once. */
export interface SessionEvents {
  botEnded(end: BotEnd): void;
  dtmf(digit: string): void;
  noRtp(): void;
}

export interface SessionParts {
  ports: PortPair;
  plan: BotPlan;
  /** Our SDES key, where SRTP was offered. */
  crypto: CryptoLine | undefined;
  clock: Clock;
  random: Random;
  createBot: CreateBot;
  noRtpMs: number;
  events: SessionEvents;
}

export interface Session {
  connect(remote: RemoteMedia): void;
  answer(): void;
  sendDtmf(digits: string): void;
  /** One step of 20 ms that was due at `dueMs` (monotonic). */
  tick(dueMs: number): void;
  /** Steps that the engine had to leave out. */
  skip(frames: number): void;
  /** Ends the conversation without freeing anything. */
  fail(reason: string): void;
  /** Sends RTCP BYE, frees the ports, tells the bot. */
  close(): MediaReport;
}

export function createSession(parts: SessionParts): Session {
  const { ports, clock, random, events } = parts;
  const silence = createSilenceWatch(parts.noRtpMs);
  const security = createCallSecurity(parts.crypto);
  const frame = new Int16Array(FRAME_SAMPLES);
  let remote: RemoteMedia | undefined;
  let answered = false;
  let ended = false;

  const endBot = (end: BotEnd) => {
    if (ended) return;
    ended = true;
    events.botEnded(end);
  };
  const incoming = createIncoming({
    dtmf(digit) {
      events.dtmf(digit);
      if (answered) bot?.onDtmf(digit);
    },
    focus: (source) => ports.focus(source),
  });
  const outgoing = createOutgoing(random, (bytes) => ports.sendRtp(bytes, incoming.latch()?.target() ?? NOWHERE));
  const bot = parts.createBot(parts.plan, { end: endBot, sendDtmf: (digits) => outgoing.sendDtmf(digits) });
  if (bot === undefined) endBot({ reason: "bot_unsupported" });
  const reports = createReports({ ports, clock, random, outgoing, incoming, security });

  const onRtcp = (bytes: Uint8Array, address: string) => {
    if (address === incoming.latch()?.target().address && reports.receive(bytes)) silence.heard(clock.monotonicMs());
  };
  ports.use((bytes, address, port) => {
    const nowMs = clock.monotonicMs();
    if (isRtcp(bytes)) onRtcp(bytes, address);
    else if (incoming.packet(bytes, address, port, nowMs)) silence.heard(nowMs);
  }, onRtcp);

  return {
    connect(next) {
      const nowMs = clock.monotonicMs();
      const keyed = security.agree(next.crypto);
      if (!keyed) return endBot({ reason: "srtp_failed" });
      remote = next;
      outgoing.secure(security.sender());
      incoming.connect(next, security.receiver(), nowMs);
      silence.expect(answered && mayReceive(next), nowMs);
    },
    answer() {
      const nowMs = clock.monotonicMs();
      if (!answered && !ended) bot?.start();
      answered = true;
      incoming.latch()?.extend(nowMs);
      silence.expect(remote !== undefined && mayReceive(remote), nowMs);
    },
    sendDtmf: (digits) => outgoing.sendDtmf(digits),
    tick(dueMs) {
      if (remote === undefined) return;
      const talking = talk({ bot: answered && !ended ? bot : undefined, incoming, frame, dueMs });
      outgoing.tick(talking ? frame : undefined, maySend(remote) ? remote : undefined);
      reports.tick(dueMs, remote.rtcpMux === true);
      if (silence.isTooLong(dueMs)) events.noRtp();
    },
    skip: (frames) => outgoing.skip(frames),
    fail: (reason) => endBot({ reason }),
    close() {
      ended = true;
      if (remote !== undefined) reports.goodbye(remote.rtcpMux === true);
      // Before the bot, whose fault must not keep the ports.
      ports.release();
      bot?.close();
      return reportOf(incoming, outgoing);
    },
  };
}

const NOWHERE = { address: "0.0.0.0", port: 0 };

/** Hands the bot what came, then asks it for what is to be said; one frame serves for both. */
function talk({ bot, incoming, frame, dueMs }: { bot: MediaBot | undefined; incoming: Incoming; frame: Int16Array; dueMs: number }): boolean {
  incoming.read(frame, dueMs);
  if (bot === undefined) return false;
  bot.onFrame(frame);
  return bot.nextFrame(frame);
}

function maySend({ direction }: RemoteMedia): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

function mayReceive({ direction }: RemoteMedia): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

function reportOf(incoming: Incoming, outgoing: Outgoing): MediaReport {
  const { received, lost, jitterSamples } = incoming.reception.totals();
  const { late, concealed } = incoming.jitter();
  return {
    packetsSent: outgoing.facts().packets,
    packetsReceived: received,
    packetsLost: lost,
    jitterMs: Math.round((jitterSamples / SAMPLES_PER_MS) * 100) / 100,
    packetsRefused: incoming.refused(),
    packetsLate: late,
    framesConcealed: concealed,
  };
}

