// A stand-in until the composition root is written.

import type { Config } from "./config.ts";
import type { Alarm } from "./runtime/alarm.ts";
import type { Clock } from "./runtime/clock.ts";
import type { Log } from "./runtime/log.ts";
import type { Random } from "./runtime/random.ts";

export interface AppOptions { config: Config; clock: Clock; alarm: Alarm; random: Random; log: Log }
export interface App {
  readonly url: string;
  readonly generatedAdminKey: string | undefined;
  stop(options?: { drainMs?: number }): Promise<void>;
  openCalls(): number;
}
export function startApp(_options: AppOptions): Promise<App> {
  return Promise.reject(new Error("the app is not there yet"));
}
