// What bots report of their calls, in the database: one report a call. Written by the service, read by dialing/ending/settle.ts.

import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { Analysis } from "../disposition.ts";

/** Null where nothing was said of it. A transcript is any JSON. */
export interface CallReport {
  analysis: Analysis | null;
  transcript: unknown;
}

/** Whether it is the first of its call, the very same again, or another one: that which is there stands. */
export function insertReport(db: Db, callId: string, report: CallReport, now: EpochMs): "first" | "same" | "other" {
  const [analysis, transcript] = [toText(report.analysis), toText(report.transcript)];
  const { changes } = db.sqlite
    .query<null, [string, string | null, string | null, number]>(
      "INSERT INTO call_reports (call_id, analysis, transcript, received_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (call_id) DO NOTHING",
    )
    .run(callId, analysis, transcript, now);
  if (changes > 0) return "first";
  const stored = db.sqlite
    .query<{ analysis: string | null; transcript: string | null }, [string]>(
      "SELECT analysis, transcript FROM call_reports WHERE call_id = ?1",
    )
    .get(callId);
  return stored?.analysis === analysis && stored.transcript === transcript ? "same" : "other";
}

function toText(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/** Undefined when none was reported. On the path of every call's end. */
export function reportedAnalysis(db: Db, callId: string): Analysis | undefined {
  const row = db.sqlite.query<{ analysis: string | null }, [string]>("SELECT analysis FROM call_reports WHERE call_id = ?1").get(callId);
  return row?.analysis == null ? undefined : (JSON.parse(row.analysis) as Analysis);
}

/** Null when none was reported. */
export function reportedTranscript(db: Db, callId: string): unknown {
  const row = db.sqlite
    .query<{ transcript: string | null }, [string]>("SELECT transcript FROM call_reports WHERE call_id = ?1")
    .get(callId);
  return row?.transcript == null ? null : (JSON.parse(row.transcript) as unknown);
}
