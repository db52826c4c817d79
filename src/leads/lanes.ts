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

// From the head of a lane to that of the next: the next rank of the same zones, else the first of the next zones. Two looks at
// index leads_queue, which holds waiting leads alone, in the order of the queue. In one comparison of both columns SQLite would
// walk through the whole lane. One statement for all of them: a round asks this of every campaign that may dial. The plus before
// the parameter changes no value: without it SQLite looks at the campaign's id to see whether it orders the rows, and plans the
// statement anew for each id, at ten times the cost of running it.
const IN_QUEUE = `SELECT rowid FROM leads INDEXED BY leads_queue WHERE campaign_id = +?1 AND status IN (${quoted(waitingStatuses)})`;
const LANES = `
  WITH RECURSIVE lane (head) AS (
    SELECT (${IN_QUEUE} ORDER BY zones, rank, due_at, id LIMIT 1)
    UNION ALL
    SELECT coalesce((${IN_QUEUE} AND zones = l.zones AND rank > l.rank ORDER BY rank, due_at, id LIMIT 1),
                    (${IN_QUEUE} AND zones > l.zones ORDER BY zones, rank, due_at, id LIMIT 1))
      FROM lane JOIN leads l ON l.rowid = lane.head
     LIMIT ${MOST_LANES}
  )
  SELECT l.zones, l.rank, l.due_at AS dueAt FROM lane JOIN leads l ON l.rowid = lane.head`;

/** Every lane, by zones, then rank. */
export function readLanes(db: Db, campaignId: string): Lane[] {
  return db.sqlite.query<Lane, [string]>(LANES).all(campaignId);
}

/** When the next waiting lead falls due; undefined when none waits. */
export function nextDueAt(db: Db, campaignId: string): EpochMs | undefined {
  const due = readLanes(db, campaignId).map((lane) => lane.dueAt);
  return due.length === 0 ? undefined : Math.min(...due);
}
