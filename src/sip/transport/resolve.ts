// Where a trunk is reached: its host name through NAPTR, SRV and A/AAAA (RFC 3263), in the order of RFC 2782.
// Asked ahead of calls and again when the answer grows old; trunk.ts holds the result.

import { createHash } from "node:crypto";
import type { Random } from "../../runtime/random.ts";
import type { Destination } from "../call/call-trace.ts";
import type { Protocol, TrunkOptions } from "../trunk/trunk-options.ts";
import { orderSrv, type SrvRecord } from "./srv-order.ts";
import { isIpAddress } from "../message/uri.ts";

/** What is asked of DNS. A name without such records is an empty list; only a failing server throws. */
export interface Dns {
  naptr(name: string): Promise<readonly { flags: string; service: string; order: number; preference: number; replacement: string }[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  addresses(name: string): Promise<readonly { address: string; ttlSeconds: number }[]>;
}

export interface Resolution {
  destinations: readonly Destination[];
  ttlMs: number;
}

const services: Record<Protocol, { naptr: string; srv: string; port: number }> = {
  udp: { naptr: "SIP+D2U", srv: "_sip._udp", port: 5_060 },
  tcp: { naptr: "SIP+D2T", srv: "_sip._tcp", port: 5_060 },
  tls: { naptr: "SIPS+D2T", srv: "_sips._tcp", port: 5_061 },
};
const MOST_DESTINATIONS = 16;
const LEAST_TTL_SECONDS = 10;
const MOST_TTL_SECONDS = 3_600;

/** Undefined when the host is a name, which takes a moment; an address needs no one's help. */
export function resolveAtOnce(options: TrunkOptions): Resolution | undefined {
  const { transport } = options;
  const target = options.outboundProxy ?? options;
  if (!isIpAddress(target.host)) return undefined;
  const destination: Destination = {
    protocol: transport,
    address: target.host,
    port: target.port ?? services[transport].port,
    name: target.host,
    ...trustOf(options),
  };
  return { destinations: [destination], ttlMs: MOST_TTL_SECONDS * 1_000 };
}

function trustOf({ transport, tls }: TrunkOptions): Pick<Destination, "trust"> {
  return transport === "tls" ? { trust: createHash("sha256").update(JSON.stringify(tls)).digest("hex").slice(0, 16) } : {};
}

/** In the order to be tried, 16 at most; empty when the name has no address. Throws when DNS fails. */
export async function resolveTrunk(options: TrunkOptions, dns: Dns, random: Random): Promise<Resolution> {
  const atOnce = resolveAtOnce(options);
  if (atOnce !== undefined) return atOnce;
  const { transport } = options;
  const target = options.outboundProxy ?? options;
  const service = services[transport];
  // A port of its own means: no SRV (RFC 3263 §4.2).
  const records = target.port === undefined ? orderSrv(await findSrv(target.host, service, dns), random) : [];
  const places = records.length > 0 ? records : [{ name: target.host, port: target.port ?? service.port }];
  const destinations: Destination[] = [];
  let ttlSeconds = MOST_TTL_SECONDS;
  for (const { name, port } of places) {
    if (destinations.length >= MOST_DESTINATIONS) break;
    for (const { address, ttlSeconds: ttl } of await dns.addresses(name)) {
      destinations.push({ protocol: transport, address, port, name: target.host, ...trustOf(options) });
      ttlSeconds = Math.min(ttlSeconds, ttl);
    }
  }
  return { destinations: destinations.slice(0, MOST_DESTINATIONS), ttlMs: Math.max(LEAST_TTL_SECONDS, ttlSeconds) * 1_000 };
}

async function findSrv(host: string, service: { naptr: string; srv: string }, dns: Dns): Promise<readonly SrvRecord[]> {
  const pointers = (await dns.naptr(host)).filter(
    ({ flags, service: name }) => flags.toLowerCase() === "s" && name.toUpperCase() === service.naptr,
  );
  const [pointer] = [...pointers].sort((a, b) => a.order - b.order || a.preference - b.preference);
  return dns.srv(pointer?.replacement ?? `${service.srv}.${host}`);
}
