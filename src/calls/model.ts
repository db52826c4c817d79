// Calls on the wire: what a request may hold, and a call as it is shown.

import { type Static, Type } from "typebox";
import { formatAmount } from "../credits/amount.ts";
import { exampleId, idOf } from "../http/identifiers.ts";
import { InstantInput, InstantJson, InstantOrNullJson, toInstant, toInstantOrNull } from "../http/instants.ts";
import { pagingFields } from "../http/lists.ts";
import { MAX_VARIABLES } from "../leads/variables.ts";
import { SECOND } from "../runtime/clock.ts";
import { callEndings, callStatuses } from "./call.ts";
import { dispositions } from "./disposition.ts";
import type { CallRow } from "./store.ts";

const closed = { additionalProperties: false } as const;
const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);
const EXAMPLE_NUMBER = "+919876543210";
const number = (description: string) =>
  Type.String({ maxLength: 100, description, examples: [EXAMPLE_NUMBER], errorMessage: `must be a text, such as ${EXAMPLE_NUMBER}` });
/** Of another thing. */
const named = (prefix: "agent" | "cmp" | "ld" | "pn", description?: string) =>
  Type.String({ maxLength: 100, examples: [exampleId(prefix)], ...(description === undefined ? {} : { description }) });
const anyObject = (words: { description: string; errorMessage?: string; examples?: object[] }) =>
  Type.Record(Type.String(), Type.Unknown(), words);

/** The filters of a list. */
export const CallQuery = Type.Object(
  {
    campaignId: Type.Optional(named("cmp")),
    leadId: Type.Optional(named("ld")),
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
    agentId: named("agent"),
    phoneNumberId: named("pn", "the number that calls"),
    destination: number("who is called; E.164, spaces, dashes, brackets and dots are stripped"),
    agentVersion: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 999_999_999,
        description: "without it the agent's current version",
        errorMessage: "must be a whole number, 1 or more",
      }),
    ),
    dynamicVariables: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Union([Type.String(), Type.Number(), Type.Boolean()], { errorMessage: "must be a text, a number, or true or false" }),
        {
          maxProperties: MAX_VARIABLES,
          examples: [{ first_name: "Arjun" }],
          description: "names and values as a lead's variables",
          errorMessage: `must be an object of ${MAX_VARIABLES} variables at most`,
        },
      ),
    ),
  },
  { ...closed, title: "NewCall" },
);
/** Its number and its variables are not checked yet. */
export type OutboundCall = Static<typeof OutboundCall>;

/** Where the person is handed over to. */
export const TransferRequest = Type.Object(
  {
    destination: Type.String({
      minLength: 1,
      maxLength: 300,
      description: "where the person is handed over to; a number (E.164) or a SIP address",
      examples: ["+14155550199", "sip:desk@10.0.5.9"],
    }),
  },
  { ...closed, title: "Transfer" },
);

/** What the bot reports; at least one of the two. */
export const OutcomeReport = Type.Object(
  {
    analysis: Type.Optional(
      anyObject({
        description: "becomes the call's outcome; lead_qualified, success and next_action decide the disposition",
        examples: [{ lead_qualified: true, summary: "asked for a quote" }],
        errorMessage: "must be a JSON object",
      }),
    ),
    transcript: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.Record(Type.String(), Type.Unknown()))], {
        description: "a text, or a list of turns in the bot's own form",
        errorMessage: "must be a text, or a list of objects",
      }),
    ),
  },
  { ...closed, title: "CallReport", description: "at least one of the two, 256 KB at most" },
);
/** Both may be absent; the service refuses that. */
export type OutcomeReport = Static<typeof OutcomeReport>;

const seconds = orNull(Type.Number({ description: "in the call's own clock; null until it is over" }));

const shown = {
  id: idOf("call"),
  campaignId: orNull(named("cmp", "null for a single call")),
  leadId: orNull(named("ld")),
  agentId: named("agent"),
  agentVersion: Type.Integer({ examples: [1] }),
  phoneNumberId: named("pn"),
  from: Type.String({ examples: ["+14155550100"] }),
  to: Type.String({ examples: [EXAMPLE_NUMBER] }),
  attempt: Type.Integer({ description: "of its lead, from 1", examples: [1] }),
  status: Type.Enum([...callStatuses], { examples: ["ended"] }),
  ending: orNull(Type.Enum([...callEndings])),
  reason: orNull(Type.String({ description: "why it ended so, a word such as declined or number_unknown", examples: ["normal_clearing"] })),
  sipCode: orNull(Type.Integer({ examples: [200] })),
  sipReason: orNull(Type.String({ description: "the reason phrase of the final response", examples: ["Busy Here"] })),
  q850Cause: orNull(Type.Integer({ description: "ITU-T Q.850", examples: [16] })),
  hungUpBy: orNull(Type.Enum(["us", "them", "bot"])),
  placedAt: InstantJson,
  ringingAt: InstantOrNullJson,
  answeredAt: InstantOrNullJson,
  endedAt: InstantOrNullJson,
  ringSeconds: seconds,
  talkSeconds: seconds,
  cost: orNull(
    Type.String({ description: "in units of the operator's currency, as decimal text; null until it is known", examples: ["0.65"] }),
  ),
  disposition: orNull(Type.Enum([...dispositions], { description: "what a completed call came to" })),
  outcome: orNull(anyObject({ description: "the analysis of the conversation", examples: [{ lead_qualified: true }] })),
  analysisFailed: orNull(
    Type.String({
      description: "why there is no analysis although the agent's postCallAnalysis wanted one",
      examples: ["nobody spoke but the bot"],
    }),
  ),
  amd: orNull(
    anyObject({
      description:
        "who or what picked up: result (human, machine, fax, unobtainable or unsure), the reason for it, and when after the answer",
      examples: [{ result: "machine", reason: "beep", atMs: 4120 }],
    }),
  ),
  media: orNull(
    anyObject({
      description: "what the audio measured: packets sent, received and lost, jitterMs",
      examples: [{ packetsSent: 1500, packetsReceived: 1498, packetsLost: 2, jitterMs: 1.2 }],
    }),
  ),
  recordingSeconds: orNull(Type.Number({ description: "of its recording; null while there is none", examples: [41.3] })),
  transferredTo: orNull(Type.String({ description: "where the person is being, or was, handed over to", examples: ["+14155550199"] })),
};

/** A call in a list. */
export const CallJson = Type.Object(shown, { title: "Call" });
/** A call alone. */
export const CallWithTranscriptJson = Type.Object(
  { ...shown, transcript: Type.Unknown({ description: "as it was reported; null when none was" }) },
  { title: "CallWithTranscript" },
);

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
    sipReason: row.sipReason,
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
    outcome: readObject(row.outcome),
    analysisFailed: row.analysisFailed,
    amd: readObject(row.amd),
    media: readObject(row.media),
    recordingSeconds: row.recordingMs === null ? null : row.recordingMs / SECOND,
    transferredTo: row.transferredTo,
  };
}

function readObject(text: string | null): Record<string, unknown> | null {
  return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
}
