// Calls on the wire: what a request may hold, and a call as it is shown.

import { type Static, Type } from "typebox";
import { formatAmount } from "../credits/amount.ts";
import { InstantInput, InstantJson, InstantOrNullJson, toInstant, toInstantOrNull } from "../http/instants.ts";
import { pagingFields } from "../http/lists.ts";
import { MAX_VARIABLES } from "../leads/variables.ts";
import { SECOND } from "../runtime/clock.ts";
import { callEndings, callStatuses } from "./call.ts";
import { dispositions } from "./disposition.ts";
import type { CallRow } from "./store.ts";

const closed = { additionalProperties: false } as const;
const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);
const number = (description: string) => Type.String({ maxLength: 100, description, errorMessage: "must be a text, such as +919876543210" });

/** The filters of a list. */
export const CallQuery = Type.Object(
  {
    campaignId: Type.Optional(Type.String({ maxLength: 100 })),
    leadId: Type.Optional(Type.String({ maxLength: 100 })),
    phoneNumber: Type.Optional(number("of the person called")),
    status: Type.Optional(Type.Enum([...callStatuses])),
    ending: Type.Optional(Type.Enum([...callEndings])),
    from: Type.Optional(InstantInput),
    to: Type.Optional(InstantInput),
    ...pagingFields,
  },
  closed,
);

/** One call, now. */
export const OutboundCall = Type.Object(
  {
    agentId: Type.String({ maxLength: 100 }),
    phoneNumberId: Type.String({ maxLength: 100, description: "the number that calls" }),
    destination: number("who is called; E.164, spaces, dashes, brackets and dots are stripped"),
    agentVersion: Type.Optional(Type.Integer({ minimum: 1, maximum: 999_999_999, description: "without it the agent's current version", errorMessage: "must be a whole number, 1 or more" })),
    dynamicVariables: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()], { errorMessage: "must be a text, a number, or true or false" }), {
        maxProperties: MAX_VARIABLES,
        description: "names and values as a lead's variables",
        errorMessage: `must be an object of ${MAX_VARIABLES} variables at most`,
      }),
    ),
  },
  closed,
);
/** Its number and its variables are not checked yet. */
export type OutboundCall = Static<typeof OutboundCall>;

/** Where the person is handed over to. */
export const TransferRequest = Type.Object({ destination: number("where the person is handed over to; E.164") }, closed);

/** What the bot reports; at least one of the two. */
export const OutcomeReport = Type.Object(
  {
    analysis: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: "becomes the call's outcome; lead_qualified, success and next_action decide the disposition", errorMessage: "must be a JSON object" })),
    transcript: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.Record(Type.String(), Type.Unknown()))], { description: "a text, or a list of turns in the bot's own form", errorMessage: "must be a text, or a list of objects" }),
    ),
  },
  closed,
);
/** Both may be absent; the service refuses that. */
export type OutcomeReport = Static<typeof OutcomeReport>;

const seconds = orNull(Type.Number({ description: "in the call's own clock; null until it is over" }));

const shown = {
  id: Type.String(),
  campaignId: orNull(Type.String({ description: "null for a single call" })),
  leadId: orNull(Type.String()),
  agentId: Type.String(),
  agentVersion: Type.Integer(),
  phoneNumberId: Type.String(),
  from: Type.String(),
  to: Type.String(),
  attempt: Type.Integer({ description: "of its lead, from 1" }),
  status: Type.Enum([...callStatuses]),
  ending: orNull(Type.Enum([...callEndings])),
  reason: orNull(Type.String({ description: "why it ended so, a word such as declined or number_unknown" })),
  sipCode: orNull(Type.Integer()),
  q850Cause: orNull(Type.Integer()),
  hungUpBy: orNull(Type.Enum(["us", "them", "bot"])),
  placedAt: InstantJson,
  ringingAt: InstantOrNullJson,
  answeredAt: InstantOrNullJson,
  endedAt: InstantOrNullJson,
  ringSeconds: seconds,
  talkSeconds: seconds,
  cost: orNull(Type.String({ description: "in units of the operator's currency, as decimal text; null until it is known" })),
  disposition: orNull(Type.Enum([...dispositions])),
  outcome: orNull(Type.Record(Type.String(), Type.Unknown(), { description: "the analysis of the conversation" })),
  amd: orNull(Type.Record(Type.String(), Type.Unknown(), { description: "what the machine detection found, where there is one" })),
};

/** A call in a list. */
export const CallJson = Type.Object(shown);
/** A call alone. */
export const CallWithTranscriptJson = Type.Object({ ...shown, transcript: Type.Unknown({ description: "as it was reported; null when none was" }) });

/** The row as it is shown. */
export function toCallJson(row: CallRow) {
  return {
    id: row.id,
    campaignId: row.campaignId,
    leadId: row.leadId,
    agentId: row.agentId,
    agentVersion: row.agentVersion,
    phoneNumberId: row.phoneNumberId,
    from: row.fromNumber,
    to: row.toNumber,
    attempt: row.attempt,
    status: row.status,
    ending: row.ending,
    reason: row.reason,
    sipCode: row.sipCode,
    q850Cause: row.q850Cause,
    hungUpBy: row.hungUpBy,
    placedAt: toInstant(row.placedAt),
    ringingAt: toInstantOrNull(row.ringingAt),
    answeredAt: toInstantOrNull(row.answeredAt),
    endedAt: toInstantOrNull(row.endedAt),
    ringSeconds: row.ringMs === null ? null : row.ringMs / SECOND,
    talkSeconds: row.talkMs === null ? null : row.talkMs / SECOND,
    cost: row.costMicros === null ? null : formatAmount(row.costMicros),
    disposition: row.disposition,
    outcome: row.outcome === null ? null : (JSON.parse(row.outcome) as Record<string, unknown>),
    amd: null,
  };
}
