// How an agent's bot is reached: the kinds, the fields of each, and what a change of some of them gives.
// Used by draft.ts; the adapters read the result.

import { isSipAddress } from "../calls/sip-address.ts";

/** `simulated` talks to nobody; the others are a WebSocket, a Twilio voice webhook, a SIP leg, a program of this machine, and a recording. */
export const connectionTypes = ["simulated", "stream", "twiml", "sip", "process", "announcement"] as const;
type ConnectionType = (typeof connectionTypes)[number];

/** How signalling reaches a bot of the type sip; udp unless told otherwise. */
export const botTransports = ["udp", "tcp", "tls"] as const;
/** `relay`: the audio passes through this process; `direct`: it flows between the trunk and the bot. */
export const botMediaPaths = ["relay", "direct"] as const;

/** How the certificate of a bot of the type sip is believed; the names are those of a trunk's options. */
export interface BotTls {
  verify?: boolean;
  ca?: string | null;
  serverName?: string | null;
}

/** What a pressed key does: the number goes on the do-not-call list, the call gets this outcome, or the person is handed over. */
export type KeyAction = "opt_out" | { outcome: Record<string, unknown> } | { transfer: string };

/** How long a key is waited for after the recording. */
const KEY_WAIT_SECONDS = 8;

/** `talkMs` is real time; without it the trunk's own counts. */
export type Connection =
  | { type: "simulated"; talkMs?: number }
  | { type: "stream" | "twiml"; url: string }
  /** The password belongs to the agent and is no part of this: settings/bot-passwords.ts keeps it. */
  | {
      type: "sip";
      uri: string;
      transport: (typeof botTransports)[number];
      media: (typeof botMediaPaths)[number];
      username?: string;
      tls?: BotTls;
    }
  | { type: "process"; command: string; args: string[] }
  | { type: "announcement"; audio: string; keys: Record<string, KeyAction>; waitSeconds: number; repeats: number };

/** What a request may say; null removes a field. */
export interface ConnectionChange {
  type?: ConnectionType;
  talkMs?: number | null;
  url?: string;
  uri?: string;
  transport?: (typeof botTransports)[number] | null;
  media?: (typeof botMediaPaths)[number] | null;
  username?: string | null;
  password?: string | null;
  tls?: BotTls | null;
  command?: string;
  args?: string[] | null;
  audio?: string;
  keys?: Record<string, KeyAction> | null;
  waitSeconds?: number | null;
  repeats?: number | null;
}

/** One place that is wrong, and why. */
export interface Problem {
  path: string;
  message: string;
}

const fieldsOf: Record<ConnectionType, readonly (keyof ConnectionChange)[]> = {
  simulated: ["talkMs"],
  stream: ["url"],
  twiml: ["url"],
  sip: ["uri", "transport", "media", "username", "password", "tls"],
  process: ["command", "args"],
  announcement: ["audio", "keys", "waitSeconds", "repeats"],
};

/** Fields merge one by one while the type stays; another type starts afresh. `problems` is empty when `connection` holds. */
export function changeConnection(current: Connection, change: ConnectionChange): { connection: Connection; problems: Problem[] } {
  const type = change.type ?? current.type;
  const fields: ConnectionChange = type === current.type ? { ...current, ...change, type } : { ...change, type };
  return { connection: build(type, fields), problems: [...strayFields(type, change), ...missingFields(type, fields)] };
}

function strayFields(type: ConnectionType, change: ConnectionChange): Problem[] {
  const known: readonly string[] = fieldsOf[type];
  return Object.keys(change)
    .filter((name) => name !== "type" && !known.includes(name))
    .map((name) => ({
      path: `connection.${name}`,
      message: `is not a field of a connection of type ${type}; its fields are ${known.join(", ")}`,
    }));
}

function missingFields(type: ConnectionType, { url, uri, command, audio, keys }: ConnectionChange): Problem[] {
  switch (type) {
    case "simulated":
      return [];
    case "stream":
      return isUrl(url, ["ws:", "wss:"]) ? [] : [wrong("url", url, "a ws:// or wss:// URL without a password in it")];
    case "twiml":
      return isUrl(url, ["http:", "https:"]) ? [] : [wrong("url", url, "an http:// or https:// URL without a password in it")];
    case "sip":
      return uri !== undefined && isSipAddress(uri)
        ? []
        : [wrong("uri", uri, "a SIP address without a password, such as sip:bot@10.0.5.7:5060")];
    case "process":
      return command !== undefined && command.trim() !== "" ? [] : [wrong("command", command, "the path of a program")];
    case "announcement":
      return [
        ...(audio === undefined ? [wrong("audio", audio, "the id of a recording that was uploaded to the agent")] : []),
        ...keyProblems(keys ?? {}),
      ];
    default:
      return type satisfies never;
  }
}

function keyProblems(keys: Record<string, KeyAction>): Problem[] {
  return Object.keys(keys)
    .filter((key) => !/^[0-9*#]$/.test(key))
    .map((key) => ({ path: `connection.keys.${key}`, message: "is not a key of a telephone; it must be one of 0 to 9, * and #" }));
}

function wrong(name: string, value: string | undefined, right: string): Problem {
  return {
    path: `connection.${name}`,
    message: value === undefined ? `is missing; it must be ${right}` : `is '${value.slice(0, 60)}'; it must be ${right}`,
  };
}

function isUrl(text: string | undefined, protocols: readonly string[]): boolean {
  if (text === undefined || !URL.canParse(text)) return false;
  const url = new URL(text);
  return protocols.includes(url.protocol) && url.username === "" && url.password === "";
}

function build(type: ConnectionType, fields: ConnectionChange): Connection {
  switch (type) {
    case "simulated":
      return fields.talkMs == null ? { type } : { type, talkMs: fields.talkMs };
    case "stream":
    case "twiml":
      return { type, url: fields.url ?? "" };
    case "sip":
      return {
        ...{ type, uri: fields.uri ?? "", transport: fields.transport ?? "udp", media: fields.media ?? "relay" },
        ...(fields.username == null ? {} : { username: fields.username }),
        ...(fields.tls == null ? {} : { tls: fields.tls }),
      };
    case "process":
      return { type, command: fields.command ?? "", args: fields.args ?? [] };
    case "announcement":
      return {
        type,
        audio: fields.audio ?? "",
        keys: fields.keys ?? {},
        waitSeconds: fields.waitSeconds ?? KEY_WAIT_SECONDS,
        repeats: fields.repeats ?? 1,
      };
    default:
      return type satisfies never;
  }
}
