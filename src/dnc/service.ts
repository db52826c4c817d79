// The verbs on the do-not-call list. A number is on the list, and its calls that still ring are ended,
// before the caller hears that it was added.

import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { AppError, invalid, notFound } from "../errors.ts";
import { parsePhoneNumber } from "../leads/phone-number.ts";
import { readDefaultCountry } from "../settings/store.ts";
import { type Addition, type AdditionDependencies, addSlice, SLICE } from "./addition.ts";
import { DEFAULT_SOURCE, type DncBulkJson, type DncFields, type DncRow } from "./model.ts";
import { deleteDnc, deleteDncByNumber, findDncByNumber } from "./store.ts";

/** What the verbs need. */
export interface DncDependencies extends AdditionDependencies {
  /** Gives the event loop a turn, so that a long list stalls nobody. */
  pause(): Promise<void>;
}

/** The longest bulk. */
export const MOST_ENTRIES = 50_000;
/** Characters of a number that is told back. */
const LONGEST_QUOTE = 40;

/** `isNew` is false when the number had an entry, which stands as it is and is given back. */
export function addToDnc(deps: DncDependencies, fields: DncFields): { entry: DncRow; isNew: boolean } {
  const phoneNumber = readNumber(deps.db, "phoneNumber", fields.phoneNumber);
  const [added] = addSlice(deps, [toAddition(fields, phoneNumber)]);
  const entry = added ?? findDncByNumber(deps.db, phoneNumber);
  if (entry === undefined) throw new Error(`the number that was listed a moment ago has no entry`);
  return { entry, isNew: added !== undefined };
}

/** Throws 404. */
export function removeFromDnc(db: Db, id: string): void {
  if (!transact(db, () => deleteDnc(db, id))) throw notFound("DNC entry", id);
}

/** Throws 404 for a number that is not listed, 400 for a text that is no number. */
export function removeNumber(db: Db, text: string): void {
  const number = readNumber(db, "phoneNumber", text);
  if (!transact(db, () => deleteDncByNumber(db, number))) throw new AppError("not_found", `the number ${number} is not on the DNC list`);
}

/**
 * Adds what can be read and tells about the rest. Resolves once everything is committed; when a slice cannot be written it
 * rejects and the slices before it stay, so that sending the same list again completes it.
 */
export async function addAllToDnc(deps: DncDependencies, entries: readonly DncFields[]): Promise<DncBulkJson> {
  if (entries.length > MOST_ENTRIES)
    throw new AppError("body_too_large", `entries has ${entries.length} elements; it may have ${MOST_ENTRIES} at most`);
  const { additions, good, errors } = await readEntries(deps, entries);
  // In the order of the numbers the index on them is written page by page, over all slices.
  const numbers = [...additions.keys()].sort();
  await deps.pause();
  let inserted = 0;
  for (let start = 0; start < numbers.length; start += SLICE) {
    const slice = numbers.slice(start, start + SLICE).flatMap((number) => additions.get(number) ?? []);
    inserted += addSlice(deps, slice).length;
    await deps.pause();
  }
  return { inserted, duplicates: good - inserted, errors };
}

interface ReadEntries {
  /** By number in E.164 form; of two entries for one number the first. */
  additions: Map<string, Addition>;
  /** How many entries could be read, duplicates included. */
  good: number;
  errors: DncBulkJson["errors"];
}

async function readEntries({ db, pause }: DncDependencies, entries: readonly DncFields[]): Promise<ReadEntries> {
  const additions = new Map<string, Addition>();
  const errors: DncBulkJson["errors"] = [];
  const country = readDefaultCountry(db);
  for (const [index, fields] of entries.entries()) {
    const parsed = parsePhoneNumber(fields.phoneNumber, country);
    if ("problem" in parsed) errors.push({ index, phoneNumber: fields.phoneNumber.slice(0, LONGEST_QUOTE), error: parsed.problem });
    else if (!additions.has(parsed.number)) additions.set(parsed.number, toAddition(fields, parsed.number));
    if (index % SLICE === SLICE - 1) await pause();
  }
  return { additions, good: entries.length - errors.length, errors };
}

function toAddition({ reason, source }: DncFields, phoneNumber: string): Addition {
  return { phoneNumber, reason: reason ?? null, source: source ?? DEFAULT_SOURCE };
}

/** The E.164 form; throws a 400 about `path`. */
export function readNumber(db: Db, path: string, text: string): string {
  const parsed = parsePhoneNumber(text, readDefaultCountry(db));
  if ("problem" in parsed) throw invalid(path, parsed.problem);
  return parsed.number;
}
