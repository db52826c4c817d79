// DNS as the machine's resolver knows it; absent records are an empty list.

import { lookup, Resolver } from "node:dns/promises";
import type { Dns } from "./resolve.ts";

const ABSENT = ["ENODATA", "ENOTFOUND", "ENONAME", "EAI_NONAME"];

async function orNothing<T>(answer: Promise<T[]>): Promise<T[]> {
  try {
    return await answer;
  } catch (error) {
    if (ABSENT.includes((error as { code?: string }).code ?? "")) return [];
    throw error;
  }
}

/** `servers` as `address` or `address:port`; the system's when empty. */
export function systemDns(servers: readonly string[] = []): Dns {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (servers.length > 0) resolver.setServers([...servers]);
  return {
    naptr: (name) => orNothing(resolver.resolveNaptr(name)),
    srv: (name) => orNothing(resolver.resolveSrv(name)),
    async addresses(name) {
      const four = await orNothing(resolver.resolve4(name, { ttl: true }));
      const six = await orNothing(resolver.resolve6(name, { ttl: true }));
      const found = [...four, ...six].map(({ address, ttl }) => ({ address, ttlSeconds: ttl }));
      if (found.length > 0 || servers.length > 0) return found;
      // Names of the hosts file are not in DNS.
      return (await orNothing(lookup(name, { all: true }))).map(({ address }) => ({ address, ttlSeconds: 60 }));
    },
  };
}
