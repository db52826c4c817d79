// /api/trunks: where calls leave.

import { Elysia } from "elysia";
import { Type } from "typebox";
import type { DialTrunk } from "../calls/dialer.ts";
import { document } from "../http/document.ts";
import { listOf, pagingFields, readPage, toList } from "../http/lists.ts";
import { body, query } from "../http/schema.ts";
import {
  toTrunkJson,
  TrunkChange,
  TrunkFields,
  TrunkJson,
  type TrunkProfileJson,
  TrunkProfilesJson,
  type TrunkRow,
  TrunkTestJson,
} from "./model.ts";
import { closedReason, guardedTrunkOf } from "./prefix-guard.ts";
import { changeTrunk, createTrunk, getTrunk, removeTrunk, type TrunkDependencies } from "./service.ts";
import { countTrunks, dialTrunkOf, listTrunks } from "./store.ts";

/** What the routes ask of the dialers, besides what the verbs do. */
export interface TrunkControl extends Pick<TrunkDependencies, "drivers" | "problemsOf" | "changed"> {
  /** Why no call can leave through the trunk now, as a sentence; undefined when it can. */
  check(trunk: DialTrunk): Promise<string | undefined>;
  /** Settings of common trunks, to begin from. */
  profiles: readonly TrunkProfileJson[];
}

type TrunkRouteDependencies = TrunkDependencies & TrunkControl;

const tag = "Trunks";
const paging = query(Type.Object(pagingFields, { additionalProperties: false }));

/** The routes of trunks. */
export function trunkRoutes(deps: TrunkRouteDependencies) {
  const { db } = deps;
  return new Elysia({ prefix: "/api/trunks" })
    .get(
      "/",
      ({ query }) => {
        const page = readPage(query);
        return toList("trunks", listTrunks(db, page).map(toTrunkJson), countTrunks(db), page);
      },
      { query: paging, ...document({ summary: "List trunks, newest first", tag, answers: { 200: listOf("trunks", TrunkJson) } }) },
    )
    .post(
      "/",
      ({ body, set }) => {
        set.status = 201;
        return toTrunkJson(createTrunk(deps, body));
      },
      { body: body(TrunkFields), ...document({ summary: "Create a trunk", tag, answers: { 201: TrunkJson }, refusals: ["not_found"] }) },
    )
    .get(
      "/profiles",
      () => ({ profiles: deps.profiles }),
      document({ summary: "Settings of common SIP trunks, to begin from", tag, answers: { 200: TrunkProfilesJson } }),
    )
    .get(
      "/:id",
      ({ params }) => toTrunkJson(getTrunk(db, params.id)),
      document({ summary: "One trunk", tag, answers: { 200: TrunkJson }, refusals: ["not_found"] }),
    )
    .put("/:id", ({ params, body }) => toTrunkJson(changeTrunk(deps, params.id, body)), {
      body: body(TrunkChange),
      ...document({ summary: "Change a trunk", tag, answers: { 200: TrunkJson }, refusals: ["not_found"] }),
    })
    .delete(
      "/:id",
      ({ params, set }) => {
        removeTrunk(deps, params.id);
        set.status = 204;
      },
      document({
        summary: "Delete a trunk that no phone number uses",
        tag,
        answers: { 204: null },
        refusals: ["not_found", "still_referenced"],
      }),
    )
    .post(
      "/:id/test",
      async ({ params }) => {
        const trunk = getTrunk(db, params.id);
        const problem = (await deps.check(dialTrunkOf(trunk))) ?? closedBy(trunk);
        return { ok: problem === undefined, message: problem ?? "calls can leave through this trunk" };
      },
      document({ summary: "Whether calls can leave through the trunk now", tag, answers: { 200: TrunkTestJson }, refusals: ["not_found"] }),
    );
}

function closedBy(trunk: TrunkRow): string | undefined {
  const closed = closedReason(guardedTrunkOf(trunk));
  return closed === undefined ? undefined : `it answers, but ${closed}`;
}
