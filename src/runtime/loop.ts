// A background part: `runOnce` does what is due now, `nudge` asks for another round.
// Rounds never overlap; nudges during a round lead to exactly one more.

import type { Log } from "./log.ts";

export interface Loop {
  nudge(): void;
  /** Resolves when the round in progress has ended; no later round begins. Twice is fine, never-nudged is fine. */
  stop(): Promise<void>;
}

/** A round that throws is logged once and the loop goes on at the next nudge. */
export function createLoop(name: string, log: Log, runOnce: () => void | Promise<void>): Loop {
  let round: Promise<void> | undefined;
  let running = false;
  let again = false;
  let stopped = false;

  const rounds = async () => {
    running = true;
    do {
      again = false;
      try {
        await runOnce();
      } catch (error) {
        log.error("loop.failed", { loop: name, error });
      }
    } while (again && !stopped);
    running = false;
  };

  return {
    nudge() {
      if (stopped) return;
      again = true;
      if (!running) round = rounds();
    },
    async stop() {
      stopped = true;
      await round;
    },
  };
}
