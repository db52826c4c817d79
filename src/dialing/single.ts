// Single calls: one call now, outside any campaign, through the same gate, caps and dialers as theirs.
// The claim is one transaction at the end of the turn's group; the call leaves in the same turn, after the commit.

import { findAgent, findAgentVersion } from "../agents/store.ts";
import type { CallWish, PlacedCall } from "../calls/control.ts";
import { openCallStatuses } from "../calls/call.ts";
import type { CallRefusal } from "../calls/refusal.ts";
import { quoteCall, termsOf } from "../credits/quote.ts";
import { type Shortage, shortageWords } from "../credits/shortage.ts";
import { quoted } from "../database/transaction.ts";
import { isOnDnc } from "../dnc/store.ts";
import { findNumber } from "../numbers/store.ts";
import type { Clock, EpochMs } from "../runtime/clock.ts";
import type { GroupCommit } from "../runtime/group-commit.ts";
import { findTrunk } from "../trunks/store.ts";
import type { Attempts } from "./attempt.ts";
import { refusalOfSingle } from "./gate.ts";
import { type CallLine, type Claim, type ClaimContext, reserveCall } from "./reserve.ts";
import { creditFacts } from "./spending.ts";
import type { TrunkHealth } from "./trunk-health.ts";

export interface SingleDependencies extends ClaimContext {
  clock: Clock;
  commit: GroupCommit;
  attempts: Pick<Attempts, "place">;
  trunks: TrunkHealth;
  maxConcurrentCalls: number;
  /** After a failed commit: what was reserved but not placed is given back. */
  release: () => void;
}

export interface SingleCalls {
  /** Rejects when the store cannot write; then nothing was placed. */
  place(wish: CallWish): Promise<PlacedCall>;
  /** No further call, for good. */
  hold(): void;
}

/** The trunk of a line, with the caps that the row has beside its options. */
type SingleLine = CallLine & { trunk: { name: string; maxConcurrent: number | null; callsPerSecond: number | null } };

/** What the claim came to. */
type Claimed = { kind: "claimed"; claim: Claim } | Exclude<PlacedCall, { kind: "placed" }>;

/** One for a machine; campaigns and single calls share what `deps` holds. */
export function createSingleCalls(deps: SingleDependencies): SingleCalls {
  const { clock, commit, attempts } = deps;
  let held = false;
  return {
    place: (wish) =>
      new Promise((resolve, reject) => {
        let claimed: Claimed | undefined;
        const giveUp = (error: unknown) => {
          if (claimed?.kind === "claimed") claimed.claim.ticket?.cancel();
          reject(error);
        };
        // Last in its group: what ended in this turn has left its slot, and a release in the same group never meets this row.
        commit.addLast({
          work: () => (claimed = held ? { kind: "draining" } : claimSingle(deps, wish, clock.now())),
          committed(result) {
            if (result.kind !== "claimed") return resolve(result);
            attempts.place(result.claim);
            resolve({ kind: "placed", callId: result.claim.order.callId });
          },
          failed: giveUp,
          uncertain(error) {
            giveUp(error);
            deps.release();
          },
        });
      }),
    hold: () => void (held = true),
  };
}

function claimSingle(deps: SingleDependencies, wish: CallWish, now: EpochMs): Claimed {
  const line = findLine(deps, wish);
  if (typeof line === "string") return { kind: "missing", what: line };
  const { trunks, clock } = deps;
  const { trunk } = line;
  const usage = readUsage(deps, trunk.id, wish.to);
  const quote = quoteCall(deps.db, wish.to, termsOf(line.agent));
  const credit = creditFacts(deps.db, quote);
  const trunkCap = trunks.isProbing(trunk.id, now) ? 1 : (trunk.maxConcurrent ?? Number.POSITIVE_INFINITY);
  const refusal = refusalOfSingle({
    onDnc: isOnDnc(deps.db, wish.to),
    numberInCall: usage.toNumber > 0,
    credit,
    trunkHeldUntil: trunks.heldUntil(trunk.id, now),
    freeSlots: deps.maxConcurrentCalls - usage.total,
    trunkFreeSlots: trunkCap - usage.onTrunk,
    trunkFreeStarts: trunks.freeStarts(trunk, clock.monotonicMs()),
  });
  if (refusal !== undefined) return { kind: "refused", refusal, ...moreOf(deps, refusal, line.trunk, credit && { ...credit, phoneNumber: wish.to }, now) };
  const order = reserveCall(deps, line, { to: wish.to, attempt: 1, variables: wish.variables, campaign: undefined, leadId: undefined, timezone: "UTC", quote }, now);
  return { kind: "claimed", claim: { order, campaignId: undefined, leadId: undefined, ticket: trunks.takeStart(trunk, clock.monotonicMs()) } };
}

/** What the machine knows of a refusal besides its reason: in words, and when it may have passed. */
function moreOf({ trunks, clock }: SingleDependencies, refusal: CallRefusal, trunk: SingleLine["trunk"], shortage: Shortage | undefined, now: EpochMs): { because?: string; retryAfterMs?: number } {
  const heldUntil = trunks.heldUntil(trunk.id, now);
  if (refusal === "no_credits" && shortage !== undefined) return { because: shortageWords(shortage) };
  if (refusal === "trunk_held" && heldUntil !== undefined) return { because: trunks.reason(trunk.id, trunk.name) ?? undefined, retryAfterMs: heldUntil - now };
  if (refusal === "trunk_rate") return { retryAfterMs: trunks.nextStartIn(trunk, clock.monotonicMs()) };
  return {};
}

/** The line, or what of it does not exist. */
function findLine({ db }: SingleDependencies, wish: CallWish): SingleLine | "agent" | "agentVersion" | "phoneNumber" {
  const agentRow = findAgent(db, wish.agentId);
  if (agentRow === undefined) return "agent";
  const agentVersion = wish.agentVersion ?? agentRow.currentVersion;
  const agent = findAgentVersion(db, wish.agentId, agentVersion);
  if (agent === undefined) return "agentVersion";
  const number = findNumber(db, wish.phoneNumberId);
  const trunk = number === undefined ? undefined : findTrunk(db, number.trunkId);
  if (number === undefined || trunk === undefined) return "phoneNumber";
  const options = JSON.parse(trunk.options) as Record<string, unknown>;
  return { agentId: wish.agentId, agentVersion, agent, phoneNumberId: number.id, from: number.phoneNumber, trunk: { ...trunk, options } };
}

/** Calls in the air, counted from the rows of this transaction. */
function readUsage({ db }: SingleDependencies, trunkId: string, to: string): { total: number; onTrunk: number; toNumber: number } {
  const row = db.sqlite
    .query<{ total: number; onTrunk: number; toNumber: number }, [string, string]>(
      `SELECT count(*) AS total, count(*) FILTER (WHERE trunk_id = ?1) AS onTrunk, count(*) FILTER (WHERE to_number = ?2) AS toNumber
         FROM calls WHERE status IN (${quoted(openCallStatuses)})`,
    )
    .get(trunkId, to);
  return row ?? { total: 0, onTrunk: 0, toNumber: 0 };
}
