// What a forecast is made of, read from the database in slices: the queue by groups, who is on the DNC list, and how
// long this campaign's calls last and how often they are tried again.

import { findAgentVersion } from "../agents/store.ts";
import type { CampaignForecast } from "../calls/control.ts";
import { findCampaign, retryPolicyOf, scheduleOf } from "../campaigns/store.ts";
import { type Calendar, windowAt, windowIn } from "../campaigns/window.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import { readLanes } from "../leads/lanes.ts";
import { zoneList } from "../leads/zones.ts";
import { waitingStatuses } from "../leads/status.ts";
import { type EpochMs, MINUTE, SECOND } from "../runtime/clock.ts";
import { nextTurn } from "../runtime/turn.ts";
import { readLimits } from "../settings/store.ts";
import { forecast, type Group } from "./forecast.ts";

/** Calls of the campaign that its averages are made of, the newest. */
const MOST_CALLS = 500;
/** With fewer than these the averages are assumed. */
const FEWEST_CALLS = 20;
const ASSUMED_SECONDS = 60;
const ASSUMED_RETRY_SHARE = 0.4;
const SLICE = 2_000;

const WAITING = quoted(waitingStatuses);

/** Undefined when there is no such campaign. `maxConcurrentCalls` is that of the whole appliance. */
export async function forecastCampaign(db: Db, campaignId: string, maxConcurrentCalls: number, now: EpochMs, calendar?: Calendar): Promise<CampaignForecast | undefined> {
  const row = findCampaign(db, campaignId);
  if (row === undefined) return undefined;
  const schedule = scheduleOf(row);
  const policy = retryPolicyOf(row);
  const agent = findAgentVersion(db, row.agentId, row.agentVersion);
  const limits = readLimits(db);
  const history = readHistory(db, campaignId, policy.retryOn);
  const groups = await readGroups(db, campaignId);
  const listed = await countListed(db, campaignId);
  const callsAtOnce = Math.min(row.maxConcurrent, maxConcurrentCalls, limits.maxConcurrentCalls ?? Number.POSITIVE_INFINITY);
  const result = forecast({
    startAt: Math.max(now, row.startedAt === null ? (row.scheduledStartAt ?? now) : now),
    endAt: row.endAt,
    groups: withoutListed(groups, listed),
    windowFor: (zones, at) => (schedule.timezoneMode === "recipient" ? windowIn(schedule, zoneList(zones), at, calendar) : windowAt(schedule, at, calendar)),
    ringTimeoutMs: (agent?.callPolicy.ringTimeoutSeconds ?? 0) * SECOND,
    callsAtOnce,
    callsPerSecond: row.callsPerSecond,
    secondsPerCall: history.secondsPerCall,
    retryShare: history.retryShare,
    maxAttempts: policy.maxAttempts,
    backoffMs: firstGap(policy.backoffMinutes) * MINUTE,
  });
  const waiting = groups.reduce((sum, group) => sum + group.leads, 0);
  const skipped = [...(listed > 0 ? [{ reason: "dnc", leads: listed }] : []), ...result.leftOver];
  return { ...result, ...history, waiting, skipped, callsAtOnce };
}

function firstGap(backoffMinutes: number | readonly number[]): number {
  return typeof backoffMinutes === "number" ? backoffMinutes : (backoffMinutes[0] ?? 0);
}

async function readGroups(db: Db, campaignId: string): Promise<Group[]> {
  const groups: Group[] = [];
  const sql = `SELECT count(*) AS leads FROM leads INDEXED BY leads_queue WHERE campaign_id = ?1 AND status IN (${WAITING}) AND zones = ?2 AND rank = ?3`;
  for (const lane of readLanes(db, campaignId)) {
    const { leads } = db.sqlite.query<{ leads: number }, [string, string, number]>(sql).get(campaignId, lane.zones, lane.rank) ?? { leads: 0 };
    groups.push({ ...lane, leads });
    await nextTurn();
  }
  return groups;
}

/** How many who wait are on the DNC list; they will be left out when their turn comes. */
async function countListed(db: Db, campaignId: string): Promise<number> {
  const sql = `SELECT max(id) AS last, sum(EXISTS (SELECT 1 FROM dnc WHERE dnc.phone_number = slice.phone_number)) AS listed
    FROM (SELECT id, phone_number FROM leads INDEXED BY leads_list WHERE campaign_id = ?1 AND id > ?2 AND status IN (${WAITING}) ORDER BY id LIMIT ${SLICE}) AS slice`;
  let listed = 0;
  for (let after = ""; ; await nextTurn()) {
    const slice = db.sqlite.query<{ last: string | null; listed: number | null }, [string, string]>(sql).get(campaignId, after);
    if (slice === null || slice.last === null) return listed;
    listed += slice.listed ?? 0;
    after = slice.last;
  }
}

/** Taken from every group alike: which of them are listed is not worth another look. */
function withoutListed(groups: readonly Group[], listed: number): Group[] {
  const all = groups.reduce((sum, group) => sum + group.leads, 0);
  return groups.map((group) => ({ ...group, leads: group.leads * (all === 0 ? 1 : (all - listed) / all) }));
}

function readHistory(db: Db, campaignId: string, retryOn: readonly string[]): { secondsPerCall: number; retryShare: number; basis: "history" | "assumption" } {
  const sql = `SELECT count(*) AS calls, avg(ended_at - placed_at) AS ms, avg(ending IN (${quoted(retryOn)})) AS again
    FROM (SELECT placed_at, ended_at, ending FROM calls WHERE campaign_id = ?1 AND ended_at IS NOT NULL ORDER BY id DESC LIMIT ${MOST_CALLS})`;
  const seen = db.sqlite.query<{ calls: number; ms: number | null; again: number | null }, [string]>(sql).get(campaignId);
  if (seen === null || seen.calls < FEWEST_CALLS) return { secondsPerCall: ASSUMED_SECONDS, retryShare: retryOn.length === 0 ? 0 : ASSUMED_RETRY_SHARE, basis: "assumption" };
  return { secondsPerCall: Math.max(0.001, (seen.ms ?? 0) / SECOND), retryShare: seen.again ?? 0, basis: "history" };
}
