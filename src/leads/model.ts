// Leads on the wire: the upload's JSON body and its answer, and a lead as it is shown.

import { type Static, Type } from "typebox";
import { dispositions } from "../calls/disposition.ts";
import { exampleId, idOf } from "../http/identifiers.ts";
import { InstantInput, InstantJson, InstantOrNullJson, toInstant, toInstantOrNull } from "../http/instants.ts";
import { MAX_EXTERNAL_ID_CHARACTERS } from "./upload/columns.ts";
import type { ImportResult } from "./upload/import.ts";
import { TOP_PRIORITY } from "./rank.ts";
import { LeadStatus, leadStatuses } from "./status.ts";
import type { LeadRow } from "./store.ts";
import { MAX_VARIABLES, type Variables } from "./variables.ts";

const closed = { additionalProperties: false } as const;

const VariablesJson = Type.Record(
  Type.String(),
  Type.Union([Type.String(), Type.Number(), Type.Boolean()], { errorMessage: "must be a text, a number, or true or false" }),
  {
    maxProperties: MAX_VARIABLES,
    examples: [{ first_name: "Arjun" }],
    description: "names as in the columns of a CSV; a text has 4,000 characters at most",
    errorMessage: `must be an object of ${MAX_VARIABLES} variables at most`,
  },
);

const phoneNumber = Type.String({
  maxLength: 4_000,
  examples: ["+919876543210"],
  description: "E.164; spaces, dashes, brackets and dots are stripped",
  errorMessage: "must be a text, such as +919876543210",
});
const externalId = Type.String({
  minLength: 1,
  maxLength: MAX_EXTERNAL_ID_CHARACTERS,
  examples: ["crm-4711"],
  description: "the caller's own name for the lead, one lead's in the campaign; sent again it changes that lead",
  errorMessage: `must be a text of 1 to ${MAX_EXTERNAL_ID_CHARACTERS} characters`,
});
const priority = Type.Integer({
  minimum: 0,
  maximum: TOP_PRIORITY,
  default: 0,
  description: "the higher, the sooner",
  errorMessage: `must be a whole number from 0 to ${TOP_PRIORITY}`,
});
const timezone = Type.String({
  maxLength: 100,
  examples: ["Asia/Kolkata"],
  description: "an IANA zone; without it the zones that the number may be in",
});
const consent = Type.Union([Type.String({ minLength: 1 }), Type.Record(Type.String(), Type.Unknown())], {
  examples: ["web form, 2026-03-01"],
  description: "what shows that the person may be called; kept as it is, 4,000 characters at most",
  errorMessage: "must be a text, or an object",
});

const NewLeadJson = Type.Object(
  {
    phoneNumber,
    variables: Type.Optional(VariablesJson),
    externalId: Type.Optional(externalId),
    priority: Type.Optional(priority),
    timezone: Type.Optional(timezone),
    notBefore: Type.Optional(InstantInput),
    consent: Type.Optional(consent),
  },
  { ...closed, title: "NewLead" },
);

/** Exactly one of the two; routes.ts says so in words. */
export const LeadUpload = Type.Object(
  {
    leads: Type.Optional(Type.Array(NewLeadJson, { description: "50,000 at most" })),
    csv: Type.Optional(
      Type.String({ description: "what a text/csv body would be, in JSON; 50,000 rows at most", errorMessage: "must be a text" }),
    ),
  },
  {
    ...closed,
    title: "LeadUpload",
    description: "exactly one of the two",
    examples: [{ leads: [{ phoneNumber: "+919876543210", variables: { first_name: "Arjun" } }] }],
  },
);
export type LeadUpload = Static<typeof LeadUpload>;

/** A body of text/csv: a header, then a row for each lead. */
export const LeadCsv = Type.String({
  description:
    "A header with one phone column (phone, phone_number, number or phoneNumber) and up to 50 others, which become variables; then a row for each lead. UTF-8, comma, semicolon or tab.",
  examples: ["phone,first_name\n+919876543210,Arjun\n+14155550101,Ana\n"],
});

export const UploadJson = Type.Object(
  {
    inserted: Type.Integer({ examples: [2] }),
    csvErrors: Type.Array(
      Type.Object({
        row: Type.Integer({ description: "row 1 of a CSV is its header; in a list of leads the first is 1", examples: [3] }),
        phone: Type.String({ examples: ["12"] }),
        error: Type.String({ examples: ["'12' is too short for a number"] }),
      }),
      { description: "1,000 at most" },
    ),
    csvErrorsTotal: Type.Optional(
      Type.Integer({ description: "how many there were, when csvErrors does not hold them all", examples: [1] }),
    ),
    updated: Type.Optional(
      Type.Integer({ description: "leads that were changed by their externalId, when there were some", examples: [1] }),
    ),
    duplicates: Type.Integer({ description: "numbers that the campaign, or the upload before them, already had, with nothing to change" }),
  },
  { title: "LeadUploadResult" },
);

/** `csvErrorsTotal` is there only when `csvErrors` does not hold them all, `updated` only when leads were changed. */
export function toUploadJson({ inserted, updated, problems, problemsTotal, duplicates }: ImportResult) {
  return {
    inserted,
    ...(updated > 0 ? { updated } : {}),
    csvErrors: problems,
    ...(problemsTotal > problems.length ? { csvErrorsTotal: problemsTotal } : {}),
    duplicates,
  };
}

/** What may be changed of a lead by hand; what is left out stays. */
export const LeadPatch = Type.Object(
  {
    variables: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()], {
          errorMessage: "must be a text, a number, true or false, or null",
        }),
        {
          maxProperties: 2 * MAX_VARIABLES,
          description: "put over those that the lead has; null takes one away",
          errorMessage: "must be an object",
        },
      ),
    ),
    priority: Type.Optional(priority),
    timezone: Type.Optional(Type.Union([timezone, Type.Null()], { errorMessage: "must be an IANA time zone, or null" })),
    notBefore: Type.Optional(Type.Union([InstantInput, Type.Null()], { errorMessage: "must be an instant, or null" })),
    callbackAt: Type.Optional(
      Type.Union([InstantInput, Type.Null()], {
        description: "when the person wants to be called: before everybody else, once more even if every attempt was used",
        errorMessage: "must be an instant, or null",
      }),
    ),
    phoneNumber: Type.Optional(phoneNumber),
  },
  { ...closed, title: "LeadChange", examples: [{ priority: 50 }] },
);
export type LeadPatch = Static<typeof LeadPatch>;

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
    outcome: orNull(
      Type.Object({}, { additionalProperties: true, description: "the analysis of the last call", examples: [{ lead_qualified: true }] }),
    ),
    lastAttemptAt: InstantOrNullJson,
    nextAttemptAt: InstantOrNullJson,
    createdAt: InstantJson,
    updatedAt: InstantJson,
    externalId: Type.Optional(externalId),
    priority: Type.Optional(priority),
    timezone: Type.Optional(timezone),
    notBefore: Type.Optional(InstantJson),
    callbackAt: Type.Optional(InstantJson),
    consent: Type.Optional(consent),
  },
  { title: "Lead" },
);

/**
 * `nextAttemptAt` is null but for a lead that waits for a retry: one never tried is due whenever the window is open.
 * What else may be said of a lead is there only when it was.
 */
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
    ...(row.externalId === null ? {} : { externalId: row.externalId }),
    ...(row.priority === 0 ? {} : { priority: row.priority }),
    ...(row.timezone === null ? {} : { timezone: row.timezone }),
    ...(row.notBefore === null ? {} : { notBefore: toInstant(row.notBefore) }),
    ...(row.callbackAt === null ? {} : { callbackAt: toInstant(row.callbackAt) }),
    ...(row.consent === null ? {} : { consent: JSON.parse(row.consent) as unknown }),
  };
}
