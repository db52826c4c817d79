// The process that import-stall.ts measures: the whole appliance on the main thread, calls that talk in its media worker, and
// a watch on how long the main thread gives nobody a turn, from the first line of standard input until its end.
//   bun bench/import-subject.ts CALLS FAR_PORT OWN_PORT

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApp } from "../src/app.ts";
import { cronAlarm } from "../src/runtime/alarm.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { createLog } from "../src/runtime/log.ts";
import { systemRandom } from "../src/runtime/random.ts";
import { ADMIN_KEY } from "../test/support/ask.ts";
import { startTalking, sumsOf } from "./support/talking-calls.ts";

const LOOK_MS = 5;
const [calls = 0, farPort = 0, ownPort = 0] = Bun.argv.slice(2, 5).map(Number);

/** The longest pause between two turns of the main thread, in ms: of its own work, with waits for the disk, with waits for a core. */
interface Stalls {
  work: number;
  disk: number;
  all: number;
}

/** The main thread's time so far as the kernel counts it, in ms: at work, and ready to work while others had the cores. */
function threadTimes(): { ran: number; waited: number } {
  const [ran = 0, waited = 0] = readFileSync("/proc/self/schedstat", "utf8").split(" ").map(Number);
  return { ran: ran / 1e6, waited: waited / 1e6 };
}

function watch(): Stalls {
  const stalls: Stalls = { work: 0, disk: 0, all: 0 };
  let last = { at: systemClock.monotonicMs(), ...threadTimes() };
  const look = (): void => {
    const now = { at: systemClock.monotonicMs(), ...threadTimes() };
    const stall = now.at - last.at - LOOK_MS;
    stalls.work = Math.max(stalls.work, now.ran - last.ran);
    stalls.disk = Math.max(stalls.disk, stall - (now.waited - last.waited));
    stalls.all = Math.max(stalls.all, stall);
    last = now;
    systemClock.after(LOOK_MS, look);
  };
  systemClock.after(LOOK_MS, look);
  return stalls;
}

const folder = mkdtempSync(join(tmpdir(), "outdial-bench-"));
const app = await startApp({
  config: {
    ...{
      dataDirectory: folder,
      host: "127.0.0.1",
      port: 0,
      publicUrl: undefined,
      maxConcurrentCalls: 45,
      maxRequestsPerSecond: 0,
      webhookAllow: [],
      logLevel: "error",
      adminKey: ADMIN_KEY,
      simulatorLog: undefined,
    },
    sip: { address: "127.0.0.1", port: 0, publicAddress: undefined, rtpAddress: "127.0.0.1", rtpPort: 16_384 },
  },
  clock: systemClock,
  alarm: cronAlarm(systemClock),
  random: systemRandom,
  log: createLog("error", systemClock, console.error),
});
const end = await startTalking(calls, farPort, ownPort, () =>
  console.log(JSON.stringify({ idle: process.memoryUsage.rss(), url: app.url })),
);
let stalls: Stalls | undefined;
for await (const _line of Bun.stdin.stream()) stalls ??= watch();
const talking = process.memoryUsage.rss();
const seen = { ...stalls };
console.log(JSON.stringify({ talking, ...seen, ...sumsOf(await end()) }));
await app.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
