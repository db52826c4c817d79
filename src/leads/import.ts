// Takes an upload of leads in, whole or not at all, without ever holding up the calls in progress.
// What fits in one slice goes straight into the leads, in one transaction. A longer upload is staged slice by slice in
// tables of its own; once its body has ended and is good, it is marked complete and moves into the leads in slices.
// A crash before the mark leaves nothing (resumeUploads drops it), a crash after the mark is finished by resumeUploads.

import { refusalOf } from "../campaigns/lifecycle.ts";
import { findCampaign } from "../campaigns/store.ts";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { AppError, notFound } from "../errors.ts";
import type { Clock } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import { nextTurn } from "../runtime/turn.ts";
import type { CsvRow } from "./csv.ts";
import { parsePhoneNumber } from "./phone-number.ts";
import { insertLeads, type NewLead } from "./store.ts";
import { completeUpload, completeUploads, deleteIncompleteUploads, deleteUpload, deleteUploadRows, insertUpload, moveLeads, stageLeads, uploadsOfOrphans } from "./upload-store.ts";

export interface ImportDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  newId: NewId;
}

/** A row that was not taken; `phone` is what stood there. */
export interface RowProblem {
  row: number;
  phone: string;
  error: string;
}

/** `problems` holds the first 1,000 of `problemsTotal`. */
export interface ImportResult {
  inserted: number;
  duplicates: number;
  problems: RowProblem[];
  problemsTotal: number;
}

/** Rows in one transaction: about 20 ms where the index on numbers is a million long. */
const SLICE_ROWS = 500;
const MOST_PROBLEMS = 1_000;
const LONGEST_PHONE_SHOWN = 64;

/**
 * Reads `batches` to their end. Throws 404 or 409 when the campaign takes no leads (any more), 413 above `maxLeads` rows,
 * and what reading throws; nothing of the upload stays then.
 */
export async function importLeads(deps: ImportDependencies, campaignId: string, batches: AsyncIterable<readonly CsvRow[]>, maxLeads: number): Promise<ImportResult> {
  const { db, newId } = deps;
  const result: ImportResult = { inserted: 0, duplicates: 0, problems: [], problemsTotal: 0 };
  const uploadId = newId("upl");
  let waiting: NewLead[] = [];
  let isStaged = false;
  let good = 0;
  let rows = 0;
  try {
    for await (const batch of batches) {
      rows += batch.length;
      if (rows > maxLeads) throw new AppError("body_too_large", `an upload of this kind may have ${maxLeads} leads at most; nothing of it was kept`);
      const leads = readLeads(batch, newId, result);
      good += leads.length;
      waiting.push(...leads);
      if (waiting.length > SLICE_ROWS) {
        transact(db, () => stage(deps, campaignId, uploadId, isStaged, waiting));
        isStaged = true;
        waiting = [];
      }
      await nextTurn();
    }
    if (isStaged) {
      transact(db, () => {
        stage(deps, campaignId, uploadId, isStaged, waiting);
        completeUpload(db, uploadId);
      });
    } else {
      result.inserted = transact(db, () => {
        requireOpen(db, campaignId);
        return insertLeads(db, campaignId, waiting, deps.clock.now());
      });
    }
  } catch (error) {
    // What cannot be dropped now, on a full disk, is dropped at the next start.
    if (isStaged) await dropUpload(db, uploadId).catch(() => undefined);
    throw error;
  }
  if (isStaged) result.inserted = await moveUpload(deps, uploadId);
  result.duplicates = good - result.inserted;
  return result;
}

/** Finishes the uploads that a dead process had taken whole, drops the others. Before dialing starts. */
export async function resumeUploads(deps: ImportDependencies): Promise<void> {
  const { db } = deps;
  transact(db, () => deleteIncompleteUploads(db));
  for (const upload of completeUploads(db)) await moveUpload(deps, upload.id);
  for (const uploadId of uploadsOfOrphans(db)) await deleteRows(db, uploadId);
}

function readLeads(batch: readonly CsvRow[], newId: NewId, result: ImportResult): NewLead[] {
  const leads: NewLead[] = [];
  for (const entry of batch) {
    const parsed = "problem" in entry ? entry : parsePhoneNumber(entry.phone);
    if ("number" in parsed && "variables" in entry) {
      leads.push({ id: newId("ld"), phoneNumber: parsed.number, variables: JSON.stringify(entry.variables) });
    } else if ("problem" in parsed) {
      result.problemsTotal += 1;
      if (result.problems.length < MOST_PROBLEMS) result.problems.push({ row: entry.row, phone: entry.phone.slice(0, LONGEST_PHONE_SHOWN), error: parsed.problem });
    }
  }
  return leads;
}

/** The campaign is asked again in every slice: hours may pass between the first byte of an upload and its last. */
function stage({ db, clock }: ImportDependencies, campaignId: string, uploadId: string, isStaged: boolean, leads: readonly NewLead[]): void {
  requireOpen(db, campaignId);
  if (!isStaged) insertUpload(db, { id: uploadId, campaignId }, clock.now());
  stageLeads(db, uploadId, leads);
}

/** Throws 404 when the campaign is gone, 409 when it takes no leads. */
export function requireOpen(db: Db, campaignId: string): void {
  const campaign = findCampaign(db, campaignId);
  if (campaign === undefined) throw notFound("campaign", campaignId);
  const refusal = refusalOf("addLeads", campaign.status);
  if (refusal !== undefined) throw new AppError("wrong_state", refusal);
}

async function moveUpload({ db, clock }: ImportDependencies, uploadId: string): Promise<number> {
  let inserted = 0;
  for (;;) {
    const moved = transact(db, () => moveLeads(db, uploadId, SLICE_ROWS, clock.now()));
    if (moved === undefined) break;
    inserted += moved;
    await nextTurn();
  }
  // Rows are left only when the campaign was deleted meanwhile.
  await deleteRows(db, uploadId);
  return inserted;
}

async function dropUpload(db: Db, uploadId: string): Promise<void> {
  transact(db, () => deleteUpload(db, uploadId));
  await deleteRows(db, uploadId);
}

async function deleteRows(db: Db, uploadId: string): Promise<void> {
  while (transact(db, () => deleteUploadRows(db, uploadId, SLICE_ROWS)) > 0) await nextTurn();
}
