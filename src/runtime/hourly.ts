// Work that is done at start and then every hour, in the background: what has become old is forgotten.

import { type Cancel, type Clock, HOUR } from "./clock.ts";
import type { Log } from "./log.ts";
import { createLoop } from "./loop.ts";

/** `stop` resolves when the round in progress has ended. */
export interface Hourly {
  start(): void;
  stop(): Promise<void>;
}

/** `runOnce` is told whether it may go on: not once `stop` was asked for. */
export function createHourly(
  name: string,
  { clock, log }: { clock: Pick<Clock, "after">; log: Log },
  runOnce: (mayGoOn: () => boolean) => Promise<void>,
): Hourly {
  let cancel: Cancel = () => undefined;
  let isStopped = false;
  const loop = createLoop(name, log, async () => {
    cancel();
    cancel = clock.after(HOUR, () => loop.nudge());
    await runOnce(() => !isStopped);
  });
  return {
    start: () => loop.nudge(),
    async stop() {
      isStopped = true;
      cancel();
      await loop.stop();
      cancel();
    },
  };
}
