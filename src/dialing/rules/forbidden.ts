// Calls that the trunk's list of allowed prefixes forbids: how they end, without a packet. Used by the claim.

import { CallEnding } from "../../calls/call.ts";
import type { DialResult } from "../../calls/ending.ts";
import { closedReason, type GuardedTrunk, trunkVerdict } from "../../trunks/prefix-guard.ts";

/** Undefined: it may leave. A number outside the list is never tried again; a trunk without a list needs a person. */
export function forbiddenBy(trunk: GuardedTrunk, number: string): DialResult | undefined {
  const nothing = { ending: CallEnding.failed, ringMs: 0, talkMs: 0 };
  if (closedReason(trunk) !== undefined) return { ...nothing, retry: "halt", reason: "trunk_allows_no_prefix" };
  return trunkVerdict(trunk, number).allowed ? undefined : { ...nothing, retry: "never", reason: "prefix_not_allowed" };
}
