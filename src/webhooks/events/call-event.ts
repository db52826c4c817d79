// What is told of calls and attempts: the exact text of the bodies, as event.ts has it for the rest. Pure.

import type { CallEnding, CallStatus, HungUpBy } from "../../calls/call.ts";
import type { Analysis, Disposition } from "../../calls/disposition.ts";
import { formatAmount } from "../../credits/amount.ts";
import { bodyOf, type CompletedLead, type WebhookEvent } from "./event.ts";

/** A call that has just been placed. Instants are epoch ms. */
export interface StartedCall {
  id: string;
  campaignId: string | null;
  leadId: string | null;
  agentId: string;
  agentVersion: number;
  fromNumber: string;
  toNumber: string;
  attempt: number;
  placedAt: number;
}

/** A call that is over, as its row has it; `outcome` is JSON. */
export interface EndedCall extends StartedCall {
  status: CallStatus;
  ending: CallEnding | null;
  reason: string | null;
  sipCode: number | null;
  sipReason: string | null;
  q850Cause: number | null;
  hungUpBy: HungUpBy | null;
  answeredAt: number | null;
  endedAt: number | null;
  ringMs: number | null;
  talkMs: number | null;
  costMicros: number | null;
  disposition: Disposition | null;
  outcome: string | null;
  /** What the audio measured, and who or what picked up, both as JSON. */
  media: string | null;
  amd: string | null;
}

/** Written with the row of the call, right before it leaves. */
export function callStarted(call: StartedCall): WebhookEvent {
  return about("call.started", call, call.placedAt, { call: startedFields(call) });
}

/** `call.failed` for one that ended `failed`, `call.completed` for every other: each call has exactly one of the two. */
export function callEnded(name: "call.completed" | "call.failed", call: EndedCall, at: number): WebhookEvent {
  return about(name, call, at, { call: endedFields(call) });
}

/** Its analysis is there: reported by its bot, or made from its transcript. */
export function callAnalysed(call: EndedCall, at: number): WebhookEvent {
  return about("call.analysis_completed", call, at, { call: endedFields(call) });
}

/** One attempt of a lead is over, the analysis of its call included; `nextAttemptAt` is epoch ms, null when it was the last. */
export interface CompletedAttempt {
  campaign: { id: string; name: string };
  lead: CompletedLead["lead"] & { callId: string; nextAttemptAt: number | null };
  /** How it ended; what the lead became by it is in `lead`. */
  attempt: { number: number; callId: string; ending: CallEnding; reason: string };
}

/** Before `campaign.lead_completed` where it was the last. */
export function attemptCompleted({ campaign, lead, attempt }: CompletedAttempt, at: number): WebhookEvent {
  const { id, phoneNumber, variables, status, disposition, attempts, callId, outcome, nextAttemptAt } = lead;
  const told = { id, phoneNumber, variables, status, disposition, attempts, callId, outcome, nextAttemptAt: instantOf(nextAttemptAt) };
  return {
    name: "lead.attempt_completed",
    campaignId: campaign.id,
    leadId: id,
    body: bodyOf("lead.attempt_completed", at, { campaign: { id: campaign.id, name: campaign.name }, lead: told, attempt }),
  };
}

function about(name: WebhookEvent["name"], { campaignId, leadId }: StartedCall, at: number, fields: object): WebhookEvent {
  return { name, campaignId, leadId, body: bodyOf(name, at, fields) };
}

function startedFields({ id, campaignId, leadId, agentId, agentVersion, fromNumber, toNumber, attempt, placedAt }: StartedCall) {
  return { id, campaignId, leadId, agentId, agentVersion, from: fromNumber, to: toNumber, attempt, placedAt: instantOf(placedAt) };
}

function endedFields(call: EndedCall) {
  const {
    status,
    ending,
    reason,
    sipCode,
    sipReason,
    q850Cause,
    hungUpBy,
    answeredAt,
    endedAt,
    ringMs,
    talkMs,
    costMicros,
    disposition,
    outcome,
    media,
    amd,
  } = call;
  return {
    ...startedFields(call),
    status,
    ending,
    reason,
    sipCode,
    sipReason,
    q850Cause,
    hungUpBy,
    answeredAt: instantOf(answeredAt),
    endedAt: instantOf(endedAt),
    ringSeconds: secondsOf(ringMs),
    talkSeconds: secondsOf(talkMs),
    cost: costMicros === null ? null : formatAmount(costMicros),
    disposition,
    outcome: readObject(outcome),
    media: readObject(media),
    amd: readObject(amd),
  };
}

function readObject(text: string | null): Analysis | null {
  return text === null ? null : (JSON.parse(text) as Analysis);
}

function instantOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function secondsOf(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
