// A person asked in a call not to be called again: the number is listed with its evidence, and the leads of that number that
// wait anywhere end, in the transaction that is open.

import type { OptOut } from "../../calls/bot.ts";
import { statusesFor } from "../../campaigns/lifecycle.ts";
import type { Db } from "../../database/open.ts";
import { quoted } from "../../database/transaction.ts";
import { listNumbers } from "../../dnc/addition.ts";
import { OPT_OUT } from "../../dnc/model.ts";
import { keepEvidence } from "../../dnc/store.ts";
import { LeadStatus, waitingStatuses } from "../../leads/status.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { keepDecision } from "../view/decisions.ts";
import { finishCampaignIfDone, finishLead, type MachineStore } from "./finish.ts";

/** Characters of a quote that are kept. */
const LONGEST_EVIDENCE = 1_000;
/** Leads that end at once; a number that waits in more campaigns ends in the others at its turn. */
const MOST_ENDED = 200;

const reasons: Record<OptOut["by"], string> = {
  key: "pressed the key for it in a call",
  bot: "asked for it in a call, as the bot reported",
  phrase: "asked for it in a call, in so many words",
  analysis: "asked for it in a call, as its analysis found",
};

/**
 * Whose calls that still ring are to be ended after the commit. An entry that stands keeps its source and gets the evidence.
 * The lead of this very call is not touched: it ends with its call, and is not tried again.
 */
export function listOptOut(store: MachineStore, call: { id: string; phoneNumber: string }, { by, quote }: OptOut, now: EpochMs): string {
  const { phoneNumber } = call;
  const evidence = { callId: call.id, evidence: quote === "" ? null : quote.slice(0, LONGEST_EVIDENCE) };
  const added = listNumbers(store, [{ phoneNumber, reason: reasons[by], source: OPT_OUT, ...evidence }], now);
  if (added.length === 0) keepEvidence(store.db, phoneNumber, evidence);
  endWaiting(store, phoneNumber, now);
  return phoneNumber;
}

// One step into leads for each campaign that may still dial: by the index of their campaign and number.
const WAITING = `
  SELECT l.id, l.campaign_id AS campaignId FROM campaigns c CROSS JOIN leads l ON l.campaign_id = c.id AND l.phone_number = ?1
   WHERE c.status IN (${quoted(statusesFor("stop"))}) AND l.status IN (${quoted(waitingStatuses)}) LIMIT ${MOST_ENDED}`;

function endWaiting(store: MachineStore, phoneNumber: string, now: EpochMs): void {
  for (const { id, campaignId } of waitingLeads(store.db, phoneNumber)) {
    keepDecision(store.db, id, { kind: "block", reason: "dnc" }, now);
    finishLead(store, { leadId: id, from: waitingStatuses, status: LeadStatus.dncBlocked }, now);
    finishCampaignIfDone(store, campaignId, now);
  }
}

function waitingLeads(db: Db, phoneNumber: string): { id: string; campaignId: string }[] {
  return db.sqlite.query<{ id: string; campaignId: string }, [string]>(WAITING).all(phoneNumber);
}
