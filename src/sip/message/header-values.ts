// The values inside SIP headers: lists, addresses with parameters, Via, CSeq, challenges, reasons (RFC 3261 §20, §25).
// Pure; message.ts and those who act on a header use it.

import { isUriText } from "./uri.ts";

/** Lower-cased names; a parameter without a value is the empty text. Quoted values are unquoted. */
export type Parameters = ReadonlyMap<string, string>;

export interface NameAddr {
  displayName: string;
  uri: string;
  parameters: Parameters;
}

export interface Via {
  transport: string;
  host: string;
  port: number | undefined;
  parameters: Parameters;
}

export interface CSeq {
  number: number;
  method: string;
}

/** A scheme and its parameters, as in `Digest realm="…", nonce="…"`. */
export interface Challenge {
  scheme: string;
  parameters: Parameters;
}

const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const NO_PARAMETERS: Parameters = new Map();

/** Pieces between `separator`s that stand outside quotes and angle brackets; undefined when either does not close. */
function pieces(text: string, separator: string): string[] | undefined {
  if (!text.includes(separator)) return [text.trim()];
  if (!text.includes('"') && !text.includes("<")) return text.split(separator).map((piece) => piece.trim());
  const found: string[] = [];
  let from = 0;
  let quoted = false;
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (quoted) {
      if (character === "\\") index += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "<") depth += 1;
    else if (character === ">") depth -= 1;
    else if (character === separator && depth === 0) {
      found.push(text.slice(from, index).trim());
      from = index + 1;
    }
  }
  found.push(text.slice(from).trim());
  return quoted || depth !== 0 ? undefined : found;
}

/** The entries of a comma-separated header. One that does not close its quotes is a single entry, for others to refuse. */
export function splitList(text: string): string[] {
  return pieces(text, ",") ?? [text];
}

function unquote(text: string): string {
  if (!text.startsWith('"') || !text.endsWith('"') || text.length < 2) return text;
  return text.slice(1, -1).replace(/\\(.)/gs, "$1");
}

/** Reads `;a=b;c`; undefined when a parameter is empty or no token. */
export function parseParameters(text: string): Parameters | undefined {
  if (text === "") return NO_PARAMETERS;
  const parts = text.includes('"') || text.includes("<") ? pieces(text, ";") : text.split(";");
  if (parts === undefined || parts[0]?.trim() !== "") return undefined;
  const parameters = new Map<string, string>();
  for (let index = 1; index < parts.length; index += 1) {
    const part = parts[index] ?? "";
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (!TOKEN.test(name)) return undefined;
    if (!parameters.has(name)) parameters.set(name, equals < 0 ? "" : unquote(part.slice(equals + 1).trim()));
  }
  return parameters;
}

/** `"Name" <sip:a@b>;tag=x`, `Name <sip:a@b>` or `sip:a@b;tag=x` (§20.10: without brackets, parameters are the header's). */
export function parseNameAddr(text: string): NameAddr | undefined {
  const open = indexOutsideQuotes(text, "<");
  if (open < 0) {
    const semicolon = text.indexOf(";");
    const uri = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
    const parameters = parseParameters(semicolon < 0 ? "" : text.slice(semicolon));
    const allowed = isUriText(uri) && !/[?,]/.test(uri);
    return allowed && parameters !== undefined ? { displayName: "", uri, parameters } : undefined;
  }
  const close = text.indexOf(">", open);
  const displayName = open === 0 ? "" : text.slice(0, open).trim();
  if (close < 0 || !isDisplayName(displayName)) return undefined;
  const uri = text.slice(open + 1, close);
  const parameters = close + 1 === text.length ? NO_PARAMETERS : parseParameters(text.slice(close + 1).trim());
  return isUriText(uri) && parameters !== undefined ? { displayName: unquote(displayName), uri, parameters } : undefined;
}

function indexOutsideQuotes(text: string, wanted: string): number {
  if (!text.includes('"')) return text.indexOf(wanted);
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    if (quoted && text[index] === "\\") index += 1;
    else if (text[index] === '"') quoted = !quoted;
    else if (!quoted && text[index] === wanted) return index;
  }
  return -1;
}

function isDisplayName(text: string): boolean {
  if (text === "") return true;
  if (text.startsWith('"')) return /^"(?:[^"\\]|\\.)*"$/s.test(text);
  // By the grammar tokens with spaces between. Peers send names without the quotes that these would need; up to the bracket nothing
  // else can be meant, and who drops such a message leaves a call open that is over.
  return /^[^"<>\x00-\x08\x0a-\x1f\x7f]+$/.test(text);
}

/** `"` and `\` escaped; line breaks fall to cleanValue. */
export function quote(text: string): string {
  return `"${text.replace(/(["\\])/g, "\\$1")}"`;
}

/** One entry of a Via; undefined when it is malformed. An IPv6 host comes without its brackets. */
export function parseVia(text: string): Via | undefined {
  const via =
    /^SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._]+)(?:[ \t]*:[ \t]*(\d{1,5}))?[ \t]*(;.*)?$/is.exec(
      text,
    );
  if (via === null) return undefined;
  const host = via[2] ?? "";
  const port = via[3] === undefined ? undefined : Number(via[3]);
  // A single separator at the end is what some peers leave there.
  const parameters = parseParameters((via[4] ?? "").replace(/;\s*$/, ""));
  if (parameters === undefined || (port !== undefined && port > 65_535)) return undefined;
  return { transport: (via[1] ?? "").toUpperCase(), host: host.startsWith("[") ? host.slice(1, -1) : host, port, parameters };
}

/** The number must be below 2^31 (§8.1.1.5). */
export function parseCSeq(text: string): CSeq | undefined {
  const parts = /^(\d{1,10})[ \t]+(\S+)$/.exec(text);
  const number = Number(parts?.[1]);
  const method = parts?.[2] ?? "";
  return TOKEN.test(method) && number < 2 ** 31 ? { number, method } : undefined;
}

/** One challenge, or credentials, of a header that is never split at commas: a realm may hold one. */
export function parseChallenge(text: string): Challenge | undefined {
  const space = text.search(/\s/);
  if (space < 1) return undefined;
  const parameters = new Map<string, string>();
  for (const part of splitList(text.slice(space + 1))) {
    const equals = part.indexOf("=");
    if (equals < 1) continue;
    parameters.set(part.slice(0, equals).trim().toLowerCase(), unquote(part.slice(equals + 1).trim()));
  }
  return { scheme: text.slice(0, space).toLowerCase(), parameters };
}

/** A `Reason` header (RFC 3326): the Q.850 cause and the text, whichever entry has them. */
export function parseReason(entries: readonly string[]): { cause: number | undefined; text: string } {
  let cause: number | undefined;
  let text = "";
  for (const entry of entries) {
    const semicolon = entry.indexOf(";");
    const parameters = parseParameters(semicolon < 0 ? "" : entry.slice(semicolon));
    const value = parameters?.get("cause") ?? "";
    if (/^q\.850/i.test(entry) && /^\d{1,3}$/.test(value)) cause = Number(value);
    text ||= parameters?.get("text") ?? "";
  }
  return { cause, text };
}
