// What is told to the outside: the names of all events and the exact text of their bodies. Pure.
// Built when the thing happens, stored with it, and sent later byte for byte.

import type { Analysis, Disposition } from "../../calls/disposition.ts";
import type { CampaignStatus } from "../../campaigns/lifecycle.ts";
import type { LeadStatus } from "../../leads/status.ts";

/** Every event there is; the one list for settings, filters and docs. */
export const webhookEvents = [
  "campaign.lead_completed",
  "lead.attempt_completed",
  "call.started",
  "call.completed",
  "call.failed",
  "call.analysis_completed",
  "campaign.started",
  "campaign.paused",
  "campaign.completed",
  "dnc.added",
  "credits.low",
  "webhook.test",
] as const;

/** Sent while nobody has chosen: what a receiver that knows no other event expects. */
export const unchosenEvents: readonly WebhookEventName[] = ["campaign.lead_completed", "webhook.test"];

export type WebhookEventName = (typeof webhookEvents)[number];

/** An event on its way to the outbox. `body` is the JSON text that is signed and sent as it stands. */
export interface WebhookEvent {
  name: WebhookEventName;
  campaignId: string | null;
  leadId: string | null;
  body: string;
}

/** A lead that has just become final, with its campaign. `outcome` is the analysis of its last call. */
export interface CompletedLead {
  campaign: { id: string; name: string };
  lead: {
    id: string;
    phoneNumber: string;
    variables: Record<string, unknown>;
    status: LeadStatus;
    disposition: Disposition | null;
    attempts: number;
    callId: string | null;
    outcome: Analysis | null;
  };
}

/** `at` is when the lead became final, epoch ms. The fields and their order are the contract's. */
export function leadCompleted({ campaign, lead }: CompletedLead, at: number): WebhookEvent {
  const { id, phoneNumber, variables, status, disposition, attempts, callId, outcome } = lead;
  return {
    name: "campaign.lead_completed",
    campaignId: campaign.id,
    leadId: id,
    body: bodyOf("campaign.lead_completed", at, {
      campaign: { id: campaign.id, name: campaign.name },
      lead: { id, phoneNumber, variables, status, disposition, attempts, callId, outcome },
    }),
  };
}

/** A number that has just been listed; `createdAt` is epoch ms. */
export interface ListedNumber {
  id: string;
  phoneNumber: string;
  reason: string | null;
  source: string;
  createdAt: number;
}

/** One event for all that were added together: a list of a million numbers is not a million events. */
export function dncAdded(entries: readonly ListedNumber[], at: number): WebhookEvent {
  const told = entries.map(({ id, phoneNumber, reason, source, createdAt }) => ({
    id,
    phoneNumber,
    reason,
    source,
    createdAt: new Date(createdAt).toISOString(),
  }));
  return { name: "dnc.added", campaignId: null, leadId: null, body: bodyOf("dnc.added", at, { entries: told }) };
}

/** A campaign that has moved in its life; `status` is where it is now. */
export interface MovedCampaign {
  id: string;
  name: string;
  status: CampaignStatus;
  /** Why, for people; null when it needs no reason. */
  statusReason: string | null;
}

export type CampaignMove = "campaign.started" | "campaign.paused" | "campaign.completed";

/** `campaign.completed` also tells of one that ended `failed`. */
export function campaignMoved(move: CampaignMove, { id, name, status, statusReason }: MovedCampaign, at: number): WebhookEvent {
  return { name: move, campaignId: id, leadId: null, body: bodyOf(move, at, { campaign: { id, name, status, statusReason } }) };
}

/** What is left of the budget; decimal texts, as everywhere in the API. */
export interface LowCredit {
  balance: string;
  reserved: string;
  /** Below this it is low. */
  threshold: string;
}

/** Once each time that the credit becomes low. */
export function creditsLow({ balance, reserved, threshold }: LowCredit, at: number): WebhookEvent {
  return {
    name: "credits.low",
    campaignId: null,
    leadId: null,
    body: bodyOf("credits.low", at, { credit: { balance, reserved, threshold } }),
  };
}

/** Who is about to be called, and with which attempt. */
export interface UpcomingCall {
  campaign: { id: string; name: string };
  lead: { id: string; phoneNumber: string; variables: Record<string, unknown>; attempt: number };
}

/** The question to a campaign's pre-dial hook: signed like an event, but answered instead of delivered. */
export function preDialQuestion({ campaign, lead }: UpcomingCall, at: number): string {
  const { id, phoneNumber, variables, attempt } = lead;
  return bodyOf("lead.pre_dial", at, { campaign: { id: campaign.id, name: campaign.name }, lead: { id, phoneNumber, variables, attempt } });
}

/** What the settings page sends to see whether a URL works. */
export function webhookTest(at: number): WebhookEvent {
  return { name: "webhook.test", campaignId: null, leadId: null, body: bodyOf("webhook.test", at, {}) };
}

/** The text of a body: the name, the instant, then the fields in their order. */
export function bodyOf(event: WebhookEventName | "lead.pre_dial", at: number, fields: object): string {
  return JSON.stringify({ event, timestamp: new Date(at).toISOString(), ...fields });
}
