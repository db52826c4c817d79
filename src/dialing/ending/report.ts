// What a bot reports of its call, taken in once: kept, searched for the wish not to be called again, and counted for its lead
// where that is still to be, or can still be, changed. In the transaction that is open.

import type { CallEnding } from "../../calls/call.ts";
import { type Analysis, dispositionOf } from "../../calls/disposition.ts";
import { optOutIn } from "../../calls/outcome/opt-out.ts";
import { type CallReport, insertReport } from "../../calls/outcome/report-store.ts";
import { findCall, updateOutcome } from "../../calls/store.ts";
import { hasOptedOut } from "../../dnc/store.ts";
import { callbackAtOf } from "../../leads/callback.ts";
import { noteLateOutcome } from "../../leads/late-outcome.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { callAnalysed } from "../../webhooks/events/call-event.ts";
import { readListener } from "../../webhooks/events/listener.ts";
import { concludeCall } from "./conclude.ts";
import type { MachineStore } from "./finish.ts";
import { listOptOut } from "./opted-out.ts";

/** What is to be done once the report is on disk. */
export interface TakenReport {
  /** A number that was listed: its calls that still ring are to be ended. */
  optedOut: string | undefined;
  /** The lead of the call waits, and what it waits for may be made of this. */
  awaitsAnalysis: boolean;
}

interface ReportedCall {
  id: string;
  to: string;
  leadId: string | null;
  ending: CallEnding | null;
  analysisDueAt: EpochMs | null;
}

/**
 * Undefined, and nothing written, when the call has another report, which stands, or there is no such call. The very same report again
 * writes nothing either, and what is to be done follows once more: whoever sends it may not have heard that it was taken.
 */
export function takeReport(store: MachineStore, callId: string, report: CallReport, now: EpochMs): TakenReport | undefined {
  const call = findReported(store, callId);
  if (call === null) return undefined;
  const which = insertReport(store.db, callId, report, now);
  if (which === "other") return undefined;
  if (which === "same")
    return { optedOut: hasOptedOut(store.db, call.to) ? call.to : undefined, awaitsAnalysis: call.analysisDueAt !== null };
  const optOut = optOutIn(report);
  const optedOut = optOut === undefined ? undefined : listOptOut(store, { id: callId, phoneNumber: call.to }, optOut, now);
  const { analysis } = report;
  if (call.analysisDueAt !== null && analysis === null) return { optedOut, awaitsAnalysis: true };
  if (call.analysisDueAt !== null && analysis !== null) concludeCall(store, callId, { analysis }, now);
  else if (call.ending !== null && analysis !== null) correct(store, call, call.ending, analysis, now);
  return { optedOut, awaitsAnalysis: false };
}

function findReported({ db }: MachineStore, callId: string): ReportedCall | null {
  const sql = `SELECT id, to_number AS "to", lead_id AS leadId, ending, analysis_due_at AS analysisDueAt FROM calls WHERE id = ?1`;
  return db.sqlite.query<ReportedCall, [string]>(sql).get(callId);
}

/** After the end: the call is changed, and so is the lead that it completed. What was told to a webhook is not told again. */
function correct(store: MachineStore, { id, to, leadId }: ReportedCall, ending: CallEnding, analysis: Analysis, now: EpochMs): void {
  const outcome = JSON.stringify(analysis);
  const disposition = dispositionOf(ending, analysis);
  updateOutcome(store.db, id, outcome, disposition);
  // Only a completed call has a disposition.
  if (leadId !== null && disposition !== undefined)
    noteLateOutcome(
      store.db,
      { leadId, callId: id, ending, outcome, disposition, callbackAt: hasOptedOut(store.db, to) ? undefined : callbackAtOf(analysis, now) },
      now,
    );
  const listener = readListener(store, now);
  const row = listener === undefined ? undefined : findCall(store.db, id);
  if (row !== undefined) listener?.tell("call.analysis_completed", () => callAnalysed(row, now));
}
