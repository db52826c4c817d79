// Attempts a second through the whole machine: claim, place, ring, answer, settle, webhook row, with a carrier that
// takes no time. The modes take turns, so that a busy machine treats them alike.

import { rmSync } from "node:fs";
import type { SynchronousMode } from "../../src/database/open.ts";
import { commitTo, createMachine } from "../../src/dialing/machine.ts";
import { cronAlarm } from "../../src/runtime/alarm.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { createLog } from "../../src/runtime/log.ts";
import { createSimulator } from "../../src/simulator/simulator-dialer.ts";
import { median } from "./figures.ts";
import { fillCampaign, openBench } from "./fill.ts";

export interface AttemptsRun {
  leads: number;
  concurrent: number;
  rounds: number;
}

/** Median over the rounds, by mode. */
export async function attemptsPerSecond(
  modes: readonly SynchronousMode[],
  run: AttemptsRun,
): Promise<Partial<Record<SynchronousMode, number>>> {
  const speeds = new Map(modes.map((mode) => [mode, [] as number[]]));
  for (let round = 0; round < run.rounds; round += 1) {
    for (const mode of round % 2 === 0 ? modes : [...modes].reverse()) speeds.get(mode)?.push(await once(mode, run));
  }
  return Object.fromEntries([...speeds].map(([mode, list]) => [mode, median(list)]));
}

async function once(mode: SynchronousMode, { leads, concurrent }: AttemptsRun): Promise<number> {
  const store = openBench(mode);
  await fillCampaign(store, leads, concurrent);
  const log = createLog("error", systemClock, console.error);
  const machine = createMachine({
    ...store,
    alarm: cronAlarm(systemClock),
    log,
    commit: commitTo(store.db, systemClock),
    dialers: { simulator: createSimulator({ clock: systemClock }) },
    maxConcurrentCalls: concurrent,
    onOutcome: () => undefined,
  });
  const status = () => store.db.sqlite.query<{ status: string }, []>("SELECT status FROM campaigns").get()?.status;
  const start = performance.now();
  machine.start();
  while (status() === "running") await Bun.sleep(5);
  const seconds = (performance.now() - start) / 1_000;
  machine.hold();
  store.db.close();
  rmSync(store.folder, { recursive: true, force: true });
  return leads / seconds;
}
