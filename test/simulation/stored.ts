// What the database says of a call in the moment in which it leaves: committed, or it would not be there. Of this the witness
// takes what nobody promised, or what nobody knows.

import type { Schedule } from "../../src/campaigns/window.ts";
import type { Db } from "../../src/database/open.ts";
import type { RetryPolicy } from "../../src/leads/retry.ts";
import type { PromisedCampaign, PromisedCaps, PromisedLimits, PromisedNumber } from "./promises.ts";

export interface StoredCall {
  status: string;
  isListed: boolean;
  phoneNumberId: string;
  trunk: PromisedCaps;
  number: PromisedNumber;
  limits: PromisedLimits;
  /** When somebody last talked at this number before, by the wall clock. */
  lastTalkEndedAt: number | undefined;
  /** Undefined for a single call. */
  lead: StoredLead | undefined;
}

export interface StoredLead {
  id: string;
  campaignId: string;
  campaignStatus: string;
  campaign: PromisedCampaign;
  timezone: string | null;
  notBefore: number | null;
  callbackAt: number | null;
  attemptsGranted: number;
}

type Row = Record<string, string | number | null>;

const CALL = `
  SELECT c.status, c.phone_number_id AS phoneNumberId, c.campaign_id AS campaignId, c.lead_id AS leadId,
         n.phone_number AS phoneNumber, n.trunk_id AS trunkId, n.max_concurrent AS numberMost, n.calls_per_second AS numberRate,
         t.max_concurrent AS trunkMost, t.calls_per_second AS trunkRate,
         (SELECT ended_at FROM calls o WHERE o.to_number = c.to_number AND o.ending = 'completed' ORDER BY o.placed_at DESC LIMIT 1) AS lastTalkEndedAt,
         EXISTS (SELECT 1 FROM dnc WHERE dnc.phone_number = c.to_number) AS isListed
    FROM calls c JOIN trunks t ON t.id = c.trunk_id JOIN phone_numbers n ON n.id = c.phone_number_id WHERE c.id = +?1`;

const LEAD = `
  SELECT l.timezone, l.not_before AS notBefore, l.callback_at AS callbackAt, l.attempts_granted AS attemptsGranted, p.status AS campaignStatus,
         p.max_concurrent AS maxConcurrent, p.calls_per_second AS callsPerSecond, p.schedule, p.retry_policy AS retryPolicy, p.end_at AS endAt,
         p.phone_number_id AS phoneNumberId, p.phone_number_ids AS phoneNumberIds, p.contact_limits AS contactLimits,
         p.rest_after_conversation_hours AS restHours, p.pre_dial_hook AS preDialHook
    FROM leads l JOIN campaigns p ON p.id = l.campaign_id WHERE l.id = +?1`;

/** Undefined when there is no such call. */
export function readStored({ sqlite }: Db, callId: string): StoredCall | undefined {
  const row = sqlite.query<Row, [string]>(CALL).get(callId);
  if (row === null) return undefined;
  const text = (value: unknown) => String(value);
  const number = (value: unknown) => (value === null || value === undefined ? null : Number(value));
  const limits = JSON.parse(sqlite.query<{ value: string }, []>("SELECT value FROM settings WHERE name = 'limits'").get()?.value ?? "{}");
  return {
    status: text(row.status),
    isListed: row.isListed === 1,
    phoneNumberId: text(row.phoneNumberId),
    trunk: { maxConcurrent: number(row.trunkMost), callsPerSecond: number(row.trunkRate) },
    number: {
      phoneNumber: text(row.phoneNumber),
      trunkId: text(row.trunkId),
      maxConcurrent: number(row.numberMost),
      callsPerSecond: number(row.numberRate),
    },
    limits: {
      maxConcurrent: limits.maxConcurrentCalls ?? null,
      callsPerSecond: limits.maxCallsPerSecond ?? null,
      contactLimits: limits.contactLimits ?? [],
    },
    lastTalkEndedAt: number(row.lastTalkEndedAt) ?? undefined,
    lead:
      row.leadId === null
        ? undefined
        : readLead(sqlite.query<Row, [string]>(LEAD).get(text(row.leadId)), { id: text(row.leadId), campaignId: text(row.campaignId) }),
  };
}

function readLead(row: Row | null, ids: { id: string; campaignId: string }): StoredLead | undefined {
  if (row === null) return undefined;
  const parsed = <T>(value: unknown) => JSON.parse(String(value)) as T;
  const instant = (value: unknown) => (value === null ? null : Number(value));
  return {
    ...ids,
    campaignStatus: String(row.campaignStatus),
    timezone: row.timezone === null ? null : String(row.timezone),
    notBefore: instant(row.notBefore),
    callbackAt: instant(row.callbackAt),
    attemptsGranted: Number(row.attemptsGranted),
    campaign: {
      maxConcurrent: Number(row.maxConcurrent),
      callsPerSecond: instant(row.callsPerSecond),
      schedule: parsed<Schedule>(row.schedule),
      retryPolicy: parsed<RetryPolicy>(row.retryPolicy),
      endAt: row.endAt === null ? null : new Date(Number(row.endAt)).toISOString(),
      phoneNumberId: String(row.phoneNumberId),
      phoneNumberIds: parsed<string[]>(row.phoneNumberIds),
      contactLimits: parsed<PromisedCampaign["contactLimits"]>(row.contactLimits),
      restAfterConversationHours: instant(row.restHours),
      preDialHook: row.preDialHook === null ? null : parsed<object>(row.preDialHook),
    },
  };
}
