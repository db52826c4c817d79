// Decisions that were not "dial now", kept for whoever asks why.

import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { Decision } from "../rules/gate.ts";

/** Decisions kept of one lead; older ones make room. */
const MOST_KEPT = 20;

interface Latest {
  sequence: number;
  reason: string;
  kept: number;
}

/** One that repeats the last one's reason replaces it: the lead's story tells changes, not looks. */
export function keepDecision(db: Db, leadId: string, decision: Decision, now: EpochMs, facts?: Record<string, unknown>): void {
  if (decision.kind === "dial" || decision.kind === "pause" || decision.kind === "end") return;
  const latest = db.sqlite
    .query<Latest, [string]>("SELECT max(sequence) AS sequence, reason, count(*) AS kept FROM decisions WHERE lead_id = ?1")
    .get(leadId);
  if (latest !== null && latest.reason === decision.reason)
    db.sqlite.query("DELETE FROM decisions WHERE sequence = ?1").run(latest.sequence);
  else if (latest !== null && latest.kept >= MOST_KEPT)
    db.sqlite.query("DELETE FROM decisions WHERE sequence = (SELECT min(sequence) FROM decisions WHERE lead_id = ?1)").run(leadId);
  const until = "until" in decision ? (decision.until ?? null) : null;
  db.sqlite
    .query("INSERT INTO decisions (lead_id, decided_at, kind, reason, until, facts) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
    .run(leadId, now, decision.kind, decision.reason, until, facts === undefined ? null : JSON.stringify(facts));
}
