// What a message's body holds for us: a session description, alone or among other parts (RFC 5621). Pure.

import { headerOf, type Header } from "./message.ts";
import { parseParameters } from "./header-values.ts";

const DESCRIPTION = /^application\/sdp\b/i;
const MOST_PARTS = 16;

/** The description in a message's body; undefined when it holds none. */
export function textOf(message: { body: Uint8Array; headers: readonly Header[] }): string | undefined {
  if (message.body.length === 0) return undefined;
  const type = headerOf(message, "Content-Type") ?? "application/sdp";
  const text = Buffer.from(message.body).toString("utf8");
  if (DESCRIPTION.test(type)) return text;
  return /^multipart\//i.test(type) ? partOf(text, boundaryOf(type)) : undefined;
}

function boundaryOf(type: string): string {
  const semicolon = type.indexOf(";");
  return parseParameters(semicolon < 0 ? "" : type.slice(semicolon))?.get("boundary") ?? "";
}

/** The first part that is a description: gateways put the signalling of the telephone network beside it. */
function partOf(text: string, boundary: string): string | undefined {
  if (boundary === "") return undefined;
  for (const part of `\r\n${text}`.split(`\r\n--${boundary}`, MOST_PARTS).slice(1)) {
    const end = part.indexOf("\r\n\r\n");
    const type = /^content-type[ \t]*:[ \t]*(.*)$/im.exec(part.slice(0, Math.max(0, end)))?.[1] ?? "";
    if (end >= 0 && DESCRIPTION.test(type)) return part.slice(end + 4);
  }
  return undefined;
}
