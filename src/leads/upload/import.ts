// Takes an upload of leads in, whole or not at all, without ever holding up the calls in progress.
// What fits in one slice goes straight into the leads, in one transaction. A longer upload is staged slice by slice in
// tables of its own; once its body has ended and is good, it is marked complete and moves into the leads in slices.
// A crash before the mark leaves nothing (resumeUploads drops it), a crash after the mark is finished by resumeUploads.

import { refusalOf } from "../../campaigns/lifecycle.ts";
import { type CampaignRow, findCampaign } from "../../campaigns/store.ts";
import type { Db } from "../../database/open.ts";
import { transact } from "../../database/transaction.ts";
import { AppError, notFound } from "../../errors.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { NewId } from "../../runtime/ids.ts";
import { nextTurn } from "../../runtime/turn.ts";
import { readDefaultCountry } from "../../settings/store.ts";
import type { CsvRow } from "./csv.ts";
import { keepsRecipientsHours, readRow, type RowProblem, type RowRules } from "./row-reader.ts";
import {
  completeUpload,
  completeUploads,
  deleteIncompleteUploads,
  deleteUpload,
  deleteUploadRows,
  insertUpload,
  stageLeads,
  type StagedLead,
  takeStaged,
  uploadsOfOrphans,
} from "./waiting-rows.ts";
import { type TakenSlice, takeSlice } from "./upsert.ts";
import type { ZonesOf } from "../zones.ts";

export interface ImportDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  newId: NewId;
  zonesOf: ZonesOf;
}

/** Each row is in one of the four. `problems` holds the first 1,000 of `problemsTotal`. */
export interface ImportResult {
  inserted: number;
  /** Rows that changed a lead of an earlier upload, by its external id. */
  updated: number;
  duplicates: number;
  problems: RowProblem[];
  problemsTotal: number;
}

/** Rows in one transaction: about 20 ms where the index on numbers is a million long. */
const SLICE_ROWS = 500;
const MOST_PROBLEMS = 1_000;

/**
 * Reads `batches` to their end. Throws 404 or 409 when the campaign takes no leads (any more), 413 above `maxLeads` rows,
 * and what reading throws; nothing of the upload stays then.
 */
export async function importLeads(
  deps: ImportDependencies,
  campaignId: string,
  batches: AsyncIterable<readonly CsvRow[]>,
  maxLeads: number,
): Promise<ImportResult> {
  const { db, newId } = deps;
  const rules = rulesFor(deps, requireOpen(db, campaignId));
  const result: ImportResult = { inserted: 0, updated: 0, duplicates: 0, problems: [], problemsTotal: 0 };
  const uploadId = newId("upl");
  let waiting: StagedLead[] = [];
  let isStaged = false;
  let rows = 0;
  try {
    for await (const batch of batches) {
      rows += batch.length;
      if (rows > maxLeads)
        throw new AppError("body_too_large", `an upload of this kind may have ${maxLeads} leads at most; nothing of it was kept`);
      waiting.push(...readRows(batch, rules, result));
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
      const taken = transact(db, () => {
        requireOpen(db, campaignId);
        return takeSlice({ ...deps, campaignId, uploadId }, waiting, deps.clock.now());
      });
      addTo(result, taken);
    }
  } catch (error) {
    // What cannot be dropped now, on a full disk, is dropped at the next start.
    if (isStaged) await dropUpload(db, uploadId).catch(() => undefined);
    throw error;
  }
  if (isStaged) await moveUpload(deps, uploadId, (taken) => addTo(result, taken));
  result.problems.sort((a, b) => a.row - b.row);
  result.duplicates = rows - result.problemsTotal - result.inserted - result.updated;
  return result;
}

/** Finishes the uploads that a dead process had taken whole, drops the others. Before dialing starts. */
export async function resumeUploads(deps: ImportDependencies): Promise<void> {
  const { db } = deps;
  transact(db, () => deleteIncompleteUploads(db));
  // Nobody waits for the answer any more.
  for (const upload of completeUploads(db)) await moveUpload(deps, upload.id, () => undefined);
  for (const uploadId of uploadsOfOrphans(db)) await deleteRows(db, uploadId);
}

function rulesFor({ db, newId, zonesOf }: ImportDependencies, campaign: CampaignRow): RowRules {
  return { newId, zonesOf, defaultCountry: defaultCountryOf(db, campaign), needsZone: keepsRecipientsHours(campaign) };
}

/** The country of a number without a country code: the campaign's, else the appliance's; undefined when neither has one. */
export function defaultCountryOf(db: Db, campaign: CampaignRow): string | undefined {
  return campaign.defaultCountry ?? readDefaultCountry(db);
}

function readRows(batch: readonly CsvRow[], rules: RowRules, result: ImportResult): StagedLead[] {
  const leads: StagedLead[] = [];
  for (const entry of batch) {
    const read = readRow(entry, rules);
    if ("error" in read) addProblem(result, read);
    else leads.push(read);
  }
  return leads;
}

function addTo(result: ImportResult, { inserted, updated, refused }: TakenSlice): void {
  result.inserted += inserted;
  result.updated += updated;
  for (const problem of refused) addProblem(result, problem);
}

function addProblem(result: ImportResult, problem: RowProblem): void {
  result.problemsTotal += 1;
  if (result.problems.length < MOST_PROBLEMS) result.problems.push(problem);
}

/** The campaign is asked again in every slice: hours may pass between the first byte of an upload and its last. */
function stage(
  { db, clock }: ImportDependencies,
  campaignId: string,
  uploadId: string,
  isStaged: boolean,
  leads: readonly StagedLead[],
): void {
  requireOpen(db, campaignId);
  if (!isStaged) insertUpload(db, { id: uploadId, campaignId }, clock.now());
  stageLeads(db, uploadId, leads);
}

/** Throws 404 when the campaign is gone, 409 when it takes no leads. */
export function requireOpen(db: Db, campaignId: string): CampaignRow {
  const campaign = findCampaign(db, campaignId);
  if (campaign === undefined) throw notFound("campaign", campaignId);
  const refusal = refusalOf("addLeads", campaign.status);
  if (refusal !== undefined) throw new AppError("wrong_state", refusal);
  return campaign;
}

async function moveUpload(deps: ImportDependencies, uploadId: string, tell: (taken: TakenSlice) => void): Promise<void> {
  const { db, clock } = deps;
  for (;;) {
    const taken = transact(db, () => {
      const staged = takeStaged(db, uploadId, SLICE_ROWS);
      return staged === undefined ? undefined : takeSlice({ ...deps, campaignId: staged.campaignId, uploadId }, staged.leads, clock.now());
    });
    if (taken === undefined) break;
    tell(taken);
    await nextTurn();
  }
  // Rows are left only when the campaign was deleted meanwhile.
  await deleteRows(db, uploadId);
}

async function dropUpload(db: Db, uploadId: string): Promise<void> {
  transact(db, () => deleteUpload(db, uploadId));
  await deleteRows(db, uploadId);
}

async function deleteRows(db: Db, uploadId: string): Promise<void> {
  while (transact(db, () => deleteUploadRows(db, uploadId, SLICE_ROWS)) > 0) await nextTurn();
}
