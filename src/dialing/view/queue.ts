// The order of a campaign's queue: promised callbacks, then higher priority, then who fell due first, then who came first.

import { type CallEnding, openCallStatuses } from "../../calls/call.ts";
import type { Db } from "../../database/open.ts";
import { quoted } from "../../database/transaction.ts";
import type { Lane } from "../../leads/lanes.ts";
import { waitingStatuses } from "../../leads/status.ts";
import type { EpochMs } from "../../runtime/clock.ts";

/** A waiting lead whose time has come, with what the gate asks about its number. */
export interface DueLead {
  id: string;
  phoneNumber: string;
  variables: string;
  attempts: number;
  attemptsGranted: number;
  /** Attempts in a row that were given back. */
  requeues: number;
  lastEnding: CallEnding | null;
  zones: string;
  timezone: string | null;
  dueAt: EpochMs;
  /** When the person was promised a call; null for most. */
  callbackAt: EpochMs | null;
  onDnc: 0 | 1;
  numberInCall: 0 | 1;
}

// One lane by index leads_queue; dnc by its unique number; open calls by calls_open_number. The pluses and `+ 0` keep the plan from
// one call to the next, as in leads/lanes.ts: SQLite also looks at the value of a bare parameter in LIMIT.
const PICK_DUE = `
  SELECT l.id, l.phone_number AS phoneNumber, l.variables, l.attempts, l.attempts_granted AS attemptsGranted, l.requeues, l.last_ending AS lastEnding, l.zones, l.timezone, l.due_at AS dueAt, l.callback_at AS callbackAt,
         EXISTS (SELECT 1 FROM dnc WHERE dnc.phone_number = l.phone_number) AS onDnc,
         EXISTS (SELECT 1 FROM calls WHERE calls.to_number = l.phone_number AND calls.status IN (${quoted(openCallStatuses)})) AS numberInCall
    FROM leads l INDEXED BY leads_queue
   WHERE l.campaign_id = +?1 AND l.zones = +?2 AND l.rank = +?3 AND l.status IN (${quoted(waitingStatuses)}) AND l.due_at <= ?4
   ORDER BY l.due_at, l.id
   LIMIT ?5 + 0`;

/** The first `limit` due leads of the lanes after `skip` of them. */
export function pickDue(db: Db, campaignId: string, lanes: readonly Lane[], now: EpochMs, limit: number, skip: number): DueLead[] {
  const due = lanes.filter((lane) => lane.dueAt <= now);
  const ranks = [...new Set(due.map((lane) => lane.rank))].sort((a, b) => a - b);
  const pick = db.sqlite.query<DueLead, [string, string, number, number, number]>(PICK_DUE);
  const picked: DueLead[] = [];
  for (const rank of ranks) {
    const wanted = skip + limit - picked.length;
    if (wanted <= 0) break;
    const leads = due.filter((lane) => lane.rank === rank).flatMap((lane) => pick.all(campaignId, lane.zones, rank, now, wanted));
    picked.push(...leads.sort(byTurn).slice(0, wanted));
  }
  return picked.slice(skip);
}

function byTurn(a: DueLead, b: DueLead): number {
  if (a.dueAt !== b.dueAt) return a.dueAt - b.dueAt;
  return a.id < b.id ? -1 : 1;
}
