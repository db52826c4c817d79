// The lanes of a campaign's queue: one for each zones × rank that has a waiting lead. A lane whose people may not be
// called now is passed over at the cost of one look, however many leads stand in it.

import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { waitingStatuses } from "./status.ts";

/** Where a lane's people may be ('|'-joined zones, '?' when unknown), its rank (0 goes first), and when its first lead is due. */
export interface Lane {
  zones: string;
  rank: number;
  dueAt: EpochMs;
}

/** Lanes looked at in one campaign: 100 steps of priority in ten zones. */
const MOST_LANES = 1_000;

// The next lane of the same zones, else the first of the next zones: two looks at index leads_queue, which holds waiting
// leads alone, in the order of the queue. In one comparison of both columns SQLite would walk through the whole lane.
const IN_QUEUE = `SELECT zones, rank, due_at AS dueAt FROM leads INDEXED BY leads_queue WHERE campaign_id = ?1 AND status IN (${quoted(waitingStatuses)})`;
const NEXT_RANK = `${IN_QUEUE} AND zones = ?2 AND rank > ?3 ORDER BY rank, due_at, id LIMIT 1`;
const NEXT_ZONES = `${IN_QUEUE} AND zones > ?2 ORDER BY zones, rank, due_at, id LIMIT 1`;

/** Every lane, by zones, then rank. */
export function readLanes(db: Db, campaignId: string): Lane[] {
  const nextRank = db.sqlite.query<Lane, [string, string, number]>(NEXT_RANK);
  const nextZones = db.sqlite.query<Lane, [string, string]>(NEXT_ZONES);
  const lanes: Lane[] = [];
  for (let lane = nextZones.get(campaignId, ""); lane !== null && lanes.length < MOST_LANES; ) {
    lanes.push(lane);
    lane = nextRank.get(campaignId, lane.zones, lane.rank) ?? nextZones.get(campaignId, lane.zones);
  }
  return lanes;
}

/** When the next waiting lead falls due; undefined when none waits. */
export function nextDueAt(db: Db, campaignId: string): EpochMs | undefined {
  const due = readLanes(db, campaignId).map((lane) => lane.dueAt);
  return due.length === 0 ? undefined : Math.min(...due);
}
