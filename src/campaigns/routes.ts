// /api/campaigns: campaigns, the verbs on them, and the report.

import { Elysia } from "elysia";
import { Type } from "typebox";
import { document } from "../http/document.ts";
import { listOf, pagingFields, readPage, toList } from "../http/lists.ts";
import { body, createCheck, query } from "../http/schema.ts";
import { copyRoutes } from "./copy-routes.ts";
import { changeCampaign, createCampaign } from "./editing.ts";
import { campaignStatuses } from "./lifecycle.ts";
import { CampaignCreate, CampaignJson, CampaignUpdate, ReportJson, StopRequest, toCampaignJson, toReportJson } from "./model.ts";
import { stateOf } from "./report.ts";
import {
  type CampaignDependencies,
  getCampaign,
  pauseCampaign,
  removeCampaign,
  resumeCampaign,
  startCampaign,
  stopCampaign,
} from "./service.ts";
import { type CampaignRow, countCampaigns, listCampaigns } from "./store.ts";

const tag = "Campaigns";
const ListQuery = Type.Object(
  { status: Type.Optional(Type.Enum([...campaignStatuses])), ...pagingFields },
  { additionalProperties: false },
);
const StartQuery = Type.Object(
  {
    preflight: Type.Optional(
      Type.Boolean({
        default: true,
        description: "false starts without asking the trunk and the bot",
        errorMessage: "must be true or false",
      }),
    ),
  },
  { additionalProperties: false },
);

/** Creating, changing, moving and removing campaigns; their leads are in leads/routes.ts. */
export function campaignRoutes(deps: CampaignDependencies) {
  const { db, clock, calendar } = deps;
  const show = (row: CampaignRow) => toCampaignJson(stateOf(db, row, clock.now(), calendar));
  return new Elysia({ prefix: "/api/campaigns" })
    .get(
      "/",
      ({ query }) => {
        const page = readPage(query);
        return toList("campaigns", listCampaigns(db, query.status, page).map(show), countCampaigns(db, query.status), page);
      },
      {
        query: query(ListQuery),
        ...document({ summary: "List campaigns, newest first", tag, answers: { 200: listOf("campaigns", CampaignJson) } }),
      },
    )
    .post(
      "/",
      ({ body, set }) => {
        set.status = 201;
        return show(createCampaign(deps, body));
      },
      {
        body: body(CampaignCreate),
        ...document({ summary: "Create a campaign, as a draft", tag, answers: { 201: CampaignJson }, refusals: ["not_found"] }),
      },
    )
    .get(
      "/:id",
      ({ params }) => show(getCampaign(db, params.id)),
      document({ summary: "One campaign", tag, answers: { 200: CampaignJson }, refusals: ["not_found"] }),
    )
    .put("/:id", ({ params, body }) => show(changeCampaign(deps, params.id, body)), {
      body: body(CampaignUpdate),
      ...document({
        summary: "Change a campaign",
        description:
          "Every field in draft and scheduled; while it runs or is paused all but the agent, the numbers, scheduledStartAt and defaultCountry. Nested objects merge field by field; null takes a rule back.",
        tag,
        answers: { 200: CampaignJson },
        refusals: ["not_found", "wrong_state"],
      }),
    })
    .delete(
      "/:id",
      async ({ params, set }) => {
        await removeCampaign(deps, params.id);
        set.status = 204;
      },
      document({
        summary: "Delete a draft or finished campaign and its leads; call records stay",
        tag,
        answers: { 204: null },
        refusals: ["not_found", "wrong_state"],
      }),
    )
    .get(
      "/:id/report",
      ({ params }) => toReportJson(stateOf(db, getCampaign(db, params.id), clock.now(), calendar)),
      document({ summary: "How many leads stand where", tag, answers: { 200: ReportJson }, refusals: ["not_found"] }),
    )
    .use(copyRoutes(deps, show))
    .use(lifecycleRoutes(deps, show));
}

const checkStop = createCheck(StopRequest);

function lifecycleRoutes(deps: CampaignDependencies, show: (row: CampaignRow) => ReturnType<typeof toCampaignJson>) {
  const words = (summary: string) => ({ summary, tag, answers: { 200: CampaignJson }, refusals: ["not_found", "wrong_state"] as const });
  return new Elysia({ prefix: "/:id" })
    .post("/start", async ({ params, query }) => show(await startCampaign(deps, params.id, { preflight: query.preflight ?? true })), {
      query: query(StartQuery),
      ...document({
        ...words("Start a campaign, or schedule it when its start is still to come"),
        refusals: ["not_found", "wrong_state", "insufficient_credits", "sip_failure", "bot_unreachable"],
      }),
    })
    .post(
      "/pause",
      ({ params }) => show(pauseCampaign(deps, params.id)),
      document(words("Place no more calls; the ones in progress go on")),
    )
    .post(
      "/resume",
      ({ params }) => show(resumeCampaign(deps, params.id)),
      document({ ...words("Go on after a pause"), refusals: ["not_found", "wrong_state", "insufficient_credits"] }),
    )
    .post(
      "/stop",
      ({ params, body }) => show(stopCampaign(deps, params.id, checkStop(body ?? {}).inFlight ?? "finish")),
      document({
        ...words("End a campaign for good"),
        description: "Calls in progress finish, unless the body says otherwise; leads never tried stay pending.",
        bodies: { "application/json": StopRequest },
        isBodyOptional: true,
      }),
    );
}
