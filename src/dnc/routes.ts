// /api/campaigns/dnc: the numbers that no campaign calls.

import { Elysia } from "elysia";
import { Type } from "typebox";
import { csvAnswer } from "../http/csv-answer.ts";
import { document } from "../http/document.ts";
import { listOf, readPage, toList } from "../http/lists.ts";
import { body, query } from "../http/schema.ts";
import { readCsvStream } from "../leads/upload/body.ts";
import { addCsvToDnc, CSV_AFTERMATH } from "./csv-import.ts";
import {
  csvColumns,
  DncBulk,
  DncBulkJson,
  DncCheckJson,
  DncCsv,
  DncCsvBody,
  DncCsvJson,
  DncFields,
  DncJson,
  DncQuery,
  NumberQuery,
  toCsvCells,
  toDncCsvJson,
  toDncJson,
} from "./model.ts";
import { addAllToDnc, addToDnc, type DncDependencies, MOST_ENTRIES, readNumber, removeFromDnc, removeNumber } from "./service.ts";
import { countDnc, type DncFilter, findDncByNumber, listDnc } from "./store.ts";

const tag = "DNC";
const fields = body(DncFields);

/** The routes of the list; their path wins over that of a campaign. */
export function dncRoutes(deps: DncDependencies) {
  return new Elysia({ prefix: "/api/campaigns/dnc" })
    .get(
      "/",
      ({ query }) => {
        const page = readPage(query);
        const phoneNumber = query.phoneNumber === undefined ? undefined : readNumber(deps.db, "phoneNumber", withPlus(query.phoneNumber));
        const filter: DncFilter = { phoneNumber, source: query.source };
        return toList("entries", listDnc(deps.db, filter, page).map(toDncJson), countDnc(deps.db, filter), page);
      },
      {
        query: query(DncQuery),
        ...document({
          summary: "List the do-not-call entries, oldest first",
          tag,
          operationId: "listDncEntries",
          answers: { 200: listOf("entries", DncJson) },
        }),
      },
    )
    .post(
      "/",
      async ({ body, headers, set }) => {
        if (body instanceof ReadableStream) {
          const declared = headers["content-length"];
          const batches = readCsvStream(body, declared === undefined ? undefined : Number(declared), CSV_AFTERMATH);
          return toDncCsvJson(await addCsvToDnc(deps, batches));
        }
        const { entry, isNew } = addToDnc(deps, fields["~standard"].validate(body).value);
        set.status = isNew ? 201 : 200;
        return toDncJson(entry);
      },
      document({
        summary: "Add a number, or a CSV of numbers",
        operationId: "addDncEntry",
        description:
          "Once the answer is given no call to the number leaves, in any campaign, and those that rang were ended. 200 with the entry that stands when there is one. As text/csv: the columns phone, reason and source, streamed, bad rows reported; 200 with what became of them.",
        tag,
        bodies: { "application/json": DncFields, "text/csv": DncCsvBody },
        answers: { 200: Type.Union([DncJson, DncCsvJson]), 201: DncJson },
        refusals: ["body_too_large", "unsupported_media_type"],
      }),
    )
    .post("/bulk", ({ body }) => addAllToDnc(deps, body.entries), {
      body: body(DncBulk),
      ...document({
        summary: `Add up to ${MOST_ENTRIES} numbers`,
        operationId: "addDncEntries",
        description: "Duplicates are ignored, numbers that cannot be read are reported, the others go in.",
        tag,
        answers: { 200: DncBulkJson },
        refusals: ["body_too_large"],
      }),
    })
    .use(removals(deps))
    .use(lookups(deps));
}

function removals({ db }: DncDependencies) {
  return new Elysia()
    .delete(
      "/",
      ({ query, set }) => {
        removeNumber(db, withPlus(query.phoneNumber));
        set.status = 204;
      },
      {
        query: query(NumberQuery),
        ...document({ summary: "Remove a number", tag, operationId: "removeDncNumber", answers: { 204: null }, refusals: ["not_found"] }),
      },
    )
    .delete(
      "/:id",
      ({ params, set }) => {
        removeFromDnc(db, params.id);
        set.status = 204;
      },
      document({ summary: "Remove an entry", tag, operationId: "removeDncEntry", answers: { 204: null }, refusals: ["not_found"] }),
    );
}

function lookups({ db }: DncDependencies) {
  return new Elysia()
    .get(
      "/check",
      ({ query }) => {
        const entry = findDncByNumber(db, readNumber(db, "phoneNumber", withPlus(query.phoneNumber)));
        return { listed: entry !== undefined, entry: entry === undefined ? null : toDncJson(entry) };
      },
      {
        query: query(NumberQuery),
        ...document({ summary: "Whether a number is on the list", tag, operationId: "checkDncNumber", answers: { 200: DncCheckJson } }),
      },
    )
    .get(
      "/export.csv",
      () => csvAnswer("dnc.csv", csvColumns, exportPages(db)),
      document({
        summary: "The whole list as a CSV, oldest first",
        operationId: "exportDnc",
        description: "Entries that are added meanwhile are in it; those that are removed may be.",
        tag,
        answers: { 200: DncCsv },
      }),
    );
}

/** Entries read in one go. */
const PAGE_ENTRIES = 1_000;

function* exportPages(db: DncDependencies["db"]): Generator<string[][]> {
  for (let after: string | undefined; ;) {
    const page = listDnc(db, {}, { limit: PAGE_ENTRIES, offset: 0, after });
    after = page.at(-1)?.id;
    if (after === undefined) return;
    yield page.map(toCsvCells);
  }
}

/** In a query string a bare + reads as a blank. */
function withPlus(text: string): string {
  return text.startsWith(" ") ? `+${text.slice(1)}` : text;
}
