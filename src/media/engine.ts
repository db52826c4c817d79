// The media engine: every call of the process, moved on together each 20 ms. Runs in the worker (worker.ts).

import type { BotWord } from "../calls/bot.ts";
import { createBridge } from "./bridge.ts";
import type { Cancel, Clock } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import { FRAME_MS } from "./sound/frame.ts";
import type { LineParts } from "./line/line.ts";
import type { CreateBot } from "./media-bot.ts";
import { openPortPair, type PortPair } from "./rtp/port-pair.ts";
import { type FromWorker, NOTHING_MEASURED, type ToWorker, type WorkerSettings } from "./protocol.ts";
import type { SoundFile } from "./sound/recording.ts";
import { createSession, type Session } from "./session.ts";
import { createSoundShelf, type SoundShelf } from "./sound/sound-shelf.ts";

/** What the engine needs of its surroundings. */
interface EngineParts {
  clock: Clock;
  random: Random;
  createBot: CreateBot;
  post: (message: FromWorker) => void;
  /** Makes the file of a recording, which must not be there. */
  makeFile: (path: string) => Promise<SoundFile>;
}

/** All calls of the process; fed by the main thread's messages. */
export interface Engine {
  /** Messages for a session that is gone are dropped: its end and they crossed. */
  receive(message: ToWorker): void;
  /** Ends every call and closes every socket. */
  stop(): void;
}

/** Steps that are made up for at once after a stall; what is older is left out as a gap. */
const MOST_STEPS_AT_ONCE = 10;
/** Timers fire up to this much early; waiting again for the rest would make the step late. */
const EARLY_MS = 1;

interface State extends EngineParts {
  pairs: Map<number, PortPair>;
  sessions: Map<number, Session>;
  line: LineParts;
  shelf: SoundShelf;
  noRtpMs: number;
  /** When the next step is due, monotonic; the timer runs only while there are calls. */
  dueMs: number;
  cancelTick: Cancel | undefined;
}

/** Does nothing until it is told to `start`. */
export function createEngine(parts: EngineParts): Engine {
  const { createBot, post, makeFile } = parts;
  const shelf = createSoundShelf({ post, makeFile });
  const line: LineParts = { createBot, audioOf: shelf.audioOf, record: shelf.record };
  const state: State = { ...parts, line, shelf, pairs: new Map(), sessions: new Map(), noRtpMs: Infinity, dueMs: 0, cancelTick: undefined };
  return {
    receive(message) {
      if (message.type === "start") void start(state, message.settings);
      else if (message.type === "open") open(state, message);
      else if (message.type === "audio" || message.type === "forgetAudio") shelf.receive(message);
      else if (message.type === "finish") void shelf.finish().then(() => post({ type: "finished" }));
      else guarded(state, message.session, (session) => handle(state, session, message));
    },
    stop() {
      state.cancelTick?.();
      for (const id of [...state.sessions.keys()]) guarded(state, id, (session) => close(state, id, session));
      for (const pair of state.pairs.values()) pair.close();
      state.pairs.clear();
    },
  };
}

async function start(state: State, { address, ports, noRtpMs, recordings }: WorkerSettings): Promise<void> {
  state.noRtpMs = noRtpMs;
  state.shelf.keepIn(recordings);
  for (const port of ports) {
    const pair = await openPortPair(address, port);
    if (pair !== undefined) state.pairs.set(port, pair);
  }
  state.post({ type: "ready", ports: [...state.pairs.keys()] });
}

function open(state: State, { session: id, port, bot: plan, crypto }: ToWorker & { type: "open" }): void {
  const ports = state.pairs.get(port);
  if (ports === undefined) return state.post({ type: "botEnded", session: id, end: { reason: "media_failed" } });
  const { clock, random, line, noRtpMs, post } = state;
  const events = {
    botEnded: (end: (FromWorker & { type: "botEnded" })["end"]) => post({ type: "botEnded", session: id, end }),
    dtmf: (digit: string) => post({ type: "dtmf", session: id, digit }),
    noRtp: () => post({ type: "noRtp", session: id }),
    told: (word: BotWord) => post({ type: "told", session: id, word }),
    note: (what: string) => post({ type: "note", session: id, what }),
  };
  state.sessions.set(id, createSession({ ports, plan, crypto, clock, random, line, noRtpMs, events }));
  if (state.cancelTick !== undefined) return;
  state.dueMs = clock.monotonicMs() + FRAME_MS;
  schedule(state);
}

function handle(state: State, session: Session, message: Exclude<Extract<ToWorker, { session: number }>, { type: "open" }>): void {
  switch (message.type) {
    case "connect":
      return session.connect(message.remote);
    case "answer":
      return session.answer();
    case "sendDtmf":
      return session.sendDtmf(message.digits);
    case "pressed":
      return session.pressed(message.key);
    case "bridge":
      return bridge(session, state.sessions.get(message.other));
    case "transferFailed":
      return session.transferFailed(message.reason);
    case "redirect":
      return session.redirect(message.order);
    case "close":
      return close(state, message.session, session);
    default:
      message satisfies never;
  }
}

/** The other line may have ended meanwhile: then the end of this one is on its way. */
function bridge(session: Session, other: Session | undefined): void {
  if (other === undefined) return;
  const [first, second] = createBridge(session, other);
  session.talkThrough(first);
  other.talkThrough(second);
}

/** Always answered, because the port is lent again only then. */
function close(state: State, id: number, session: Session): void {
  let report = NOTHING_MEASURED;
  try {
    report = session.close();
  } catch (error) {
    reportFault(state, id, error);
  }
  state.sessions.delete(id);
  state.post({ type: "closed", session: id, report });
}

/** A fault in one call ends that call, and no other. */
function guarded(state: State, id: number, work: (session: Session) => void): void {
  const session = state.sessions.get(id);
  if (session === undefined) return;
  try {
    work(session);
  } catch (error) {
    reportFault(state, id, error);
    session.fail("media_failed");
  }
}

function reportFault({ post }: State, session: number, error: unknown): void {
  post({ type: "fault", session, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

function step(state: State, id: number, session: Session): void {
  try {
    session.tick(state.dueMs);
  } catch (error) {
    reportFault(state, id, error);
    session.fail("media_failed");
  }
}

function schedule(state: State): void {
  state.cancelTick = state.clock.after(state.dueMs - state.clock.monotonicMs(), () => tick(state));
}

/** Each step's time follows from the one before it, never from when the timer ran: so the pace neither drifts nor halts. */
function tick(state: State): void {
  state.cancelTick = undefined;
  if (state.sessions.size === 0) return;
  const nowMs = state.clock.monotonicMs();
  for (let steps = 0; steps < MOST_STEPS_AT_ONCE && state.dueMs <= nowMs + EARLY_MS; steps += 1) {
    state.sessions.forEach((session, id) => step(state, id, session));
    state.dueMs += FRAME_MS;
  }
  const behind = Math.ceil((nowMs - state.dueMs) / FRAME_MS);
  if (behind > 0) {
    for (const session of state.sessions.values()) session.skip(behind);
    state.dueMs += behind * FRAME_MS;
  }
  schedule(state);
}
