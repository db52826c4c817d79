// The webhook settings on the wire. A secret goes in and never comes out, but for the answer that generated it.

import { type Static, Type } from "typebox";
import type { EpochMs } from "../runtime/clock.ts";
import { liveSecretsAt } from "./signing-secrets.ts";
import type { StoredWebhook } from "./store.ts";
import { webhookEvents } from "../webhooks/events/event.ts";

const HINT_CHARS = 4;

const events = Type.Array(Type.Enum([...webhookEvents]), { minItems: 1, uniqueItems: true });
const url = Type.Union([Type.String({ maxLength: 2_000 }), Type.Null()], {
  examples: ["https://crm.example.com/outdial"],
  errorMessage: "must be an http:// or https:// URL, or null",
});

/** The body of a change; what is left out stays. */
export const WebhookChange = Type.Object(
  {
    url: Type.Optional(url),
    events: Type.Optional(
      Type.Union([events, Type.Null()], {
        description:
          "null: every event, those of later releases included. While none was chosen it is the end of leads and the test alone; to send nothing set url to null",
        errorMessage: "must be null for every event, or a list of one event or more, each once",
      }),
    ),
    secret: Type.Optional(
      Type.Union([Type.String({ pattern: "^[\\x21-\\x7e][\\x20-\\x7e]{14,254}[\\x21-\\x7e]$" }), Type.Null()], {
        writeOnly: true,
        description: "null removes it, and nothing is signed any more",
        errorMessage: "must be 16 to 256 printable ASCII characters, no blank at either end, or null",
      }),
    ),
    generateSecret: Type.Optional(
      Type.Boolean({ description: "true: a new secret, shown in this answer alone", errorMessage: "must be true or false" }),
    ),
  },
  { additionalProperties: false, title: "WebhookSettingsChange" },
);
/** A null secret removes it. */
export type WebhookChange = Static<typeof WebhookChange>;

/** The settings as they may be shown. */
export const WebhookSettingsJson = Type.Object(
  {
    url,
    events,
    hasSecret: Type.Boolean(),
    secretHint: Type.Optional(Type.String({ description: `the last ${HINT_CHARS} characters of the secret`, examples: ["…x3k9"] })),
    previousSecretValidUntil: Type.Optional(
      Type.String({ format: "date-time", description: "until then events are signed with the former secret too" }),
    ),
    secret: Type.Optional(
      Type.String({
        description: "in the answer to generateSecret alone",
        examples: ["whsec_bm90IGEgcmVhbCBzZWNyZXQsIGp1c3QgYW4gZXhhbXA="],
      }),
    ),
  },
  { title: "WebhookSettings" },
);

/** What the receiver answered to a test event. */
export const WebhookTestJson = Type.Object(
  {
    delivered: Type.Boolean(),
    status: Type.Union([Type.Integer(), Type.Null()], { description: "the HTTP status; null when no answer came", examples: [200] }),
    error: Type.Union([Type.String(), Type.Null()], { description: "why it was not taken", examples: [null] }),
    durationMs: Type.Number({ examples: [84] }),
  },
  { title: "WebhookTest" },
);
/** `status` is null when no answer came; `error` then says why. */
export type WebhookTestJson = Static<typeof WebhookTestJson>;

/** Every event by name where all were chosen; of the secret its last characters. */
export function toWebhookSettingsJson({ url, events, secrets }: StoredWebhook, now: EpochMs) {
  const { current, previousUntil } = secrets;
  const isRotating = liveSecretsAt(secrets, now).length > 1 && previousUntil !== null;
  return {
    url,
    events: events ?? webhookEvents,
    hasSecret: current !== null,
    ...(current === null ? {} : { secretHint: `…${current.slice(-HINT_CHARS)}` }),
    ...(isRotating ? { previousSecretValidUntil: new Date(previousUntil).toISOString() } : {}),
  };
}
