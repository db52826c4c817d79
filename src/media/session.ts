// One call inside the worker: its sockets, what comes in, what goes out, and the line with its bot in between.

import type { BotPlan, BotWord, TwimlOrder } from "../calls/bot.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import { createCallSecurity } from "./rtp/call-security.ts";
import { SAMPLES_PER_MS } from "./sound/frame.ts";
import { createIncoming, type Incoming } from "./rtp/incoming.ts";
import { createLine, type LineParts } from "./line/line.ts";
import type { BotEnd, MediaBot } from "./media-bot.ts";
import { createOutgoing, type Outgoing } from "./rtp/outgoing.ts";
import type { Source } from "./rtp/latch.ts";
import type { PortPair } from "./rtp/port-pair.ts";
import type { CryptoLine, MediaReport, RemoteMedia } from "./protocol.ts";
import { createReports, type Reports } from "./rtp/reports.ts";
import { isRtcp } from "./rtp/rtp.ts";
import type { Scratch } from "./rtp/scratch.ts";
import { createSilenceWatch, type SilenceWatch } from "./rtp/silence.ts";

/** What a session tells; `botEnded` at most once, and once more when the person wants no more calls. */
interface SessionEvents {
  botEnded(end: BotEnd): void;
  dtmf(digit: string): void;
  noRtp(): void;
  told(word: BotWord): void;
  note(what: string): void;
}

/** What a call is made from. */
interface SessionParts {
  ports: PortPair;
  plan: BotPlan;
  /** Our SDES keys, one for each suite that was offered; none: SRTP was not. */
  crypto: readonly CryptoLine[];
  clock: Clock;
  random: Random;
  line: LineParts;
  scratch: Scratch;
  noRtpMs: number;
  /** Told the time after each datagram, because many in a row keep a timer from running. */
  keepPace: (nowMs: number) => void;
  events: SessionEvents;
}

/** One call; nothing is sent before `connect`. */
export interface Session {
  connect(remote: RemoteMedia): void;
  answer(): void;
  sendDtmf(digits: string): void;
  /** A key that the far end told by signalling. */
  pressed(key: string): void;
  /** Whether the far end put the call on hold: it sends nothing, or music, or is not to be sent anything. */
  isOnHold(): boolean;
  /** Another talks from now on; the bot so far is closed, and can end the call no more. `isHandedOver`: as in the line. */
  talkThrough(bot: MediaBot, isHandedOver: boolean): void;
  transferFailed(reason: string): void;
  /** TwiML takes over from what the bot had planned; a bot that knows no TwiML goes on. */
  redirect(order: TwimlOrder): void;
  /** One step of 20 ms that was due at `dueMs` (monotonic). */
  tick(dueMs: number): void;
  /** Steps that the engine had to leave out. */
  skip(frames: number): void;
  /** Ends the conversation without freeing anything. */
  fail(reason: string): void;
  /** Sends RTCP BYE, frees the ports, tells the bot. */
  close(): MediaReport;
}

/** Takes the ports and makes the bot; `botEnded` may be told before it returns. */
export function createSession(parts: SessionParts): Session {
  const { ports, clock, random, events, scratch } = parts;
  const silence = createSilenceWatch(parts.noRtpMs);
  const security = createCallSecurity(parts.crypto);
  let remote: RemoteMedia | undefined;
  let target = NOWHERE;
  let answered = false;
  const keys = createKeys((key) => {
    events.dtmf(key);
    if (answered) voice.hearKey(key);
  });
  let lookAtMs = 0;
  const incoming = hearAll(parts, keys, (source) => void (target = source));
  const outgoing = createOutgoing(random, scratch, (bytes) => ports.sendRtp(bytes, target));
  const voice = createVoice(parts, (digits) => outgoing.sendDtmf(digits));
  const reports = createReports({ ports, clock, random, outgoing, incoming, security });
  listen(parts, { incoming, reports, silence });
  // Whoever put us on hold may play music or be silent: only a conversation that goes both ways has to be heard.
  const isOnHold = () => remote !== undefined && remote.direction !== "sendrecv";
  const expectPackets = (nowMs: number) => silence.expect(answered && remote !== undefined && !isOnHold(), nowMs);

  return {
    connect(next) {
      const nowMs = clock.monotonicMs();
      if (!security.agree(next.crypto)) return voice.end({ reason: "srtp_failed" });
      remote = next;
      outgoing.connect(next, security.sender());
      incoming.connect(next, security.receiver(), nowMs);
      voice.hold(isOnHold());
      expectPackets(nowMs);
    },
    answer() {
      const nowMs = clock.monotonicMs();
      if (!answered) voice.bot()?.start();
      answered = true;
      incoming.latch()?.extend(nowMs);
      expectPackets(nowMs);
    },
    sendDtmf: (digits) => outgoing.sendDtmf(digits),
    pressed: keys.bySignalling,
    isOnHold,
    talkThrough(bot, isHandedOver) {
      voice.replace(bot, isHandedOver);
      if (answered) bot.start();
    },
    transferFailed: (reason) => voice.bot()?.onTransferFailed?.(reason),
    redirect: (order) => voice.bot()?.redirect?.(order),
    tick(dueMs) {
      if (remote === undefined) return;
      incoming.read(scratch.frame, dueMs);
      outgoing.tick(answered && answerOf(voice.bot(), scratch.frame) ? scratch.frame : undefined);
      if (dueMs < lookAtMs) return;
      lookAtMs = dueMs + LOOK_MS;
      reports.tick(dueMs, remote);
      if (silence.isTooLong(dueMs)) events.noRtp();
    },
    skip: (frames) => outgoing.skip(frames),
    fail: (reason) => voice.end({ reason }),
    close() {
      if (remote !== undefined) reports.goodbye(remote);
      // Before the bot, whose fault must not keep the ports.
      ports.release();
      voice.close();
      return reportOf(incoming, outgoing);
    },
  };
}

/** How often it is looked whether a report is due, and whether the far end has been silent for too long: both are a matter of seconds. */
const LOOK_MS = 100;
const NOWHERE: Source = { address: "0.0.0.0", port: 0 };

interface Voice {
  /** Undefined once it has ended, and where there is none. */
  bot(): MediaBot | undefined;
  hearKey(digit: string): void;
  end(end: BotEnd): void;
  hold(isHeld: boolean): void;
  replace(bot: MediaBot, isHandedOver: boolean): void;
  close(): void;
}

/** The line with the bot on it, and their one end. What has ended is silent until the call is closed. */
function createVoice({ plan, line: parts, events }: SessionParts, sendDtmf: (digits: string) => void): Voice {
  let ended = false;
  let closed = false;
  const end = (how: BotEnd) => {
    if (ended && how.reason !== "opted_out") return;
    ended = true;
    events.botEnded(how);
  };
  const line = createLine(plan, { end, sendDtmf, tell: events.told, note: events.note }, parts);
  if (line === undefined) end({ reason: "bot_unsupported" });
  return {
    bot: () => (ended ? undefined : line),
    hearKey(digit) {
      // Whoever waits for another line, after a bot that has left, may still want no more calls.
      if (!closed && (!ended || digit === plan.line.optOutKey)) line?.onDtmf(digit);
    },
    end,
    hold: (isHeld) => line?.hold(isHeld),
    replace(next, isHandedOver) {
      // A bot that asked for somebody else and left has ended; the line goes on.
      ended = line === undefined;
      line?.replace(next, isHandedOver);
    },
    close() {
      ended = true;
      closed = true;
      line?.close();
    },
  };
}

/** Hands the bot what came, then asks it for what is to be said: one frame serves for both. */
function answerOf(bot: MediaBot | undefined, frame: Int16Array): boolean {
  if (bot === undefined) return false;
  bot.onFrame(frame);
  return bot.nextFrame(frame);
}

interface Keys {
  byAudio(key: string): void;
  bySignalling(key: string): void;
}

/** Some far ends tell each key both ways: whichever came first in the call is believed. */
function createKeys(hear: (key: string) => void): Keys {
  let believed: keyof Keys | undefined;
  const told = (way: keyof Keys) => (key: string) => {
    believed ??= way;
    if (believed === way) hear(key);
  };
  return { byAudio: told("byAudio"), bySignalling: told("bySignalling") };
}

/** `aim`: where what is said goes from now on. */
function hearAll({ ports, scratch }: SessionParts, keys: Keys, aim: (source: Source) => void): Incoming {
  return createIncoming(scratch, {
    dtmf: keys.byAudio,
    aim(source, isLocked) {
      aim(source);
      ports.focus(isLocked ? source : undefined);
    },
  });
}

/** What comes on either port, sorted: RTCP may share RTP's, or come from any port of the far end's address. */
function listen(
  { ports, clock, keepPace }: SessionParts,
  { incoming, reports, silence }: { incoming: Incoming; reports: Reports; silence: SilenceWatch },
): void {
  const onRtcp = (bytes: Uint8Array, address: string) => {
    if (address === incoming.latch()?.target().address && reports.receive(bytes)) silence.heard(clock.monotonicMs());
  };
  const onRtp = (bytes: Uint8Array, address: string, port: number) => {
    const nowMs = clock.monotonicMs();
    if (isRtcp(bytes)) onRtcp(bytes, address);
    else if (incoming.packet(bytes, address, port, nowMs)) silence.heard(nowMs);
    keepPace(nowMs);
  };
  ports.use(onRtp, onRtcp);
}

function reportOf(incoming: Incoming, outgoing: Outgoing): MediaReport {
  const { received, lost, jitterSamples } = incoming.reception.totals();
  const { refused, late, concealed } = incoming.counts();
  return {
    packetsSent: outgoing.facts().packets,
    packetsReceived: received,
    packetsLost: lost,
    jitterMs: Math.round((jitterSamples / SAMPLES_PER_MS) * 100) / 100,
    packetsRefused: refused,
    packetsLate: late,
    framesConcealed: concealed,
  };
}
