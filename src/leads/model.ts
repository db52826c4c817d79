// Leads on the wire: the upload's JSON body and its answer, and a lead as it is shown.

import { type Static, Type } from "typebox";
import { dispositions } from "../calls/disposition.ts";
import { exampleId, idOf } from "../http/identifiers.ts";
import { InstantJson, InstantOrNullJson, toInstant, toInstantOrNull } from "../http/instants.ts";
import type { ImportResult } from "./import.ts";
import { LeadStatus, leadStatuses } from "./status.ts";
import type { LeadRow } from "./store.ts";
import { MAX_VARIABLES, type Variables } from "./variables.ts";

const closed = { additionalProperties: false } as const;

const VariablesJson = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Number(), Type.Boolean()], { errorMessage: "must be a text, a number, or true or false" }),
  { maxProperties: MAX_VARIABLES, examples: [{ first_name: "Arjun" }], description: "names as in the columns of a CSV; a text has 4,000 characters at most", errorMessage: `must be an object of ${MAX_VARIABLES} variables at most` },
);

const NewLeadJson = Type.Object(
  { phoneNumber: Type.String({ maxLength: 4_000, examples: ["+919876543210"], description: "E.164; spaces, dashes, brackets and dots are stripped", errorMessage: "must be a text, such as +919876543210" }), variables: Type.Optional(VariablesJson) },
  { ...closed, title: "NewLead" },
);

/** Exactly one of the two; routes.ts says so in words. */
export const LeadUpload = Type.Object(
  {
    leads: Type.Optional(Type.Array(NewLeadJson, { description: "50,000 at most" })),
    csv: Type.Optional(Type.String({ description: "what a text/csv body would be, in JSON; 50,000 rows at most", errorMessage: "must be a text" })),
  },
  { ...closed, title: "LeadUpload", description: "exactly one of the two", examples: [{ leads: [{ phoneNumber: "+919876543210", variables: { first_name: "Arjun" } }] }] },
);
export type LeadUpload = Static<typeof LeadUpload>;

/** A body of text/csv: a header, then a row for each lead. */
export const LeadCsv = Type.String({
  description: "A header with one phone column (phone, phone_number, number or phoneNumber) and up to 50 others, which become variables; then a row for each lead. UTF-8, comma, semicolon or tab.",
  examples: ["phone,first_name\n+919876543210,Arjun\n+14155550101,Ana\n"],
});

export const UploadJson = Type.Object(
  {
    inserted: Type.Integer({ examples: [2] }),
    csvErrors: Type.Array(
      Type.Object({ row: Type.Integer({ description: "row 1 of a CSV is its header; in a list of leads the first is 1", examples: [3] }), phone: Type.String({ examples: ["12"] }), error: Type.String({ examples: ["'12' is too short for a number"] }) }),
      { description: "1,000 at most" },
    ),
    csvErrorsTotal: Type.Optional(Type.Integer({ description: "how many there were, when csvErrors does not hold them all", examples: [1] })),
    duplicates: Type.Integer({ description: "numbers that the campaign, or the upload before them, already had" }),
  },
  { title: "LeadUploadResult" },
);

/** `csvErrorsTotal` is there only when `csvErrors` does not hold them all. */
export function toUploadJson({ inserted, problems, problemsTotal, duplicates }: ImportResult) {
  return { inserted, csvErrors: problems, ...(problemsTotal > problems.length ? { csvErrorsTotal: problemsTotal } : {}), duplicates };
}

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);

export const LeadJson = Type.Object(
  {
    id: idOf("ld"),
    campaignId: idOf("cmp"),
    phoneNumber: Type.String({ examples: ["+919876543210"] }),
    variables: VariablesJson,
    status: Type.Enum([...leadStatuses], { examples: ["completed"] }),
    disposition: orNull(Type.Enum([...dispositions], { description: "what a completed call came to" })),
    attempts: Type.Integer({ examples: [1] }),
    callId: orNull(Type.String({ description: "the last call", examples: [exampleId("call")] })),
    outcome: orNull(Type.Object({}, { additionalProperties: true, description: "the analysis of the last call", examples: [{ lead_qualified: true }] })),
    lastAttemptAt: InstantOrNullJson,
    nextAttemptAt: InstantOrNullJson,
    createdAt: InstantJson,
    updatedAt: InstantJson,
  },
  { title: "Lead" },
);

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
