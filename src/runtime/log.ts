// The log: one JSON object a line on standard error, an event name first, then fields.

import type { Clock } from "./clock.ts";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

type Fields = Record<string, unknown>;

/** `event` is a stable name (`call.settled`), never a sentence with values in it. Numbers to call are masked by `maskNumber`. */
export interface Log {
  debug(event: string, fields?: Fields): void;
  info(event: string, fields?: Fields): void;
  warn(event: string, fields?: Fields): void;
  error(event: string, fields?: Fields): void;
}

/** Hands `write` a line without its newline for each event at `level` or above. */
export function createLog(level: LogLevel, clock: Pick<Clock, "now">, write: (line: string) => void): Log {
  const threshold = logLevels.indexOf(level);
  const at =
    (name: LogLevel) =>
    (event: string, fields: Fields = {}) => {
      if (logLevels.indexOf(name) < threshold) return;
      write(JSON.stringify({ at: new Date(clock.now()).toISOString(), level: name, event, ...describeErrors(fields) }));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** `+919876543210` → `+9198*****210`: enough to recognise, not enough to call. */
export function maskNumber(phoneNumber: string): string {
  return phoneNumber.length < 9 ? "+***" : `${phoneNumber.slice(0, 5)}*****${phoneNumber.slice(-3)}`;
}

function describeErrors(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? (value.stack ?? value.message) : value]),
  );
}
