// Where webhooks may go: the guard against a URL that makes the appliance knock on doors inside its own network.
// The settings and campaigns ask `checkUrl`; the sender asks `resolveTarget` and connects to what that returns.

import { lookup } from "node:dns/promises";
import { type Clock, SECOND } from "../runtime/clock.ts";
import { isAddress, isGlobalAddress, withoutBrackets } from "./address.ts";

/**
 * - `addresses`: all vetted, the ones to connect to in this order; connecting by name would resolve anew.
 * - `refused`: a sentence; it will not be otherwise in a minute.
 * - `unresolved`: a sentence; the name server had no answer this time.
 */
export type Target = { addresses: readonly string[] } | { refused: string } | { unresolved: string };

export interface TargetGuard {
  /** Why no webhook may go to `url`, as a sentence, as far as the URL alone tells; undefined when nothing speaks against it. */
  checkUrl(url: string): string | undefined;
  /** Resolves and vets the URL's host. Never throws. */
  resolveTarget(url: string): Promise<Target>;
}

/** All addresses of a host; rejects when there is none. */
export type Resolve = (host: string) => Promise<string[]>;

/** The machine's own resolver, `/etc/hosts` included. */
export const systemResolve: Resolve = async (host) => (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

const RESOLVE_TIMEOUT_MS = 5 * SECOND;

/** `allow` lists `host` or `host:port` as it stands in the URLs; what it names may have any address. */
export function createTargetGuard(allow: readonly string[], resolve: Resolve, clock: Pick<Clock, "after">): TargetGuard {
  const allowed = new Set(allow.map(normalEntry));
  const isAllowed = (url: URL) => allowed.has(hostOf(url)) || allowed.has(`${hostOf(url)}:${portOf(url)}`);

  const checkUrl = (text: string) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined) return `'${text}' is not a URL; it must be like https://crm.example.com/outdial`;
    if (url.protocol !== "http:" && url.protocol !== "https:")
      return `the URL begins with '${url.protocol}'; it must begin with http: or https:`;
    if (url.username !== "" || url.password !== "")
      return "the URL holds a user name or a password; it must not: receivers tell us by the signature";
    if (isAllowed(url)) return undefined;
    const host = withoutBrackets(hostOf(url));
    const isOurs = isAddress(host) ? !isGlobalAddress(host) : host === "localhost" || host.endsWith(".localhost");
    return isOurs ? refusal(host, host) : undefined;
  };

  return {
    checkUrl,
    async resolveTarget(text) {
      const refused = checkUrl(text);
      if (refused !== undefined) return { refused };
      const url = new URL(text);
      const host = withoutBrackets(hostOf(url));
      if (isAddress(host)) return { addresses: [host] };
      const addresses = await resolveInTime(host, resolve, clock);
      if (typeof addresses === "string") return { unresolved: addresses };
      const inside = isAllowed(url) ? undefined : addresses.find((address) => !isGlobalAddress(address));
      // IPv4 first: where only one of the two works, it is that one.
      return inside === undefined
        ? { addresses: addresses.toSorted((a, b) => Number(a.includes(":")) - Number(b.includes(":"))) }
        : { refused: refusal(host, inside) };
    },
  };
}

/** The addresses, or a sentence that says why there are none. */
async function resolveInTime(host: string, resolve: Resolve, clock: Pick<Clock, "after">): Promise<string[] | string> {
  const late = Promise.withResolvers<string>();
  const cancel = clock.after(RESOLVE_TIMEOUT_MS, () =>
    late.resolve(`the name '${host}' was not resolved within ${RESOLVE_TIMEOUT_MS / SECOND} s`),
  );
  const answer = resolve(host).then(
    (addresses) => (addresses.length === 0 ? `the name '${host}' has no address` : addresses),
    (error: unknown) => `the name '${host}' cannot be resolved: ${error instanceof Error ? error.message : String(error)}`,
  );
  return Promise.race([answer, late.promise]).finally(cancel);
}

function refusal(host: string, address: string): string {
  const what = host === address ? `'${host}' is` : `'${host}' has the address ${address}, which is`;
  return `${what} not on the open internet; name a public host, or list this one in OUTDIAL_WEBHOOK_ALLOW`;
}

/** An entry of the allow list with its host as a URL would spell it. */
function normalEntry(entry: string): string {
  const [, host = entry, port = ""] = /^(.*?)(:\d+)?$/.exec(entry) ?? [];
  return URL.canParse(`http://${host}`) ? hostOf(new URL(`http://${host}`)) + port : entry;
}

/** Without the dot that may end a full name. */
function hostOf(url: URL): string {
  return url.hostname.replace(/\.$/, "");
}

function portOf(url: URL): string {
  if (url.port !== "") return url.port;
  return url.protocol === "https:" ? "443" : "80";
}
