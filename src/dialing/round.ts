// One round of the dispatcher, in one transaction: which campaigns may dial, how many calls each, which leads.

import { CampaignStatus, statusesFor } from "../campaigns/lifecycle.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { readLimits } from "../settings/store.ts";
import type { AgentBot, BotReach } from "./bot-reach.ts";
import { claimLeads, earliest } from "./claim.ts";
import { finishCampaignIfDone } from "./finish.ts";
import { gateCampaign } from "./gate.ts";
import type { PreDialAnswers, Upcoming } from "./pre-dial.ts";
import type { Claim, ClaimContext } from "./reserve.ts";
import { createRoom, type RoomDependencies } from "./room.ts";
import type { Roster, RosterEntry } from "./roster.ts";
import { readUsage } from "./usage.ts";

export interface RoundDependencies extends ClaimContext, RoomDependencies {
  roster: Roster;
  /** Without it no lead of a campaign with a pre-dial hook is called. */
  preDial?: PreDialAnswers;
  /** Without it bots are taken to be there. */
  reach?: BotReach;
  /** Of the start; the settings may bound it further. */
  maxConcurrentCalls: number;
}

/** What a round found; `claims` are placed after its commit. */
export interface Round {
  claims: Claim[];
  /** When time alone makes something possible; on the wall clock, and in ms from now. */
  wakeAt: EpochMs | undefined;
  wakeInMs: number | undefined;
  /** Stopped at a bound of its own: another round finds more to do. */
  more: boolean;
  /** Leads that ended without a call. */
  blocked: number;
  /** A campaign was ended by its end time: what waits in it is to be settled. */
  ended: boolean;
  /** Whom hooks are to be asked about, each campaign once. */
  upcoming: readonly Upcoming[];
  /** Bots to be asked about. */
  bots: readonly AgentBot[];
}

/** Calls claimed in one transaction at most: bounds how long the event loop is held. */
const MOST_CLAIMS = 200;

/** Writes the claims; to be called in the transaction that also frees the slots of calls that ended. */
export function runRound(deps: RoundDependencies, now: EpochMs): Round {
  const { db, health } = deps;
  const limits = readLimits(db);
  const maxConcurrentCalls = Math.min(deps.maxConcurrentCalls, limits.maxConcurrentCalls ?? Number.POSITIVE_INFINITY);
  const room = createRoom(deps, readUsage(db), { maxConcurrentCalls, maxCallsPerSecond: limits.maxCallsPerSecond });
  const wakes: (EpochMs | undefined)[] = [startScheduled(db, now)];
  const ended = endOverdue(db, now);
  const open: RosterEntry[] = [];
  for (const entry of deps.roster.read(now)) {
    const held = { trunkHeldUntil: health.trunks.heldUntil(entry.trunk.id, now), botHeldUntil: health.bots.heldUntil(entry.agentId, now) };
    const decision = gateCampaign({ status: entry.status, endAt: entry.endAt, ...held }, now);
    if (entry.endAt !== null) wakes.push(entry.endAt);
    if (decision.kind === "dial") open.push(entry);
    else explain(deps, entry, undefined);
    if (decision.kind === "hold") wakes.push(decision.until);
  }

  let ready = open;
  const claims: Claim[] = [];
  const reasons = new Map<string, string>();
  const bots = new Map<string, AgentBot>();
  const upcoming = new Map<string, Upcoming>();
  let blocked = 0;
  let stoppedEarly = false;
  // Slots that one campaign leaves unused go to others. Each pass claims, or takes a campaign out, or stops early.
  while (ready.length > 0 && claims.length < MOST_CLAIMS && !stoppedEarly) {
    const slots = room.allot(ready);
    if (slots.size === 0) break;
    const hungry: RosterEntry[] = [];
    for (const entry of ready) {
      const wanted = Math.min(slots.get(entry.campaignId) ?? 0, MOST_CLAIMS - claims.length);
      const claimed = claimLeads({ ...deps, room, contactLimits: limits.contactLimits }, entry, wanted, now);
      claims.push(...claimed.claims);
      blocked += claimed.blocked;
      stoppedEarly ||= !claimed.exhausted && claimed.claims.length < wanted;
      wakes.push(claimed.wakeAt);
      if (claimed.upcoming !== undefined) upcoming.set(entry.campaignId, claimed.upcoming);
      if (claimed.bot !== undefined) bots.set(entry.campaignId, claimed.bot);
      if (claimed.reason !== undefined) reasons.set(entry.campaignId, claimed.reason);
      if (!claimed.exhausted) hungry.push(entry);
      // Leads too dear are due and stay so: the next call that ends, or a top-up, looks again.
      else if (claimed.reason === undefined) finishCampaignIfDone(db, entry.campaignId, now);
    }
    ready = hungry;
  }
  for (const entry of open) explain(deps, entry, reasons.get(entry.campaignId));
  const wakeInMs = earliest(ready.map((entry) => room.nextStartIn(entry)));
  return { claims, wakeAt: earliest(wakes), wakeInMs, more: stoppedEarly || claims.length >= MOST_CLAIMS, blocked, ended, upcoming: [...upcoming.values()], bots: [...bots.values()] };
}

/** Turns campaigns whose start time has come `running`; returns the next start time that is still ahead. */
function startScheduled(db: Db, now: EpochMs): EpochMs | undefined {
  db.sqlite
    .query(
      `UPDATE campaigns SET status = '${CampaignStatus.running}', status_reason = NULL, started_at = coalesce(started_at, ?1), updated_at = ?1
        WHERE status = '${CampaignStatus.scheduled}' AND scheduled_start_at <= ?1`,
    )
    .run(now);
  const row = db.sqlite
    .query<{ startAt: number | null }, []>(`SELECT min(scheduled_start_at) AS startAt FROM campaigns WHERE status = '${CampaignStatus.scheduled}'`)
    .get();
  return row?.startAt ?? undefined;
}

/** Ends campaigns whose end time has come, as `stop` does; calls in progress go on. */
function endOverdue(db: Db, now: EpochMs): boolean {
  const ended = db.sqlite
    .query(
      `UPDATE campaigns SET status = '${CampaignStatus.completed}', status_reason = 'ended at its endAt', completed_at = ?1, updated_at = ?1
        WHERE status IN (${quoted(statusesFor("stop"))}) AND end_at <= ?1`,
    )
    .run(now);
  return ended.changes > 0;
}

/** Writes why a running campaign is held, or that it is not any more; nothing when that is known, or when it does not run any more. */
function explain({ db, health }: RoundDependencies, entry: RosterEntry, found: string | undefined): void {
  const reason = health.trunks.reason(entry.trunk.id, entry.trunk.name) ?? health.bots.reason(entry.agentId, entry.agent.name) ?? found ?? null;
  if (entry.statusReason === reason) return;
  db.sqlite.query(`UPDATE campaigns SET status_reason = ?2 WHERE id = ?1 AND status = '${CampaignStatus.running}'`).run(entry.campaignId, reason);
}
