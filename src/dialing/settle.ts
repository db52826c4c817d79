// The settle: one transaction that writes what became of a call: call, lead, credits, webhook row, campaign's end.

import { type CampaignStatus, isFinal } from "../campaigns/lifecycle.ts";
import { CallEnding, CallStatus, statusesBefore } from "../calls/call.ts";
import { type Analysis, dispositionOf } from "../calls/disposition.ts";
import { reportedAnalysis } from "../calls/report-store.ts";
import { type DialResult, endingOf, isOurFault, reasonOf } from "../calls/ending.ts";
import { quoted } from "../database/transaction.ts";
import { callbackAtOf, MOST_PROMISED_ATTEMPTS } from "../leads/callback.ts";
import { rankOf } from "../leads/rank.ts";
import { type EndedAttempt, nextAttemptAt, requeueAnsweredAt, requeueAt, type RetryPolicy } from "../leads/retry.ts";
import { finalStatusOf, LeadStatus, openStatuses, waitingStatusOf } from "../leads/status.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { finishCampaignIfDone, finishLead, type MachineStore, pauseCampaign } from "./finish.ts";
import { type ReservedCall, settleCredit } from "./spending.ts";

/** What the settle did, for the log and the breaker. */
export interface Settled {
  callId: string;
  trunkId: string;
  ending: CallEnding;
  reason: string;
  /** The attempt was given back: the fault was not the lead's. */
  requeued: boolean;
}

interface OpenCall extends ReservedCall {
  trunkId: string;
  leadId: string | null;
}

interface LeadOfCall {
  id: string;
  attempts: number;
  requeues: number;
  priority: number;
  notBefore: EpochMs | null;
  lastEnding: CallEnding | null;
  campaignId: string;
  campaignStatus: CampaignStatus;
  retryPolicy: string;
}

const OPEN_LEAD = quoted(openStatuses);

/** Undefined, and nothing written, when the call has been settled before: running it twice is harmless. */
export function settleCall(store: MachineStore, callId: string, result: DialResult, now: EpochMs, as: CallStatus = CallStatus.ended): Settled | undefined {
  const { db } = store;
  const call = db.sqlite
    .query<OpenCall, [string]>(
      `SELECT id, trunk_id AS trunkId, lead_id AS leadId, campaign_id AS campaignId, answered_at AS answeredAt, rate, reserve_micros AS reserveMicros
         FROM calls WHERE id = ?1 AND status IN (${quoted(statusesBefore(as))})`,
    )
    .get(callId);
  if (call === null) return undefined;
  const ending = endingOf(result);
  const reason = reasonOf(result);
  const requeued = isOurFault(result.retry);
  // What was reported to us in so many words goes before what the media heard.
  const analysis = reportedAnalysis(db, callId) ?? result.analysis;
  const disposition = dispositionOf(ending, analysis);
  const outcome = analysis === undefined ? null : JSON.stringify(analysis);
  const cost = settleCredit(store, call, result, now);
  db.sqlite
    .query(
      `UPDATE calls SET status = ?2, ending = ?3, reason = ?4, sip_code = ?5, q850_cause = ?6, hung_up_by = ?7, ended_at = ?8,
              ring_ms = ?9, talk_ms = ?10, disposition = ?11, outcome = ?12, uses_attempt = ?13, cost_micros = ?14, sip_reason = ?15, media = ?16
        WHERE id = ?1`,
    )
    .run(callId, as, ending, reason, result.sipCode ?? null, result.q850Cause ?? null, result.hungUpBy ?? null, now, result.ringMs, result.talkMs, disposition ?? null, outcome, requeued ? 0 : 1, cost, result.sipReason ?? null, result.media === undefined ? null : JSON.stringify(result.media));
  const lead = call.leadId === null ? null : readLead(store, call.leadId, callId);
  if (lead !== null) {
    if (requeued) giveBack(store, lead, call.answeredAt !== null, now);
    if (result.retry === "halt") pauseCampaign(store, lead.campaignId, `paused after call ${callId}: ${reason}`, now);
    if (!requeued) endAttempt(store, lead, { ending, result, disposition, analysis, outcome }, now);
    finishCampaignIfDone(store, lead.campaignId, now);
  }
  return { callId, trunkId: call.trunkId, ending, reason, requeued };
}

function readLead({ db }: MachineStore, leadId: string, callId: string): LeadOfCall | null {
  return db.sqlite
    .query<LeadOfCall, [string, string]>(
      `SELECT l.id, l.attempts, l.requeues, l.priority, l.not_before AS notBefore, l.last_ending AS lastEnding,
              l.campaign_id AS campaignId, c.status AS campaignStatus, c.retry_policy AS retryPolicy
         FROM leads l JOIN campaigns c ON c.id = l.campaign_id
        WHERE l.id = ?1 AND l.call_id = ?2 AND l.status IN (${OPEN_LEAD})`,
    )
    .get(leadId, callId);
}

type EndedWith = { ending: CallEnding; result: DialResult; disposition: ReturnType<typeof dispositionOf>; analysis: Analysis | undefined; outcome: string | null };

/**
 * An attempt that counts: the call that the person asked for, else another one by the policy, else the end. A promise that
 * was kept by this call is over. A campaign that was stopped has no later.
 */
function endAttempt(store: MachineStore, lead: LeadOfCall, { ending, result, disposition, analysis, outcome }: EndedWith, now: EpochMs): void {
  const policy = JSON.parse(lead.retryPolicy) as RetryPolicy;
  const ended: EndedAttempt = { ending, retry: result.retry, attempts: lead.attempts, attemptsAlike: countAlike(store, lead.id, ending) };
  const isOver = isFinal(lead.campaignStatus);
  const mayPromise = !isOver && ending === CallEnding.completed && lead.attempts < MOST_PROMISED_ATTEMPTS;
  const callbackAt = mayPromise ? callbackAtOf(analysis, now) : undefined;
  const again = callbackAt ?? (isOver ? undefined : nextAttemptAt(ended, policy, now, store.random.fraction()));
  if (again === undefined) {
    finishLead(store, { leadId: lead.id, from: openStatuses, status: finalStatusOf(ending), disposition, outcome, lastEnding: ending }, now);
    return;
  }
  const promise = callbackAt ?? null;
  store.db.sqlite
    .query(
      `UPDATE leads SET status = '${LeadStatus.retryWait}', due_at = ?2, callback_at = ?3, rank = ?4,
              attempts_granted = CASE WHEN ?3 IS NULL THEN attempts_granted ELSE attempts + 1 END, last_ending = ?5, requeues = 0, updated_at = ?6
        WHERE id = ?1 AND status IN (${OPEN_LEAD})`,
    )
    .run(lead.id, Math.max(again, lead.notBefore ?? 0), promise, rankOf(lead.priority, promise), ending, now);
}

/** Attempts of the lead that ended so, the one just written included. */
function countAlike({ db }: MachineStore, leadId: string, ending: CallEnding): number {
  const sql = "SELECT count(*) AS alike FROM calls WHERE lead_id = ?1 AND ending = ?2 AND uses_attempt = 1";
  return db.sqlite.query<{ alike: number }, [string, string]>(sql).get(leadId, ending)?.alike ?? 0;
}

/** A fault that was not the lead's: the attempt does not count, and it waits a little. */
function giveBack(store: MachineStore, lead: LeadOfCall, wasAnswered: boolean, now: EpochMs): void {
  const attempts = lead.attempts - 1;
  if (isFinal(lead.campaignStatus) && lead.lastEnding !== null) {
    store.db.sqlite.query("UPDATE leads SET attempts = ?2 WHERE id = ?1").run(lead.id, attempts);
    finishLead(store, { leadId: lead.id, from: openStatuses, status: finalStatusOf(lead.lastEnding) }, now);
    return;
  }
  const requeues = lead.requeues + 1;
  const dueAt = wasAnswered ? requeueAnsweredAt(requeues, attempts, JSON.parse(lead.retryPolicy) as RetryPolicy, now) : requeueAt(requeues, now);
  store.db.sqlite
    .query(`UPDATE leads SET status = ?2, attempts = ?3, requeues = ?4, due_at = ?5, updated_at = ?6 WHERE id = ?1 AND status IN (${OPEN_LEAD})`)
    .run(lead.id, waitingStatusOf(attempts), attempts, requeues, dueAt, now);
}

/** What the dialer needs to end the call after a crash. */
export function noteTrace({ db }: MachineStore, callId: string, state: string): void {
  db.sqlite.query("UPDATE calls SET dialer_trace = ?2 WHERE id = ?1").run(callId, state);
}

/** The far end rings; a late or repeated word changes nothing. */
export function noteRinging({ db }: MachineStore, callId: string, at: EpochMs): void {
  db.sqlite.query(`UPDATE calls SET status = '${CallStatus.ringing}', ringing_at = ?2 WHERE id = ?1 AND status IN (${quoted(statusesBefore(CallStatus.ringing))})`).run(callId, at);
}

/** Picked up: the call is answered and its lead in progress. */
export function noteAnswered({ db }: MachineStore, callId: string, leadId: string | undefined, at: EpochMs): void {
  const answered = db.sqlite
    .query(`UPDATE calls SET status = '${CallStatus.answered}', answered_at = ?2 WHERE id = ?1 AND status IN (${quoted(statusesBefore(CallStatus.answered))})`)
    .run(callId, at);
  if (answered.changes === 0 || leadId === undefined) return;
  db.sqlite
    .query(`UPDATE leads SET status = '${LeadStatus.inProgress}', updated_at = ?3 WHERE id = ?1 AND call_id = ?2 AND status = '${LeadStatus.dialing}'`)
    .run(leadId, callId, at);
}
