// Media as signalling sees it: sessions on the main thread, whose sockets, clock and sound live in a worker.
// Fits the port in sip/media-port.ts.

import type { BotPlan, BotWord, TwimlOrder } from "../calls/bot.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { Random } from "../runtime/random.ts";
import { type AudioShelf, createAudioShelf } from "./sound/audio-shelf.ts";
import type { AudioOf, BotEnd } from "./media-bot.ts";
import { createPortStock, type PortRange, type PortStock } from "./rtp/ports.ts";
import { type CryptoLine, type FromWorker, type MediaReport, NOTHING_MEASURED, type RemoteMedia, type ToWorker } from "./protocol.ts";
import { formatKeyParameter, SRTP_MASTER_BYTES } from "./rtp/srtp-keys.ts";
import { createSupervisor, type SpawnWorker, type Supervisor } from "./supervisor.ts";

/** Where media listens, fixed at start. */
export interface MediaSettings {
  /** Local address that RTP is bound to: one of the machine's, or 0.0.0.0 for all of IPv4. */
  address: string;
  ports: PortRange;
  /** How long an answered call may stay without a packet before `noRtp` is told; 30 s unless given. */
  noRtpMs?: number;
  /** The folder for recordings of calls, which must be there; without it none are made. */
  recordings?: string;
}

/** What the engine is made from. */
interface MediaEngineParts {
  clock: Clock;
  random: Random;
  log: Log;
  settings: MediaSettings;
  /** The sound of an agent's recording, asked for once in a worker's life. */
  audioOf?: AudioOf;
  /** The recording of a call that is over lies whole in its file. */
  recorded?: (recording: RecordedCall) => void;
  /** How the worker is made; for tests. */
  spawn?: SpawnWorker;
}

/** A file of the recordings' folder, named after its call. */
export interface RecordedCall {
  callId: string;
  bytes: number;
  durationMs: number;
}

/** As in the port: reasons are `bot_hung_up`, `bot_unsupported`, `srtp_failed`, `media_failed`, `media_lost`. */
export interface MediaEvents {
  botEnded(end: BotEnd): void;
  dtmf(digit: string): void;
  noRtp(): void;
  told(word: BotWord): void;
}

/** One call, as in the port. */
export interface MediaSession {
  readonly id: number;
  readonly port: number;
  readonly crypto: readonly CryptoLine[];
  connect(remote: RemoteMedia): void;
  answer(): void;
  sendDtmf(digits: string): void;
  pressed(key: string): void;
  bridge(other: Pick<MediaSession, "id">, to: "bot" | "hand_over"): void;
  transferFailed(reason: string): void;
  redirect(order: TwimlOrder): void;
  close(): Promise<MediaReport>;
}

/** The port's, and what starting and watching it needs besides. */
export interface MediaEngine {
  open(order: { callId: string; bot: BotPlan; srtp: boolean }, events: MediaEvents): MediaSession | undefined;
  stop(): Promise<void>;
  /** Resolves when ports are bound for the first time; `open` answers undefined until then. */
  ready(): Promise<void>;
  /** How many calls could be opened now, and how many are open. */
  gauges(): { freePorts: number; sessions: number };
}

const NO_RTP_MS = 30_000;
/** A worker that does not answer is not waited for: the call's record matters more than its figures. */
const CLOSE_LIMIT_MS = 2_000;
/** The better first; some telephones have the other alone. */
const OFFERED_SUITES = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] as const;

interface OpenSession {
  callId: string;
  events: MediaEvents;
  closing: Promise<MediaReport> | undefined;
  closed: (report: MediaReport) => void;
}

interface State extends MediaEngineParts {
  stock: PortStock;
  sessions: Map<number, OpenSession>;
  lastId: number;
  supervisor: Supervisor;
  shelf: AudioShelf;
  /** The worker has nothing open any more. */
  finished: () => void;
}

/** Starts the worker at once; see `ready`. */
export function createMediaEngine(parts: MediaEngineParts): MediaEngine {
  const stock = createPortStock(parts.settings.ports, () => parts.random.fraction());
  const sessions = new Map<number, OpenSession>();
  const bound = Promise.withResolvers<void>();
  const supervisor = createSupervisor({
    ...parts,
    start: {
      type: "start",
      settings: {
        address: parts.settings.address,
        ports: stock.all,
        noRtpMs: parts.settings.noRtpMs ?? NO_RTP_MS,
        recordings: parts.settings.recordings,
      },
    },
    receive(message) {
      if (message.type === "ready") bound.resolve();
      receive(state, message);
    },
    lost: () => endAll(state),
  });
  const shelf = createAudioShelf(parts.audioOf ?? (() => undefined), (message) => void supervisor.send(message));
  const state: State = { ...parts, stock, sessions, lastId: 0, supervisor, shelf, finished: () => undefined };
  return {
    open: (order, events) => open(state, order, events),
    ready: () => bound.promise,
    gauges: () => ({ freePorts: stock.free(), sessions: sessions.size }),
    async stop() {
      stock.empty();
      await Promise.all([...sessions.keys()].map((id) => close(state, id)));
      await finish(state);
      await supervisor.stop();
    },
  };
}

function open(state: State, order: { callId: string; bot: BotPlan; srtp: boolean }, events: MediaEvents): MediaSession | undefined {
  const lease = state.stock.take();
  if (lease === undefined) return undefined;
  const { port } = lease;
  const id = (state.lastId += 1);
  const crypto = order.srtp
    ? OFFERED_SUITES.map((suite) => ({ suite, key: formatKeyParameter(state.random.bytes(SRTP_MASTER_BYTES)) }))
    : [];
  const send = (message: ToWorker) => {
    if (state.sessions.has(id)) state.supervisor.send(message);
  };
  state.sessions.set(id, { callId: order.callId, events, closing: undefined, closed: () => undefined });
  state.shelf.provide(order.bot);
  send({ type: "open", session: id, port, bot: order.bot, crypto });
  let closing: Promise<MediaReport> | undefined;
  return {
    id,
    port,
    crypto,
    connect: (remote) => send({ type: "connect", session: id, remote }),
    answer: () => send({ type: "answer", session: id }),
    sendDtmf: (digits) => send({ type: "sendDtmf", session: id, digits }),
    pressed: (key) => send({ type: "pressed", session: id, key }),
    bridge: (other, to) => send({ type: "bridge", session: id, other: other.id, to }),
    transferFailed: (reason) => send({ type: "transferFailed", session: id, reason }),
    redirect: (order) => send({ type: "redirect", session: id, order }),
    close() {
      closing ??= close(state, id).then((report) => {
        lease.giveBack();
        return report;
      });
      return closing;
    },
  };
}

/** Waits for the worker to close its files, but not for ever: a recording that was cut off is made good at the next start. */
async function finish(state: State): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = state.clock.after(CLOSE_LIMIT_MS, resolve);
  state.finished = resolve;
  if (!state.supervisor.send({ type: "finish" })) resolve();
  await promise;
  cancel();
}

/** Of a session that is gone, with its worker, nothing is known any more. */
function close(state: State, id: number): Promise<MediaReport> {
  const session = state.sessions.get(id);
  if (session === undefined) return Promise.resolve(NOTHING_MEASURED);
  session.closing ??= new Promise((resolve) => {
    const cancel = state.clock.after(CLOSE_LIMIT_MS, () => session.closed(NOTHING_MEASURED));
    session.closed = (report) => {
      cancel();
      state.sessions.delete(id);
      resolve(report);
    };
    state.supervisor.send({ type: "close", session: id });
  });
  return session.closing;
}

function receive(state: State, message: FromWorker): void {
  if (!("session" in message)) return receiveOther(state, message);
  const session = state.sessions.get(message.session);
  if (session === undefined) return;
  switch (message.type) {
    case "botEnded":
      if (message.end.detail !== undefined)
        state.log.warn("bot.lost", { callId: session.callId, reason: message.end.reason, detail: message.end.detail });
      return session.closing === undefined ? session.events.botEnded(message.end) : undefined;
    case "dtmf":
      return session.events.dtmf(message.digit);
    case "noRtp":
      return session.events.noRtp();
    case "told":
      return session.closing === undefined ? session.events.told(message.word) : undefined;
    case "note":
      return state.log.warn("bot.note", { callId: session.callId, what: message.what });
    case "closed":
      return session.closed(message.report);
    case "fault":
      return state.log.error("media.fault", { callId: session.callId, error: message.error });
    default:
      message satisfies never;
  }
}

function receiveOther(state: State, message: Exclude<FromWorker, { session: number }>): void {
  switch (message.type) {
    case "ready":
      state.stock.fill(message.ports);
      return state.log.info("media.ready", { ports: message.ports.length, wanted: state.stock.all.length });
    case "recorded":
      return state.recorded?.({ callId: message.callId, bytes: message.bytes, durationMs: message.durationMs });
    case "recordingFailed":
      return state.log.error("media.recording_failed", { callId: message.callId, error: message.error });
    case "finished":
      return state.finished();
    case "strayFault":
      return state.log.error("media.fault", { error: message.error });
    default:
      message satisfies never;
  }
}

/** The worker is gone and every socket with it: each call is told, and ends as one whose bot was lost. */
function endAll(state: State): void {
  state.stock.empty();
  state.shelf.empty();
  state.finished();
  const lost = [...state.sessions.values()];
  state.sessions.clear();
  for (const session of lost) {
    if (session.closing !== undefined) session.closed(NOTHING_MEASURED);
    else session.events.botEnded({ reason: "media_lost" });
  }
}
