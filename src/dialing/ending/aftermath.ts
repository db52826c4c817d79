// What a call that is over means for its lead: the end, another attempt, a promised call, or its attempt back. Called by
// settle.ts and conclude.ts in their transaction.

import { type CampaignStatus, isFinal } from "../../campaigns/lifecycle.ts";
import { CallEnding } from "../../calls/call.ts";
import { type Analysis, dispositionOf } from "../../calls/disposition.ts";
import type { RetryClass } from "../../calls/ending.ts";
import { quoted } from "../../database/transaction.ts";
import { hasOptedOut } from "../../dnc/store.ts";
import { callbackAtOf, MOST_PROMISED_ATTEMPTS } from "../../leads/callback.ts";
import { rankOf } from "../../leads/rank.ts";
import { type EndedAttempt, nextAttemptAt, requeueAnsweredAt, requeueAt, type RetryPolicy } from "../../leads/retry.ts";
import { finalStatusOf, LeadStatus, openStatuses, waitingStatusOf } from "../../leads/status.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { attemptCompleted } from "../../webhooks/events/call-event.ts";
import type { Listener } from "../../webhooks/events/listener.ts";
import { finishLead, type MachineStore } from "./finish.ts";

/** The lead of a call that is not concluded. */
export interface LeadOfCall {
  id: string;
  phoneNumber: string;
  variables: string;
  attempts: number;
  requeues: number;
  priority: number;
  notBefore: EpochMs | null;
  lastEnding: CallEnding | null;
  campaignId: string;
  campaignName: string;
  campaignStatus: CampaignStatus;
  retryPolicy: string;
}

/** How the call ended, and what is known of its conversation. */
export interface CallEnd {
  callId: string;
  ending: CallEnding;
  reason: string;
  retry: RetryClass;
  analysis: Analysis | undefined;
}

const OPEN_LEAD = quoted(openStatuses);

/** Null when the lead is gone, or has been moved on from this call. */
export function findLeadOfCall({ db }: MachineStore, leadId: string, callId: string): LeadOfCall | null {
  return db.sqlite
    .query<LeadOfCall, [string, string]>(
      `SELECT l.id, l.phone_number AS phoneNumber, l.variables, l.attempts, l.requeues, l.priority, l.not_before AS notBefore, l.last_ending AS lastEnding,
              l.campaign_id AS campaignId, c.name AS campaignName, c.status AS campaignStatus, c.retry_policy AS retryPolicy
         FROM leads l JOIN campaigns c ON c.id = l.campaign_id
        WHERE l.id = +?1 AND l.call_id = +?2 AND l.status IN (${OPEN_LEAD})`,
    )
    .get(leadId, callId);
}

/**
 * An attempt that counts: the call that the person asked for, else another one by the policy, else the end. A promise that
 * was kept by this call is over. A campaign that was stopped has no later, and neither has a person who asked not to be
 * called again, whatever else they asked for.
 */
export function endAttempt(store: MachineStore, lead: LeadOfCall, end: CallEnd, listener: Listener | undefined, now: EpochMs): void {
  const { ending, analysis } = end;
  const next = nextTurnOf(store, lead, end, now);
  const disposition = dispositionOf(ending, analysis);
  const dueAt = next === undefined ? null : Math.max(next.at, lead.notBefore ?? 0);
  const status = next === undefined ? finalStatusOf(ending) : LeadStatus.retryWait;
  listener?.tell("lead.attempt_completed", () => attemptEvent(lead, end, status, dueAt, now));
  if (next === undefined || dueAt === null) {
    const outcome = analysis === undefined ? null : JSON.stringify(analysis);
    finishLead(store, { leadId: lead.id, from: openStatuses, status, disposition, outcome, lastEnding: ending }, now);
    return;
  }
  const promise = next.isPromised ? next.at : null;
  store.db.sqlite
    .query(
      `UPDATE leads SET status = '${LeadStatus.retryWait}', due_at = ?2, callback_at = ?3, rank = ?4,
              attempts_granted = CASE WHEN ?3 IS NULL THEN attempts_granted ELSE attempts + 1 END, last_ending = ?5, requeues = 0, updated_at = ?6
        WHERE id = ?1 AND status IN (${OPEN_LEAD})`,
    )
    .run(lead.id, dueAt, promise, rankOf(lead.priority, promise), ending, now);
}

/** Undefined when this attempt was the last. */
function nextTurnOf(
  store: MachineStore,
  lead: LeadOfCall,
  { ending, retry, analysis }: CallEnd,
  now: EpochMs,
): { at: EpochMs; isPromised: boolean } | undefined {
  if (isFinal(lead.campaignStatus)) return undefined;
  const mayPromise = ending === CallEnding.completed && lead.attempts < MOST_PROMISED_ATTEMPTS;
  const callbackAt = mayPromise ? callbackAtOf(analysis, now) : undefined;
  const policy = JSON.parse(lead.retryPolicy) as RetryPolicy;
  const ended: EndedAttempt = { ending, retry, attempts: lead.attempts, attemptsAlike: countAlike(store, lead.id, ending) };
  const at = callbackAt ?? nextAttemptAt(ended, policy, now, store.random.fraction());
  if (at === undefined || hasOptedOut(store.db, lead.phoneNumber)) return undefined;
  return { at, isPromised: callbackAt !== undefined };
}

function attemptEvent(
  lead: LeadOfCall,
  { callId, ending, reason, analysis }: CallEnd,
  status: LeadStatus,
  nextAttemptAt: EpochMs | null,
  now: EpochMs,
) {
  const { id, phoneNumber, attempts, campaignId, campaignName } = lead;
  const variables = JSON.parse(lead.variables) as Record<string, unknown>;
  const disposition = dispositionOf(ending, analysis) ?? null;
  return attemptCompleted(
    {
      campaign: { id: campaignId, name: campaignName },
      lead: { id, phoneNumber, variables, status, disposition, attempts, callId, outcome: analysis ?? null, nextAttemptAt },
      attempt: { number: attempts, callId, ending, reason },
    },
    now,
  );
}

/** Attempts of the lead that ended so, the one just written included. The index is named: the planner would go through all calls that ever ended so. */
function countAlike({ db }: MachineStore, leadId: string, ending: CallEnding): number {
  const sql = "SELECT count(*) AS alike FROM calls INDEXED BY calls_lead WHERE lead_id = ?1 AND ending = ?2 AND uses_attempt = 1";
  return db.sqlite.query<{ alike: number }, [string, string]>(sql).get(leadId, ending)?.alike ?? 0;
}

/** A fault that was not the lead's: the attempt does not count, and it waits a little. */
export function giveBack(store: MachineStore, lead: LeadOfCall, wasAnswered: boolean, now: EpochMs): void {
  const attempts = lead.attempts - 1;
  if (isFinal(lead.campaignStatus) && lead.lastEnding !== null) {
    store.db.sqlite.query("UPDATE leads SET attempts = ?2 WHERE id = ?1").run(lead.id, attempts);
    finishLead(store, { leadId: lead.id, from: openStatuses, status: finalStatusOf(lead.lastEnding) }, now);
    return;
  }
  const requeues = lead.requeues + 1;
  const dueAt = wasAnswered
    ? requeueAnsweredAt(requeues, attempts, JSON.parse(lead.retryPolicy) as RetryPolicy, now)
    : requeueAt(requeues, now);
  store.db.sqlite
    .query(
      `UPDATE leads SET status = ?2, attempts = ?3, requeues = ?4, due_at = ?5, updated_at = ?6 WHERE id = ?1 AND status IN (${OPEN_LEAD})`,
    )
    .run(lead.id, waitingStatusOf(attempts), attempts, requeues, dueAt, now);
}
