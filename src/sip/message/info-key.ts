// A key that a far end tells by an INFO request instead of in its audio. Pure; dialog-server.ts reads it.

import { headerOf, type Header } from "./message.ts";

const KEYS = "0123456789*#ABCD";

/** The key of an INFO (`application/dtmf-relay`: `Signal=5`; `application/dtmf`: `5`); undefined where it tells none. 10 is `*`, 11 is `#`. */
export function infoKey(request: { body: Uint8Array; headers: readonly Header[] }): string | undefined {
  const type = /^application\/dtmf(-relay)?\s*(;|$)/i.exec(headerOf(request, "Content-Type") ?? "");
  const text = Buffer.from(request.body.subarray(0, 256)).toString("latin1");
  const signal = (type?.[1] === undefined ? /^\s*(\S+)\s*$/ : /^\s*signal\s*=\s*(\S+)\s*$/im).exec(text)?.[1]?.toUpperCase();
  if (type === null || signal === undefined) return undefined;
  const index = /^1[0-5]$/.test(signal) ? Number(signal) : KEYS.indexOf(signal);
  return signal.length <= 2 ? KEYS[index] : undefined;
}
