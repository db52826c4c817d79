// `outdial serve`: the appliance itself, until a signal ends it.

import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { type App, startApp } from "../app.ts";
import { type Config, ConfigError, readConfig, settings } from "../config.ts";
import { cronAlarm } from "../runtime/alarm.ts";
import { SECOND, systemClock } from "../runtime/clock.ts";
import { createLog } from "../runtime/log.ts";
import { systemRandom } from "../runtime/random.ts";
import { version } from "../version.ts";
import { type Command, ExitCode } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/**
 * How long calls in progress may go on after the signal: long enough for most conversations to come to a word of
 * goodbye, and well inside the 45 s after which the systemd unit kills. Those still open then are hung up and settled.
 */
const DRAIN_MS = 30 * SECOND;

export const serveCommand: Command = {
  name: "serve",
  summary: "run the appliance",
  help: () => `Usage: outdial serve [OPTIONS]

Listens for the API and dials the campaigns that run. SIGTERM or Ctrl-C ends it: no new call is placed, calls in
progress get ${DRAIN_MS / SECOND} s; a second signal ends it at once. The log is one JSON object a line on standard error.

Each option is also a variable of the environment; the option wins.

${describeSettings()}`,
  async run(args, terminal) {
    const config = readConfigOrTell(args, terminal);
    if (config === undefined) return ExitCode.usage;
    // From here on a signal ends it in order, also one that comes while it starts.
    const signalled = terminal.untilSignal();
    let app: App;
    try {
      app = await start(config, terminal);
    } catch (error) {
      terminal.err(`outdial: ${error instanceof Error ? error.message : String(error)}\n`);
      return ExitCode.failed;
    }
    terminal.out(banner(app, config));
    await signalled;
    terminal.out(farewell(app.openCalls()));
    await app.stop({ drainMs: DRAIN_MS });
    return ExitCode.ok;
  },
};

/** The settings, or undefined when every problem with them has been told. */
export function readConfigOrTell(args: readonly string[], terminal: Terminal): Config | undefined {
  try {
    return readConfig(args, terminal.environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    terminal.err(error.problems.map((problem) => `outdial: ${problem}\n`).join(""));
    return undefined;
  }
}

function start(config: Config, terminal: Terminal): Promise<App> {
  // Only the owner may read it: it holds people's numbers and what was said.
  mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 });
  const log = createLog(config.logLevel, systemClock, (line) => terminal.err(`${line}\n`));
  return startApp({ config, clock: systemClock, alarm: cronAlarm(systemClock), random: systemRandom, log });
}

function banner(app: App, config: Config): string {
  const lines = [`outdial ${version} is listening on ${app.url}`, `data directory: ${resolve(config.dataDirectory)}`];
  if (app.generatedAdminKey !== undefined) {
    lines.push(
      `admin key:      ${app.generatedAdminKey}`,
      "                It is shown this once and not stored: keep it now. For another: outdial keys create --name NAME --role admin",
    );
  }
  return `${lines.join("\n")}\n`;
}

function farewell(open: number): string {
  if (open === 0) return "stopping\n";
  return `stopping: ${open} ${open === 1 ? "call is" : "calls are"} in progress and may go on for ${DRAIN_MS / SECOND} s; a second signal ends everything at once\n`;
}

function describeSettings(): string {
  return settings
    .map(
      ({ flag, variable, value, meaning, byDefault }) =>
        `  ${flag === "" ? "(no option)" : `${flag} ${value}`}, ${variable}\n      ${meaning}; default: ${byDefault}\n`,
    )
    .join("");
}
