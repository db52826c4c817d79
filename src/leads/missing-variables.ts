// How many leads of a campaign bring no value for a variable: read in slices, so that nobody waits for a campaign of a million.
// Asked by agents/check.ts.

import type { Db } from "../database/open.ts";
import { nextTurn } from "../runtime/turn.ts";

/** Looked up without a turn for others in between: a few milliseconds. */
const SLICE_VALUES = 5_000;
const LARGEST_SLICE = 1_000;
/** As many as one upload may hold; a campaign of more is counted in its first million. */
export const MOST_LEADS_READ = 1_000_000;
/** Variables counted at most: a statement has a bounded number of columns. */
export const MOST_VARIABLES_COUNTED = 100;

/** `without` is in the order of the names. */
export interface VariableCount {
  leads: number;
  without: number[];
}

/**
 * Reads every lead of the campaign once, in slices of at most 1,000 with a turn of the event loop after each. Missing is what a
 * template takes for missing: no value under the exact name, none on the path, or an empty text. Leads that come or go
 * meanwhile may be counted or not.
 */
export async function countLeadsWithout(db: Db, campaignId: string, names: readonly string[]): Promise<VariableCount> {
  const counted = { leads: 0, without: names.map(() => 0) };
  let after = "";
  while (counted.leads < MOST_LEADS_READ) {
    const slice = countSlice(db, campaignId, names, after);
    counted.leads += slice.leads;
    counted.without = counted.without.map((sum, index) => sum + (slice.without[index] ?? 0));
    if (slice.last === null) break;
    after = slice.last;
    await nextTurn();
  }
  return counted;
}

type Slice = VariableCount & { last: string | null };

/** `last` is null when there was nothing left to read. The statement differs with the number of names, so that it is not kept. */
function countSlice(db: Db, campaignId: string, names: readonly string[], after: string): Slice {
  const isMissing = (index: number) => `coalesce(variables ->> ?${2 * index + 3}, variables ->> ?${2 * index + 4}, '') = ''`;
  const sums = names.map((_, index) => `, sum(${isMissing(index)}) AS without${index}`).join("");
  const sql = `SELECT count(*) AS leads, max(id) AS last${sums}
      FROM (SELECT id, variables FROM leads INDEXED BY leads_list WHERE campaign_id = ?1 AND id > ?2 ORDER BY id LIMIT ${Math.min(LARGEST_SLICE, Math.ceil(SLICE_VALUES / Math.max(1, names.length)))})`;
  const statement = db.sqlite.prepare<Record<string, number> & { last: string | null }, string[]>(sql);
  try {
    const row = statement.get(campaignId, after, ...names.flatMap((name) => [exactPath(name), nestedPath(name)]));
    return { leads: row?.leads ?? 0, last: row?.last ?? null, without: names.map((_, index) => row?.[`without${index}`] ?? 0) };
  } finally {
    statement.finalize();
  }
}

/** Names hold no quotes and no backslashes: nothing in them can leave the quotes of a path. */
function exactPath(name: string): string {
  return `$."${name}"`;
}

function nestedPath(name: string): string {
  return `$${name
    .split(".")
    .map((part) => `."${part}"`)
    .join("")}`;
}
