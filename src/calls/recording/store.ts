// Which calls have a recording, in the database; the sound is in files (files.ts).

import { asc, eq, lt } from "drizzle-orm";
import type { Db } from "../../database/open.ts";
import { recordings } from "../../database/tables.ts";
import { quoted } from "../../database/transaction.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { openCallStatuses } from "../call.ts";

/** `bytes` is the length of the file, header included. */
export type RecordingRow = typeof recordings.$inferSelect;

/** The second time changes nothing. */
export function insertRecording(db: Db, row: RecordingRow): void {
  db.orm.insert(recordings).values(row).onConflictDoNothing().run();
}

/** Of a call; undefined when it has none. */
export function findRecording(db: Db, callId: string): RecordingRow | undefined {
  return db.orm.select().from(recordings).where(eq(recordings.callId, callId)).get();
}

/** The file is removed beside it. */
export function deleteRecording(db: Db, callId: string): void {
  db.orm.delete(recordings).where(eq(recordings.callId, callId)).run();
}

/** Made before `before`, the oldest first, `limit` at most. */
export function oldRecordings(db: Db, before: EpochMs, limit: number): RecordingRow[] {
  return db.orm.select().from(recordings).where(lt(recordings.createdAt, before)).orderBy(asc(recordings.createdAt)).limit(limit).all();
}

/** Whether the call was over by then and nobody has noted its recording: its process died before it could. */
export function lacksRecording(db: Db, callId: string, overBy: EpochMs): boolean {
  const sql = `SELECT 1 FROM calls WHERE id = ?1 AND coalesce(ended_at, 0) <= ?2 AND status NOT IN (${quoted(openCallStatuses)}) AND NOT EXISTS (SELECT 1 FROM recordings WHERE call_id = ?1)`;
  return db.sqlite.query<object, [string, number]>(sql).get(callId, overBy) !== null;
}
