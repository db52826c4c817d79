// Single calls: one call now, outside any campaign, through the same gate, caps and dialers as theirs.
// The claim is one transaction at the end of the turn's group; the call leaves in the same turn, after the commit.

import { findAgent, findAgentVersion } from "../agents/store.ts";
import type { CallWish, PlacedCall } from "../calls/control.ts";
import { openCallStatuses } from "../calls/call.ts";
import { quoteCall, termsOf } from "../credits/quote.ts";
import { shortageWords } from "../credits/shortage.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import { isOnDnc } from "../dnc/store.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { GroupCommit } from "../runtime/group-commit.ts";
import { readLimits } from "../settings/store.ts";
import { trunkVerdict } from "../trunks/prefix-guard.ts";
import type { Attempts } from "./attempt.ts";
import { refusalOfSingle } from "./rules/gate.ts";
import { aroundFaults } from "./rules/detour.ts";
import { type CallerNumber, createLines } from "./view/lines.ts";
import { type CallLine, type Claim, type ClaimContext, reserveCall } from "./reserve.ts";
import { createRoom, type Room, type RoomDependencies } from "./view/room.ts";
import { creditFacts } from "./ending/spending.ts";
import { readUsage } from "./view/usage.ts";

export interface SingleDependencies extends ClaimContext, RoomDependencies {
  commit: GroupCommit;
  attempts: Pick<Attempts, "place">;
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

/** Who calls, and from which number; its trunk is chosen where the room is known. */
type SingleLine = Omit<CallLine, "phoneNumberId" | "from" | "trunk"> & { number: CallerNumber };

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
  const { db, health } = deps;
  const limits = readLimits(db);
  const maxConcurrentCalls = Math.min(deps.maxConcurrentCalls, limits.maxConcurrentCalls ?? Number.POSITIVE_INFINITY);
  const room = createRoom(deps, readUsage(db), { maxConcurrentCalls, maxCallsPerSecond: limits.maxCallsPerSecond });
  const number = wayFor(deps, room, line.number, wish.to, now);
  const { trunk } = number;
  const quote = quoteCall(db, wish.to, termsOf(line.agent));
  const credit = creditFacts(db, quote);
  const trunkHeldUntil = health.trunks.heldUntil(trunk.id, now);
  const botHeldUntil = health.bots.heldUntil(line.agentId, now);
  const ofTrunk = room.ofTrunk(trunk);
  const prefix = trunkVerdict(trunk, wish.to);
  const refusal = refusalOfSingle({
    onDnc: isOnDnc(db, wish.to),
    prefixAllowed: prefix.allowed,
    numberInCall: isInCall(db, wish.to),
    credit,
    trunkHeldUntil,
    botHeldUntil,
    botFreeSlots: room.ofBot(line.agentId),
    freeSlots: Math.min(room.overall(), room.ofNumber(number)),
    trunkFreeSlots: ofTrunk.slots,
    trunkFreeStarts: ofTrunk.starts,
  });
  if (refusal === "prefix_not_allowed" && !prefix.allowed) return { kind: "refused", refusal, because: prefix.reason };
  if (refusal === "trunk_held" && trunkHeldUntil !== undefined) {
    return {
      kind: "refused",
      refusal,
      because: health.trunks.reason(trunk.id, trunk.name) ?? undefined,
      retryAfterMs: trunkHeldUntil - now,
    };
  }
  if (refusal === "bot_held") {
    return {
      kind: "refused",
      refusal,
      because: health.bots.reason(line.agentId, line.agent.name) ?? undefined,
      retryAfterMs: botHeldUntil === undefined ? undefined : botHeldUntil - now,
    };
  }
  if (refusal === "no_credits" && credit !== undefined)
    return { kind: "refused", refusal, because: shortageWords({ ...credit, phoneNumber: wish.to }) };
  if (refusal !== undefined)
    return { kind: "refused", refusal, retryAfterMs: refusal === "trunk_rate" ? room.nextSingleIn(number) : undefined };
  const order = reserveCall(
    deps,
    { ...line, phoneNumberId: number.id, from: number.from, trunk },
    { to: wish.to, attempt: 1, variables: wish.variables, campaign: undefined, leadId: undefined, timezone: "UTC", quote },
    now,
  );
  return {
    kind: "claimed",
    claim: { order, agentId: line.agentId, campaignId: undefined, leadId: undefined, ticket: room.takeSingle(number, line.agentId) },
  };
}

/** The line, or what of it does not exist. */
function findLine({ db }: SingleDependencies, wish: CallWish): SingleLine | "agent" | "agentVersion" | "phoneNumber" {
  const agentRow = findAgent(db, wish.agentId);
  if (agentRow === undefined) return "agent";
  const agentVersion = wish.agentVersion ?? agentRow.currentVersion;
  const agent = findAgentVersion(db, wish.agentId, agentVersion);
  if (agent === undefined) return "agentVersion";
  const number = createLines(db)()(wish.phoneNumberId);
  if (number === undefined) return "phoneNumber";
  return { agentId: wish.agentId, agentVersion, agent, number };
}

/** By its own trunk or one that stands in for it: the first that may call there, with room where one has any. Where none may, by its own. */
function wayFor({ health }: SingleDependencies, room: Room, number: CallerNumber, to: string, now: EpochMs): CallerNumber {
  const ways = aroundFaults([number], (id) => health.trunks.stateOf(id, now)).filter(({ trunk }) => trunkVerdict(trunk, to).allowed);
  return ways.find((way) => room.ofLine(way) > 0) ?? ways[0] ?? number;
}

function isInCall(db: Db, to: string): boolean {
  const sql = `SELECT 1 AS found FROM calls WHERE to_number = ?1 AND status IN (${quoted(openCallStatuses)}) LIMIT 1`;
  return db.sqlite.query<{ found: number }, [string]>(sql).get(to) !== null;
}
