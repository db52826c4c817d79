// What bots report of their calls, in the database: one report a call. Written by the service, read by dialing/ending/settle.ts.

import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { Analysis } from "../disposition.ts";

/** Null where nothing was said of it. A transcript is any JSON. */
export interface CallReport {
  analysis: Analysis | null;
  transcript: unknown;
}

/** False when the call has one already, which stands. */
export function insertReport(db: Db, callId: string, { analysis, transcript }: CallReport, now: EpochMs): boolean {
  const toText = (value: unknown) => (value === null || value === undefined ? null : JSON.stringify(value));
  const { changes } = db.sqlite
    .query<null, [string, string | null, string | null, number]>(
      "INSERT INTO call_reports (call_id, analysis, transcript, received_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (call_id) DO NOTHING",
    )
    .run(callId, toText(analysis), toText(transcript), now);
  return changes > 0;
}

/** Undefined when none was reported. On the path of every call's end. */
export function reportedAnalysis(db: Db, callId: string): Analysis | undefined {
  const row = db.sqlite.query<{ analysis: string | null }, [string]>("SELECT analysis FROM call_reports WHERE call_id = ?1").get(callId);
  return row?.analysis == null ? undefined : (JSON.parse(row.analysis) as Analysis);
}

/** Null when none was reported. */
export function reportedTranscript(db: Db, callId: string): unknown {
  const row = db.sqlite.query<{ transcript: string | null }, [string]>("SELECT transcript FROM call_reports WHERE call_id = ?1").get(callId);
  return row?.transcript == null ? null : (JSON.parse(row.transcript) as unknown);
}
