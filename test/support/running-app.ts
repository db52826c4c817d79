// The whole appliance in this process: real database file, real sockets, and a clock that the test moves.

import { type App, startApp } from "../../src/app.ts";
import type { Config } from "../../src/config.ts";
import { createLog } from "../../src/runtime/log.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { ADMIN_KEY, type Ask, createAsk } from "./ask.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface RunningApp {
  app: App;
  clock: FakeClock;
  folder: string;
  request: Ask;
  /** Lets timers that are due, commits and sockets take their turns until `done`; throws after `turns` of them. */
  pump(done: () => boolean | Promise<boolean>, turns?: number): Promise<void>;
  close(): Promise<void>;
}

const MOST_TURNS = 20_000;

export async function startRunningApp(settings: Partial<Config> = {}, startAt?: number): Promise<RunningApp> {
  const folder = temporaryFolder();
  const clock = createFakeClock(startAt);
  const config: Config = {
    dataDirectory: folder.path,
    host: "127.0.0.1",
    port: 0,
    publicUrl: undefined,
    maxConcurrentCalls: 45,
    maxRequestsPerSecond: 0,
    sip: { address: "127.0.0.1", port: 0, publicAddress: undefined, rtpAddress: "127.0.0.1", rtpPort: 16_384 },
    webhookAllow: [],
    logLevel: "error",
    adminKey: ADMIN_KEY,
    simulatorLog: undefined,
    ...settings,
  };
  const log = createLog("error", clock, (line) => console.error(line));
  const app = await startApp({ config, clock, alarm: clock.alarm, random: seededRandom(1), log });
  const turn = async () => {
    clock.settle();
    await new Promise((resolve) => void setImmediate(resolve));
  };
  return {
    app,
    clock,
    folder: folder.path,
    request: createAsk(app.url, ADMIN_KEY),
    async pump(done, turns = MOST_TURNS) {
      for (let count = 0; count < turns; count += 1) {
        await turn();
        if (await done()) return;
      }
      throw new Error(`not within ${turns} turns of the event loop`);
    },
    async close() {
      let closed = false;
      const closing = app.stop().then(() => void (closed = true));
      while (!closed) await turn();
      await closing;
      folder.remove();
    },
  };
}
