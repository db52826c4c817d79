// /api/agents: what talks to the people called, and its versions.

import { Elysia } from "elysia";
import { Type } from "typebox";
import { document } from "../http/document.ts";
import { listOf, pagingFields, readPage, toList } from "../http/lists.ts";
import { body, query } from "../http/schema.ts";
import { readBotPassword } from "../settings/bot-passwords.ts";
import { checkAgent } from "./check.ts";
import {
  AgentChangeFields,
  AgentCheckJson,
  AgentCheckQuery,
  AgentFields,
  AgentJson,
  type AgentRow,
  AgentVersionJson,
  toAgentJson,
  toAgentVersionJson,
  VersionWords,
} from "./model.ts";
import {
  type AgentDependencies,
  changeAgent,
  createAgent,
  getAgent,
  getAgentVersion,
  publishVersion,
  removeAgent,
  rollBack,
} from "./service.ts";
import { countAgents, countAgentVersions, listAgents, listAgentVersions } from "./store.ts";

const tag = "Agents";
const paging = query(Type.Object(pagingFields, { additionalProperties: false }));

/** The routes of agents and of their versions. */
export function agentRoutes(deps: AgentDependencies) {
  const show = (row: AgentRow) => toAgentJson(row, readBotPassword(deps.db, row.id) !== undefined);
  return new Elysia({ prefix: "/api/agents" })
    .get(
      "/",
      ({ query }) => {
        const page = readPage(query);
        return toList("agents", listAgents(deps.db, page).map(show), countAgents(deps.db), page);
      },
      { query: paging, ...document({ summary: "List agents, newest first", tag, answers: { 200: listOf("agents", AgentJson) } }) },
    )
    .post(
      "/",
      ({ body, set }) => {
        set.status = 201;
        return show(createAgent(deps, body));
      },
      { body: body(AgentFields), ...document({ summary: "Create an agent and publish its version 1", tag, answers: { 201: AgentJson } }) },
    )
    .get(
      "/:id",
      ({ params }) => show(getAgent(deps.db, params.id)),
      document({ summary: "One agent: its draft", tag, answers: { 200: AgentJson }, refusals: ["not_found"] }),
    )
    .put("/:id", ({ params, body }) => show(changeAgent(deps, params.id, body)), {
      body: body(AgentChangeFields),
      ...document({
        summary: "Change the draft",
        description: "Objects merge field by field, lists are replaced. Versions stay as they are.",
        tag,
        answers: { 200: AgentJson },
        refusals: ["not_found"],
      }),
    })
    .delete(
      "/:id",
      ({ params, set }) => {
        removeAgent(deps.db, params.id);
        set.status = 204;
      },
      document({
        summary: "Delete an agent that no campaign names",
        tag,
        answers: { 204: null },
        refusals: ["not_found", "still_referenced"],
      }),
    )
    .get("/:id/check", ({ params, query }) => checkAgent(deps.db, getAgent(deps.db, params.id), query.campaignId), {
      query: query(AgentCheckQuery),
      ...document({
        summary: "Which variables its templates use, and what can come out empty",
        operationId: "checkAgent",
        description:
          "Without campaignId about the draft; with it about the version that the campaign calls with, and how many of its leads bring no value.",
        tag,
        answers: { 200: AgentCheckJson },
        refusals: ["not_found"],
      }),
    })
    .use(versionRoutes(deps));
}

function versionRoutes(deps: AgentDependencies) {
  return new Elysia({ prefix: "/:id/versions" })
    .get(
      "/",
      ({ params, query }) => {
        const agent = getAgent(deps.db, params.id);
        const page = readPage(query);
        return toList(
          "versions",
          listAgentVersions(deps.db, agent.id, page).map(toAgentVersionJson),
          countAgentVersions(deps.db, agent.id),
          page,
        );
      },
      {
        query: paging,
        ...document({
          summary: "List an agent's versions, newest first",
          tag,
          answers: { 200: listOf("versions", AgentVersionJson) },
          refusals: ["not_found"],
        }),
      },
    )
    .post(
      "/",
      ({ params, body, set }) => {
        set.status = 201;
        return toAgentVersionJson(publishVersion(deps, params.id, body));
      },
      {
        body: body(VersionWords),
        ...document({ summary: "Publish the draft as the next version", tag, answers: { 201: AgentVersionJson }, refusals: ["not_found"] }),
      },
    )
    .get(
      "/:version",
      ({ params }) => toAgentVersionJson(getAgentVersion(deps.db, params.id, params.version)),
      document({ summary: "One version", tag, answers: { 200: AgentVersionJson }, refusals: ["not_found"] }),
    )
    .post(
      "/:version/rollback",
      ({ params }) => toAgentVersionJson(rollBack(deps, params.id, params.version)),
      document({
        summary: "Copy a version into the draft and publish it again",
        tag,
        answers: { 200: AgentVersionJson },
        refusals: ["not_found"],
      }),
    );
}
