// SIP addresses in service besides the trunks: bots, and those that people are handed over to. Resolved and connected when first
// named, kept for the next call. They may speak of their own lines alone, where a trunk may speak of any.

import type { SipAccess } from "../../calls/bot.ts";
import type { LiveTrunk, LiveTrunkPorts } from "./live-trunk.ts";
import { sipPeerOf } from "./sip-peer.ts";
import type { Protocol } from "./trunk-options.ts";
import { createTrunkRoll } from "./trunk-roll.ts";

export interface PeerRoll {
  /** Begins to resolve and connect at once; undefined when the text is no SIP address that can be called. */
  open(address: string, transport?: Protocol, access?: SipAccess): { live: LiveTrunk; uri: string } | undefined;
  close(): Promise<void>;
}

/** Those that were named longest ago are closed beyond this. */
const MOST_PEERS = 200;

/** One for the dialer. */
export function createPeerRoll(ports: () => LiveTrunkPorts): PeerRoll {
  const roll = createTrunkRoll(ports);
  // In the order in which they were last named.
  const named = new Set<string>();
  return {
    open(address, transport, access) {
      const peer = sipPeerOf(address, transport, access);
      if (peer === undefined) return undefined;
      const id = JSON.stringify(peer.options);
      const entry = roll.entry({ id, driver: "sip", options: peer.options });
      if (typeof entry === "string") return undefined;
      named.delete(id);
      named.add(id);
      const [oldest] = named;
      if (named.size > MOST_PEERS && oldest !== undefined) {
        named.delete(oldest);
        void roll.forget(oldest);
      }
      return { live: entry.live, uri: peer.uri };
    },
    close: roll.close,
  };
}
