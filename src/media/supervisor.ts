// Keeps one media worker alive: starts it, says when it is lost, starts the next.

import type { Cancel, Clock } from "../runtime/clock.ts";
import { SECOND } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** Makes a worker whose entry is worker.ts, or in tests one that wraps it. */
export type SpawnWorker = () => Worker;

/** Whom to start, and whom to tell. */
interface SupervisorParts {
  clock: Clock;
  log: Log;
  spawn?: SpawnWorker;
  /** What each worker is told first. */
  start: ToWorker;
  receive(message: FromWorker): void;
  /** The worker died, and its sockets with it. */
  lost(): void;
}

/** The line to whichever worker lives. */
export interface Supervisor {
  /** False, and dropped, while there is no worker. */
  send(message: ToWorker): boolean;
  stop(): Promise<void>;
}

/** Between a death and the next worker: doubles with each death, starts anew once a worker got ready. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30 * SECOND;

/** Starts the first worker at once. */
export function createSupervisor({ clock, log, spawn = spawnWorker, start, receive, lost }: SupervisorParts): Supervisor {
  let worker: Worker | undefined;
  let stopped = false;
  let pauseMs = FIRST_PAUSE_MS;
  let cancelNext: Cancel = () => undefined;

  const launch = () => {
    const current = spawn();
    worker = current;
    current.addEventListener("message", (event: MessageEvent<FromWorker>) => {
      if (worker !== current) return;
      if (event.data.type === "ready") pauseMs = FIRST_PAUSE_MS;
      receive(event.data);
    });
    current.addEventListener("error", (event) => log.error("media.worker_failed", { error: event.message }));
    current.addEventListener("close", () => {
      if (worker !== current) return;
      worker = undefined;
      if (stopped) return;
      log.error("media.worker_lost", { nextInMs: pauseMs });
      cancelNext = clock.after(pauseMs, launch);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      lost();
    });
    current.postMessage(start);
  };
  launch();

  return {
    send(message) {
      worker?.postMessage(message);
      return worker !== undefined;
    },
    async stop() {
      stopped = true;
      cancelNext();
      const current = worker;
      if (current === undefined) return;
      const closed = new Promise<void>((resolve) => current.addEventListener("close", () => resolve()));
      current.terminate();
      await closed;
    },
  };
}

/**
 * Inside the binary every file of the main program has the address of its root, where the worker lies in media/;
 * from source it lies beside this file.
 */
function spawnWorker(): Worker {
  const inBinary = /\/\$bunfs\/|~BUN/.test(import.meta.url);
  return new Worker(new URL(inBinary ? "./media/worker.ts" : "./worker.ts", import.meta.url).href);
}
