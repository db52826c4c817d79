// The claim: one transaction that picks due leads, asks the gate, and writes the call row of each that may be dialed.
// What it returns may be placed once the transaction is on disk, in the same turn, and never otherwise.

import { CampaignStatus } from "../campaigns/lifecycle.ts";
import { CallEnding, openCallStatuses } from "../calls/call.ts";
import { cheapestQuote, MOST_COMPARED, type Quote, quoteCall, termsOf } from "../credits/quote.ts";
import { pausedReason, waitingReason } from "../credits/shortage.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import { finalStatusOf, LeadStatus, waitingStatuses } from "../leads/status.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { RateTicket } from "../runtime/rate.ts";
import { finishLead, type MachineStore, pauseCampaign } from "./finish.ts";
import { gateLead, gateShort } from "./gate.ts";
import { type Claim, type ClaimContext, reserveCall } from "./reserve.ts";
import type { RosterEntry } from "./roster.ts";
import { creditFacts } from "./spending.ts";

/** What a claim for one campaign found. */
export interface ClaimedSlots {
  claims: Claim[];
  /** No further lead can be claimed now. */
  exhausted: boolean;
  /** Why leads that are due were left waiting for want of credit, for people. */
  shortage: string | undefined;
  /** Leads that ended without a call. */
  blocked: number;
}

/** Leads looked at for one campaign in one transaction, blocked and waiting ones included. */
const MOST_LOOKED_AT = 500;

interface DueLead {
  id: string;
  phoneNumber: string;
  variables: string;
  attempts: number;
  lastEnding: CallEnding | null;
  onDnc: 0 | 1;
  numberInCall: 0 | 1;
}

// Index leads_due holds waiting leads alone, in this order; dnc by its unique number; open calls by calls_open_number.
const PICK_DUE = `
  SELECT l.id, l.phone_number AS phoneNumber, l.variables, l.attempts, l.last_ending AS lastEnding,
         EXISTS (SELECT 1 FROM dnc WHERE dnc.phone_number = l.phone_number) AS onDnc,
         EXISTS (SELECT 1 FROM calls WHERE calls.to_number = l.phone_number AND calls.status IN (${quoted(openCallStatuses)})) AS numberInCall
    FROM leads l
   WHERE l.campaign_id = ?1 AND l.status IN (${quoted(waitingStatuses)}) AND l.due_at <= ?2
   ORDER BY l.due_at, l.id
   LIMIT ?3 OFFSET ?4`;

/**
 * Claims up to `slots` leads of one campaign whose gate is open. Leads that may not be dialed leave the head of the
 * queue: blocked ones and those without an attempt left end, waiting ones get a later due time. Those that the credit does not cover keep their place, and
 * are stepped over so that cheaper ones behind them may go. `ticketOf` takes a place in the trunk's rate.
 */
export function claimLeads(context: ClaimContext, entry: RosterEntry, slots: number, now: EpochMs, ticketOf: () => RateTicket | undefined): ClaimedSlots {
  const { db } = context;
  const claims: Claim[] = [];
  const tooDear: Quote[] = [];
  let lookedAt = 0;
  let blocked = 0;
  let exhausted = false;
  while (!exhausted && claims.length < slots && lookedAt < MOST_LOOKED_AT) {
    const wanted = slots - claims.length;
    const due = db.sqlite.query<DueLead, [string, number, number, number]>(PICK_DUE).all(entry.campaignId, now, wanted, tooDear.length);
    lookedAt += due.length;
    for (const lead of due) {
      const quote = quoteCall(db, lead.phoneNumber, termsOf(entry.agent));
      const decision = gateLead({ onDnc: lead.onDnc === 1, numberInCall: lead.numberInCall === 1, attemptsLeft: entry.maxAttempts - lead.attempts, credit: creditFacts(db, quote) }, now);
      if (decision.kind === "dial") claims.push(reserve(context, entry, lead, quote, now, ticketOf()));
      else if (decision.kind === "block") blocked += finish(context, lead.id, LeadStatus.dncBlocked, now);
      else if (decision.kind === "end") blocked += finish(context, lead.id, finalStatusOf(lead.lastEnding ?? CallEnding.failed), now);
      else if (decision.kind === "wait") postpone(context, lead.id, decision.until);
      else tooDear.push(quote);
    }
    exhausted = due.length < wanted || tooDear.length >= MOST_COMPARED;
  }
  return { claims, blocked, exhausted, shortage: shortageOf(context, entry, tooDear, claims.length > 0, now) };
}

/** Why leads were left for want of credit; pauses the campaign when that will not change by itself. */
function shortageOf({ db }: ClaimContext, entry: RosterEntry, tooDear: readonly Quote[], hasClaimed: boolean, now: EpochMs): string | undefined {
  const [first] = tooDear;
  if (first === undefined) return undefined;
  const isDialing = hasClaimed || hasOpenCalls(db, entry.campaignId);
  const quote = (isDialing ? undefined : cheapestQuote(db, entry.campaignId, termsOf(entry.agent))) ?? first;
  const credit = creditFacts(db, quote);
  if (credit === undefined) return undefined;
  const decision = gateShort({ credit, hasOpenCalls: isDialing });
  if (decision.kind !== "pause") return waitingReason({ ...credit, ...first });
  const reason = pausedReason({ ...credit, ...quote });
  pauseCampaign(db, entry.campaignId, reason, now);
  return reason;
}

function hasOpenCalls(db: Db, campaignId: string): boolean {
  const sql = `SELECT 1 AS found FROM calls WHERE campaign_id = ?1 AND status IN (${quoted(openCallStatuses)}) LIMIT 1`;
  return db.sqlite.query<{ found: number }, [string]>(sql).get(campaignId) !== null;
}

function finish(context: ClaimContext, leadId: string, status: LeadStatus, now: EpochMs): number {
  return finishLead(context, { leadId, from: waitingStatuses, status }, now) ? 1 : 0;
}

function reserve(context: ClaimContext, entry: RosterEntry, lead: DueLead, quote: Quote, now: EpochMs, ticket: RateTicket | undefined): Claim {
  const attempt = lead.attempts + 1;
  const variables = JSON.parse(lead.variables) as Record<string, unknown>;
  const campaign = { id: entry.campaignId, name: entry.name };
  const order = reserveCall(context, entry, { to: lead.phoneNumber, attempt, variables, campaign, leadId: lead.id, timezone: entry.timezone, quote }, now);
  context.db.sqlite
    .query(`UPDATE leads SET status = '${LeadStatus.dialing}', attempts = ?2, call_id = ?3, last_attempt_at = ?4, updated_at = ?4 WHERE id = ?1 AND status IN (${quoted(waitingStatuses)})`)
    .run(lead.id, attempt, order.callId, now);
  return { order, campaignId: entry.campaignId, leadId: lead.id, ticket };
}

function postpone({ db }: ClaimContext, leadId: string, until: EpochMs): void {
  db.sqlite.query(`UPDATE leads SET due_at = ?2 WHERE id = ?1 AND status IN (${quoted(waitingStatuses)})`).run(leadId, until);
}

/** When the next waiting lead of a campaign is due; undefined when none waits. */
export function nextDueAt({ db }: MachineStore, campaignId: string): EpochMs | undefined {
  const row = db.sqlite
    .query<{ dueAt: number | null }, [string]>(`SELECT min(due_at) AS dueAt FROM leads WHERE campaign_id = ?1 AND status IN (${quoted(waitingStatuses)})`)
    .get(campaignId);
  return row?.dueAt ?? undefined;
}

/** Turns campaigns whose start time has come `running`; returns the next start time that is still ahead. */
export function startScheduled({ db }: MachineStore, now: EpochMs): EpochMs | undefined {
  db.sqlite
    .query(
      `UPDATE campaigns SET status = '${CampaignStatus.running}', status_reason = NULL, started_at = coalesce(started_at, ?1), updated_at = ?1
        WHERE status = '${CampaignStatus.scheduled}' AND scheduled_start_at <= ?1`,
    )
    .run(now);
  const row = db.sqlite
    .query<{ startAt: number | null }, []>(`SELECT min(scheduled_start_at) AS startAt FROM campaigns WHERE status = '${CampaignStatus.scheduled}'`)
    .get();
  return row?.startAt ?? undefined;
}
