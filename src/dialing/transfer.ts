// Handing a person over to where their bot, or anybody else, asks for: the same list, the same trunk, the same channels and the
// same rate as for a call of its own. Used by attempt.ts, so that nobody can ask around it.

import type { BotWord } from "../calls/bot.ts";
import type { TransferAnswer } from "../calls/control.ts";
import type { ActiveCall } from "../calls/dialer.ts";
import { isSipAddress } from "../calls/sip-address.ts";
import type { Db } from "../database/open.ts";
import { isOnDnc } from "../dnc/store.ts";
import type { Clock } from "../runtime/clock.ts";
import type { RateTicket } from "../runtime/rate.ts";
import { readLimits } from "../settings/store.ts";
import type { TrunkRow } from "../trunks/model.ts";
import { guardedTrunkOf, trunkVerdict } from "../trunks/prefix-guard.ts";
import { findTrunk } from "../trunks/store.ts";
import type { Paces, Rate } from "./view/pace.ts";
import { readUsage } from "./view/usage.ts";

export interface TransferDependencies {
  db: Db;
  clock: Clock;
  paces: Paces;
}

/** A call in progress, as far as a second line needs it. */
export interface TransferableCall {
  trunkId: string;
  /** Of the trunk, by the calls of this process, those included that are not written yet. */
  channelsTaken: number;
  call: ActiveCall | undefined;
  isOver(): boolean;
  /** Writes down what became of the wish. */
  note(word: BotWord & { type: "transfer" | "transfer_failed" }): void;
}

const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * `asked` at once, also where the trunk's rate makes the line wait for its turn, a second at most. The wish is noted before
 * anything leaves, so that the trunk's channel is taken before it is used.
 */
export function handOver(deps: TransferDependencies, entry: TransferableCall, to: string): TransferAnswer {
  const { call, note } = entry;
  const start = startOf(deps, entry, to);
  if ("refused" in start) return start.refused;
  if (call?.transfer === undefined) return "not_able";
  const ticket = start.take();
  if (start.waitMs === 0) {
    const problem = call.transfer(to);
    if (problem !== undefined) {
      ticket.cancel();
      return { problem };
    }
    note({ type: "transfer", to });
    return "asked";
  }
  note({ type: "transfer", to });
  deps.clock.after(start.waitMs, () => {
    if (entry.isOver()) return ticket.cancel();
    ticket.sent(deps.clock.monotonicMs());
    const problem = call.transfer?.(to);
    if (problem === undefined) return;
    ticket.cancel();
    note({ type: "transfer_failed", to, reason: problem });
    call.refuseTransfer?.(problem);
  });
  return "asked";
}

type Start = { waitMs: number; take: () => RateTicket } | { refused: Extract<TransferAnswer, object> };

/** A SIP address costs nothing and takes no channel; numbers are the trunk's to call. */
function startOf({ db, clock, paces }: TransferDependencies, { trunkId, channelsTaken }: TransferableCall, to: string): Start {
  if (isSipAddress(to)) return { waitMs: 0, take: () => paces.take([], clock.monotonicMs()) };
  if (!E164.test(to))
    return { refused: { problem: `'${to.slice(0, 100)}' is neither a number in E.164 form, such as +14155550100, nor a SIP address` } };
  const trunk = findTrunk(db, trunkId);
  const refused = refusalOf(db, trunk, channelsTaken, to);
  if (refused !== undefined) return { refused };
  const rates: Rate[] = [
    { name: "whole", perSecond: readLimits(db).maxCallsPerSecond },
    { name: `trunk ${trunkId}`, perSecond: trunk?.callsPerSecond ?? null },
  ];
  const nowMs = clock.monotonicMs();
  return { waitMs: paces.nextStartIn(rates, nowMs) ?? 0, take: () => paces.take(rates, nowMs) };
}

function refusalOf(db: Db, trunk: TrunkRow | undefined, channelsTaken: number, to: string): Extract<TransferAnswer, object> | undefined {
  if (isOnDnc(db, to)) return { refusal: "dnc" };
  if (trunk === undefined) return { refusal: "prefix_not_allowed", because: "the trunk was deleted" };
  const verdict = trunkVerdict(guardedTrunkOf(trunk), to);
  if (!verdict.allowed) return { refusal: "prefix_not_allowed", because: verdict.reason };
  const isFull = trunk.maxConcurrent !== null && Math.max(readUsage(db).byTrunk(trunk.id), channelsTaken) >= trunk.maxConcurrent;
  return isFull ? { refusal: "trunk_cap" } : undefined;
}
