// A SIP trunk's options: what may be set, what holds by default, and a reader that says everything that is wrong at once.
// The trunks' routes check with it, the dialer reads with it.

import type { Codec } from "../media-port.ts";
import { unchanged, type NumberRewriting } from "./number-rewriting.ts";

export type Protocol = "udp" | "tcp" | "tls";

export interface CallerIdProfile {
  /** What stands as the user of From: the calling number, the account's name, or a fixed text. */
  fromUser: "number" | "username" | { fixed: string };
  fromDomain: string;
  displayName: string;
  /** Repeat the calling number in P-Asserted-Identity (RFC 3325). */
  assertedIdentity: boolean;
  /** From becomes anonymous and `Privacy: id` is asked for (RFC 3323). */
  privacy: boolean;
}

export interface TrunkOptions {
  host: string;
  /** Undefined: SRV decides, else 5060, or 5061 for TLS. */
  port: number | undefined;
  transport: Protocol;
  username: string | undefined;
  password: string | undefined;
  /** Challenges of another realm are not answered. */
  realm: string | undefined;
  register: boolean;
  registerSeconds: number;
  /** Seconds between OPTIONS; 0 sends none. */
  keepAliveSeconds: number;
  codecs: readonly Codec[];
  /** The domain of To and of the Request-URI. */
  domain: string;
  outboundProxy: { host: string; port: number | undefined } | undefined;
  callerId: CallerIdProfile;
  rewriteTo: NumberRewriting;
  rewriteFrom: NumberRewriting;
  headers: readonly (readonly [name: string, value: string])[];
  srtp: "off" | "offer" | "require";
  latch: boolean;
  /** Where requests inside a call go: to the peer's Contact, back to where it answered from, or by the look of the Contact. */
  contact: "auto" | "follow" | "source";
  /** Seconds of RFC 4028; 0 does without. */
  sessionSeconds: number;
  reliableProvisional: boolean;
  /** Addresses from which the trunk may speak besides those it is reached at. */
  trustedAddresses: readonly string[];
  tls: { verify: boolean; ca: string | undefined; serverName: string | undefined };
}

export type ReadOptions = { options: TrunkOptions } | { problems: readonly string[] };

type Fields = Record<string, unknown>;
type Problem = (sentence: string) => void;

const known = [
  "host",
  "port",
  "transport",
  "username",
  "password",
  "realm",
  "register",
  "registerSeconds",
  "keepAliveSeconds",
  "codecs",
  "domain",
  "outboundProxy",
  "callerId",
  "rewriteTo",
  "rewriteFrom",
  "headers",
  "srtp",
  "latch",
  "contact",
  "sessionSeconds",
  "reliableProvisional",
  "trustedAddresses",
  "tls",
];
const HOST = /^[A-Za-z0-9.:[\]_-]{1,253}$/;
const LINE = /^[^\r\n\0]*$/;
/** Headers that the signalling itself writes; a custom one may not stand beside them. */
const ownHeaders =
  /^(via|from|to|call-id|cseq|contact|route|record-route|max-forwards|content-.*|authorization|proxy-authorization|require|supported|allow|session-expires|min-se|rack|rseq|[a-z])$/i;

/** Reads what the trunk's row holds; null counts as absent, and unknown names are problems. */
export function readTrunkOptions(value: Readonly<Fields>): ReadOptions {
  const problems: string[] = [];
  const problem: Problem = (sentence) => void problems.push(sentence);
  refuseUnknown(value, known, "", problem);
  const host = readText(value, "host", problem, HOST) ?? "";
  if (host === "") problem("host is missing; it must be a host name or an address, such as sip.example.com");
  const username = readText(value, "username", problem);
  const domain = readText(value, "domain", problem, HOST) ?? unbracketed(host);
  const options: TrunkOptions = {
    host: unbracketed(host),
    port: readNumber(value, "port", 1, 65_535, problem),
    transport: readWord(value, "transport", ["udp", "tcp", "tls"], "udp", problem),
    username,
    password: readText(value, "password", problem),
    realm: readText(value, "realm", problem),
    register: readFlag(value, "register", false, problem),
    registerSeconds: readNumber(value, "registerSeconds", 30, 86_400, problem) ?? 600,
    keepAliveSeconds: readNumber(value, "keepAliveSeconds", 0, 3_600, problem) ?? 30,
    codecs: readCodecs(value.codecs, problem),
    domain,
    outboundProxy: readProxy(value, problem),
    callerId: readCallerId(value.callerId, domain, username, problem),
    rewriteTo: readRewriting(value.rewriteTo, "rewriteTo", problem),
    rewriteFrom: readRewriting(value.rewriteFrom, "rewriteFrom", problem),
    headers: readHeaders(value.headers, problem),
    srtp: readWord(value, "srtp", ["off", "offer", "require"], "off", problem),
    latch: readFlag(value, "latch", true, problem),
    contact: readWord(value, "contact", ["auto", "follow", "source"], "auto", problem),
    sessionSeconds: readNumber(value, "sessionSeconds", 0, 86_400, problem) ?? 1_800,
    reliableProvisional: readFlag(value, "reliableProvisional", true, problem),
    trustedAddresses: readList(value.trustedAddresses, "trustedAddresses", problem).filter((address) => HOST.test(address)),
    tls: readTls(value.tls, problem),
  };
  if (options.register && options.username === undefined) problem("register needs a username");
  if (options.username !== undefined && options.password === undefined) problem("username needs a password");
  return problems.length > 0 ? { problems } : { options };
}

function unbracketed(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

function refuseUnknown(fields: Readonly<Fields>, names: readonly string[], path: string, problem: Problem): void {
  for (const name of Object.keys(fields))
    if (!names.includes(name)) problem(`${path}${name} is not an option; the options are ${names.join(", ")}`);
}

function readText(fields: Readonly<Fields>, name: string, problem: Problem, pattern = LINE): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value !== "" && value.length <= 4_096 && pattern.test(value)) return value;
  problem(`${name} must be a text on one line${pattern === HOST ? ", a host name or an address" : ""}`);
  return undefined;
}

function readNumber(fields: Readonly<Fields>, name: string, min: number, max: number, problem: Problem): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  problem(`${name} must be a whole number from ${min} to ${max}`);
  return undefined;
}

function readFlag(fields: Readonly<Fields>, name: string, byDefault: boolean, problem: Problem): boolean {
  const value = fields[name] ?? byDefault;
  if (typeof value !== "boolean") problem(`${name} must be true or false`);
  return value === true;
}

function readWord<Word extends string>(
  fields: Readonly<Fields>,
  name: string,
  words: readonly Word[],
  byDefault: Word,
  problem: Problem,
): Word {
  const value = fields[name] ?? byDefault;
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) problem(`${name} must be one of ${words.join(", ")}`);
  return word ?? byDefault;
}

function readList(value: unknown, name: string, problem: Problem): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.length <= 100 && value.every((entry) => typeof entry === "string")) return value;
  problem(`${name} must be a list of texts`);
  return [];
}

function readObject(value: unknown, name: string, problem: Problem): Readonly<Fields> {
  if (value === undefined || value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Fields;
  problem(`${name} must be an object`);
  return {};
}

function readCodecs(value: unknown, problem: Problem): readonly Codec[] {
  const all: readonly Codec[] = ["PCMA", "PCMU"];
  if (value === undefined || value === null) return all;
  const names = readList(value, "codecs", problem);
  const codecs = names.flatMap((name) => all.filter((codec) => codec === name));
  if (codecs.length === 0 || codecs.length < names.length) problem("codecs must be a list of PCMA, PCMU, each once");
  return codecs;
}

function readProxy(value: Readonly<Fields>, problem: Problem): TrunkOptions["outboundProxy"] {
  const text = readText(value, "outboundProxy", problem, HOST);
  if (text === undefined) return undefined;
  const parts = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text);
  if (parts === null) problem("outboundProxy must be host or host:port, such as proxy.example.com:5060");
  return { host: unbracketed(parts?.[1] ?? text), port: parts?.[2] === undefined ? undefined : Number(parts[2]) };
}

function readCallerId(value: unknown, domain: string, username: string | undefined, problem: Problem): CallerIdProfile {
  const fields = readObject(value, "callerId", problem);
  refuseUnknown(fields, ["fromUser", "fromDomain", "displayName", "assertedIdentity", "privacy"], "callerId.", problem);
  const fromUser = readText(fields, "fromUser", problem) ?? "number";
  if (fromUser === "username" && username === undefined) problem("callerId.fromUser is username, but there is no username");
  return {
    fromUser: fromUser === "number" || fromUser === "username" ? fromUser : { fixed: fromUser },
    fromDomain: readText(fields, "fromDomain", problem, HOST) ?? domain,
    displayName: readText(fields, "displayName", problem) ?? "",
    assertedIdentity: readFlag(fields, "assertedIdentity", true, problem),
    privacy: readFlag(fields, "privacy", false, problem),
  };
}

function readRewriting(value: unknown, name: string, problem: Problem): NumberRewriting {
  const fields = readObject(value, name, problem);
  refuseUnknown(fields, ["strip", "pattern", "replacement", "prefix"], `${name}.`, problem);
  const text = readText(fields, "pattern", problem);
  let pattern: RegExp | undefined;
  try {
    if (text !== undefined) pattern = new RegExp(text.slice(0, 200));
  } catch {
    problem(`${name}.pattern is not a regular expression: ${text}`);
  }
  return {
    strip: readNumber(fields, "strip", 0, 20, problem) ?? unchanged.strip,
    pattern,
    // Empty is a way to cut.
    replacement: fields.replacement === "" ? "" : (readText(fields, "replacement", problem) ?? unchanged.replacement),
    prefix: readText(fields, "prefix", problem, /^[A-Za-z0-9+*#]{1,20}$/) ?? unchanged.prefix,
  };
}

function readHeaders(value: unknown, problem: Problem): [string, string][] {
  return Object.entries(readObject(value, "headers", problem)).flatMap(([name, text]): [string, string][] => {
    if (/^[A-Za-z0-9-]{1,60}$/.test(name) && !ownHeaders.test(name) && typeof text === "string" && LINE.test(text)) return [[name, text]];
    problem(`headers.${name} must be a text on one line, under a name that signalling does not use itself`);
    return [];
  });
}

function readTls(value: unknown, problem: Problem): TrunkOptions["tls"] {
  const fields = readObject(value, "tls", problem);
  refuseUnknown(fields, ["verify", "ca", "serverName"], "tls.", problem);
  return {
    verify: readFlag(fields, "verify", true, problem),
    ca: readText(fields, "ca", problem, /^[^\0]*$/),
    serverName: readText(fields, "serverName", problem, HOST),
  };
}
