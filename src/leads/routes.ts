// /api/campaigns/{id}/leads: taking leads in, in three kinds of body, showing them, and the verbs on one of them.

import { Elysia } from "elysia";
import { Type } from "typebox";
import { findCampaign } from "../campaigns/store.ts";
import { AppError, notFound } from "../errors.ts";
import { document } from "../http/document.ts";
import { listOf, pagingFields, readPage, toList } from "../http/lists.ts";
import { body, createCheck, query } from "../http/schema.ts";
import type { CsvRow } from "./upload/csv.ts";
import { importLeads, requireOpen } from "./upload/import.ts";
import { LeadCsv, LeadJson, LeadPatch, LeadUpload, toLeadJson, toUploadJson, UploadJson } from "./model.ts";
import { changeLead, getLead, type LeadDependencies, removeLead, retryLead } from "./service.ts";
import { leadStatuses, waitingStatuses } from "./status.ts";
import { countLeads, listLeads } from "./store.ts";
import { LeadStoryJson, toLeadStoryJson } from "./story/model.ts";
import { callsOfLead, decisionsOfLead } from "./story/store.ts";
import { readCsvStream, readCsvText, readList } from "./upload/body.ts";

const MAX_JSON_LEADS = 50_000;
const MAX_STREAMED_LEADS = 1_000_000;

const tag = "Leads";
const ListQuery = Type.Object({ status: Type.Optional(Type.Enum([...leadStatuses])), ...pagingFields }, { additionalProperties: false });
const checkUpload = createCheck(LeadUpload);

/** Under the campaign's own path; the campaign's routes are in campaigns/routes.ts. */
export function leadRoutes(deps: LeadDependencies) {
  return new Elysia({ prefix: "/api/campaigns" }).use(allLeads(deps)).use(oneLead(deps));
}

function allLeads(deps: LeadDependencies) {
  const { db, control } = deps;
  return new Elysia({ prefix: "/:id/leads" })
    .get(
      "/",
      ({ params, query }) => {
        if (findCampaign(db, params.id) === undefined) throw notFound("campaign", params.id);
        const page = readPage(query);
        return toList("leads", listLeads(db, params.id, query.status, page).map(toLeadJson), countLeads(db, params.id, query.status), page);
      },
      {
        query: query(ListQuery),
        ...document({
          summary: "List a campaign's leads, in the order in which they came",
          tag,
          answers: { 200: listOf("leads", LeadJson) },
          refusals: ["not_found"],
        }),
      },
    )
    .post(
      "/",
      async ({ params, body, headers }) => {
        requireOpen(db, params.id);
        const isStream = body instanceof ReadableStream;
        const batches = isStream ? readCsvStream(body, readLength(headers["content-length"])) : readJson(body);
        const result = await importLeads(deps, params.id, batches, isStream ? MAX_STREAMED_LEADS : MAX_JSON_LEADS);
        // Duplicates too: a campaign may have waited for this upload before it ends.
        if (result.inserted + result.updated + result.duplicates > 0) control.nudge();
        return toUploadJson(result);
      },
      document({
        summary: "Add leads",
        operationId: "uploadLeads",
        description:
          "As text/csv, streamed, up to 1,000,000; or as JSON, up to 50,000. Bad rows are reported, the others go in; the first of equal numbers wins. An externalId that a lead of the campaign has changes that lead; of a CSV the columns external_id, priority, timezone, not_before and consent are read so, and are variables too.",
        tag,
        bodies: { "application/json": LeadUpload, "text/csv": LeadCsv },
        answers: { 200: UploadJson },
        refusals: ["not_found", "wrong_state", "body_too_large", "unsupported_media_type"],
      }),
    );
}

function oneLead(deps: LeadDependencies) {
  const { db } = deps;
  return new Elysia({ prefix: "/:id/leads/:leadId" })
    .get(
      "/",
      ({ params }) => {
        const { lead } = getLead(db, params.id, params.leadId);
        return toLeadStoryJson(lead, waitingStatuses.includes(lead.status), callsOfLead(db, lead.id), decisionsOfLead(db, lead.id));
      },
      document({
        summary: "One lead and its story: each call, and each decision not to call it",
        tag,
        answers: { 200: LeadStoryJson },
        refusals: ["not_found"],
      }),
    )
    .patch("/", ({ params, body }) => toLeadJson(changeLead(deps, params.id, params.leadId, body)), {
      body: body(LeadPatch),
      ...document({
        summary: "Change a lead that is not in a call",
        description: "phoneNumber only while it was never called. A callbackAt sends a final lead back to the queue, as retry does.",
        tag,
        answers: { 200: LeadJson },
        refusals: ["not_found", "wrong_state", "already_exists", "dnc_blocked"],
      }),
    })
    .delete(
      "/",
      ({ params, set }) => {
        removeLead(deps, params.id, params.leadId);
        set.status = 204;
      },
      document({
        summary: "Delete a lead that is not in a call; its call records stay",
        tag,
        answers: { 204: null },
        refusals: ["not_found", "wrong_state"],
      }),
    )
    .post(
      "/retry",
      ({ params }) => toLeadJson(retryLead(deps, params.id, params.leadId)),
      document({
        summary: "Call a final lead again",
        description:
          "It is due at once and gets one more attempt even if it had used them all; attempts go on counting, and campaign.lead_completed is sent again at its new end.",
        tag,
        answers: { 200: LeadJson },
        refusals: ["not_found", "wrong_state", "dnc_blocked"],
      }),
    );
}

function readLength(header: string | undefined): number | undefined {
  return header === undefined ? undefined : Number(header);
}

function readJson(body: unknown): AsyncIterable<readonly CsvRow[]> {
  const listed = (body as { leads?: unknown } | null | undefined)?.leads;
  if (Array.isArray(listed) && listed.length > MAX_JSON_LEADS) {
    throw new AppError(
      "body_too_large",
      `leads has ${listed.length} entries; a JSON body may have ${MAX_JSON_LEADS}, send more as text/csv`,
    );
  }
  if (body === undefined)
    throw new AppError("validation_failed", 'the body is empty; it must be { "leads": [ … ] }, { "csv": "…" }, or a CSV sent as text/csv');
  const { leads, csv } = checkUpload(body);
  if (leads !== undefined && csv === undefined) return readList(leads);
  if (csv !== undefined && leads === undefined) return readCsvText(csv);
  throw new AppError("validation_failed", "the body must have exactly one of leads and csv");
}
