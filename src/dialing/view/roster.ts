// The roster: every running campaign with what a call of it needs (numbers with their trunks, agent version) and its rules.

import { type AgentSnapshot, parseSnapshot } from "../../agents/draft.ts";
import { CampaignStatus } from "../../campaigns/lifecycle.ts";
import { type Calendar, type Schedule, windowAt, windowIn, type WindowVerdict } from "../../campaigns/window.ts";
import type { Db } from "../../database/open.ts";
import { quoted } from "../../database/transaction.ts";
import type { RetryPolicy } from "../../leads/retry.ts";
import { zoneList } from "../../leads/zones.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { ContactLimit } from "../rules/contact.ts";
import { type CallerNumber, createLines, type FindLine } from "./lines.ts";
import type { Hook } from "./pre-dial.ts";
import { remembering } from "./remembering.ts";

/** One running campaign, ready to dial. */
export interface RosterEntry {
  campaignId: string;
  name: string;
  status: CampaignStatus;
  statusReason: string | null;
  endAt: EpochMs | null;
  agentId: string;
  agentVersion: number;
  agent: AgentSnapshot;
  /** Its own number first, then those of its pool; each calls through its own trunk. */
  numbers: readonly CallerNumber[];
  maxConcurrent: number;
  /** Of a lead, the first one included. */
  maxAttempts: number;
  callsPerSecond: number | null;
  weight: number;
  contactLimits: readonly ContactLimit[];
  restHours: number | null;
  /** Asked before each call. */
  preDialHook: Hook | null;
  /** That of the schedule. */
  timezone: string;
  /** Whether the window is read in each person's own zone. */
  isInRecipientsZone: boolean;
  /** The window for people who may be in `zones` ('|'-joined), now. */
  windowFor(zones: string): WindowVerdict;
}

interface Row {
  campaignId: string;
  name: string;
  status: CampaignStatus;
  statusReason: string | null;
  endAt: EpochMs | null;
  agentId: string;
  agentVersion: number;
  snapshot: string;
  phoneNumberId: string;
  phoneNumberIds: string;
  maxConcurrent: number;
  campaignCallsPerSecond: number | null;
  weight: number;
  contactLimits: string;
  restHours: number | null;
  preDialHook: string | null;
  schedule: string;
  retryPolicy: string;
}

const RUNNING = `
  SELECT c.id AS campaignId, c.name, c.status, c.status_reason AS statusReason, c.end_at AS endAt,
         c.agent_id AS agentId, c.agent_version AS agentVersion, v.snapshot,
         c.phone_number_id AS phoneNumberId, c.phone_number_ids AS phoneNumberIds, c.max_concurrent AS maxConcurrent,
         c.calls_per_second AS campaignCallsPerSecond, c.weight, c.contact_limits AS contactLimits,
         c.rest_after_conversation_hours AS restHours, c.pre_dial_hook AS preDialHook, c.schedule, c.retry_policy AS retryPolicy
    FROM campaigns c
    JOIN agent_versions v ON v.agent_id = c.agent_id AND v.version = c.agent_version
   WHERE c.status IN (${quoted([CampaignStatus.running])})
   ORDER BY c.id`;

/** Window verdicts kept at most; past it they are worked out anew. */
const MOST_WINDOWS = 2_000;

export interface Roster {
  /** In the order of the campaigns' ids. Reads what is committed, or what the open transaction has written. */
  read(now: EpochMs): RosterEntry[];
}

/** Keeps parsed texts and window verdicts between rounds; everything else is read anew each time. */
export function createRoster(db: Db, calendar: Calendar | undefined): Roster {
  const scheduleOf = remembering((text) => JSON.parse(text) as Schedule);
  const policyOf = remembering((text) => JSON.parse(text) as RetryPolicy);
  const limitsOf = remembering((text) => JSON.parse(text) as ContactLimit[]);
  const hookOf = remembering((text) => JSON.parse(text) as Hook);
  const listOf = remembering((text) => JSON.parse(text) as string[]);
  const agentOf = remembering<AgentSnapshot>(parseSnapshot);
  const windowOf = rememberingWindows(scheduleOf, calendar);

  const lines = createLines(db);
  const numbersOf = (row: Row, find: FindLine): CallerNumber[] =>
    [row.phoneNumberId, ...listOf(row.phoneNumberIds)].flatMap((id) => find(id) ?? []);

  return {
    read: (now) => {
      const find = lines();
      return db.sqlite
        .query<Row, []>(RUNNING)
        .all()
        .map((row) => {
          const schedule = scheduleOf(row.schedule);
          const isInRecipientsZone = schedule.timezoneMode === "recipient";
          return {
            ...row,
            agent: agentOf(row.snapshot),
            numbers: numbersOf(row, find),
            maxAttempts: policyOf(row.retryPolicy).maxAttempts,
            callsPerSecond: row.campaignCallsPerSecond,
            contactLimits: limitsOf(row.contactLimits),
            preDialHook: row.preDialHook === null ? null : hookOf(row.preDialHook),
            timezone: schedule.timezone,
            isInRecipientsZone,
            windowFor: (zones) => windowOf(row.schedule, isInRecipientsZone ? zones : "", now),
          };
        });
    },
  };
}

/** A verdict holds from the instant it was asked for until the window changes. `zones` empty: in the campaign's own. */
function rememberingWindows(scheduleOf: (text: string) => Schedule, calendar: Calendar | undefined) {
  const known = new Map<string, { from: EpochMs; window: WindowVerdict }>();
  return (schedule: string, zones: string, now: EpochMs): WindowVerdict => {
    const key = `${zones} ${schedule}`;
    const last = known.get(key);
    const until = last?.window.closesAt ?? last?.window.opensAt ?? 0;
    if (last !== undefined && last.from <= now && now < until) return last.window;
    if (known.size >= MOST_WINDOWS) known.clear();
    const rule = scheduleOf(schedule);
    const window = zones === "" ? windowAt(rule, now, calendar) : windowIn(rule, zoneList(zones), now, calendar);
    known.set(key, { from: now, window });
    return window;
  };
}
