// The connection to one bot: opened within a bound, watched, opened once more when it is lost. Used by stream-bot.ts, which is
// told what happens and decides nothing about sockets.

import { type Cancel, type Clock, SECOND } from "../runtime/clock.ts";
import type { BotSocket, OpenSocket, SocketEvents } from "./bot-socket.ts";
import { createMessageBudget, type MessageBudget } from "./message-budget.ts";

/** Where the bot is. `patient`: it may still be starting, so a refusal is not its last word. */
export interface LinkTarget {
  url: string;
  headers: Readonly<Record<string, string>>;
  patient: boolean;
}

/** What becomes of it: `up` for each connection, at most two; then `closed` or `failed`, once. */
export interface LinkEvents {
  up(): void;
  message(text: string): void;
  /** The bot hung up. */
  closed(): void;
  failed(reason: "bot_unreachable" | "bot_crashed", detail: string): void;
}

/** Nothing is told after `close`. */
export interface Link {
  start(): void;
  isUp(): boolean;
  /** Dropped while it is not up. */
  send(text: string): void;
  /** The bot has said that it will go: however it goes, it has hung up. */
  expectEnd(): void;
  /** Lets what was sent leave. */
  close(): void;
}

/** From the answer until the bot has accepted the connection. */
const CONNECT_MS = 5 * SECOND;
/** From a loss until the bot has accepted another one. */
const RECONNECT_MS = 3 * SECOND;
const PAUSE_MS = 100;
/** For the bot to answer that the connection is closed. */
const CLOSE_MS = 2 * SECOND;
/** How often a bot is asked for a sign of life, and how many times in vain before it counts as lost. */
const PING_MS = 5 * SECOND;
const MOST_PINGS = 3;
/** About a minute of sound that the bot has not read. */
const MOST_BUFFERED = 1_000_000;

interface LinkParts {
  clock: Clock;
  connect: OpenSocket;
  target: LinkTarget;
  events: LinkEvents;
}

interface State extends LinkParts {
  socket: BotSocket | undefined;
  isUp: boolean;
  /** How many connections there were. */
  ups: number;
  over: boolean;
  isEndExpected: boolean;
  /** Pings since the last sign of life. */
  pings: number;
  cancelWait: Cancel;
  cancelPing: Cancel;
}

/** Nothing is opened before `start`. */
export function createLink(parts: LinkParts): Link {
  const none = () => undefined;
  const state: State = {
    ...parts,
    socket: undefined,
    isUp: false,
    ups: 0,
    over: false,
    isEndExpected: false,
    pings: 0,
    cancelWait: none,
    cancelPing: none,
  };
  return {
    start: () => attempt(state, parts.clock.monotonicMs() + CONNECT_MS),
    isUp: () => state.isUp,
    send(text) {
      const { socket, isUp } = state;
      if (socket === undefined || !isUp) return;
      if (socket.bufferedBytes() > MOST_BUFFERED) socket.terminate();
      else socket.send(text);
    },
    expectEnd: () => void (state.isEndExpected = true),
    close() {
      if (!end(state)) return;
      const { socket, isUp, clock } = state;
      if (!isUp) return socket?.terminate();
      socket?.close();
      state.cancelWait = clock.after(CLOSE_MS, () => socket?.terminate());
    },
  };
}

/** False when it was over before. */
function end(state: State): boolean {
  if (state.over) return false;
  state.over = true;
  state.cancelWait();
  state.cancelPing();
  return true;
}

function fail(state: State, detail: string): void {
  if (end(state)) state.events.failed(state.ups === 0 ? "bot_unreachable" : "bot_crashed", detail);
}

function attempt(state: State, deadlineMs: number): void {
  const { clock, connect, target } = state;
  const budget = createMessageBudget(clock.monotonicMs());
  state.cancelWait = clock.after(deadlineMs - clock.monotonicMs(), () => {
    fail(state, `${hostOf(target)} did not accept the connection in time`);
    state.socket?.terminate();
  });
  const events: SocketEvents = {
    opened: () => (state.over ? undefined : opened(state)),
    message: (text) => (state.over ? undefined : hear(state, budget, text)),
    alive: () => void (state.pings = 0),
    closed: (clean, why) => closed(state, deadlineMs, clean, why),
  };
  try {
    state.socket = connect(target.url, target.headers, events);
  } catch (error) {
    fail(state, `${hostOf(target)}: ${withoutUrl(target, (error as Error).message)}`);
  }
}

function closed(state: State, deadlineMs: number, clean: boolean, why: string): void {
  const wasUp = state.isUp;
  state.isUp = false;
  if (state.over) return state.cancelWait();
  state.cancelPing();
  if (!wasUp) return refused(state, deadlineMs, why);
  if (!clean && !state.isEndExpected) return lost(state, why);
  end(state);
  state.events.closed();
}

function opened(state: State): void {
  state.cancelWait();
  state.isUp = true;
  state.ups += 1;
  state.pings = 0;
  watch(state);
  state.events.up();
}

function hear(state: State, budget: MessageBudget, text: string): void {
  state.pings = 0;
  if (budget.spend(text.length, state.clock.monotonicMs())) return state.events.message(text);
  fail(state, "the bot sent far more than a conversation needs");
  state.socket?.terminate();
}

/** A first refusal is believed; after a loss, and of a bot that may still be starting, only at the deadline. */
function refused(state: State, deadlineMs: number, why: string): void {
  const { clock, target, ups } = state;
  state.cancelWait();
  const mayAgain = (ups > 0 || target.patient) && clock.monotonicMs() + PAUSE_MS < deadlineMs;
  if (!mayAgain) return fail(state, `${hostOf(target)}: ${withoutUrl(target, why)}`);
  state.cancelWait = clock.after(PAUSE_MS, () => attempt(state, deadlineMs));
}

function lost(state: State, why: string): void {
  if (state.ups > 1) return fail(state, `the connection was lost again: ${withoutUrl(state.target, why)}`);
  attempt(state, state.clock.monotonicMs() + RECONNECT_MS);
}

/** For the log, which is to have no path and no query: a token may stand there. */
function hostOf({ url }: LinkTarget): string {
  return URL.canParse(url) ? new URL(url).host : "the bot's URL";
}

/** A socket names the whole URL, as it reads it, in what it says of a failure. */
function withoutUrl(target: LinkTarget, why: string): string {
  return why.replace(/'?wss?:\/\/\S*/gi, hostOf(target));
}

function watch(state: State): void {
  state.cancelPing = state.clock.after(PING_MS, () => {
    state.pings += 1;
    if (state.pings > MOST_PINGS) return state.socket?.terminate();
    state.socket?.ping();
    watch(state);
  });
}
