// The settle: one transaction that writes what became of a call: call, lead, credits, webhook rows, campaign's end. Of a
// conversation that is still to be analysed the lead waits: conclude.ts writes the rest.

import { CallEnding, CallStatus, statusesBefore } from "../../calls/call.ts";
import { type Analysis, dispositionOf } from "../../calls/disposition.ts";
import { type DialResult, endingOf, isOurFault, reasonOf } from "../../calls/ending.ts";
import { optOutIn } from "../../calls/outcome/opt-out.ts";
import { reportedAnalysis } from "../../calls/outcome/report-store.ts";
import { findCall } from "../../calls/store.ts";
import { quoted } from "../../database/transaction.ts";
import { LeadStatus } from "../../leads/status.ts";
import { type EpochMs, MINUTE } from "../../runtime/clock.ts";
import { callAnalysed, callEnded } from "../../webhooks/events/call-event.ts";
import { type Listener, readListener } from "../../webhooks/events/listener.ts";
import { endAttempt, findLeadOfCall, giveBack } from "./aftermath.ts";
import { finishCampaignIfDone, type MachineStore, pauseCampaign } from "./finish.ts";
import { listOptOut } from "./opted-out.ts";
import { type ReservedCall, settleCredit } from "./spending.ts";

/** How long a lead waits for the analysis of its conversation, from the end of the call. */
export const ANALYSIS_BOUND_MS = MINUTE;

/** What the settle did, for the log, the breaker, and whoever has to act on it once it is on disk. */
export interface Settled {
  callId: string;
  trunkId: string;
  ending: CallEnding;
  reason: string;
  /** The attempt was given back: the fault was not the lead's. */
  requeued: boolean;
  /** The lead waits for the analysis. */
  awaitsAnalysis?: true;
  /** A number that was listed: its calls that still ring are to be ended. */
  optedOut?: string;
}

interface OpenCall extends ReservedCall {
  trunkId: string;
  leadId: string | null;
  to: string;
  awaitsAnalysis: 0 | 1;
}

/** Undefined, and nothing written, when the call has been settled before: running it twice is harmless. */
export function settleCall(
  store: MachineStore,
  callId: string,
  result: DialResult,
  now: EpochMs,
  as: CallStatus = CallStatus.ended,
): Settled | undefined {
  const { db } = store;
  const call = db.sqlite
    .query<OpenCall, [string]>(
      `SELECT id, trunk_id AS trunkId, lead_id AS leadId, campaign_id AS campaignId, answered_at AS answeredAt, rate, reserve_micros AS reserveMicros,
              to_number AS "to", awaits_analysis AS awaitsAnalysis
         FROM calls WHERE id = ?1 AND status IN (${quoted(statusesBefore(as))})`,
    )
    .get(callId);
  if (call === null) return undefined;
  const ending = endingOf(result);
  const reason = reasonOf(result);
  const requeued = isOurFault(result.retry);
  // What was reported to us in so many words goes before what the media heard.
  const reported = reportedAnalysis(db, callId);
  const analysis = reported ?? result.analysis;
  const awaits = call.awaitsAnalysis === 1 && as === CallStatus.ended && ending === CallEnding.completed && analysis === undefined;
  const cost = settleCredit(store, call, result, now);
  writeEnd(
    store,
    callId,
    { as, ending, reason, result, analysis, requeued, cost, analysisDueAt: awaits ? now + ANALYSIS_BOUND_MS : null },
    now,
  );
  // A report was searched for it when it came in.
  const optOut = reported === undefined ? optOutIn({ analysis: result.analysis }) : undefined;
  const optedOut = optOut === undefined ? undefined : listOptOut(store, { id: callId, phoneNumber: call.to }, optOut, now);
  const listener = readListener(store, now);
  if (listener !== undefined) tellOfEnd(store, listener, callId, now);
  if (call.leadId !== null && awaits) holdLead(store, call.leadId, callId, now);
  const lead = call.leadId === null || awaits ? null : findLeadOfCall(store, call.leadId, callId);
  if (lead !== null) {
    if (requeued) giveBack(store, lead, call.answeredAt !== null, now);
    if (result.retry === "halt") pauseCampaign(store, lead.campaignId, `paused after call ${callId}: ${reason}`, now);
    if (!requeued) endAttempt(store, lead, { callId, ending, reason, retry: result.retry, analysis }, listener, now);
    finishCampaignIfDone(store, lead.campaignId, now);
  }
  return {
    callId,
    trunkId: call.trunkId,
    ending,
    reason,
    requeued,
    ...(awaits ? { awaitsAnalysis: true } : {}),
    ...(optedOut === undefined ? {} : { optedOut }),
  };
}

interface WrittenEnd {
  as: CallStatus;
  ending: CallEnding;
  reason: string;
  result: DialResult;
  analysis: Analysis | undefined;
  requeued: boolean;
  cost: number | null;
  analysisDueAt: EpochMs | null;
}

/** The row of the call. What it came to is left open while its analysis is awaited. */
function writeEnd(
  { db }: MachineStore,
  callId: string,
  { as, ending, reason, result, analysis, requeued, cost, analysisDueAt }: WrittenEnd,
  now: EpochMs,
): void {
  const disposition = analysisDueAt === null ? (dispositionOf(ending, analysis) ?? null) : null;
  const outcome = analysis === undefined ? null : JSON.stringify(analysis);
  const media = result.media === undefined ? null : JSON.stringify(result.media);
  db.sqlite
    .query(
      `UPDATE calls SET status = ?2, ending = ?3, reason = ?4, sip_code = ?5, q850_cause = ?6, hung_up_by = ?7, ended_at = ?8,
              ring_ms = ?9, talk_ms = ?10, disposition = ?11, outcome = ?12, uses_attempt = ?13, cost_micros = ?14, sip_reason = ?15, media = ?16, analysis_due_at = ?17
        WHERE id = ?1`,
    )
    .run(
      callId,
      as,
      ending,
      reason,
      result.sipCode ?? null,
      result.q850Cause ?? null,
      result.hungUpBy ?? null,
      now,
      result.ringMs,
      result.talkMs,
      disposition,
      outcome,
      requeued ? 0 : 1,
      cost,
      result.sipReason ?? null,
      media,
      analysisDueAt,
    );
}

/** Before what is told of its lead. */
function tellOfEnd({ db }: MachineStore, listener: Listener, callId: string, now: EpochMs): void {
  const call = findCall(db, callId);
  if (call === undefined) return;
  const name = call.ending === CallEnding.failed ? "call.failed" : "call.completed";
  listener.tell(name, () => callEnded(name, call, now));
  if (call.outcome !== null) listener.tell("call.analysis_completed", () => callAnalysed(call, now));
}

/** It talked, also where the word of the answer was lost. */
function holdLead({ db }: MachineStore, leadId: string, callId: string, now: EpochMs): void {
  db.sqlite
    .query(
      `UPDATE leads SET status = '${LeadStatus.inProgress}', updated_at = ?3 WHERE id = ?1 AND call_id = ?2 AND status = '${LeadStatus.dialing}'`,
    )
    .run(leadId, callId, now);
}

/** What the dialer needs to end the call after a crash. */
export function noteTrace({ db }: MachineStore, callId: string, state: string): void {
  db.sqlite.query("UPDATE calls SET dialer_trace = ?2 WHERE id = ?1").run(callId, state);
}

/** The far end rings; a late or repeated word changes nothing. */
export function noteRinging({ db }: MachineStore, callId: string, at: EpochMs): void {
  db.sqlite
    .query(
      `UPDATE calls SET status = '${CallStatus.ringing}', ringing_at = ?2 WHERE id = ?1 AND status IN (${quoted(statusesBefore(CallStatus.ringing))})`,
    )
    .run(callId, at);
}

/** Picked up: the call is answered and its lead in progress. */
export function noteAnswered(store: MachineStore, callId: string, leadId: string | undefined, at: EpochMs): void {
  const answered = store.db.sqlite
    .query(
      `UPDATE calls SET status = '${CallStatus.answered}', answered_at = ?2 WHERE id = ?1 AND status IN (${quoted(statusesBefore(CallStatus.answered))})`,
    )
    .run(callId, at);
  if (answered.changes > 0 && leadId !== undefined) holdLead(store, leadId, callId, at);
}
