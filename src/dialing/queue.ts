// The queue of a campaign: its waiting leads in lanes, one for each zones × rank. A lane whose people may not be called
// now is passed over at the cost of one look, however many leads stand in it.
// The order: promised callbacks, then higher priority, then who fell due first, then who came first.

import { openCallStatuses } from "../calls/call.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import { waitingStatuses } from "../leads/status.ts";
import type { EpochMs } from "../runtime/clock.ts";

/** Where a lane's people may be ('|'-joined zones, '?' when unknown), its rank (0 first), and when its first lead is due. */
export interface Lane {
  zones: string;
  rank: number;
  dueAt: EpochMs;
}

/** A waiting lead whose time has come, with what the gate asks about its number. */
export interface DueLead {
  id: string;
  phoneNumber: string;
  variables: string;
  attempts: number;
  zones: string;
  dueAt: EpochMs;
  onDnc: 0 | 1;
  numberInCall: 0 | 1;
}

/** Lanes looked at in one campaign: 100 steps of priority in ten zones. */
const MOST_LANES = 1_000;

const WAITING = quoted(waitingStatuses);

// Steps from lane to lane along index leads_queue, which holds waiting leads alone, in the order of the queue.
const NEXT_LANE = `
  SELECT zones, rank, due_at AS dueAt FROM leads INDEXED BY leads_queue
   WHERE campaign_id = ?1 AND status IN (${WAITING}) AND (zones, rank) > (?2, ?3)
   ORDER BY zones, rank, due_at, id LIMIT 1`;

/** Every lane that has a waiting lead. */
export function readLanes(db: Db, campaignId: string): Lane[] {
  const next = db.sqlite.query<Lane, [string, string, number]>(NEXT_LANE);
  const lanes: Lane[] = [];
  for (let lane = next.get(campaignId, "", -1); lane !== null && lanes.length < MOST_LANES; lane = next.get(campaignId, lane.zones, lane.rank)) lanes.push(lane);
  return lanes;
}

// dnc by its unique number; open calls by calls_open_number.
const PICK_DUE = `
  SELECT l.id, l.phone_number AS phoneNumber, l.variables, l.attempts, l.zones, l.due_at AS dueAt,
         EXISTS (SELECT 1 FROM dnc WHERE dnc.phone_number = l.phone_number) AS onDnc,
         EXISTS (SELECT 1 FROM calls WHERE calls.to_number = l.phone_number AND calls.status IN (${quoted(openCallStatuses)})) AS numberInCall
    FROM leads l INDEXED BY leads_queue
   WHERE l.campaign_id = ?1 AND l.zones = ?2 AND l.rank = ?3 AND l.status IN (${WAITING}) AND l.due_at <= ?4
   ORDER BY l.due_at, l.id
   LIMIT ?5`;

/** The first `limit` due leads of the lanes after `skip` of them, in the order of the queue. */
export function pickDue(db: Db, campaignId: string, lanes: readonly Lane[], now: EpochMs, limit: number, skip: number): DueLead[] {
  const due = lanes.filter((lane) => lane.dueAt <= now);
  const ranks = [...new Set(due.map((lane) => lane.rank))].sort((a, b) => a - b);
  const picked: DueLead[] = [];
  for (const rank of ranks) {
    const wanted = skip + limit - picked.length;
    if (wanted <= 0) break;
    const pick = db.sqlite.query<DueLead, [string, string, number, number, number]>(PICK_DUE);
    const leads = due.filter((lane) => lane.rank === rank).flatMap((lane) => pick.all(campaignId, lane.zones, rank, now, wanted));
    picked.push(...leads.sort(byTurn).slice(0, wanted));
  }
  return picked.slice(skip);
}

function byTurn(a: DueLead, b: DueLead): number {
  if (a.dueAt !== b.dueAt) return a.dueAt - b.dueAt;
  return a.id < b.id ? -1 : 1;
}
