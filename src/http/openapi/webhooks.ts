// The webhooks in the description of the API: what a receiver is sent, and what its answer does.

import type { TSchema } from "typebox";
import type { WebhookEventName } from "../../webhooks/events/event.ts";
import { AttemptCompletedJson, CallEndedJson, CallStartedJson, LeadCompletedJson } from "../../webhooks/events/payload.ts";
import { exampleOf } from "./examples.ts";
import type { OpenApiDocument } from "./model.ts";
import type { SchemaBook } from "./schema-book.ts";

interface DescribedEvent {
  operationId: string;
  summary: string;
  description: string;
  schema: TSchema;
}

const BY_DEFAULT = "Sent to the URL of the settings where it is among the chosen events.";
const SIGNED =
  "The exact bytes are signed twice: `X-OsmTalk-Signature: sha256=<hex>`, and the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` of Standard Webhooks.";

const described: Partial<Record<WebhookEventName, DescribedEvent>> = {
  "campaign.lead_completed": {
    operationId: "leadCompleted",
    summary: "A lead reached a final status",
    description: "Sent once for every such lead, to the campaign's webhookUrl or that of the settings.",
    schema: LeadCompletedJson,
  },
  "lead.attempt_completed": {
    operationId: "attemptCompleted",
    summary: "An attempt of a lead is over, and what follows is decided",
    description: BY_DEFAULT,
    schema: AttemptCompletedJson,
  },
  "call.started": { operationId: "callStarted", summary: "A call leaves", description: BY_DEFAULT, schema: CallStartedJson },
  "call.completed": {
    operationId: "callCompleted",
    summary: "A call is over, and did not fail",
    description: `${BY_DEFAULT} Also of calls that were busy or not picked up; the ending tells.`,
    schema: CallEndedJson,
  },
  "call.failed": { operationId: "callFailed", summary: "A call failed", description: BY_DEFAULT, schema: CallEndedJson },
  "call.analysis_completed": {
    operationId: "callAnalysed",
    summary: "The analysis of a call is there",
    description: `${BY_DEFAULT} Reported by its bot, or made from its transcript.`,
    schema: CallEndedJson,
  },
};

/** By the name of the event. */
export function describeWebhooks(book: SchemaBook): OpenApiDocument["webhooks"] {
  return Object.fromEntries(Object.entries(described).map(([name, event]) => [name, { post: toOperation(event, book) }]));
}

function toOperation(
  { operationId, summary, description, schema }: DescribedEvent,
  book: SchemaBook,
): OpenApiDocument["webhooks"][string]["post"] {
  const written = book.write(schema);
  return {
    operationId,
    summary,
    description: `${description} ${SIGNED}`,
    tags: ["Webhooks"],
    requestBody: { required: true, content: { "application/json": { schema: written, example: exampleOf(written, book) } } },
    responses: {
      "2XX": { description: "Taken, when it comes within 15 s." },
      "5XX": {
        description:
          "Tried again after 1 minute, 5, 30, 2 hours and 12 hours, as are 408, 425, 429 and no answer; any other answer is final.",
      },
    },
  };
}
