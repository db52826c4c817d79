// Deliveries on the wire: filters, and a delivery as it is shown. The URL is not: its path or query may hold a token.

import { type Static, Type } from "typebox";
import { InstantInput, InstantJson, InstantOrNullJson, readInstant, toInstant, toInstantOrNull } from "../http/instants.ts";
import { pagingFields } from "../http/lists.ts";
import type { DeliveryFilter, DeliveryLine, DeliveryRow } from "./archive.ts";
import { DeliveryStatus } from "./delivery-status.ts";
import { webhookEvents } from "./event.ts";

const closed = { additionalProperties: false } as const;
const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);
const id = Type.String({ maxLength: 100 });
const event = Type.Enum([...webhookEvents]);

/** The filters of the list. */
export const DeliveryQuery = Type.Object(
  { status: Type.Optional(Type.Enum(Object.values(DeliveryStatus))), event: Type.Optional(event), campaignId: Type.Optional(id), leadId: Type.Optional(id), ...pagingFields },
  closed,
);

/** Which deliveries are sent again. */
export const ResendRequest = Type.Object(
  {
    filter: Type.Object(
      {
        status: Type.Enum([DeliveryStatus.dead, DeliveryStatus.delivered]),
        event: Type.Optional(event),
        campaignId: Type.Optional(id),
        from: Type.Optional(InstantInput),
        to: Type.Optional(InstantInput),
      },
      { ...closed, description: "all that are given are required; from (inclusive) and to (exclusive) bound the instant of the event" },
    ),
  },
  closed,
);
export type ResendRequest = Static<typeof ResendRequest>;

export const ResendJson = Type.Object({ queued: Type.Integer({ description: "how many will be sent again; 100,000 at most, ask again for more" }) });

const shown = {
  id: Type.String({ description: "the webhook-id of every try" }),
  event,
  campaignId: orNull(Type.String()),
  leadId: orNull(Type.String()),
  host: Type.String({ description: "where it is sent" }),
  status: Type.Enum(Object.values(DeliveryStatus)),
  attempts: Type.Integer({ description: "tries so far; from 0 again when it is sent again by hand" }),
  nextAttemptAt: InstantOrNullJson,
  createdAt: InstantJson,
  deliveredAt: InstantOrNullJson,
  responseStatus: orNull(Type.Integer({ description: "the last answer; null when nobody answered" })),
  lastError: orNull(Type.String({ description: "why the last try failed" })),
};

/** A delivery in a list. */
export const DeliveryJson = Type.Object(shown);
/** A delivery alone. */
export const DeliveryWithBodyJson = Type.Object({ ...shown, body: Type.String({ description: "the very text that is signed and sent" }) });

/** `nextAttemptAt` is null unless it waits. */
export function toDeliveryJson(row: DeliveryLine) {
  return {
    id: row.id,
    event: row.event,
    campaignId: row.campaignId,
    leadId: row.leadId,
    host: row.host,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.status === DeliveryStatus.pending ? toInstant(row.nextAttemptAt) : null,
    createdAt: toInstant(row.createdAt),
    deliveredAt: toInstantOrNull(row.deliveredAt),
    responseStatus: row.responseStatus,
    lastError: row.lastError,
  };
}

/** The same, and what was sent. */
export function toDeliveryWithBodyJson(row: DeliveryRow) {
  return { ...toDeliveryJson(row), body: row.body };
}

/** Throws 400 for an instant that is none. */
export function readResendFilter({ status, event, campaignId, from, to }: ResendRequest["filter"]): DeliveryFilter & { status: DeliveryStatus } {
  return {
    status,
    event,
    campaignId,
    from: from === undefined ? undefined : readInstant("filter.from", from),
    to: to === undefined ? undefined : readInstant("filter.to", to),
  };
}
