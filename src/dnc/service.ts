// The verbs on the do-not-call list. A number is on the list, and its calls that still ring are ended,
// before the caller hears that it was added.

import type { DialingControl } from "../calls/control.ts";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { AppError, invalid, notFound } from "../errors.ts";
import { parsePhoneNumber } from "../leads/phone-number.ts";
import type { Clock } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import { DEFAULT_SOURCE, type DncBulkJson, type DncFields, type DncRow } from "./model.ts";
import { deleteDnc, findDncByNumber, insertDnc } from "./store.ts";

/** What the verbs need. */
export interface DncDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  newId: NewId;
  control: Pick<DialingControl, "hangUp">;
  /** Gives the event loop a turn, so that a long list stalls nobody. */
  pause(): Promise<void>;
}

/** The longest bulk. */
export const MOST_ENTRIES = 50_000;
/** Entries read, and rows written, without a pause in between: some 20 ms. */
const SLICE = 500;
/** Characters of a number that is told back. */
const LONGEST_QUOTE = 40;

/** `isNew` is false when the number had an entry, which stands as it is and is given back. */
export function addToDnc(deps: DncDependencies, fields: DncFields): { entry: DncRow; isNew: boolean } {
  const entry = toRow(deps, fields, readNumber("phoneNumber", fields.phoneNumber));
  const result = transact(deps.db, () => {
    const standing = findDncByNumber(deps.db, entry.phoneNumber);
    if (standing !== undefined) return { entry: standing, isNew: false };
    insertDnc(deps.db, entry);
    return { entry, isNew: true };
  });
  stopRinging(deps, [entry.phoneNumber]);
  return result;
}

/** Throws 404. */
export function removeFromDnc(db: Db, id: string): void {
  if (!transact(db, () => deleteDnc(db, id))) throw notFound("DNC entry", id);
}

/**
 * Adds what can be read and tells about the rest. Resolves once everything is committed; when a slice cannot be written it
 * rejects and the slices before it stay, so that sending the same list again completes it.
 */
export async function addAllToDnc(deps: DncDependencies, entries: readonly DncFields[]): Promise<DncBulkJson> {
  if (entries.length > MOST_ENTRIES) throw new AppError("body_too_large", `entries has ${entries.length} elements; it may have ${MOST_ENTRIES} at most`);
  const { fieldsOf, good, errors } = await readEntries(deps, entries);
  // In the order of the numbers the index on them is written page by page.
  const numbers = [...fieldsOf.keys()].sort();
  await deps.pause();
  let inserted = 0;
  for (let start = 0; start < numbers.length; start += SLICE) {
    inserted += addSlice(deps, numbers.slice(start, start + SLICE), fieldsOf);
    await deps.pause();
  }
  return { inserted, duplicates: good - inserted, errors };
}

interface ReadEntries {
  /** By number in E.164 form; of two entries for one number the first. */
  fieldsOf: Map<string, DncFields>;
  /** How many entries could be read, duplicates included. */
  good: number;
  errors: DncBulkJson["errors"];
}

async function readEntries({ pause }: DncDependencies, entries: readonly DncFields[]): Promise<ReadEntries> {
  const fieldsOf = new Map<string, DncFields>();
  const errors: DncBulkJson["errors"] = [];
  for (const [index, fields] of entries.entries()) {
    const parsed = parsePhoneNumber(fields.phoneNumber);
    if ("problem" in parsed) errors.push({ index, phoneNumber: fields.phoneNumber.slice(0, LONGEST_QUOTE), error: parsed.problem });
    else if (!fieldsOf.has(parsed.number)) fieldsOf.set(parsed.number, fields);
    if (index % SLICE === SLICE - 1) await pause();
  }
  return { fieldsOf, good: entries.length - errors.length, errors };
}

/** One transaction; returns how many rows were new. */
function addSlice(deps: DncDependencies, numbers: readonly string[], fieldsOf: ReadonlyMap<string, DncFields>): number {
  let added = 0;
  transact(deps.db, () => {
    for (const number of numbers) {
      const fields = fieldsOf.get(number);
      if (fields !== undefined && insertDnc(deps.db, toRow(deps, fields, number))) added += 1;
    }
  });
  stopRinging(deps, numbers);
  return added;
}

/**
 * After the commit only: a claim that came before it may have left a phone ringing. For numbers that were listed too:
 * the request that listed them may have failed right after its commit.
 */
function stopRinging({ control }: DncDependencies, numbers: readonly string[]): void {
  for (const phoneNumber of numbers) control.hangUp({ phoneNumber, ringingOnly: true });
}

function toRow({ clock, newId }: DncDependencies, { reason, source }: DncFields, phoneNumber: string): DncRow {
  return { id: newId("dnc"), phoneNumber, reason: reason ?? null, source: source ?? DEFAULT_SOURCE, createdAt: clock.now() };
}

/** The E.164 form; throws a 400 about `path`. */
export function readNumber(path: string, text: string): string {
  const parsed = parsePhoneNumber(text);
  if ("problem" in parsed) throw invalid(path, parsed.problem);
  return parsed.number;
}
