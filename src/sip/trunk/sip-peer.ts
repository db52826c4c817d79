// A SIP address as something to be called: the options by which it is reached, as if a trunk's row had named them. For bots
// behind SIP and for addresses that a person is handed over to. Pure.

import type { SipAccess } from "../../calls/bot.ts";
import type { Protocol } from "./trunk-options.ts";
import { hostText, parseUri } from "../message/uri.ts";

/** Where the address is reached, and what stands in the Request-URI. */
export interface SipPeer {
  /** As `readTrunkOptions` reads them. */
  options: Record<string, unknown>;
  uri: string;
}

/** What an address may tell of itself, and signalling says by other means. */
const ownParameters: readonly string[] = ["transport", "method", "maddr", "ttl", "lr"];

/**
 * `transport` goes before the address's own word, and `sips:` is TLS whatever it says. Over TLS a key for the audio is
 * offered. Undefined when the text is no SIP address.
 */
export function sipPeerOf(text: string, transport?: Protocol, { username, password, tls }: SipAccess = {}): SipPeer | undefined {
  const uri = parseUri(text);
  if (uri === undefined) return undefined;
  const said = uri.parameters.get("transport")?.toLowerCase();
  const asked = transport ?? (said === "tcp" || said === "tls" ? said : "udp");
  const protocol: Protocol = uri.scheme === "sips" ? "tls" : asked;
  // The user part as it was written, escapes included.
  const user = /^sips?:([^@]*)@/i.exec(text)?.[1] ?? "";
  const place = `${hostText(uri.host)}${uri.port === undefined ? "" : `:${uri.port}`}`;
  const parameters = [...uri.parameters]
    .filter(([name]) => !ownParameters.includes(name))
    .map(([name, value]) => `;${name}${value === "" ? "" : `=${value}`}`);
  if (protocol !== "udp") parameters.unshift(`;transport=${protocol}`);
  return {
    uri: `${uri.scheme}:${user === "" ? "" : `${user}@`}${place}${parameters.join("")}`,
    options: {
      ...{ host: uri.host, port: uri.port ?? null, transport: protocol, keepAliveSeconds: 0, srtp: protocol === "tls" ? "offer" : "off" },
      ...(username === undefined || password === undefined ? {} : { username, password }),
      ...(tls === undefined ? {} : { tls }),
    },
  };
}
