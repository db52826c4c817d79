// /api/campaigns/dnc: the numbers that no campaign calls.

import { Elysia } from "elysia";
import { document } from "../http/document.ts";
import { listOf, readPage, toList } from "../http/lists.ts";
import { body, query } from "../http/schema.ts";
import { DncBulk, DncBulkJson, DncFields, DncJson, DncQuery, toDncJson } from "./model.ts";
import { addAllToDnc, addToDnc, type DncDependencies, MOST_ENTRIES, readNumber, removeFromDnc } from "./service.ts";
import { countDnc, type DncFilter, listDnc } from "./store.ts";

const tag = "DNC";

/** The routes of the list; their path wins over that of a campaign. */
export function dncRoutes(deps: DncDependencies) {
  return new Elysia({ prefix: "/api/campaigns/dnc" })
    .get(
      "/",
      ({ query }) => {
        const page = readPage(query);
        const phoneNumber = query.phoneNumber === undefined ? undefined : readNumber("phoneNumber", withPlus(query.phoneNumber));
        const filter: DncFilter = { phoneNumber, source: query.source };
        return toList("entries", listDnc(deps.db, filter, page).map(toDncJson), countDnc(deps.db, filter), page);
      },
      { query: query(DncQuery), ...document({ summary: "List the do-not-call entries, oldest first", tag, operationId: "listDncEntries", answers: { 200: listOf("entries", DncJson) } }) },
    )
    .post(
      "/",
      ({ body, set }) => {
        const { entry, isNew } = addToDnc(deps, body);
        set.status = isNew ? 201 : 200;
        return toDncJson(entry);
      },
      {
        body: body(DncFields),
        ...document({
          summary: "Add a number",
          operationId: "addDncEntry",
          description: "Once the answer is given no call to the number leaves, in any campaign, and those that rang were ended. 200 with the entry that stands when there is one.",
          tag,
          answers: { 200: DncJson, 201: DncJson },
        }),
      },
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
    .delete(
      "/:id",
      ({ params, set }) => {
        removeFromDnc(deps.db, params.id);
        set.status = 204;
      },
      document({ summary: "Remove an entry", tag, operationId: "removeDncEntry", answers: { 204: null }, refusals: ["not_found"] }),
    );
}

/** In a query string a bare + reads as a blank. */
function withPlus(text: string): string {
  return text.startsWith(" ") ? `+${text.slice(1)}` : text;
}
