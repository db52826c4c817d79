// A CSV of numbers goes on the list, slice by slice as it comes in: numbers that arrived are not called, whatever becomes
// of the rest of the upload. Used by routes.ts.

import { AppError } from "../errors.ts";
import type { CsvRow } from "../leads/upload/csv.ts";
import { parsePhoneNumber } from "../leads/phone-number.ts";
import { isLongerThan } from "../leads/variables.ts";
import { readDefaultCountry } from "../settings/store.ts";
import { type Addition, addSlice, SLICE } from "./addition.ts";
import { type DncRow, dncSources, IMPORTED, LONGEST_REASON } from "./model.ts";
import type { DncDependencies } from "./service.ts";

/** How every refusal of such an upload ends. */
export const CSV_AFTERMATH = "the numbers before that are on the list, and sending it again adds the others";

/** What became of an upload; `problems` holds the first 1,000 of `problemsTotal`. */
export interface DncImport {
  inserted: number;
  duplicates: number;
  problems: { row: number; phone: string; error: string }[];
  problemsTotal: number;
}

/** Rows of one upload: as many numbers as the list is made for. */
const MOST_ROWS = 5_000_000;
const MOST_PROBLEMS = 1_000;
/** Characters of a number or a word that is told back. */
const LONGEST_QUOTE = 40;

/** Reads `batches` to their end; throws 413 above `mostRows`, and what reading throws. */
export async function addCsvToDnc(
  deps: DncDependencies,
  batches: AsyncIterable<readonly CsvRow[]>,
  mostRows = MOST_ROWS,
): Promise<DncImport> {
  const result: DncImport = { inserted: 0, duplicates: 0, problems: [], problemsTotal: 0 };
  const country = readDefaultCountry(deps.db);
  let rows = 0;
  for await (const batch of batches) {
    rows += batch.length;
    if (rows > mostRows) throw new AppError("body_too_large", `a CSV of numbers may have ${mostRows} rows at most; ${CSV_AFTERMATH}`);
    const additions = readBatch(batch, country, result);
    for (let start = 0; start < additions.length; start += SLICE) {
      result.inserted += addSlice(deps, additions.slice(start, start + SLICE)).length;
      await deps.pause();
    }
  }
  result.duplicates = rows - result.problemsTotal - result.inserted;
  return result;
}

function readBatch(batch: readonly CsvRow[], country: string | undefined, result: DncImport): Addition[] {
  const additions: Addition[] = [];
  for (const entry of batch) {
    const read = readRow(entry, country);
    if ("phoneNumber" in read) {
      additions.push(read);
      continue;
    }
    result.problemsTotal += 1;
    if (result.problems.length < MOST_PROBLEMS) result.problems.push({ row: entry.row, phone: short(entry.phone), error: read.problem });
  }
  return additions;
}

/** The columns `reason` and `source`, in any case; others say nothing about a number that is not to be called. */
function readRow(entry: CsvRow, country: string | undefined): Addition | { problem: string } {
  if ("problem" in entry) return entry;
  const parsed = parsePhoneNumber(entry.phone, country);
  if ("problem" in parsed) return parsed;
  const columns = new Map(Object.entries(entry.variables).map(([name, value]) => [name.toLowerCase(), String(value).trim()]));
  const reason = columns.get("reason") || null;
  const source = columns.get("source") || IMPORTED;
  if (reason !== null && isLongerThan(reason, LONGEST_REASON)) return { problem: `the reason has more than ${LONGEST_REASON} characters` };
  if (!isSource(source)) return { problem: `source is '${short(source)}'; it must be one of ${dncSources.join(", ")}` };
  return { phoneNumber: parsed.number, reason, source };
}

function isSource(word: string): word is DncRow["source"] {
  return dncSources.some((source) => source === word);
}

function short(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}
