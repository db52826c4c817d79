// Settings: flags, then the environment, then the defaults. Every problem is reported at once.

import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type LogLevel, logLevels } from "./runtime/log.ts";
import { didYouMean } from "./runtime/nearest.ts";

export interface Config {
  dataDirectory: string;
  host: string;
  port: number;
  /** The base at which bots and receivers reach the API; undefined: where it listens. */
  publicUrl: string | undefined;
  maxConcurrentCalls: number;
  /** Requests that a key may send, on the whole; 0 for as many as it likes. */
  maxRequestsPerSecond: number;
  sip: SipSettings;
  /** `host[:port]` entries whose private or loopback address a webhook may reach. */
  webhookAllow: readonly string[];
  logLevel: LogLevel;
  /** The first admin key, when the operator chose it. */
  adminKey: string | undefined;
  /** A file that gets a line for each call that the simulator places; for drills and tests. */
  simulatorLog: string | undefined;
}

/** Where trunks of driver `sip` listen; nothing is bound before the first such trunk. */
export interface SipSettings {
  /** Of signalling. */
  address: string;
  port: number;
  /** What peers are told in its place, behind NAT. */
  publicAddress: string | undefined;
  rtpAddress: string;
  /** The first; how many follow depends on the most calls at once. */
  rtpPort: number;
}

/** What a setting is called, outside and inside; the source of `--help` and of the documentation. */
export interface Setting {
  variable: string;
  flag: string;
  value: string;
  meaning: string;
  byDefault: string;
}

export const settings: readonly Setting[] = [
  {
    variable: "OUTDIAL_DATA",
    flag: "--data",
    value: "FOLDER",
    meaning: "where the database lives",
    byDefault: "./data, or systemd's STATE_DIRECTORY",
  },
  { variable: "OUTDIAL_HOST", flag: "--host", value: "ADDRESS", meaning: "address to listen on", byDefault: "127.0.0.1" },
  { variable: "OUTDIAL_PORT", flag: "--port", value: "PORT", meaning: "port to listen on; 0 takes a free one", byDefault: "4002" },
  {
    variable: "OUTDIAL_PUBLIC_URL",
    flag: "--public-url",
    value: "URL",
    meaning: "the base at which bots reach the API",
    byDefault: "where it listens",
  },
  {
    variable: "OUTDIAL_MAX_CONCURRENT_CALLS",
    flag: "--max-concurrent-calls",
    value: "N",
    meaning: "calls in progress at most, over all campaigns",
    byDefault: "45",
  },
  {
    variable: "OUTDIAL_MAX_REQUESTS_PER_SECOND",
    flag: "--max-requests-per-second",
    value: "N",
    meaning: "requests that a key may send, four times as many at once; 0 for no limit",
    byDefault: "50",
  },
  {
    variable: "OUTDIAL_SIP_ADDRESS",
    flag: "--sip-address",
    value: "ADDRESS",
    meaning: "address that SIP trunks are signalled from",
    byDefault: "0.0.0.0",
  },
  { variable: "OUTDIAL_SIP_PORT", flag: "--sip-port", value: "PORT", meaning: "UDP port of SIP; 0 takes a free one", byDefault: "5060" },
  {
    variable: "OUTDIAL_PUBLIC_ADDRESS",
    flag: "--public-address",
    value: "ADDRESS",
    meaning: "the address that trunks are told, where NAT hides the machine's own",
    byDefault: "the machine's own",
  },
  {
    variable: "OUTDIAL_RTP_ADDRESS",
    flag: "--rtp-address",
    value: "ADDRESS",
    meaning: "address that calls' audio comes to",
    byDefault: "that of OUTDIAL_SIP_ADDRESS",
  },
  {
    variable: "OUTDIAL_RTP_PORT",
    flag: "--rtp-port",
    value: "PORT",
    meaning: "first UDP port of calls' audio; four and a half for each call follow",
    byDefault: "16384",
  },
  {
    variable: "OUTDIAL_WEBHOOK_ALLOW",
    flag: "--webhook-allow",
    value: "LIST",
    meaning: "host[:port],… that webhooks may reach although private",
    byDefault: "none",
  },
  { variable: "OUTDIAL_LOG", flag: "--log", value: "LEVEL", meaning: `what is logged: ${logLevels.join(", ")}`, byDefault: "info" },
  {
    variable: "OUTDIAL_ADMIN_KEY",
    flag: "",
    value: "KEY",
    meaning: "the admin key, instead of a generated one (20 characters or more)",
    byDefault: "generated, printed once",
  },
  { variable: "OUTDIAL_ADMIN_KEY_FILE", flag: "", value: "FILE", meaning: "a file that holds the admin key", byDefault: "none" },
  {
    variable: "OUTDIAL_SIMULATOR_LOG",
    flag: "--simulator-log",
    value: "FILE",
    meaning: "a line for each call that the simulator places",
    byDefault: "none",
  },
];

const flagNames = settings.map((known) => known.flag).filter(Boolean);
const variableNames = settings.map((known) => known.variable);

/** All that is wrong with the settings, a sentence each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

type Environment = Record<string, string | undefined>;

/** Throws a ConfigError with every problem. `args` are the words after the command. */
export function readConfig(args: readonly string[], environment: Environment): Config {
  const problems: string[] = [];
  const values = readValues(args, environment, problems);
  const config: Config = {
    dataDirectory: values("OUTDIAL_DATA") ?? environment.STATE_DIRECTORY ?? "./data",
    host: values("OUTDIAL_HOST") ?? "127.0.0.1",
    port: readInteger("OUTDIAL_PORT", values("OUTDIAL_PORT"), { byDefault: 4002, min: 0, max: 65_535 }, problems),
    publicUrl: readUrl("OUTDIAL_PUBLIC_URL", values("OUTDIAL_PUBLIC_URL"), problems),
    maxConcurrentCalls: readInteger(
      "OUTDIAL_MAX_CONCURRENT_CALLS",
      values("OUTDIAL_MAX_CONCURRENT_CALLS"),
      { byDefault: 45, min: 1, max: 10_000 },
      problems,
    ),
    maxRequestsPerSecond: readInteger(
      "OUTDIAL_MAX_REQUESTS_PER_SECOND",
      values("OUTDIAL_MAX_REQUESTS_PER_SECOND"),
      { byDefault: 50, min: 0, max: 100_000 },
      problems,
    ),
    sip: readSip(values, problems),
    webhookAllow: readAllowList(values("OUTDIAL_WEBHOOK_ALLOW"), problems),
    logLevel: readLogLevel(values("OUTDIAL_LOG"), problems),
    adminKey: readAdminKey(values("OUTDIAL_ADMIN_KEY"), values("OUTDIAL_ADMIN_KEY_FILE"), problems),
    simulatorLog: values("OUTDIAL_SIMULATOR_LOG"),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Flags win over variables; an empty value is an absent one. */
function readValues(args: readonly string[], environment: Environment, problems: string[]): (variable: string) => string | undefined {
  const flags = new Map<string, string>();
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? "";
    const [name = "", inline] = word.split(/=(.*)/s);
    const setting = settings.find((known) => known.flag !== "" && known.flag === name);
    if (setting === undefined) {
      problems.push(`'${name}' is not an option; the options are ${flagNames.join(", ")}.${didYouMean(name, flagNames)}`);
      continue;
    }
    const value = inline ?? args[(index += 1)];
    if (value === undefined) problems.push(`${name} needs a value: ${name} ${setting.value}`);
    else flags.set(setting.variable, value);
  }
  for (const name of Object.keys(environment)) {
    if (name.startsWith("OUTDIAL_") && !settings.some((known) => known.variable === name)) {
      problems.push(`${name} is not a setting; the settings are ${variableNames.join(", ")}.${didYouMean(name, variableNames)}`);
    }
  }
  return (variable) => flags.get(variable) ?? (environment[variable] || undefined);
}

function readInteger(
  name: string,
  text: string | undefined,
  rule: { byDefault: number; min: number; max: number },
  problems: string[],
): number {
  if (text === undefined) return rule.byDefault;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= rule.min && value <= rule.max) return value;
  problems.push(`${name} is '${text}'; it must be a whole number from ${rule.min} to ${rule.max}`);
  return rule.byDefault;
}

function readSip(values: (variable: string) => string | undefined, problems: string[]): SipSettings {
  const address = readAddress("OUTDIAL_SIP_ADDRESS", values("OUTDIAL_SIP_ADDRESS"), problems) ?? "0.0.0.0";
  return {
    address,
    port: readInteger("OUTDIAL_SIP_PORT", values("OUTDIAL_SIP_PORT"), { byDefault: 5060, min: 0, max: 65_535 }, problems),
    publicAddress: readAddress("OUTDIAL_PUBLIC_ADDRESS", values("OUTDIAL_PUBLIC_ADDRESS"), problems),
    rtpAddress: readAddress("OUTDIAL_RTP_ADDRESS", values("OUTDIAL_RTP_ADDRESS"), problems) ?? address,
    rtpPort: readInteger("OUTDIAL_RTP_PORT", values("OUTDIAL_RTP_PORT"), { byDefault: 16_384, min: 1_024, max: 65_000 }, problems),
  };
}

function readAddress(name: string, text: string | undefined, problems: string[]): string | undefined {
  if (text !== undefined && isIP(text) === 0) problems.push(`${name} is '${text}'; it must be an IP address, such as 192.0.2.10`);
  return text;
}

function readUrl(name: string, text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBase = url !== undefined && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "" && url.username === "";
  if (!isBase) problems.push(`${name} is '${text}'; it must be an http:// or https:// URL, such as https://dialer.example.com`);
  return text.replace(/\/+$/, "");
}

function readAllowList(text: string | undefined, problems: string[]): string[] {
  const entries = (text ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean);
  for (const entry of entries) {
    if (!/^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+)(:\d{1,5})?$/.test(entry)) {
      problems.push(`OUTDIAL_WEBHOOK_ALLOW has '${entry}'; it must be host or host:port, such as 10.0.5.7:8443`);
    }
  }
  return entries;
}

function readLogLevel(text: string | undefined, problems: string[]): LogLevel {
  const level = logLevels.find((known) => known === text);
  if (text !== undefined && level === undefined) problems.push(`OUTDIAL_LOG is '${text}'; it must be one of ${logLevels.join(", ")}`);
  return level ?? "info";
}

const SHORTEST_ADMIN_KEY = 20;

function readAdminKey(key: string | undefined, file: string | undefined, problems: string[]): string | undefined {
  let chosen = key;
  if (file !== undefined) {
    if (key !== undefined) problems.push("OUTDIAL_ADMIN_KEY and OUTDIAL_ADMIN_KEY_FILE are both set; set one of them");
    try {
      chosen = readFileSync(file, "utf8").trim();
    } catch (error) {
      problems.push(`OUTDIAL_ADMIN_KEY_FILE is '${file}', which cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
  if (chosen !== undefined && !/^[\x21-\x7e]+$/.test(chosen)) problems.push("the admin key must be printable ASCII without spaces");
  else if (chosen !== undefined && chosen.length < SHORTEST_ADMIN_KEY)
    problems.push(`the admin key has ${chosen.length} characters; it must have ${SHORTEST_ADMIN_KEY} or more`);
  return chosen;
}
