// The conclusion of a call whose lead waited for the analysis: what the settle left open, in one transaction, exactly once.
// Called with the analysis as soon as there is one, and without when the wait is over.

import { CallEnding } from "../../calls/call.ts";
import { type Analysis, dispositionOf } from "../../calls/disposition.ts";
import { optOutIn } from "../../calls/outcome/opt-out.ts";
import { findCall } from "../../calls/store.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { callAnalysed } from "../../webhooks/events/call-event.ts";
import { readListener } from "../../webhooks/events/listener.ts";
import { endAttempt, findLeadOfCall } from "./aftermath.ts";
import { finishCampaignIfDone, type MachineStore } from "./finish.ts";
import { listOptOut } from "./opted-out.ts";

/** `without`: why there is no analysis, in words. */
export type Conclusion = { analysis: Analysis } | { without: string };

/** What was concluded; `optedOut` is a number whose calls that still ring are to be ended. */
export interface Concluded {
  callId: string;
  optedOut: string | undefined;
}

interface PendingCall {
  leadId: string | null;
  to: string;
  ending: CallEnding;
  reason: string;
}

/** Undefined, and nothing written, when the call waits for nothing any more. */
export function concludeCall(store: MachineStore, callId: string, conclusion: Conclusion, now: EpochMs): Concluded | undefined {
  const { db } = store;
  const call = db.sqlite
    .query<PendingCall, [string]>(
      `SELECT lead_id AS leadId, to_number AS "to", ending, reason FROM calls WHERE id = ?1 AND analysis_due_at IS NOT NULL`,
    )
    .get(callId);
  if (call === null) return undefined;
  const analysis = "analysis" in conclusion ? conclusion.analysis : undefined;
  const optOut = optOutIn({ analysis });
  const optedOut = optOut === undefined ? undefined : listOptOut(store, { id: callId, phoneNumber: call.to }, optOut, now);
  db.sqlite
    .query("UPDATE calls SET analysis_due_at = NULL, disposition = ?2, outcome = ?3, analysis_failed = ?4 WHERE id = ?1")
    .run(
      callId,
      dispositionOf(call.ending, analysis) ?? null,
      analysis === undefined ? null : JSON.stringify(analysis),
      "without" in conclusion ? conclusion.without : null,
    );
  const listener = readListener(store, now);
  const row = listener === undefined || analysis === undefined ? undefined : findCall(db, callId);
  if (row !== undefined) listener?.tell("call.analysis_completed", () => callAnalysed(row, now));
  const lead = call.leadId === null ? null : findLeadOfCall(store, call.leadId, callId);
  if (lead !== null) {
    // Only completed calls are waited for, and no policy tries those again.
    endAttempt(store, lead, { callId, ending: call.ending, reason: call.reason, retry: "policy", analysis }, listener, now);
    finishCampaignIfDone(store, lead.campaignId, now);
  }
  return { callId, optedOut };
}
