// SIP messages (RFC 3261 §7) between bytes and values. The head is read as Latin-1, so that a character is a byte and
// nothing is lost; the body stays bytes. Every header that is written loses its line breaks here, whoever built it.

import { parseCSeq, parseNameAddr, parseVia, splitList, type CSeq, type NameAddr, type Via } from "./header-values.ts";
import { isUriText } from "./uri.ts";

export type Header = readonly [name: string, value: string];

/** A message as it goes out. The names are written as given; `Content-Length` is added. */
export interface OutgoingRequest {
  method: string;
  uri: string;
  headers: readonly Header[];
  body?: string;
}

export interface OutgoingResponse {
  status: number;
  reason: string;
  headers: readonly Header[];
  body?: string;
}

/** What every message that came in has, already read. Names are in the RFC's spelling, unknown ones in lower case. */
interface Incoming {
  headers: readonly Header[];
  body: Uint8Array;
  callId: string;
  cseq: CSeq;
  via: Via;
  from: NameAddr;
  to: NameAddr;
  /** The first Contact; undefined when there is none, or it is `*`. */
  contact: NameAddr | undefined;
}

export interface IncomingRequest extends Incoming {
  kind: "request";
  method: string;
  uri: string;
}

export interface IncomingResponse extends Incoming {
  kind: "response";
  status: number;
  reason: string;
}

export type IncomingMessage = IncomingRequest | IncomingResponse;

/** `message`, or why the bytes are none. A keep-alive is nothing but line breaks (RFC 5626 §3.5.1), or zeros. */
export type Parsed = { message: IncomingMessage } | { refused: string } | { keepAlive: true };

const MOST_HEADERS = 256;
const LONGEST_HEAD = 65_535;

const names = [
  "Accept",
  "Allow",
  "Authorization",
  "Call-ID",
  "Contact",
  "Content-Length",
  "Content-Type",
  "CSeq",
  "Event",
  "Expires",
  "From",
  "Max-Forwards",
  "Min-Expires",
  "Min-SE",
  "P-Asserted-Identity",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Proxy-Require",
  "RAck",
  "Reason",
  "Record-Route",
  "Refer-To",
  "Referred-By",
  "Require",
  "Retry-After",
  "Route",
  "RSeq",
  "Server",
  "Session-Expires",
  "Subject",
  "Supported",
  "To",
  "Unsupported",
  "User-Agent",
  "Via",
  "Warning",
  "WWW-Authenticate",
  "X-Twilio-Error",
  "Content-Encoding",
  "Privacy",
];
const compactNames = {
  a: "Accept-Contact",
  b: "Referred-By",
  c: "Content-Type",
  e: "Content-Encoding",
  f: "From",
  i: "Call-ID",
  k: "Supported",
  l: "Content-Length",
  m: "Contact",
  o: "Event",
  r: "Refer-To",
  s: "Subject",
  t: "To",
  u: "Allow-Events",
  v: "Via",
  x: "Session-Expires",
};
const spelling = new Map<string, string>([
  ...names.flatMap(
    (name) =>
      [
        [name.toLowerCase(), name],
        [name, name],
      ] as const,
  ),
  ...Object.entries(compactNames),
]);

const isToken = (text: string) => /^[A-Za-z0-9\-.!%*_+`'~]+$/.test(text);

/** The first header of this name. */
export function headerOf(message: { headers: readonly Header[] }, name: string): string | undefined {
  for (const header of message.headers) if (header[0] === name) return header[1];
  return undefined;
}

/** Every header of this name, whole. For challenges, which are never split at commas. */
export function headersOf(message: { headers: readonly Header[] }, name: string): string[] {
  const values: string[] = [];
  for (const header of message.headers) if (header[0] === name) values.push(header[1]);
  return values;
}

/** Every entry under this name, in order: lists and repeated headers are the same thing (RFC 3261 §7.3.1). */
export function listOf(message: { headers: readonly Header[] }, name: string): string[] {
  const values = headersOf(message, name);
  return values.length === 0 ? values : values.flatMap(splitList);
}

const UNCLEAN = /[\x00-\x08\x0a-\x1f\x7f\u0100-\uffff]/;

/**
 * Without line breaks and control characters. A character above U+00FF is written as UTF-8, since cutting it to a byte
 * could make a line break of it (U+010A); bytes that came from a peer pass unchanged.
 */
function cleanValue(value: string): string {
  if (!UNCLEAN.test(value)) return value;
  const safe = value.replace(/[\x00-\x08\x0a-\x1f\x7f]+/g, " ");
  return /[^\x00-\xff]/.test(safe) ? utf8Bytes(safe) : safe;
}

/** Our own text as the bytes of its UTF-8, one character a byte: for display names and custom headers. */
export function utf8Bytes(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Bytes as they go out: values cleaned, names that are no token left out, Content-Length added. */
export function serialise(message: OutgoingRequest | OutgoingResponse): Buffer {
  const body = utf8Bytes(message.body ?? "");
  const clean = needsCleaning(message) ? cleanValue : asItIs;
  let head =
    "method" in message
      ? `${clean(message.method)} ${clean(message.uri).replace(/ /g, "")} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${clean(message.reason)}\r\n`;
  for (const [name, value] of message.headers) {
    if (spelling.has(name) || isToken(name)) head += `${name}: ${clean(value)}\r\n`;
  }
  return Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n${body}`, "latin1");
}

/** One look at all values together, since hardly ever is there anything to clean. */
function needsCleaning(message: OutgoingRequest | OutgoingResponse): boolean {
  let all = "method" in message ? message.method + message.uri : message.reason;
  for (const header of message.headers) all += header[1];
  return UNCLEAN.test(all);
}

const asItIs = (value: string) => value;

/** Reads one datagram, or one frame of a stream. Bytes after the body are ignored, as RFC 3261 §18.3 has it. */
export function parseMessage(bytes: Uint8Array): Parsed {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  while (buffer[start] === 13 || buffer[start] === 10) start += 1;
  // Proxies that keep a path through NAT open send zeros.
  if (buffer.subarray(start).every((byte) => byte === 0)) return { keepAlive: true };
  const end = buffer.indexOf("\r\n\r\n", start, "latin1");
  if (end < 0) return refused("the head does not end");
  if (end - start > LONGEST_HEAD) return refused("the head is too long");
  const head = buffer.toString("latin1", start, end);
  const lineEnd = head.indexOf("\r\n");
  const startLine = readStartLine(lineEnd < 0 ? head : head.slice(0, lineEnd));
  if (typeof startLine === "string") return refused(startLine);
  const headers = lineEnd < 0 ? [] : readHeaders(head.slice(lineEnd + 2));
  if (typeof headers === "string") return refused(headers);
  const common = readCommon(startLine.kind, headers, buffer.subarray(end + 4));
  if (typeof common === "string") return refused(common);
  if (startLine.kind === "request" && startLine.method !== common.cseq.method) return refused("the CSeq names another method");
  return { message: { ...startLine, ...common } };
}

function refused(why: string): Parsed {
  return { refused: why };
}

type StartLine = Pick<IncomingRequest, "kind" | "method" | "uri"> | Pick<IncomingResponse, "kind" | "status" | "reason">;

/** The start line's three parts, or what is wrong with it. */
function readStartLine(line: string): StartLine | string {
  if (line.startsWith("SIP/2.0 ")) {
    const code = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/.exec(line);
    return code === null ? "the status line is malformed" : { kind: "response", status: Number(code[1]), reason: code[2] ?? "" };
  }
  const parts = line.split(" ");
  const [method = "", uri = "", version = ""] = parts;
  if (parts.length !== 3 || !isToken(method)) return "the request line is malformed";
  if (version.toUpperCase() !== "SIP/2.0") return "the protocol version is unknown";
  // Headers in a Request-URI are for web pages, not for the wire (§19.1.1).
  if (!isUriText(uri) || (/^sips?:/i.test(uri) && uri.includes("?", uri.lastIndexOf("@") + 1))) return "the request's URI is malformed";
  return { kind: "request", method, uri };
}

function readHeaders(text: string): Header[] | string {
  // A line that begins with white space continues the one before (§7.3.1).
  const unfolded = /\r\n[ \t]/.test(text) ? text.replace(/\r\n[ \t]+/g, " ") : text;
  // What one reader takes for a line's end another must not take for a value.
  if (/\r(?!\n)|(?<!\r)\n/.test(unfolded)) return "a line ends in half a line break";
  const lines = unfolded.split("\r\n");
  if (lines.length > MOST_HEADERS) return "there are too many headers";
  const headers: Header[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) return "a header has no name";
    const written = line.slice(0, colon);
    const name = spelling.get(written) ?? readName(written);
    if (name === undefined) return "a header's name is malformed";
    headers.push([name, line.slice(colon + 1).trim()]);
  }
  return headers;
}

function readName(text: string): string | undefined {
  const name = text.trimEnd().toLowerCase();
  return isToken(name) ? (spelling.get(name) ?? name) : undefined;
}

/** Headers that may stand once only; a second one is a sign of smuggling (RFC 4475 §3.3.8, §3.3.9). */
const singles = ["Call-ID", "Content-Length", "CSeq", "From", "Max-Forwards", "To"];

/** Of a response only what is acted upon has to be well formed: dropping the answer to a call leaves somebody on a silent line. */
function readCommon(kind: IncomingMessage["kind"], headers: Header[], rest: Uint8Array): Incoming | string {
  const head = { headers };
  for (const name of singles) if (isRepeated(headers, name)) return `there are two ${name} headers`;
  const body = readBody(headerOf(head, "Content-Length"), rest);
  if (typeof body === "string") return body;
  const callId = headerOf(head, "Call-ID") ?? "";
  const cseq = parseCSeq(headerOf(head, "CSeq") ?? "");
  const from = parseNameAddr(headerOf(head, "From") ?? "");
  const to = parseNameAddr(headerOf(head, "To") ?? "");
  const via = parseVia(splitList(headerOf(head, "Via") ?? "")[0] ?? "");
  if (callId === "" || /\s/.test(callId)) return "the Call-ID is missing or malformed";
  if (cseq === undefined) return "the CSeq is missing or malformed";
  if (from === undefined) return "the From is missing or malformed";
  if (to === undefined) return "the To is missing or malformed";
  if (via === undefined) return "the Via is missing or malformed";
  const contact = readContact(headerOf(head, "Contact"));
  if (kind === "response") return { headers, body, callId, cseq, from, to, via, contact: contact === "malformed" ? undefined : contact };
  if (contact === "malformed") return "the Contact is malformed";
  return malformedNumber(head) ?? { headers, body, callId, cseq, from, to, via, contact };
}

function isRepeated(headers: readonly Header[], name: string): boolean {
  let count = 0;
  for (const header of headers) if (header[0] === name) count += 1;
  return count > 1;
}

function readBody(length: string | undefined, rest: Uint8Array): Uint8Array | string {
  if (length === undefined) return rest;
  if (!/^\d{1,9}$/.test(length)) return "the Content-Length is malformed";
  const bytes = Number(length);
  return bytes > rest.length ? "the body is shorter than its Content-Length" : rest.subarray(0, bytes);
}

/** All its entries must be well formed, though only the first is acted upon. */
function readContact(text: string | undefined): NameAddr | "malformed" | undefined {
  if (text === undefined || text === "*") return undefined;
  let first: NameAddr | undefined;
  for (const entry of splitList(text)) {
    const contact = parseNameAddr(entry);
    if (contact === undefined) return "malformed";
    first ??= contact;
  }
  return first;
}

/** Numbers and dates that are acted upon must be well formed wherever they stand. */
function malformedNumber(message: { headers: readonly Header[] }): string | undefined {
  const forwards = headerOf(message, "Max-Forwards");
  if (forwards !== undefined && !(/^\d{1,10}$/.test(forwards) && Number(forwards) <= 255)) return "the Max-Forwards is malformed";
  const expires = headerOf(message, "Expires");
  if (expires !== undefined && !(/^\d{1,10}$/.test(expires) && Number(expires) < 2 ** 32)) return "the Expires is malformed";
  const date = headerOf(message, "date");
  return date !== undefined && !/ GMT$/.test(date) ? "the Date is not in GMT" : undefined;
}
