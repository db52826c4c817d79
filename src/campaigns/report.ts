// What a campaign looks like now: how many leads stand where, and why nothing moves if nothing does.

import { type Disposition, dispositions } from "../calls/disposition.ts";
import type { Db } from "../database/open.ts";
import { type LeadStatus, leadStatuses, openStatuses } from "../leads/status.ts";
import { zoneList } from "../leads/zones.ts";
import { nextDueAt, readLanes } from "../leads/lanes.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { statusReasonOf } from "./status-reason.ts";
import { type CampaignRow, scheduleOf } from "./store.ts";
import { type Calendar, windowAt, windowIn, type WindowVerdict } from "./window.ts";

/** Every word is there, with 0 where there is none. */
export interface Counts {
  byStatus: Record<LeadStatus, number>;
  byDisposition: Record<Disposition, number>;
}

/** From the counters that are kept with the leads: the same cost for ten leads and a million. */
export function readCounts(db: Db, campaignId: string): Counts {
  const counts = {
    byStatus: Object.fromEntries(leadStatuses.map((status) => [status, 0])) as Counts["byStatus"],
    byDisposition: Object.fromEntries(dispositions.map((disposition) => [disposition, 0])) as Counts["byDisposition"],
  };
  const rows = db.sqlite
    .query<{ status: LeadStatus; disposition: Disposition | ""; count: number }, [string]>(
      "SELECT status, disposition, count FROM lead_counts WHERE campaign_id = ?1",
    )
    .all(campaignId);
  for (const { status, disposition, count } of rows) {
    counts.byStatus[status] += count;
    if (disposition !== "") counts.byDisposition[disposition] += count;
  }
  return counts;
}

/** A campaign with what is only true at `now`. */
export interface CampaignState {
  row: CampaignRow;
  counts: Counts;
  statusReason: string | null;
}

/** Reads what is shown of a campaign beside its row; what costs a look-up only while it runs. */
export function stateOf(db: Db, row: CampaignRow, now: EpochMs, calendar: Calendar): CampaignState {
  const counts = readCounts(db, row.id);
  const look = () => ({
    window: windowOf(db, row, now, calendar),
    hasOpenCalls: openStatuses.some((status) => counts.byStatus[status] > 0),
    nextDueAt: nextDueAt(db, row.id),
  });
  return { row, counts, statusReason: statusReasonOf(row, look, now) };
}

/** Where each person has a window of their own: open while it is for some of those who wait, else until the first of them opens. */
function windowOf(db: Db, row: CampaignRow, now: EpochMs, calendar: Calendar): WindowVerdict {
  const schedule = scheduleOf(row);
  if (schedule.timezoneMode !== "recipient") return windowAt(schedule, now, calendar);
  const waiting = new Set(readLanes(db, row.id).map(({ zones }) => zones));
  const verdicts = [...waiting].map((zones) => windowIn(schedule, zoneList(zones), now, calendar));
  if (verdicts.length === 0 || verdicts.some(({ open }) => open)) return { open: true };
  const openings = verdicts.flatMap(({ opensAt }) => opensAt ?? []);
  return openings.length === 0 ? { open: false } : { open: false, opensAt: Math.min(...openings) };
}
