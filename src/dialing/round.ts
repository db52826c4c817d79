// One round of the dispatcher, in one transaction: which campaigns may dial, how many calls each, which leads.

import { CampaignStatus, statusesFor } from "../campaigns/lifecycle.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { readLimits } from "../settings/store.ts";
import { announce } from "../webhooks/events/announcement.ts";
import { campaignMoved, type MovedCampaign } from "../webhooks/events/event.ts";
import type { AgentBot, BotReach } from "./view/bot-reach.ts";
import { earliest } from "./rules/earliest.ts";
import { type MachineStore, MOVED } from "./ending/finish.ts";
import type { PreDialAnswers, Upcoming } from "./view/pre-dial.ts";
import type { Claim, ClaimContext } from "./reserve.ts";
import { shareSlots } from "./share.ts";
import { explain, surveyCampaigns } from "./survey.ts";
import { createRoom, type RoomDependencies } from "./view/room.ts";
import type { Roster } from "./view/roster.ts";
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

/** Writes the claims; to be called in the transaction that also frees the slots of calls that ended. */
export function runRound(deps: RoundDependencies, now: EpochMs): Round {
  const { db } = deps;
  const { contactLimits, ...limits } = readLimits(db);
  const maxConcurrentCalls = Math.min(deps.maxConcurrentCalls, limits.maxConcurrentCalls ?? Number.POSITIVE_INFINITY);
  const room = createRoom(deps, readUsage(db), { maxConcurrentCalls, maxCallsPerSecond: limits.maxCallsPerSecond });
  const started = startScheduled(deps, now);
  const ended = endOverdue(deps, now);
  const { open, faults, wakes } = surveyCampaigns(deps, now);
  const share = shareSlots({ ...deps, room, contactLimits }, open, now);
  for (const entry of open) explain(db, entry, faults.get(entry.campaignId) ?? share.reasons.get(entry.campaignId));
  return {
    claims: share.claims,
    wakeAt: earliest([nextStartAt(db), ...wakes, ...share.wakes]),
    wakeInMs: earliest(share.wanting.map((entry) => room.nextStartIn(entry))),
    more: share.more,
    blocked: share.blocked,
    ended,
    moved: started || share.finished || share.reasons.size > 0,
    upcoming: [...share.upcoming.values()],
    bots: [...share.bots.values()],
  };
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
    .query<{ startAt: number | null }, []>(
      `SELECT min(scheduled_start_at) AS startAt FROM campaigns WHERE status = '${CampaignStatus.scheduled}'`,
    )
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
