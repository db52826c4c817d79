// One call inside the worker: its sockets, what comes in, what goes out, and the line with its bot in between.

import type { BotPlan, BotWord, TwimlOrder } from "../calls/bot.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import { createCallSecurity } from "./rtp/call-security.ts";
import { FRAME_SAMPLES, SAMPLES_PER_MS } from "./sound/frame.ts";
import { createIncoming, type Incoming } from "./rtp/incoming.ts";
import { createLine, type LineParts } from "./line/line.ts";
import type { BotEnd, MediaBot } from "./media-bot.ts";
import { createOutgoing, type Outgoing } from "./rtp/outgoing.ts";
import type { PortPair } from "./rtp/port-pair.ts";
import type { CryptoLine, MediaReport, RemoteMedia } from "./protocol.ts";
import { createReports, type Reports } from "./rtp/reports.ts";
import { isRtcp } from "./rtp/rtp.ts";
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
  noRtpMs: number;
  events: SessionEvents;
}

/** One call; nothing is sent before `connect`. */
export interface Session {
  connect(remote: RemoteMedia): void;
  answer(): void;
  sendDtmf(digits: string): void;
  /** A key that the far end told by signalling. */
  pressed(key: string): void;
  /** Another talks from now on; the bot so far is closed, and can end the call no more. */
  talkThrough(bot: MediaBot): void;
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
  const { ports, clock, random, events } = parts;
  const silence = createSilenceWatch(parts.noRtpMs);
  const security = createCallSecurity(parts.crypto);
  const frame = new Int16Array(FRAME_SAMPLES);
  let remote: RemoteMedia | undefined;
  let answered = false;
  // Some far ends tell each key both ways: whichever came first in the call is believed.
  let keysBy: "audio" | "signalling" | undefined;
  const hearKey = (key: string, by: "audio" | "signalling") => {
    keysBy ??= by;
    if (keysBy !== by) return;
    events.dtmf(key);
    if (answered) voice.hearKey(key);
  };
  const incoming = createIncoming({
    dtmf: (digit) => hearKey(digit, "audio"),
    focus: (source) => ports.focus(source),
  });
  const outgoing = createOutgoing(random, (bytes) => ports.sendRtp(bytes, incoming.latch()?.target() ?? NOWHERE));
  const voice = createVoice(parts, (digits) => outgoing.sendDtmf(digits));
  const reports = createReports({ ports, clock, random, outgoing, incoming, security });

  listen(parts, { incoming, reports, silence });
  // Whoever put us on hold may play music or be silent: only a conversation that goes both ways has to be heard.
  const expectPackets = (nowMs: number) => silence.expect(answered && remote?.direction === "sendrecv", nowMs);

  return {
    connect(next) {
      const nowMs = clock.monotonicMs();
      if (!security.agree(next.crypto)) return voice.end({ reason: "srtp_failed" });
      remote = next;
      outgoing.secure(security.sender());
      incoming.connect(next, security.receiver(), nowMs);
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
    pressed: (key) => hearKey(key, "signalling"),
    talkThrough(bot) {
      voice.replace(bot);
      if (answered) bot.start();
    },
    transferFailed: (reason) => voice.bot()?.onTransferFailed?.(reason),
    redirect: (order) => voice.bot()?.redirect?.(order),
    tick(dueMs) {
      if (remote === undefined) return;
      const talking = talk({ bot: answered ? voice.bot() : undefined, incoming, frame, dueMs });
      outgoing.tick(talking ? frame : undefined, maySend(remote) ? remote : undefined);
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

const NOWHERE = { address: "0.0.0.0", port: 0 };

interface Voice {
  /** Undefined once it has ended, and where there is none. */
  bot(): MediaBot | undefined;
  hearKey(digit: string): void;
  end(end: BotEnd): void;
  replace(bot: MediaBot): void;
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
    replace(next) {
      // A bot that asked for somebody else and left has ended; the line goes on.
      ended = line === undefined;
      line?.replace(next);
    },
    close() {
      ended = true;
      closed = true;
      line?.close();
    },
  };
}

/** What comes on either port, sorted: RTCP may share RTP's, or come from any port of the far end's address. */
function listen({ ports, clock }: SessionParts, { incoming, reports, silence }: { incoming: Incoming; reports: Reports; silence: SilenceWatch }): void {
  const onRtcp = (bytes: Uint8Array, address: string) => {
    if (address === incoming.latch()?.target().address && reports.receive(bytes)) silence.heard(clock.monotonicMs());
  };
  const onRtp = (bytes: Uint8Array, address: string, port: number) => {
    const nowMs = clock.monotonicMs();
    if (isRtcp(bytes)) onRtcp(bytes, address);
    else if (incoming.packet(bytes, address, port, nowMs)) silence.heard(nowMs);
  };
  ports.use(onRtp, onRtcp);
}

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

