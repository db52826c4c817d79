// One round of the dispatcher, in one transaction: which campaigns may dial, how many calls each, which leads.

import { CampaignStatus, statusesFor } from "../campaigns/lifecycle.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { readLimits } from "../settings/store.ts";
import { announce } from "../webhooks/events/announcement.ts";
import { campaignMoved, type MovedCampaign } from "../webhooks/events/event.ts";
import type { AgentBot, BotReach } from "./view/bot-reach.ts";
import { claimLeads } from "./claim.ts";
import { aroundFaults } from "./rules/detour.ts";
import { earliest } from "./rules/earliest.ts";
import { finishCampaignIfDone, type MachineStore, MOVED } from "./ending/finish.ts";
import { gateCampaign } from "./rules/gate.ts";
import type { PreDialAnswers, Upcoming } from "./view/pre-dial.ts";
import type { Claim, ClaimContext } from "./reserve.ts";
import { createRoom, type RoomDependencies } from "./view/room.ts";
import type { Roster, RosterEntry } from "./view/roster.ts";
import type { LineHealth } from "./view/health.ts";
import { readUsage } from "./view/usage.ts";

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
  /** A campaign was started, or may have been paused or finished: there may be something to tell. */
  moved: boolean;
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
  const started = startScheduled(deps, now);
  const ended = endOverdue(deps, now);
  const wakes: (EpochMs | undefined)[] = [nextStartAt(db)];
  const open: RosterEntry[] = [];
  const faults = new Map<string, string | undefined>();
  for (const listed of deps.roster.read(now)) {
    const entry = { ...listed, numbers: aroundFaults(listed.numbers, (id) => health.trunks.stateOf(id, now)) };
    const holds = entry.numbers.map(({ trunk }) => health.trunks.heldUntil(trunk.id, now));
    const held = { trunkHeldUntil: holds.includes(undefined) ? undefined : earliest(holds), botHeldUntil: health.bots.heldUntil(entry.agentId, now) };
    const decision = gateCampaign({ status: entry.status, endAt: entry.endAt, ...held }, now);
    wakes.push(entry.endAt ?? undefined, ...holds, ...listed.numbers.map(({ trunk }) => health.trunks.heldUntil(trunk.id, now)));
    faults.set(entry.campaignId, faultOf(health, listed, entry));
    if (decision.kind === "dial") open.push(entry);
    else explain(db, entry, faults.get(entry.campaignId));
    if (decision.kind === "hold") wakes.push(decision.until);
  }

  let ready = open;
  const waiting: RosterEntry[] = [];
  const claims: Claim[] = [];
  const reasons = new Map<string, string>();
  const bots = new Map<string, AgentBot>();
  const upcoming = new Map<string, Upcoming>();
  let blocked = 0;
  let stoppedEarly = false;
  let finished = false;
  // Slots that one campaign leaves unused go to others. Each pass claims, or takes a campaign out, or stops early.
  while (ready.length > 0 && claims.length < MOST_CLAIMS && !stoppedEarly) {
    const slots = room.allot(ready);
    if (slots.size === 0) break;
    const hungry: RosterEntry[] = [];
    for (const entry of ready) {
      const wanted = Math.min(slots.get(entry.campaignId) ?? 0, MOST_CLAIMS - claims.length);
      // Without a slot a campaign keeps none from others; only its hook has to be asked ahead. The next slot that falls free looks again.
      if (wanted === 0 && entry.preDialHook === null) {
        hungry.push(entry);
        continue;
      }
      const claimed = claimLeads({ ...deps, room, contactLimits: limits.contactLimits }, entry, wanted, now);
      claims.push(...claimed.claims);
      blocked += claimed.blocked;
      stoppedEarly ||= !claimed.exhausted && claimed.claims.length < wanted;
      wakes.push(claimed.wakeAt);
      if (claimed.upcoming !== undefined) upcoming.set(entry.campaignId, claimed.upcoming);
      if (claimed.bot !== undefined) bots.set(entry.campaignId, claimed.bot);
      if (claimed.reason !== undefined) reasons.set(entry.campaignId, claimed.reason);
      if (claimed.waitsForLine) waiting.push(entry);
      if (!claimed.exhausted) hungry.push(entry);
      // Leads too dear are due and stay so: the next call that ends, or a top-up, looks again.
      else if (claimed.reason === undefined) finished = finishCampaignIfDone(deps, entry.campaignId, now) || finished;
    }
    ready = hungry;
  }
  for (const entry of open) explain(db, entry, faults.get(entry.campaignId) ?? reasons.get(entry.campaignId));
  const wakeInMs = earliest([...ready, ...waiting].map((entry) => room.nextStartIn(entry)));
  const moved = started || finished || reasons.size > 0;
  return { claims, wakeAt: earliest(wakes), wakeInMs, more: stoppedEarly || claims.length >= MOST_CLAIMS, blocked, ended, moved, upcoming: [...upcoming.values()], bots: [...bots.values()] };
}

/** Turns campaigns whose start time has come `running`; returns whether there were any. */
function startScheduled(store: MachineStore, now: EpochMs): boolean {
  const started = store.db.sqlite
    .query<MovedCampaign, [EpochMs]>(
      `UPDATE campaigns SET status = '${CampaignStatus.running}', status_reason = NULL, started_at = coalesce(started_at, ?1), updated_at = ?1
        WHERE status = '${CampaignStatus.scheduled}' AND scheduled_start_at <= ?1 RETURNING ${MOVED}`,
    )
    .all(now);
  for (const campaign of started) announce(store, campaignMoved("campaign.started", campaign, now), now);
  return started.length > 0;
}

/** The next start time that is still ahead. */
function nextStartAt(db: Db): EpochMs | undefined {
  const row = db.sqlite
    .query<{ startAt: number | null }, []>(`SELECT min(scheduled_start_at) AS startAt FROM campaigns WHERE status = '${CampaignStatus.scheduled}'`)
    .get();
  return row?.startAt ?? undefined;
}

/** Ends campaigns whose end time has come, as `stop` does; calls in progress go on. */
function endOverdue(store: MachineStore, now: EpochMs): boolean {
  const ended = store.db.sqlite
    .query<MovedCampaign, [EpochMs]>(
      `UPDATE campaigns SET status = '${CampaignStatus.completed}', status_reason = 'ended at its endAt', completed_at = ?1, updated_at = ?1
        WHERE status IN (${quoted(statusesFor("stop"))}) AND end_at <= ?1 RETURNING ${MOVED}`,
    )
    .all(now);
  for (const campaign of ended) announce(store, campaignMoved("campaign.completed", campaign, now), now);
  return ended.length > 0;
}

/** What is wrong with the trunk of one of the campaign's numbers, and by which other its calls leave meanwhile; or with its bot. */
function faultOf({ trunks, bots }: LineHealth, listed: RosterEntry, { numbers }: RosterEntry): string | undefined {
  for (const { id, trunk } of listed.numbers) {
    const fault = trunks.reason(trunk.id, trunk.name);
    if (fault === null) continue;
    const detour = numbers.find((number) => number.id === id && number.trunk.id !== trunk.id);
    return detour === undefined ? fault : `${fault}; meanwhile calls leave through trunk '${detour.trunk.name}'`;
  }
  return bots.reason(listed.agentId, listed.agent.name) ?? undefined;
}

/** Writes why a running campaign is held, or that it is not any more; nothing when that is known, or when it does not run any more. */
function explain(db: Db, entry: RosterEntry, why: string | undefined): void {
  const reason = why ?? null;
  if (entry.statusReason === reason) return;
  db.sqlite.query(`UPDATE campaigns SET status_reason = ?2 WHERE id = ?1 AND status = '${CampaignStatus.running}'`).run(entry.campaignId, reason);
}
