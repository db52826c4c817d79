// What a forecast is made of, read from the database in slices: the queue by groups, who is on the DNC list, and how
// long this campaign's calls last and how often they are tried again.

import { findAgentVersion } from "../../agents/store.ts";
import type { CampaignForecast } from "../../calls/control.ts";
import { type CampaignRow, findCampaign, retryPolicyOf, scheduleOf } from "../../campaigns/store.ts";
import { type Calendar, windowAt, windowIn } from "../../campaigns/window.ts";
import { readAccount } from "../../credits/store.ts";
import type { Db } from "../../database/open.ts";
import { quoted } from "../../database/transaction.ts";
import { readLanes } from "../../leads/lanes.ts";
import { FIRST_RANK } from "../../leads/rank.ts";
import { gapOf } from "../../leads/retry.ts";
import { zoneList } from "../../leads/zones.ts";
import { waitingStatuses } from "../../leads/status.ts";
import { type EpochMs, MINUTE, SECOND } from "../../runtime/clock.ts";
import { nextTurn } from "../../runtime/turn.ts";
import { readLimits } from "../../settings/store.ts";
import { forecast, type Group } from "../rules/forecast.ts";
import { createLines } from "./lines.ts";

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
  const pace = readPace(db, row, maxConcurrentCalls);
  const history = readHistory(db, campaignId, policy.retryOn);
  const isInRecipientsZone = schedule.timezoneMode === "recipient";
  const groups = (await readGroups(db, campaignId, now)).map((group) => (isInRecipientsZone ? group : { ...group, zones: "" }));
  const listed = await countListed(db, campaignId);
  const result = forecast({
    startAt: Math.max(now, row.startedAt === null ? (row.scheduledStartAt ?? now) : now),
    endAt: row.endAt,
    groups: withoutListed(groups, listed),
    windowFor: (zones, at) => (isInRecipientsZone ? windowIn(schedule, zoneList(zones), at, calendar) : windowAt(schedule, at, calendar)),
    ringTimeoutMs: (agent?.callPolicy.ringTimeoutSeconds ?? 0) * SECOND,
    ...pace,
    secondsPerCall: history.secondsPerCall,
    retryShare: history.retryShare,
    maxAttempts: policy.maxAttempts,
    gapMs: (attempt) => gapOf(policy.backoffMinutes, attempt) * MINUTE,
  });
  const waiting = groups.reduce((sum, group) => sum + group.leads, 0);
  const skipped = [...(listed > 0 ? [{ reason: "dnc", leads: listed }] : []), ...result.leftOver];
  return { ...result, ...history, waiting, skipped, callsAtOnce: pace.callsAtOnce, notForeseen: notForeseen(db, row) };
}

/** The caps and rates of the campaign, of its numbers with their trunks, and of the whole; those who share them are not looked at. */
function readPace(db: Db, row: CampaignRow, maxConcurrentCalls: number): { callsAtOnce: number; callsPerSecond: number | null } {
  const limits = readLimits(db);
  const find = createLines(db)();
  const numbers = [row.phoneNumberId, ...(JSON.parse(row.phoneNumberIds) as string[])].flatMap((id) => find(id) ?? []);
  const trunks = [...new Map(numbers.map(({ trunk }) => [trunk.id, trunk])).values()];
  const through = (field: "maxConcurrent" | "callsPerSecond") =>
    trunks.reduce((sum, trunk) => {
      const ofNumbers = numbers.filter((number) => number.trunk.id === trunk.id).reduce((all, number) => all + (number[field] ?? Number.POSITIVE_INFINITY), 0);
      return sum + Math.min(trunk[field] ?? Number.POSITIVE_INFINITY, ofNumbers);
    }, 0);
  const callsPerSecond = Math.min(row.callsPerSecond ?? Number.POSITIVE_INFINITY, limits.maxCallsPerSecond ?? Number.POSITIVE_INFINITY, through("callsPerSecond"));
  return {
    callsAtOnce: Math.min(row.maxConcurrent, maxConcurrentCalls, limits.maxConcurrentCalls ?? Number.POSITIVE_INFINITY, through("maxConcurrent")),
    callsPerSecond: callsPerSecond === Number.POSITIVE_INFINITY ? null : callsPerSecond,
  };
}

/** What nobody can know ahead, or what is not looked at, in sentences for people. */
function notForeseen(db: Db, row: CampaignRow): string[] {
  const hook = row.preDialHook === null ? undefined : (JSON.parse(row.preDialHook) as { url: string });
  const hasLimits = row.contactLimits !== "[]" || row.restAfterConversationHours !== null || readLimits(db).contactLimits.length > 0;
  return [
    ...(hook === undefined ? [] : [`the preDialHook at ${hostOf(hook.url)} is asked before each call; whom it will refuse nobody can know, and everybody counts as eligible`]),
    ...(hasLimits ? ["contactLimits and restAfterConversationHours may put calls off, by what other campaigns do as well"] : []),
    ...(readAccount(db).isLimited ? ["the credit that is left may end before the campaign does"] : []),
  ];
}

/** Never the path or the query: they may hold a token. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "an unreadable URL";
}

/** Groups made of a campaign's queue at most, where there are not more lanes than that. */
const MOST_GROUPS = 500;
/** Pieces of a lane's time to come. */
const MOST_PIECES = 24;

interface Piece {
  dueAt: EpochMs;
  leads: number;
  isPromised: 0 | 1;
}

/** Who is due now, and who falls due later, in pieces of time; a piece is called when the last of it is due. Promised calls stand apart. */
async function readGroups(db: Db, campaignId: string, now: EpochMs): Promise<Group[]> {
  const groups: Group[] = [];
  const ofLane = `FROM leads INDEXED BY leads_queue WHERE campaign_id = ?1 AND status IN (${WAITING}) AND zones = ?2 AND rank = ?3`;
  const last = db.sqlite.query<{ dueAt: EpochMs }, [string, string, number]>(`SELECT due_at AS dueAt ${ofLane} ORDER BY due_at DESC LIMIT 1`);
  // Only the first rank holds promised calls: the others are counted from the index alone.
  const count = (promised: string) => db.sqlite.query<Piece, [string, string, number, EpochMs, number]>(
    `SELECT max(due_at) AS dueAt, count(*) AS leads, ${promised} AS isPromised ${ofLane} GROUP BY CASE WHEN due_at <= ?4 THEN -1 ELSE (due_at - ?4 - 1) / ?5 END, isPromised`,
  );
  const lanes = readLanes(db, campaignId);
  const pieces = Math.max(1, Math.min(MOST_PIECES, Math.floor(MOST_GROUPS / Math.max(1, lanes.length))));
  for (const lane of lanes) {
    const span = Math.max(0, (last.get(campaignId, lane.zones, lane.rank)?.dueAt ?? now) - now);
    const width = Math.max(1, Math.ceil(span / pieces));
    const found = count(lane.rank === FIRST_RANK ? "callback_at IS NOT NULL" : "0").all(campaignId, lane.zones, lane.rank, now, width);
    groups.push(...found.map(({ dueAt, leads, isPromised }) => ({ zones: lane.zones, rank: lane.rank, dueAt, leads, isPromised: isPromised === 1 })));
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
