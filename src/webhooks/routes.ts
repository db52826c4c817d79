// /api/webhooks: what was told to the outside, what became of it, and telling it again.

import { Elysia } from "elysia";
import { document } from "../http/document.ts";
import { listOf, readPage, toList } from "../http/lists.ts";
import { body, query } from "../http/schema.ts";
import { countDeliveries, listDeliveries, MOST_LOOKED_AT } from "./archive.ts";
import {
  DeliveryJson,
  DeliveryQuery,
  DeliveryWithBodyJson,
  readResendFilter,
  ResendJson,
  ResendRequest,
  toDeliveryJson,
  toDeliveryWithBodyJson,
} from "./model.ts";
import { type DeliveriesDependencies, getDelivery, resend, resendAll } from "./service.ts";

const tag = "Webhooks";

/** The routes of deliveries; where events go is in the settings. */
export function webhookRoutes(deps: DeliveriesDependencies) {
  const { db } = deps;
  return new Elysia({ prefix: "/api/webhooks" })
    .get(
      "/deliveries",
      ({ query: { limit, offset, cursor, ...filter } }) => {
        const page = readPage({ limit, offset, cursor });
        const { lines, goesOnAfter } = listDeliveries(db, filter, page);
        return toList("deliveries", lines.map(toDeliveryJson), countDeliveries(db, filter), page, goesOnAfter);
      },
      {
        query: query(DeliveryQuery),
        ...document({
          summary: "List deliveries, newest first",
          description: `One look goes through ${MOST_LOOKED_AT} deliveries at most: a page may be short and yet have a nextCursor, and a total of ${MOST_LOOKED_AT} means so many or more.`,
          tag,
          answers: { 200: listOf("deliveries", DeliveryJson) },
        }),
      },
    )
    .get(
      "/deliveries/:id",
      ({ params }) => toDeliveryWithBodyJson(getDelivery(db, params.id)),
      document({ summary: "One delivery, with what is sent", tag, answers: { 200: DeliveryWithBodyJson }, refusals: ["not_found"] }),
    )
    .post(
      "/deliveries/:id/resend",
      ({ params }) => toDeliveryJson(resend(deps, params.id)),
      document({
        summary: "Send a delivery again that arrived or was given up",
        description: "At once, under the same webhook-id, with all its tries before it.",
        tag,
        answers: { 200: DeliveryJson },
        refusals: ["not_found", "wrong_state"],
      }),
    )
    .post("/resend", async ({ body }) => ({ queued: await resendAll(deps, readResendFilter(body.filter)) }), {
      body: body(ResendRequest),
      ...document({ summary: "Send all deliveries again that fit a filter", tag, answers: { 200: ResendJson } }),
    });
}
