// /api/settings/analysis: which endpoint reads transcripts. Transcripts leave the appliance for it, and for nowhere else.

import { Elysia } from "elysia";
import type { TrialResult } from "../analysis/trial.ts";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { invalid } from "../errors.ts";
import { document } from "../http/document.ts";
import { body } from "../http/schema.ts";
import { AnalysisChange, AnalysisSettingsJson, AnalysisTestJson, toAnalysisSettingsJson } from "./analysis-model.ts";
import { readStoredAnalysis, writeStoredAnalysis } from "./store.ts";

export interface AnalysisDependencies {
  db: Db;
  /** Why nothing may be sent to the URL, as a sentence; undefined when it may. */
  checkTarget(url: string): string | undefined;
  /** Asks the endpoint about a conversation that was made up; never throws for what the endpoint does. */
  tryAnalysis(): Promise<TrialResult>;
}

const tag = "Settings";

/** Effective from the next conversation on. */
export function analysisRoutes(deps: AnalysisDependencies) {
  const { db } = deps;
  return new Elysia({ prefix: "/api/settings/analysis" })
    .get(
      "/",
      () => toAnalysisSettingsJson(readStoredAnalysis(db)),
      document({
        summary: "Which endpoint analyses conversations",
        tag,
        operationId: "getAnalysisSettings",
        answers: { 200: AnalysisSettingsJson },
      }),
    )
    .put("/", ({ body }) => changeAnalysis(deps, body), {
      body: body(AnalysisChange),
      ...document({
        summary: "Change which endpoint analyses conversations",
        operationId: "updateAnalysisSettings",
        description:
          "The transcripts of agents whose postCallAnalysis is enabled, and whose bots report no analysis of their own, are sent there. A private address must be listed in OUTDIAL_WEBHOOK_ALLOW, as for webhooks.",
        tag,
        answers: { 200: AnalysisSettingsJson },
      }),
    })
    .post(
      "/test",
      async () => {
        if (readStoredAnalysis(db).baseUrl === null)
          throw invalid("baseUrl", "no endpoint is set; set one with PUT /api/settings/analysis first");
        return await deps.tryAnalysis();
      },
      document({
        summary: "Have a conversation analysed that was made up, and tell what came back",
        tag,
        operationId: "testAnalysisSettings",
        answers: { 200: AnalysisTestJson },
      }),
    );
}

function changeAnalysis({ db, checkTarget }: AnalysisDependencies, change: AnalysisChange) {
  const baseUrl = change.baseUrl == null ? change.baseUrl : readBaseUrl(change.baseUrl, checkTarget);
  return transact(db, () => {
    const stored = readStoredAnalysis(db);
    // A key is for the endpoint that it was given for.
    const isElsewhere = baseUrl !== undefined && baseUrl !== stored.baseUrl;
    const changed = { ...stored, ...(isElsewhere ? { apiKey: null } : {}), ...change, ...(baseUrl === undefined ? {} : { baseUrl }) };
    if (changed.baseUrl !== null && changed.model.trim() === "")
      throw invalid("model", "model is empty; it must name the model that the endpoint is asked for");
    writeStoredAnalysis(db, changed);
    return toAnalysisSettingsJson(changed);
  });
}

/** Without a slash at its end; throws a 400 for what cannot be added to. */
function readBaseUrl(text: string, checkTarget: AnalysisDependencies["checkTarget"]): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
  if (!isPlain)
    throw invalid(
      "baseUrl",
      `baseUrl is '${text.slice(0, 100)}'; it must be an http:// or https:// URL without a query, such as https://llm.example.com/v1, or null`,
    );
  const problem = checkTarget(text);
  if (problem !== undefined) throw invalid("baseUrl", problem);
  return text.replace(/\/+$/, "");
}
