// The roster: every running campaign with what a call of it needs (numbers, trunk, agent version) and its rules.

import { type AgentSnapshot, parseSnapshot } from "../agents/draft.ts";
import type { DialTrunk } from "../calls/dialer.ts";
import { CampaignStatus } from "../campaigns/lifecycle.ts";
import { type Calendar, type Schedule, windowAt, windowIn, type WindowVerdict } from "../campaigns/window.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import { countryOf } from "../leads/phone-number.ts";
import type { RetryPolicy } from "../leads/retry.ts";
import { zoneList } from "../leads/zones.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { ContactLimit } from "./contact.ts";
import type { Hook } from "./pre-dial.ts";

/** A number to call from, with its own caps. */
export interface CallerNumber {
  id: string;
  from: string;
  country: string | undefined;
  maxConcurrent: number | null;
  callsPerSecond: number | null;
}

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
  /** Its own number first, then those of its pool. */
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
  trunk: DialTrunk & { name: string; allowedPrefixes: readonly string[]; maxConcurrent: number | null; callsPerSecond: number | null };
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
  trunkId: string;
  trunkName: string;
  driver: DialTrunk["driver"];
  options: string;
  allowedPrefixes: string;
  trunkMaxConcurrent: number | null;
  trunkCallsPerSecond: number | null;
}

const RUNNING = `
  SELECT c.id AS campaignId, c.name, c.status, c.status_reason AS statusReason, c.end_at AS endAt,
         c.agent_id AS agentId, c.agent_version AS agentVersion, v.snapshot,
         c.phone_number_id AS phoneNumberId, c.phone_number_ids AS phoneNumberIds, c.max_concurrent AS maxConcurrent,
         c.calls_per_second AS campaignCallsPerSecond, c.weight, c.contact_limits AS contactLimits,
         c.rest_after_conversation_hours AS restHours, c.pre_dial_hook AS preDialHook, c.schedule, c.retry_policy AS retryPolicy,
         t.id AS trunkId, t.name AS trunkName, t.driver, t.options, t.allowed_prefixes AS allowedPrefixes,
         t.max_concurrent AS trunkMaxConcurrent, t.calls_per_second AS trunkCallsPerSecond
    FROM campaigns c
    JOIN agent_versions v ON v.agent_id = c.agent_id AND v.version = c.agent_version
    JOIN phone_numbers n ON n.id = c.phone_number_id
    JOIN trunks t ON t.id = n.trunk_id
   WHERE c.status IN (${quoted([CampaignStatus.running])})
   ORDER BY c.id`;

/** Parsed texts of a kind kept at most; past it they are parsed anew. */
const MOST_PARSED = 2_000;

export interface Roster {
  /** In the order of the campaigns' ids. Reads what is committed, or what the open transaction has written. */
  read(now: EpochMs): RosterEntry[];
}

/** Keeps parsed texts and window verdicts between rounds; everything else is read anew each time. */
export function createRoster(db: Db, calendar: Calendar | undefined): Roster {
  const scheduleOf = remembering((text) => JSON.parse(text) as Schedule);
  const policyOf = remembering((text) => JSON.parse(text) as RetryPolicy);
  const optionsOf = remembering((text) => JSON.parse(text) as Record<string, unknown>);
  const limitsOf = remembering((text) => JSON.parse(text) as ContactLimit[]);
  const hookOf = remembering((text) => JSON.parse(text) as Hook);
  const listOf = remembering((text) => JSON.parse(text) as string[]);
  const countryFor = remembering((number) => ({ country: countryOf(number) }));
  const agentOf = remembering<AgentSnapshot>(parseSnapshot);
  const windowOf = rememberingWindows(scheduleOf, calendar);

  const numbersOf = (row: Row): CallerNumber[] => {
    const find = db.sqlite.query<Omit<CallerNumber, "country">, [string]>(
      `SELECT id, phone_number AS "from", max_concurrent AS maxConcurrent, calls_per_second AS callsPerSecond FROM phone_numbers WHERE id = ?1`,
    );
    return [row.phoneNumberId, ...listOf(row.phoneNumberIds)].flatMap((id) => {
      const number = find.get(id);
      return number === null ? [] : [{ ...number, country: countryFor(number.from).country }];
    });
  };

  return {
    read: (now) =>
      db.sqlite.query<Row, []>(RUNNING).all().map((row) => {
        const schedule = scheduleOf(row.schedule);
        const isInRecipientsZone = schedule.timezoneMode === "recipient";
        return {
          ...row,
          agent: agentOf(row.snapshot),
          numbers: numbersOf(row),
          maxAttempts: policyOf(row.retryPolicy).maxAttempts,
          callsPerSecond: row.campaignCallsPerSecond,
          contactLimits: limitsOf(row.contactLimits),
          preDialHook: row.preDialHook === null ? null : hookOf(row.preDialHook),
          trunk: { id: row.trunkId, name: row.trunkName, driver: row.driver, options: optionsOf(row.options), allowedPrefixes: listOf(row.allowedPrefixes), maxConcurrent: row.trunkMaxConcurrent, callsPerSecond: row.trunkCallsPerSecond },
          timezone: schedule.timezone,
          isInRecipientsZone,
          windowFor: (zones) => windowOf(row.schedule, isInRecipientsZone ? zones : "", now),
        };
      }),
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
    if (known.size >= MOST_PARSED) known.clear();
    const rule = scheduleOf(schedule);
    const window = zones === "" ? windowAt(rule, now, calendar) : windowIn(rule, zoneList(zones), now, calendar);
    known.set(key, { from: now, window });
    return window;
  };
}

/** Reads each text once, while there are not too many. */
function remembering<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const value = known.get(text) ?? read(text);
    if (!known.has(text)) {
      if (known.size >= MOST_PARSED) known.clear();
      known.set(text, value);
    }
    return value;
  };
}
