// SIP, SIPS and tel URIs (RFC 3261 §19.1): read, and built from numbers and names that came from data. Pure.

export interface SipUri {
  scheme: "sip" | "sips";
  user: string;
  host: string;
  port: number | undefined;
  /** Lower-cased names; a parameter without a value is the empty text. */
  parameters: ReadonlyMap<string, string>;
}

const ANY_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"\\^`{}|\x00-\x1f\x7f]+$/;
/** The whole of a SIP URI in one expression; parseUri takes it apart. */
const SIP_URI =
  /^sips?:(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/%:#]+@)?(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::\d{1,5})?(?:;[^;?\s<>"\\^`{}|\x00-\x1f\x7f]*)*(?:\?[^@\s<>"\\^`{}|\x00-\x1f\x7f]*)?$/i;

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** Whether the text may stand where a URI is wanted: a scheme, no space, nothing that would end it early. */
export function isUriText(text: string): boolean {
  // A SIP URI that is acted upon must also have a host.
  return /^sips?:/i.test(text) ? SIP_URI.test(text) : ANY_URI.test(text);
}

/** Undefined for another scheme, or when it is malformed. An IPv6 host comes without its brackets. */
export function parseUri(text: string): SipUri | undefined {
  const scheme = /^(sips?):/i.exec(text);
  if (scheme === null) return undefined;
  // A user part may hold a question mark; headers, which may not hold an @, begin at the first one after it.
  const whole = text.slice(scheme[0].length);
  const at = whole.lastIndexOf("@");
  const user = at < 0 ? "" : whole.slice(0, at);
  const headers = whole.indexOf("?", at + 1);
  const head = headers < 0 ? whole : whole.slice(0, headers);
  const parts = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?((?:;[^;]*)*)$/.exec(head.slice(at + 1));
  if (parts === null || (at >= 0 && !/^[A-Za-z0-9\-_.!~*'()&=+$,;?/%:#]+$/.test(user))) return undefined;
  const host = parts[1] ?? "";
  const port = parts[2] === undefined ? undefined : Number(parts[2]);
  if (port !== undefined && port > 65_535) return undefined;
  const colon = user.indexOf(":");
  return {
    scheme: scheme[1]?.toLowerCase() === "sips" ? "sips" : "sip",
    user: unescape(colon < 0 ? user : user.slice(0, colon)),
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port,
    parameters: parts[3] === "" ? NO_PARAMETERS : readParameters(parts[3] ?? ""),
  };
}

function readParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(";")) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).toLowerCase();
    if (name !== "") parameters.set(name, equals < 0 ? "" : part.slice(equals + 1));
  }
  return parameters;
}

/** `%XX` undone, byte by byte; what is no escape stays. */
function unescape(text: string): string {
  return !text.includes("%") ? text : text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A user part with everything escaped that the grammar does not allow there. */
function escapeUser(text: string): string {
  // A number, which nearly every user part is.
  if (/^[A-Za-z0-9+]*$/.test(text)) return text;
  return Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** `sip:user@host:port`, the host in brackets when it is IPv6. */
export function sipUri(user: string, host: string, port?: number): string {
  const place = `${hostText(host)}${port === undefined ? "" : `:${port}`}`;
  return user === "" ? `sip:${place}` : `sip:${escapeUser(user)}@${place}`;
}

/** An IPv6 address in brackets, anything else as it is. */
export function hostText(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Whether DNS need not be asked. */
export function isIpAddress(host: string): boolean {
  return host.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
}
