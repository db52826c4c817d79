// Uploads on their way in: the rows of one wait apart from the leads until its whole body was read and found good.
// Used by import.ts alone. Each function is one bounded step, to be called in a transaction.

import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { NewLead } from "../store.ts";

export interface UploadRow {
  id: string;
  campaignId: string;
}

/** Not complete yet. */
export function insertUpload(db: Db, upload: UploadRow, now: EpochMs): void {
  db.sqlite
    .query<null, [string, string, number]>("INSERT INTO lead_uploads (id, campaign_id, complete, created_at) VALUES (?1, ?2, 0, ?3)")
    .run(upload.id, upload.campaignId, now);
}

/** A row of an upload: a lead, and its place in the file. */
export interface StagedLead extends NewLead {
  row: number;
}

const STAGE = `
  INSERT INTO lead_upload_rows (upload_id, lead_id, phone_number, variables, external_id, priority, timezone, zones, not_before, consent, row)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`;

/** In the order of their ids, which is that of the file. */
export function stageLeads(db: Db, uploadId: string, leads: readonly StagedLead[]): void {
  const insert = db.sqlite.query<null, (string | number | null)[]>(STAGE);
  for (const { id, phoneNumber, variables, externalId, priority, timezone, zones, notBefore, consent, row } of leads) {
    insert.run(
      uploadId,
      id,
      phoneNumber,
      variables,
      externalId ?? null,
      priority ?? null,
      timezone ?? null,
      zones ?? "?",
      notBefore ?? null,
      consent ?? null,
      row,
    );
  }
}

/** From here on the upload is promised: a crash only delays it. */
export function completeUpload(db: Db, uploadId: string): void {
  db.sqlite.query<null, [string]>("UPDATE lead_uploads SET complete = 1 WHERE id = ?1").run(uploadId);
}

const STAGED = `
  SELECT lead_id AS id, phone_number AS phoneNumber, variables, external_id AS externalId, priority, timezone, zones, not_before AS notBefore, consent, row
    FROM lead_upload_rows WHERE upload_id = ?1 ORDER BY lead_id LIMIT ?2`;

/** The next rows of an upload that was taken whole, with its campaign; undefined when none is left or the upload is gone. */
export function takeStaged(db: Db, uploadId: string, limit: number): { campaignId: string; leads: StagedLead[] } | undefined {
  const upload = db.sqlite
    .query<UploadRow, [string]>("SELECT id, campaign_id AS campaignId FROM lead_uploads WHERE id = ?1 AND complete = 1")
    .get(uploadId);
  if (upload === null) return undefined;
  const leads = db.sqlite.query<StagedLead, [string, number]>(STAGED).all(uploadId, limit);
  const last = leads.at(-1);
  if (last === undefined) {
    deleteUpload(db, uploadId);
    return undefined;
  }
  db.sqlite.query<null, [string, string]>("DELETE FROM lead_upload_rows WHERE upload_id = ?1 AND lead_id <= ?2").run(uploadId, last.id);
  return { campaignId: upload.campaignId, leads };
}

/** Taken whole and not moved to the end yet, oldest first. */
export function completeUploads(db: Db): UploadRow[] {
  return db.sqlite.query<UploadRow, []>("SELECT id, campaign_id AS campaignId FROM lead_uploads WHERE complete = 1 ORDER BY id").all();
}

/** Its rows are left for `deleteUploadRows`. */
export function deleteUpload(db: Db, uploadId: string): void {
  db.sqlite.query<null, [string]>("DELETE FROM lead_uploads WHERE id = ?1").run(uploadId);
}

/** Their rows are left for `deleteUploadRows`. */
export function deleteIncompleteUploads(db: Db): void {
  db.sqlite.query<null, []>("DELETE FROM lead_uploads WHERE complete = 0").run();
}

/** Deletes up to `limit` rows of an upload and says how many went. */
export function deleteUploadRows(db: Db, uploadId: string, limit: number): number {
  const sql =
    "DELETE FROM lead_upload_rows WHERE upload_id = ?1 AND lead_id IN (SELECT lead_id FROM lead_upload_rows WHERE upload_id = ?1 ORDER BY lead_id LIMIT ?2)";
  return db.sqlite.query<null, [string, number]>(sql).run(uploadId, limit).changes;
}

/** The uploads that are gone while rows of theirs are still here; steps over the rows by key. */
export function uploadsOfOrphans(db: Db): string[] {
  const sql = `WITH RECURSIVE seen (id) AS (
      SELECT min(upload_id) FROM lead_upload_rows
      UNION ALL
      SELECT (SELECT min(upload_id) FROM lead_upload_rows WHERE upload_id > seen.id) FROM seen WHERE seen.id IS NOT NULL
    )
    SELECT id FROM seen WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM lead_uploads)`;
  return db.sqlite
    .query<{ id: string }, []>(sql)
    .all()
    .map((row) => row.id);
}

/** Whether leads of the campaign are still moving in: it is not finished then, even if all that it shows are final. */
export function isUploadMoving(db: Db, campaignId: string): boolean {
  return (
    db.sqlite
      .query<{ id: string }, [string]>("SELECT id FROM lead_uploads WHERE campaign_id = ?1 AND complete = 1 LIMIT 1")
      .get(campaignId) !== null
  );
}
