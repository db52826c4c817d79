// Which addresses belong to the open internet. Pure; target-guard.ts refuses all others.

import ipaddr from "ipaddr.js";

/**
 * Whether `address` is a global unicast address: not private, loopback, link-local (where clouds keep their metadata),
 * shared, multicast, documentation or reserved, and not an IPv6 form that carries an IPv4 address to somewhere else
 * (NAT64, 6to4, Teredo, the old compatible form). An IPv4-mapped one counts as the IPv4 address that it is.
 * False for what is no address at all.
 */
export function isGlobalAddress(address: string): boolean {
  if (!isAddress(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return false;
  // 2000::/3 is all that has been given out (RFC 4291 §2.4); ipaddr.js calls the rest unicast, too.
  return parsed.kind() === "ipv4" || (parsed.toByteArray()[0] ?? 0) >> 5 === 1;
}

/** `[::1]`, as a URL has it, without its brackets; anything else as it is. */
export function withoutBrackets(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** The address as it stands in a URL. */
export function inUrl(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** Whether it is an address as systems write it, so that there is nothing to resolve; `127.1` and `0177.0.0.1` are not. */
export function isAddress(host: string): boolean {
  return ipaddr.IPv6.isValid(host) || ipaddr.IPv4.isValidFourPartDecimal(host);
}
