// A campaign's leads as the rows of a CSV file, page by page in the order in which they came. Used by campaigns/copy-routes.ts.

import type { Db } from "../database/open.ts";
import { nextTurn } from "../runtime/turn.ts";
import type { LeadRow } from "./store.ts";

const PAGE_LEADS = 1_000;
/** Columns of each kind at most; what has more names is whole in the column `outcome` all the same. */
const MOST_NAMES = 200;

/** The names that occur in the variables and in the outcomes of a campaign, in the order in which they first come. */
export interface ExportNames {
  variables: readonly string[];
  outcome: readonly string[];
}

const fixed = [
  "lead_id",
  "phone",
  "status",
  "disposition",
  "attempts",
  "last_ending",
  "call_id",
  "last_attempt_at",
  "external_id",
  "priority",
  "timezone",
  "not_before",
  "consent",
  "created_at",
  "updated_at",
];

/** Looks through all leads, a page at a time with a turn in between: a header stands before its rows. */
export async function readExportNames(db: Db, campaignId: string): Promise<ExportNames> {
  const variables = new Set<string>();
  const outcome = new Set<string>();
  for (let after = ""; ;) {
    const last = lastOfPage(db, campaignId, after);
    if (last === undefined) return { variables: [...variables], outcome: [...outcome] };
    for (const name of namesIn(db, "variables", campaignId, after, last)) if (variables.size < MOST_NAMES) variables.add(name);
    for (const name of namesIn(db, "outcome", campaignId, after, last)) if (outcome.size < MOST_NAMES) outcome.add(name);
    after = last;
    await nextTurn();
  }
}

/** The header. */
export function exportColumns({ variables, outcome }: ExportNames): string[] {
  return [...fixed, ...variables.map((name) => `variables.${name}`), ...outcome.map((name) => `outcome.${name}`), "outcome"];
}

/** A page is read when it is asked for. */
export function* exportPages(db: Db, campaignId: string, names: ExportNames): Generator<string[][]> {
  const read = (after: string) => db.sqlite.query<ExportedLead, [string, string, number]>(PAGE).all(campaignId, after, PAGE_LEADS);
  for (let page = read(""); page.length > 0; page = read(page.at(-1)?.id ?? "")) yield page.map((lead) => toCells(lead, names));
}

type ExportedLead = Omit<LeadRow, "campaignId" | "requeues" | "dueAt" | "zones" | "callbackAt" | "rank">;

const PAGE = `
  SELECT id, phone_number AS phoneNumber, variables, status, disposition, attempts, last_ending AS lastEnding, call_id AS callId, outcome, last_attempt_at AS lastAttemptAt,
         external_id AS externalId, priority, timezone, not_before AS notBefore, consent, created_at AS createdAt, updated_at AS updatedAt
    FROM leads INDEXED BY leads_list WHERE campaign_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3`;

function toCells(lead: ExportedLead, names: ExportNames): string[] {
  const variables = readObject(lead.variables);
  const outcome = readObject(lead.outcome);
  const row = [
    lead.id,
    lead.phoneNumber,
    lead.status,
    lead.disposition,
    lead.attempts,
    lead.lastEnding,
    lead.callId,
    toIso(lead.lastAttemptAt),
    lead.externalId,
    lead.priority,
    lead.timezone,
    toIso(lead.notBefore),
    lead.consent,
    toIso(lead.createdAt),
    toIso(lead.updatedAt),
  ];
  return [...row, ...names.variables.map((name) => variables[name]), ...names.outcome.map((name) => outcome[name]), lead.outcome].map(
    toText,
  );
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function toIso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function readObject(json: string | null): Record<string, unknown> {
  const value: unknown = json === null ? null : JSON.parse(json);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function lastOfPage(db: Db, campaignId: string, after: string): string | undefined {
  const sql =
    "SELECT max(id) AS id FROM (SELECT id FROM leads INDEXED BY leads_list WHERE campaign_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3)";
  return db.sqlite.query<{ id: string | null }, [string, string, number]>(sql).get(campaignId, after, PAGE_LEADS)?.id ?? undefined;
}

/** Of the leads behind `after` up to `last`. */
function namesIn(db: Db, column: "variables" | "outcome", campaignId: string, after: string, last: string): string[] {
  const sql = `SELECT DISTINCT pair.key AS name
      FROM (SELECT ${column} AS json FROM leads INDEXED BY leads_list WHERE campaign_id = ?1 AND id > ?2 AND id <= ?3 AND json_type(${column}) = 'object' ORDER BY id) AS lead, json_each(lead.json) AS pair`;
  return db.sqlite
    .query<{ name: string }, [string, string, string]>(sql)
    .all(campaignId, after, last)
    .map(({ name }) => name);
}
