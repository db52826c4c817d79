// What a forecast is made of, read from the database in slices: the queue by groups, who is on the DNC list, and how
// long this campaign's calls last and how often they are tried again.

import { findAgentVersion } from "../../agents/store.ts";
import type { CampaignForecast } from "../../calls/control.ts";
import type { ContactLimit } from "../rules/contact.ts";
import { type CampaignRow, findCampaign, retryPolicyOf, scheduleOf } from "../../campaigns/store.ts";
import { type Calendar, windowAt, windowIn } from "../../campaigns/window.ts";
import { readAccount } from "../../credits/store.ts";
import type { Db } from "../../database/open.ts";
import { quoted } from "../../database/transaction.ts";
import { readLanes } from "../../leads/lanes.ts";
import { FIRST_RANK } from "../../leads/rank.ts";
import type { RetryableEnding, RetryPolicy } from "../../leads/retry.ts";
import { zoneList } from "../../leads/zones.ts";
import { waitingStatuses } from "../../leads/status.ts";
import { type EpochMs, SECOND } from "../../runtime/clock.ts";
import { nextTurn } from "../../runtime/turn.ts";
import { readLimits } from "../../settings/store.ts";
import type { Group } from "../rules/comebacks.ts";
import { forecast } from "../rules/forecast.ts";
import { withHistory } from "./called-before.ts";
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
export async function forecastCampaign(
  db: Db,
  campaignId: string,
  maxConcurrentCalls: number,
  now: EpochMs,
  calendar?: Calendar,
): Promise<CampaignForecast | undefined> {
  const row = findCampaign(db, campaignId);
  if (row === undefined) return undefined;
  const schedule = scheduleOf(row);
  const policy = retryPolicyOf(row);
  const agent = findAgentVersion(db, row.agentId, row.agentVersion);
  const pace = readPace(db, row, maxConcurrentCalls);
  const history = readHistory(db, campaignId, policy);
  const limits = [...readLimits(db).contactLimits, ...(JSON.parse(row.contactLimits) as ContactLimit[])];
  const isInRecipientsZone = schedule.timezoneMode === "recipient";
  const groups = (await withHistory(db, campaignId, await readGroups(db, campaignId, now), limits, now)).map((group) =>
    isInRecipientsZone ? group : { ...group, zones: "" },
  );
  const listed = await countListed(db, campaignId);
  const result = forecast({
    startAt: Math.max(now, row.startedAt === null ? (row.scheduledStartAt ?? now) : now),
    endAt: row.endAt,
    groups: withoutListed(groups, listed),
    windowFor: (zones, at) => (isInRecipientsZone ? windowIn(schedule, zoneList(zones), at, calendar) : windowAt(schedule, at, calendar)),
    ringTimeoutMs: (agent?.callPolicy.ringTimeoutSeconds ?? 0) * SECOND,
    ...pace,
    secondsPerCall: history.secondsPerCall,
    retryPolicy: policy,
    retryShares: history.retryShares,
    limits,
  });
  const waiting = groups.reduce((sum, group) => sum + group.leads, 0);
  const skipped = [...(listed > 0 ? [{ reason: "dnc", leads: listed }] : []), ...result.leftOver];
  const { secondsPerCall, retryShares, basis } = history;
  const retryShare = Object.values(retryShares).reduce((sum, share) => sum + share, 0);
  return {
    ...result,
    secondsPerCall,
    retryShare,
    basis,
    waiting,
    skipped,
    callsAtOnce: pace.callsAtOnce,
    notForeseen: notForeseen(db, row),
  };
}

/** The caps and rates of the campaign, of its numbers with their trunks, and of the whole; those who share them are not looked at. */
function readPace(db: Db, row: CampaignRow, maxConcurrentCalls: number): { callsAtOnce: number; callsPerSecond: number | null } {
  const limits = readLimits(db);
  const find = createLines(db)();
  const numbers = [row.phoneNumberId, ...(JSON.parse(row.phoneNumberIds) as string[])].flatMap((id) => find(id) ?? []);
  const trunks = [...new Map(numbers.map(({ trunk }) => [trunk.id, trunk])).values()];
  const through = (field: "maxConcurrent" | "callsPerSecond") =>
    trunks.reduce((sum, trunk) => {
      const ofNumbers = numbers
        .filter((number) => number.trunk.id === trunk.id)
        .reduce((all, number) => all + (number[field] ?? Number.POSITIVE_INFINITY), 0);
      return sum + Math.min(trunk[field] ?? Number.POSITIVE_INFINITY, ofNumbers);
    }, 0);
  const callsPerSecond = Math.min(
    row.callsPerSecond ?? Number.POSITIVE_INFINITY,
    limits.maxCallsPerSecond ?? Number.POSITIVE_INFINITY,
    through("callsPerSecond"),
  );
  return {
    callsAtOnce: Math.min(
      row.maxConcurrent,
      maxConcurrentCalls,
      limits.maxConcurrentCalls ?? Number.POSITIVE_INFINITY,
      through("maxConcurrent"),
    ),
    callsPerSecond: callsPerSecond === Number.POSITIVE_INFINITY ? null : callsPerSecond,
  };
}

/** What nobody can know ahead, or what is not looked at, in sentences for people. */
function notForeseen(db: Db, row: CampaignRow): string[] {
  const hook = row.preDialHook === null ? undefined : (JSON.parse(row.preDialHook) as { url: string });
  const hasLimits = row.contactLimits !== "[]" || readLimits(db).contactLimits.length > 0;
  return [
    ...(hook === undefined
      ? []
      : [
          `the preDialHook at ${hostOf(hook.url)} is asked before each call; whom it will refuse nobody can know, and everybody counts as eligible`,
        ]),
    ...(hasLimits ? ["calls of other campaigns that are still to come count for contactLimits as well, and may put calls off"] : []),
    ...(row.restAfterConversationHours === null
      ? []
      : ["restAfterConversationHours may put calls off, after conversations of other campaigns as well"]),
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
  const last = db.sqlite.query<{ dueAt: EpochMs }, [string, string, number]>(
    `SELECT due_at AS dueAt ${ofLane} ORDER BY due_at DESC LIMIT 1`,
  );
  // Only the first rank holds promised calls: the others are counted from the index alone.
  const count = (promised: string) =>
    db.sqlite.query<Piece, [string, string, number, EpochMs, number]>(
      `SELECT max(due_at) AS dueAt, count(*) AS leads, ${promised} AS isPromised ${ofLane} GROUP BY CASE WHEN due_at <= ?4 THEN -1 ELSE (due_at - ?4 - 1) / ?5 END, isPromised`,
    );
  const lanes = readLanes(db, campaignId);
  const pieces = Math.max(1, Math.min(MOST_PIECES, Math.floor(MOST_GROUPS / Math.max(1, lanes.length))));
  for (const lane of lanes) {
    const span = Math.max(0, (last.get(campaignId, lane.zones, lane.rank)?.dueAt ?? now) - now);
    const width = Math.max(1, Math.ceil(span / pieces));
    const found = count(lane.rank === FIRST_RANK ? "callback_at IS NOT NULL" : "0").all(campaignId, lane.zones, lane.rank, now, width);
    groups.push(
      ...found.map(({ dueAt, leads, isPromised }) => ({ zones: lane.zones, rank: lane.rank, dueAt, leads, isPromised: isPromised === 1 })),
    );
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

interface History {
  secondsPerCall: number;
  retryShares: Partial<Record<RetryableEnding, number>>;
  basis: "history" | "assumption";
}

/** Which endings there will be nobody knows before there were some: each that is retried is as likely as the others then. */
function readHistory(db: Db, campaignId: string, { retryOn }: RetryPolicy): History {
  const sql = `SELECT ending, count(*) AS calls, sum(ended_at - placed_at) AS ms
    FROM (SELECT placed_at, ended_at, ending FROM calls WHERE campaign_id = ?1 AND ended_at IS NOT NULL ORDER BY id DESC LIMIT ${MOST_CALLS}) GROUP BY ending`;
  const seen = db.sqlite.query<{ ending: string; calls: number; ms: number }, [string]>(sql).all(campaignId);
  const calls = seen.reduce((sum, ending) => sum + ending.calls, 0);
  const shareOf = (share: (ending: RetryableEnding) => number) => Object.fromEntries(retryOn.map((ending) => [ending, share(ending)]));
  if (calls < FEWEST_CALLS)
    return { secondsPerCall: ASSUMED_SECONDS, retryShares: shareOf(() => ASSUMED_RETRY_SHARE / retryOn.length), basis: "assumption" };
  const ms = seen.reduce((sum, ending) => sum + ending.ms, 0);
  return {
    secondsPerCall: Math.max(0.001, ms / calls / SECOND),
    retryShares: shareOf((name) => (seen.find(({ ending }) => ending === name)?.calls ?? 0) / calls),
    basis: "history",
  };
}
