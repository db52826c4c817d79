// Whether a person may be handed over to where their bot, or anybody else, asks for: the same list, the same trunk and the same
// channels as for a call of its own. Used by attempt.ts, so that nobody can ask around it.

import type { TransferAnswer } from "../calls/control.ts";
import { isSipAddress } from "../calls/sip-address.ts";
import type { Db } from "../database/open.ts";
import { isOnDnc } from "../dnc/store.ts";
import { trunkVerdict } from "../trunks/prefix-guard.ts";
import { findTrunk } from "../trunks/store.ts";
import { readUsage } from "./usage.ts";

const E164 = /^\+[1-9]\d{6,14}$/;

/** Undefined: it may be tried. A SIP address costs nothing and takes no channel; numbers are the trunk's to call. */
export function transferRefusal(db: Db, trunkId: string, to: string): Extract<TransferAnswer, object> | undefined {
  if (isSipAddress(to)) return undefined;
  if (!E164.test(to)) return { problem: `'${to.slice(0, 100)}' is neither a number in E.164 form, such as +14155550100, nor a SIP address` };
  if (isOnDnc(db, to)) return { refusal: "dnc" };
  const trunk = findTrunk(db, trunkId);
  if (trunk === undefined) return { refusal: "prefix_not_allowed", because: "the trunk was deleted" };
  const verdict = trunkVerdict({ driver: trunk.driver, allowedPrefixes: JSON.parse(trunk.allowedPrefixes) as string[] }, to);
  if (!verdict.allowed) return { refusal: "prefix_not_allowed", because: verdict.reason };
  const isFull = trunk.maxConcurrent !== null && readUsage(db).byTrunk(trunkId) >= trunk.maxConcurrent;
  return isFull ? { refusal: "trunk_cap" } : undefined;
}
