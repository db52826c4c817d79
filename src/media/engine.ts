// The media engine: every call of the process, moved on each 20 ms, a fifth of the calls every 4 ms. Runs in the worker (worker.ts).

import type { BotWord } from "../calls/bot.ts";
import { createBridge } from "./bridge.ts";
import type { Cancel, Clock } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import { FRAME_MS } from "./sound/frame.ts";
import type { LineParts } from "./line/line.ts";
import type { CreateBot } from "./media-bot.ts";
import { openPortPair, type PortPair, type Receive } from "./rtp/port-pair.ts";
import { type FromWorker, NOTHING_MEASURED, type ToWorker, type WorkerSettings } from "./protocol.ts";
import type { SoundFile } from "./sound/recording.ts";
import { createScratch, type Scratch } from "./rtp/scratch.ts";
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
  /** Makes the steps that are due: for whatever else takes up much of the thread's time. */
  keepPace(): void;
  /** Ends every call and closes every socket. */
  stop(): void;
}

/** The calls are spread over so many points of the 20 ms, so that none waits for all the others, nor do far ends get their packets in one burst. */
const PHASES = 5;
const PHASE_MS = FRAME_MS / PHASES;
/** Steps that are made up for at once after a stall; what is older is left out as a gap. */
const MOST_STEPS_AT_ONCE = 10;
/** Timers fire up to this much early; waiting again for the rest would make the step late. */
const EARLY_MS = 1;

interface State extends EngineParts {
  pairs: Map<number, PortPair>;
  sessions: Map<number, Session>;
  /** The same ones, by the point of the 20 ms at which each is moved on. */
  phases: Map<number, Session>[];
  line: LineParts;
  scratch: Scratch;
  shelf: SoundShelf;
  noRtpMs: number;
  /** Whose turn is next and when it is due, monotonic; the timer runs only while there are calls. */
  phase: number;
  dueMs: number;
  cancelTick: Cancel | undefined;
}

/** Does nothing until it is told to `start`. */
export function createEngine(parts: EngineParts): Engine {
  const { createBot, post, makeFile } = parts;
  const shelf = createSoundShelf({ post, makeFile });
  const line: LineParts = { createBot, audioOf: shelf.audioOf, record: shelf.record };
  const state: State = {
    ...parts,
    line,
    shelf,
    scratch: createScratch(),
    pairs: new Map(),
    sessions: new Map(),
    phases: Array.from({ length: PHASES }, () => new Map()),
    noRtpMs: Infinity,
    phase: 0,
    dueMs: 0,
    cancelTick: undefined,
  };
  return {
    receive(message) {
      if (message.type === "start") void start(state, message.settings);
      else if (message.type === "open") open(state, message);
      else if (message.type === "audio" || message.type === "forgetAudio") shelf.receive(message);
      else if (message.type === "finish") void shelf.finish().then(() => post({ type: "finished" }));
      else if (message.type === "close") close(state, message.session);
      else guarded(state, message.session, (session) => handle(state, session, message));
    },
    keepPace: () => keepPace(state, state.clock.monotonicMs()),
    stop() {
      state.cancelTick?.();
      for (const id of [...state.sessions.keys()]) close(state, id);
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
  const { clock, random, line, scratch, noRtpMs, post } = state;
  const events = {
    botEnded: (end: (FromWorker & { type: "botEnded" })["end"]) => post({ type: "botEnded", session: id, end }),
    dtmf: (digit: string) => post({ type: "dtmf", session: id, digit }),
    noRtp: () => post({ type: "noRtp", session: id }),
    told: (word: BotWord) => post({ type: "told", session: id, word }),
    note: (what: string) => post({ type: "note", session: id, what }),
  };
  try {
    const session = createSession({
      ports: guardedPorts(state, id, ports),
      plan,
      crypto,
      clock,
      random,
      line,
      scratch,
      noRtpMs,
      keepPace: (nowMs) => keepPace(state, nowMs),
      events,
    });
    state.sessions.set(id, session);
    state.phases.reduce((emptiest, phase) => (phase.size < emptiest.size ? phase : emptiest)).set(id, session);
  } catch (error) {
    ports.release();
    reportFault(state, id, error);
    return events.botEnded({ reason: "media_failed" });
  }
  if (state.cancelTick !== undefined) return;
  state.dueMs = clock.monotonicMs() + FRAME_MS;
  schedule(state);
}

function handle(
  state: State,
  session: Session,
  message: Exclude<Extract<ToWorker, { session: number }>, { type: "open" | "close" }>,
): void {
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
      return bridge(session, state.sessions.get(message.other), message.to === "hand_over");
    case "transferFailed":
      return session.transferFailed(message.reason);
    case "redirect":
      return session.redirect(message.order);
    default:
      message satisfies never;
  }
}

/** The other line may have ended meanwhile: then the end of this one is on its way. */
function bridge(session: Session, other: Session | undefined, isHandedOver: boolean): void {
  if (other === undefined) return;
  const [first, second] = createBridge(session, other);
  session.talkThrough(first, isHandedOver);
  other.talkThrough(second, isHandedOver);
}

/** Always answered, because the port is lent again only then. */
function close(state: State, id: number): void {
  let report = NOTHING_MEASURED;
  try {
    report = state.sessions.get(id)?.close() ?? report;
  } catch (error) {
    reportFault(state, id, error);
  }
  state.sessions.delete(id);
  for (const phase of state.phases) phase.delete(id);
  state.post({ type: "closed", session: id, report });
}

/** A fault in one call ends that call, and no other. */
function guarded(state: State, id: number, work: (session: Session) => void): void {
  const session = state.sessions.get(id);
  if (session === undefined) return;
  try {
    work(session);
  } catch (error) {
    fail(state, id, error);
  }
}

/** The same for what comes on the call's ports: a socket of Bun keeps what its receiver throws to itself. */
function guardedPorts(state: State, id: number, ports: PortPair): PortPair {
  const guard =
    (receive: Receive): Receive =>
    (bytes, address, port) => {
      try {
        receive(bytes, address, port);
      } catch (error) {
        fail(state, id, error);
      }
    };
  return { ...ports, use: (rtp, rtcp) => ports.use(guard(rtp), guard(rtcp)) };
}

function fail(state: State, id: number, error: unknown): void {
  reportFault(state, id, error);
  state.sessions.get(id)?.fail("media_failed");
}

function reportFault({ post }: State, session: number, error: unknown): void {
  post({ type: "fault", session, error: wordsOf(error) });
}

/** Of an error of which nobody knows whose call it is. */
export function strayFault(error: unknown): FromWorker {
  return { type: "strayFault", error: wordsOf(error) };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function step(state: State, id: number, session: Session): void {
  try {
    session.tick(state.dueMs);
  } catch (error) {
    fail(state, id, error);
  }
}

function schedule(state: State): void {
  state.cancelTick = state.clock.after(state.dueMs - state.clock.monotonicMs(), () => tick(state));
}

function tick(state: State): void {
  state.cancelTick = undefined;
  if (state.sessions.size === 0) return;
  stepThoseDue(state, state.clock.monotonicMs() + EARLY_MS);
  schedule(state);
}

/** Does not wait for the timer, which runs only after everything that has come in; it finds nothing left to do then. */
function keepPace(state: State, nowMs: number): void {
  if (state.cancelTick !== undefined && state.dueMs <= nowMs) stepThoseDue(state, nowMs);
}

function stepThoseDue(state: State, untilMs: number): void {
  for (let points = 0; points < MOST_STEPS_AT_ONCE * PHASES && state.dueMs <= untilMs; points += 1) {
    phaseOf(state).forEach((session, id) => step(state, id, session));
    moveOn(state);
  }
  const behind = Math.ceil((untilMs - EARLY_MS - state.dueMs) / FRAME_MS);
  if (behind > 0) {
    for (const id of state.sessions.keys()) guarded(state, id, (session) => session.skip(behind));
    state.dueMs += behind * FRAME_MS;
  }
  // With a few calls, most points have none.
  for (let passed = 0; passed < PHASES && phaseOf(state).size === 0; passed += 1) moveOn(state);
}

function phaseOf({ phases, phase }: State): ReadonlyMap<number, Session> {
  return phases[phase] ?? new Map();
}

/** Each point's time follows from the one before it, never from when the timer ran: so the pace neither drifts nor halts. */
function moveOn(state: State): void {
  state.phase = (state.phase + 1) % PHASES;
  state.dueMs += PHASE_MS;
}
