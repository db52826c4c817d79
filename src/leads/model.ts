// Leads on the wire: the upload's JSON body and its answer, and a lead as it is shown.

import { type Static, Type } from "typebox";
import { dispositions } from "../calls/disposition.ts";
import { InstantJson, InstantOrNullJson, toInstant, toInstantOrNull } from "../http/instants.ts";
import type { ImportResult } from "./import.ts";
import { LeadStatus, leadStatuses } from "./status.ts";
import type { LeadRow } from "./store.ts";
import { MAX_VARIABLES, type Variables } from "./variables.ts";

const closed = { additionalProperties: false } as const;

const VariablesJson = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Number(), Type.Boolean()], { errorMessage: "must be a text, a number, or true or false" }),
  { maxProperties: MAX_VARIABLES, description: "names as in the columns of a CSV; a text has 4,000 characters at most", errorMessage: `must be an object of ${MAX_VARIABLES} variables at most` },
);

const NewLeadJson = Type.Object(
  { phoneNumber: Type.String({ maxLength: 4_000, description: "E.164; spaces, dashes, brackets and dots are stripped", errorMessage: "must be a text, such as +919876543210" }), variables: Type.Optional(VariablesJson) },
  closed,
);

/** Exactly one of the two; routes.ts says so in words. */
export const LeadUpload = Type.Object({ leads: Type.Optional(Type.Array(NewLeadJson)), csv: Type.Optional(Type.String({ errorMessage: "must be a text" })) }, closed);
export type LeadUpload = Static<typeof LeadUpload>;

export const UploadJson = Type.Object({
  inserted: Type.Integer(),
  csvErrors: Type.Array(Type.Object({ row: Type.Integer({ description: "row 1 of a CSV is its header; in a list of leads the first is 1" }), phone: Type.String(), error: Type.String() })),
  csvErrorsTotal: Type.Optional(Type.Integer({ description: "how many there were, when csvErrors does not hold them all" })),
  duplicates: Type.Integer({ description: "numbers that the campaign, or the upload before them, already had" }),
});

/** `csvErrorsTotal` is there only when `csvErrors` does not hold them all. */
export function toUploadJson({ inserted, problems, problemsTotal, duplicates }: ImportResult) {
  return { inserted, csvErrors: problems, ...(problemsTotal > problems.length ? { csvErrorsTotal: problemsTotal } : {}), duplicates };
}

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);

export const LeadJson = Type.Object({
  id: Type.String(),
  campaignId: Type.String(),
  phoneNumber: Type.String(),
  variables: VariablesJson,
  status: Type.Enum([...leadStatuses]),
  disposition: orNull(Type.Enum([...dispositions])),
  attempts: Type.Integer(),
  callId: orNull(Type.String({ description: "the last call" })),
  outcome: orNull(Type.Object({}, { description: "the analysis of the last call" })),
  lastAttemptAt: InstantOrNullJson,
  nextAttemptAt: InstantOrNullJson,
  createdAt: InstantJson,
  updatedAt: InstantJson,
});

/** `nextAttemptAt` is null but for a lead that waits for a retry: one never tried is due whenever the window is open. */
export function toLeadJson(row: LeadRow) {
  return {
    id: row.id,
    campaignId: row.campaignId,
    phoneNumber: row.phoneNumber,
    variables: JSON.parse(row.variables) as Variables,
    status: row.status,
    disposition: row.disposition,
    attempts: row.attempts,
    callId: row.callId,
    outcome: row.outcome === null ? null : (JSON.parse(row.outcome) as unknown),
    lastAttemptAt: toInstantOrNull(row.lastAttemptAt),
    nextAttemptAt: row.status === LeadStatus.retryWait ? toInstant(row.dueAt) : null,
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
  };
}
