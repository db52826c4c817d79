// What a dead process left behind, and what a failed commit left in doubt.

import { CampaignStatus } from "../../campaigns/lifecycle.ts";
import { CallEnding, CallStatus, openCallStatuses } from "../../calls/call.ts";
import type { DialTrunk, OrphanCall } from "../../calls/dialer.ts";
import type { DialResult } from "../../calls/ending.ts";
import { quoted } from "../../database/transaction.ts";
import { finalStatusOf, LeadStatus } from "../../leads/status.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { finishLead, type MachineStore } from "./finish.ts";
import { settleCall } from "./settle.ts";

/** The person may have been called: the attempt counts, and only a policy that retries `failed` tries again. */
const unknownResult: DialResult = {
  ending: CallEnding.failed,
  retry: "policy",
  reason: "unknown_after_crash",
  ringMs: 0,
  talkMs: 0,
  isTalkUnknown: true,
};

/** The call was reserved but never handed to a dialer: nobody's phone rang. */
const neverPlaced: DialResult = { ending: CallEnding.failed, retry: "requeue", reason: "never_placed", ringMs: 0, talkMs: 0 };

interface OrphanRow {
  callId: string;
  from: string;
  to: string;
  trace: string | null;
  trunkId: string | null;
  driver: DialTrunk["driver"];
  options: string;
}

/** A call that an earlier process left open. */
export interface LeftOpen {
  callId: string;
  /** What its dialer has to be told; undefined when its trunk was deleted meanwhile and no trace is left either. */
  orphan: OrphanCall | undefined;
}

/** At boot, before anything is dialed. */
export function findLeftOpen({ db }: MachineStore, bootId: string): LeftOpen[] {
  const rows = db.sqlite
    .query<OrphanRow, [string]>(
      `SELECT c.id AS callId, c.from_number AS "from", c.to_number AS "to", c.dialer_trace AS trace, t.id AS trunkId, t.driver, t.options
         FROM calls c LEFT JOIN trunks t ON t.id = c.trunk_id
        WHERE c.status IN (${quoted(openCallStatuses)}) AND c.boot_id <> ?1`,
    )
    .all(bootId);
  return rows.map(({ callId, from, to, trace, trunkId, driver, options }) => {
    const trunk = trunkId === null ? undefined : { id: trunkId, driver, options: JSON.parse(options) as Record<string, unknown> };
    return { callId, orphan: trunk === undefined && trace === null ? undefined : { callId, from, to, trace: trace ?? undefined, trunk } };
  });
}

/** They become `unknown`: each may have reached its person. Runs in one transaction. */
export function settleLeftOpen(store: MachineStore, calls: readonly LeftOpen[], now: EpochMs): void {
  for (const { callId } of calls) settleCall(store, callId, unknownResult, now, CallStatus.unknown);
}

/** Whether a call may have left within `withinMs` before `now`; yes in doubt, as when the wall clock was set back. */
export function mayHaveDialed({ db }: MachineStore, withinMs: number, now: EpochMs): boolean {
  const last = db.sqlite.query<{ placedAt: EpochMs }, []>("SELECT placed_at AS placedAt FROM calls ORDER BY rowid DESC LIMIT 1").get();
  return last !== null && last.placedAt > now - withinMs;
}

/** After a failed commit: calls of this process that turn out to be on disk but were never placed give their attempt back. */
export function releaseNeverPlaced(store: MachineStore, bootId: string, placed: ReadonlySet<string>, now: EpochMs): number {
  const reserved = store.db.sqlite
    .query<{ id: string }, [string]>(`SELECT id FROM calls WHERE status = '${CallStatus.placing}' AND boot_id = ?1`)
    .all(bootId)
    .filter(({ id }) => !placed.has(id));
  for (const { id } of reserved) settleCall(store, id, neverPlaced, now);
  return reserved.length;
}

/** Leads settled in one transaction when a campaign was stopped. */
const SLICE = 500;

/**
 * Leads that wait for a retry in a campaign that is over settle on their last ending, a slice at a time.
 * Returns whether there may be more.
 */
export function windDown(store: MachineStore, now: EpochMs): boolean {
  const over = quoted([CampaignStatus.completed, CampaignStatus.failed]);
  const waiting = store.db.sqlite
    .query<{ id: string; lastEnding: CallEnding }, []>(
      `SELECT l.id, l.last_ending AS lastEnding FROM lead_counts n
         JOIN campaigns c ON c.id = n.campaign_id AND c.status IN (${over})
         JOIN leads l ON l.campaign_id = n.campaign_id AND l.status = '${LeadStatus.retryWait}'
        WHERE n.status = '${LeadStatus.retryWait}' AND n.count > 0 LIMIT ${SLICE}`,
    )
    .all();
  for (const lead of waiting) {
    finishLead(store, { leadId: lead.id, from: [LeadStatus.retryWait], status: finalStatusOf(lead.lastEnding) }, now);
  }
  return waiting.length === SLICE;
}
