// Calls whose bot is a program of this machine: started when the call is placed, stopped when it is over. Put around the SIP
// dialer by dialers.ts; the media worker connects to the program as to any other stream.

import type { BotConnection } from "../calls/bot.ts";
import { CallEnding } from "../calls/call.ts";
import type { ActiveCall, CallEvents, CallOrder, Dialer } from "../calls/dialer.ts";
import type { DialResult } from "../calls/ending.ts";
import { type Clock, SECOND } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { processEnvironment } from "./process-environment.ts";
import type { ChildProcess, Spawner } from "./spawn-process.ts";

interface ProcessDialerParts {
  dialer: Dialer;
  clock: Clock;
  log: Log;
  spawner: Spawner;
  /** Passed on to programs, without our own settings. */
  environment: Readonly<Record<string, string | undefined>>;
}

/** Between SIGTERM and SIGKILL. */
const PATIENCE_MS = 3 * SECOND;
const MOST_TRIES = 20;

interface Running {
  port: number;
  child: ChildProcess;
  /** Resolves when it has ended, and its children. */
  stop(): Promise<void>;
}

interface State extends ProcessDialerParts {
  running: Set<Running>;
}

/** The dialer, for agents of every kind. One program a call. */
export function withBotProcesses(parts: ProcessDialerParts): Dialer {
  const state: State = { ...parts, running: new Set() };
  const { dialer } = parts;
  return {
    check: (trunk) => dialer.check(trunk),
    endOrphan: (orphan) => dialer.endOrphan(orphan),
    place(order, events) {
      const { connection } = order.bot;
      return connection.type === "process" ? placeWith(state, order, connection, events) : dialer.place(order, events);
    },
    async stop() {
      await dialer.stop();
      await Promise.all([...state.running].map((one) => one.stop()));
    },
  };
}

/** Nobody's phone rings for a program that is not there. */
const notStarted: DialResult = { ending: CallEnding.failed, retry: "requeue", reason: "bot_unreachable", ringMs: 0, talkMs: 0 };

function placeWith(state: State, order: CallOrder, connection: BotConnection & { type: "process" }, events: CallEvents): ActiveCall {
  const { dialer, clock, log } = state;
  const { callId } = order;
  let bot: Running;
  try {
    bot = start(state, order, connection);
  } catch (error) {
    log.error("bot.not_started", { callId, command: connection.command, error: (error as Error).message });
    clock.soon(() => events.ended(notStarted));
    return { hangUp: () => undefined };
  }
  let answered = false;
  let over = false;
  /** It ended before anybody had picked up. */
  let early = false;
  const call = dialer.place(
    { ...order, bot: { ...order.bot, connection: { ...connection, port: bot.port } } },
    {
      ...events,
      answered(at) {
        answered = true;
        events.answered(at);
      },
      ended(result) {
        over = true;
        void bot.stop();
        const { ending, retry, reason } = notStarted;
        events.ended(early && !answered ? { ...result, ending, retry, reason } : result);
      },
    },
  );
  void bot.child.exited.then((how) => {
    if (over) return;
    log.warn("bot.process_ended", { callId, command: connection.command, how });
    // Of a conversation the stream decides: a program may end in peace once it has said what it had to say.
    if (answered) return;
    early = true;
    call.hangUp(notStarted.reason);
  });
  return call;
}

/** Throws when the program cannot be started. */
function start(state: State, { bot }: CallOrder, { command, args = [] }: BotConnection & { type: "process" }): Running {
  const { clock, spawner, environment, running } = state;
  const port = portFor(state);
  const child = spawner.spawn([command, ...args], processEnvironment(bot, port, environment));
  let stopping: Promise<void> | undefined;
  const one: Running = {
    port,
    child,
    stop() {
      stopping ??= new Promise((resolve) => {
        child.signal("SIGTERM");
        const cancel = clock.after(PATIENCE_MS, () => {
          child.signal("SIGKILL");
          void child.exited.then(() => resolve());
        });
        void child.exited.then(() => {
          // A shell goes at once, and the bot that it started may not.
          if (child.isLeft()) return;
          cancel();
          resolve();
        });
      });
      return stopping;
    },
  };
  running.add(one);
  void child.exited.then(() => running.delete(one));
  return one;
}

/** A program may take a moment to listen: until then its port looks free. */
function portFor({ spawner, running }: State): number {
  const taken = new Set([...running].map(({ port }) => port));
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const port = spawner.freePort();
    if (!taken.has(port)) return port;
  }
  throw new Error(`no port of the loopback is free: each of ${MOST_TRIES} tries gave one that another call's bot has`);
}
