// Deliveries on the wire: filters, and a delivery as it is shown. The URL is not: its path or query may hold a token.

import { type Static, Type } from "typebox";
import { exampleId } from "../http/identifiers.ts";
import { InstantInput, InstantJson, InstantOrNullJson, readInstant, toInstant, toInstantOrNull } from "../http/instants.ts";
import { pagingFields } from "../http/lists.ts";
import type { DeliveryFilter, DeliveryLine, DeliveryRow } from "./archive.ts";
import { DeliveryStatus } from "./delivery-status.ts";
import { webhookEvents } from "./events/event.ts";

const closed = { additionalProperties: false } as const;
const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);
const named = (prefix: "cmp" | "ld") => Type.String({ maxLength: 100, examples: [exampleId(prefix)] });
const event = Type.Enum([...webhookEvents]);

/** The filters of the list. */
export const DeliveryQuery = Type.Object(
  {
    status: Type.Optional(Type.Enum(Object.values(DeliveryStatus))),
    event: Type.Optional(event),
    campaignId: Type.Optional(named("cmp")),
    leadId: Type.Optional(named("ld")),
    ...pagingFields,
  },
  closed,
);

/** Which deliveries are sent again. */
export const ResendRequest = Type.Object(
  {
    filter: Type.Object(
      {
        status: Type.Enum([DeliveryStatus.dead, DeliveryStatus.delivered]),
        event: Type.Optional(event),
        campaignId: Type.Optional(named("cmp")),
        from: Type.Optional(InstantInput),
        to: Type.Optional(InstantInput),
      },
      {
        ...closed,
        description: "all that are given are required; from (inclusive) and to (exclusive) bound the instant of the event",
        examples: [{ status: DeliveryStatus.dead }],
      },
    ),
  },
  { ...closed, title: "ResendRequest" },
);
export type ResendRequest = Static<typeof ResendRequest>;

export const ResendJson = Type.Object(
  { queued: Type.Integer({ description: "how many will be sent again; 100,000 at most, ask again for more", examples: [2] }) },
  { title: "ResendResult" },
);

const shown = {
  id: Type.String({ description: "the webhook-id of every try", examples: [exampleId("whd")] }),
  event,
  campaignId: orNull(Type.String({ examples: [exampleId("cmp")] })),
  leadId: orNull(Type.String({ examples: [exampleId("ld")] })),
  host: Type.String({ description: "where it is sent", examples: ["crm.example.com"] }),
  status: Type.Enum(Object.values(DeliveryStatus)),
  attempts: Type.Integer({ description: "tries so far; from 0 again when it is sent again by hand", examples: [1] }),
  nextAttemptAt: InstantOrNullJson,
  createdAt: InstantJson,
  deliveredAt: InstantOrNullJson,
  responseStatus: orNull(Type.Integer({ description: "the last answer; null when nobody answered", examples: [200] })),
  lastError: orNull(Type.String({ description: "why the last try failed", examples: ["no answer within 10 s"] })),
};

/** A delivery in a list. */
export const DeliveryJson = Type.Object(shown, { title: "Delivery" });
/** A delivery alone. */
export const DeliveryWithBodyJson = Type.Object(
  {
    ...shown,
    body: Type.String({
      description: "the very text that is signed and sent",
      examples: ['{"event":"webhook.test","timestamp":"2026-05-06T11:23:45.123Z"}'],
    }),
  },
  { title: "DeliveryWithBody" },
);

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
export function readResendFilter({
  status,
  event,
  campaignId,
  from,
  to,
}: ResendRequest["filter"]): DeliveryFilter & { status: DeliveryStatus } {
  return {
    status,
    event,
    campaignId,
    from: from === undefined ? undefined : readInstant("filter.from", from),
    to: to === undefined ? undefined : readInstant("filter.to", to),
  };
}
