// What is made from a campaign: a clone, a redial, and its leads as a file. Part of /api/campaigns.

import { Elysia } from "elysia";
import { Type } from "typebox";
import { csvAnswer } from "../http/csv-answer.ts";
import { document } from "../http/document.ts";
import { body } from "../http/schema.ts";
import { exportColumns, exportPages, readExportNames } from "../leads/export.ts";
import { cloneCampaign, redialCampaign } from "./copying.ts";
import { CampaignJson, RedialRequest } from "./model.ts";
import { type CampaignDependencies, getCampaign } from "./service.ts";
import type { CampaignRow } from "./store.ts";

const tag = "Campaigns";

const LeadsCsv = Type.String({
  contentMediaType: "text/csv",
  description:
    "a row for each lead in the order in which they came: its number, where it stands, its variables, and its outcome name by name and as a whole; text that a spreadsheet would run begins with an apostrophe",
});

/** `show` is that of routes.ts. */
export function copyRoutes<T>(deps: CampaignDependencies, show: (row: CampaignRow) => T) {
  const { db } = deps;
  return new Elysia({ prefix: "/:id" })
    .post(
      "/clone",
      ({ params, set }) => {
        set.status = 201;
        return show(cloneCampaign(deps, params.id));
      },
      document({ summary: "Copy a campaign, without its leads, as a draft", tag, answers: { 201: CampaignJson }, refusals: ["not_found"] }),
    )
    .post(
      "/redial",
      async ({ params, body, set }) => {
        set.status = 201;
        return show(await redialCampaign(deps, params.id, body.statuses));
      },
      {
        body: body(RedialRequest),
        ...document({
          summary: "Call those again who ended in certain ways",
          description:
            "Answers with a new draft that has copies of these leads, as people who were never called. The campaign itself stays as it is, whatever its status.",
          tag,
          answers: { 201: CampaignJson },
          refusals: ["not_found"],
        }),
      },
    )
    .get(
      "/export.csv",
      async ({ params }) => {
        getCampaign(db, params.id);
        const names = await readExportNames(db, params.id);
        return csvAnswer(`${params.id}.csv`, exportColumns(names), exportPages(db, params.id, names));
      },
      document({ summary: "A campaign's leads as a CSV file", tag, answers: { 200: LeadsCsv }, refusals: ["not_found"] }),
    );
}
