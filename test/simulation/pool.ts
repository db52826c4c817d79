// Runs drills on every core: a few processes of which each runs whole drills, in the order in which they were asked for.
// A drill depends on its seed alone, so it is the same in any of them.

import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { DrillRecord } from "./drill.ts";

/** What a process is told to run; `without` is the name of the guard that is taken away. */
export interface DrillOrder {
  seed: number;
  hours: number;
  without?: string;
}

/** What it says of it: the record, or the stack of what was thrown. */
export type DrillAnswer = { record: DrillRecord } | { thrown: string };

export interface DrillPool {
  /** Rejects when the drill throws or its process ends. */
  run(order: DrillOrder): Promise<DrillRecord>;
  /** Ends its processes once they have done what they are at; drills that wait never settle. */
  close(): Promise<unknown>;
}

interface Job {
  order: DrillOrder;
  done: (record: DrillRecord) => void;
  failed: (error: Error) => void;
}

type Driller = Bun.Subprocess<"ignore", "inherit", "inherit">;

const MOST_PROCESSES = 16;

/** Starts a process whenever a drill waits and a core is free. */
export function createPool(size = Math.min(availableParallelism(), MOST_PROCESSES)): DrillPool {
  const waiting: Job[] = [];
  const running = new Map<Driller, Job | undefined>();
  let isClosed = false;

  const start = (): Driller =>
    Bun.spawn([process.execPath, resolve(import.meta.dir, "driller.ts")], {
      stdio: ["ignore", "inherit", "inherit"],
      ipc: (answer: DrillAnswer, driller) => finish(driller as Driller, answer),
      onExit: (driller, code, signal) => lose(driller as Driller, `${signal ?? `exit code ${code}`}`),
    });
  const give = () => {
    const idle = [...running].find(([, job]) => job === undefined)?.[0];
    if (isClosed || waiting.length === 0 || (idle === undefined && running.size >= size)) return;
    const job = waiting.shift();
    const driller = idle ?? start();
    running.set(driller, job);
    if (job !== undefined) driller.send(job.order);
  };
  const finish = (driller: Driller, answer: DrillAnswer) => {
    const job = running.get(driller);
    running.set(driller, undefined);
    give();
    if ("record" in answer) job?.done(answer.record);
    else job?.failed(new Error(`the drill with the seed ${job.order.seed} threw: ${answer.thrown}`));
  };
  const lose = (driller: Driller, how: string) => {
    const job = running.get(driller);
    running.delete(driller);
    job?.failed(new Error(`the process of the drill with the seed ${job.order.seed} ended before it: ${how}`));
    give();
  };

  return {
    run(order) {
      const drilled = new Promise<DrillRecord>((done, failed) => void waiting.push({ order, done, failed }));
      // Whoever asked may look at it later.
      drilled.catch(() => undefined);
      give();
      return drilled;
    },
    close() {
      isClosed = true;
      for (const driller of running.keys()) driller.disconnect();
      return Promise.all([...running.keys()].map((driller) => driller.exited));
    },
  };
}
