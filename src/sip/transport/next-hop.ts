// Where a request inside a dialog is sent. Pure.

import type { Destination } from "../call/call-trace.ts";
import { isHidden } from "../message/sdp.ts";
import type { TrunkOptions } from "../trunk/trunk-options.ts";
import { isIpAddress, parseUri } from "../message/uri.ts";

/**
 * To the first route, or to the peer's Contact. `source` is where the trunk answers from: it is taken over a connection,
 * for a name (the way that worked is the trunk's own resolution), and for an inside address named by an outside trunk.
 */
export function nextHop(uri: string, source: Destination, policy: TrunkOptions["contact"]): Destination {
  const parsed = parseUri(uri);
  if (source.protocol !== "udp" || policy === "source" || parsed === undefined || !isIpAddress(parsed.host)) return source;
  const transport = parsed.parameters.get("transport")?.toLowerCase() ?? "udp";
  if (transport !== "udp" || (policy === "auto" && isHidden(parsed.host, source.address))) return source;
  return { protocol: "udp", address: parsed.host, port: parsed.port ?? 5_060, name: parsed.host };
}
