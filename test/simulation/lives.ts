// The lives of the process in a drill: it starts, goes on turn by turn, dies at any moment, and is started again.

import { createLog } from "../../src/runtime/log.ts";
import { nextTurn } from "../../src/runtime/turn.ts";
import { createAnalyserFor } from "./analyser.ts";
import { boot, type Running } from "./appliance.ts";
import { createLife, type Life, ProcessDied } from "./life.ts";
import type { Scene } from "./scene.ts";
import { openMortally } from "./store.ts";

export interface Lives {
  life(): Life;
  running(): Running;
  /** How many there were. */
  count(): number;
  /** After a death: starts it again, as often as it takes. Does nothing while it lives. */
  revive(): Promise<void>;
  /** One turn of the event loop within `ms`; false when nothing was left to do. */
  turn(ms: number): Promise<boolean>;
}

/** The first life begins at once. */
export function createLives(scene: Scene): Lives {
  const { clock, real, faults, fuse, carrier, receiver, hook, troubles, breakage, note } = scene;
  const dice = scene.dice.fork();
  let count = 0;
  let life = createLife(0, fuse, () => undefined);
  let running: Running;

  const start = () => {
    count += 1;
    const own = (life = createLife(count, fuse, () => {
      note("DIED");
      if (real.sqlite.inTransaction) real.sqlite.query("ROLLBACK").run();
    }));
    const dialer = carrier.dialerFor(own);
    running = boot({
      life: own,
      clock,
      random: dice.fork(),
      log: createLog("error", clock, (line) => own.isAlive && noteError(scene, line)),
      db: openMortally(real, own, faults),
      machineDb: openMortally(real, own, faults, breakage.rewrite),
      dialer: breakage.wrapDialer?.(dialer, clock) ?? dialer,
      sender: receiver.senderFor(own),
      hookSender: hook.senderFor(own),
      wrapPreDial: breakage.wrapPreDial,
      analyser: createAnalyserFor(own, clock, dice.fork()),
      wrapCommit: breakage.wrapCommit,
      maxConcurrentCalls: breakage.hasNoCap === true ? 1_000 : scene.maxConcurrentCalls,
    });
    note(`life ${count}`);
  };
  start();

  return {
    life: () => life,
    running: () => running,
    count: () => count,
    async revive() {
      while (!life.isAlive) {
        scene.isStopping = false;
        clock.clear();
        await running.longWork;
        clock.advance(troubles.downtime());
        troubles.expire();
        try {
          start();
        } catch (error) {
          // A start that fails ends the process; its keeper starts it again.
          if (life.isAlive && !troubles.mayFail()) throw error;
          life.die();
        }
      }
    },
    async turn(ms) {
      let hasMoved = true;
      try {
        hasMoved = clock.turn(ms);
      } catch (error) {
        if (!(error instanceof ProcessDied)) throw error;
      }
      // For the promises that were resolved in it.
      await nextTurn();
      return hasMoved;
    },
  };
}

/** An error in the log is a bug, unless the drill has just caused it. */
export function noteError({ note, report, troubles }: Scene, line: string): void {
  note(`log ${line.replace(/\\n.*/, "")}`);
  if (!troubles.mayFail() && !/call\.(overdue|dialer_threw)|analysis\.broken/.test(line)) report(`an error was logged: ${line}`);
}
