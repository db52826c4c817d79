// The do-not-call list on the wire.

import { type Static, Type } from "typebox";
import type { dnc } from "../database/tables.ts";
import { exampleId, idOf } from "../http/identifiers.ts";
import { pagingFields } from "../http/lists.ts";
import type { DncImport } from "./csv-import.ts";

/** `phoneNumber` is in E.164 form. */
export type DncRow = typeof dnc.$inferSelect;

/** Where an entry came from; `manual` unless told otherwise. */
export const dncSources = ["manual", "opt_out", "imported", "api", "registry"] as const satisfies readonly DncRow["source"][];
/** The source of an entry that names none. */
export const DEFAULT_SOURCE = dncSources[0];
/** The source of an entry that a person asked for. */
export const OPT_OUT = dncSources[1];
/** The source of a row of a CSV that names none. */
export const IMPORTED = dncSources[2];

const closed = { additionalProperties: false } as const;
const source = Type.Enum([...dncSources], { default: DEFAULT_SOURCE });
/** Characters. */
export const LONGEST_REASON = 1_000;

/** One number to be left alone; the body of an addition, and an element of a bulk. */
export const DncFields = Type.Object(
  {
    phoneNumber: Type.String({ examples: ["+919876543210"], errorMessage: "must be a number in E.164 form, such as +919876543210" }),
    reason: Type.Optional(
      Type.Union([Type.String({ maxLength: LONGEST_REASON }), Type.Null()], {
        examples: ["asked not to be called"],
        errorMessage: `must be a text of ${LONGEST_REASON} characters at most, or null`,
      }),
    ),
    source: Type.Optional(source),
  },
  { ...closed, title: "NewDncEntry" },
);
/** `phoneNumber` as people write it. */
export type DncFields = Static<typeof DncFields>;

/** The body of a bulk. That it is not too long is checked apart: too long is a 413. */
export const DncBulk = Type.Object(
  { entries: Type.Array(DncFields, { description: "50,000 at most" }) },
  { ...closed, title: "NewDncEntries" },
);

/** The query of the list. */
export const DncQuery = Type.Object(
  {
    ...pagingFields,
    phoneNumber: Type.Optional(Type.String({ examples: ["+919876543210"] })),
    source: Type.Optional(Type.Enum([...dncSources])),
  },
  closed,
);

const phoneNumber = Type.String({
  maxLength: 100,
  examples: ["+919876543210"],
  errorMessage: "must be a number in E.164 form, such as +919876543210",
});

/** The query of what is about one number. */
export const NumberQuery = Type.Object({ phoneNumber }, closed);

/** An entry. */
export const DncJson = Type.Object(
  {
    id: idOf("dnc"),
    phoneNumber: Type.String({ examples: ["+919876543210"] }),
    reason: Type.Union([Type.String(), Type.Null()], { examples: ["asked not to be called"] }),
    source,
    createdAt: Type.String({ format: "date-time" }),
    callId: Type.Optional(
      Type.String({ description: "the call in which the person asked for it; absent for any other entry", examples: [exampleId("call")] }),
    ),
    evidence: Type.Optional(
      Type.Union([Type.String(), Type.Null()], {
        description: "their words, or the key they pressed; null when nobody quoted them",
        examples: ["Please take me off your list."],
      }),
    ),
  },
  { title: "DncEntry" },
);

/** Whether a number is listed. */
export const DncCheckJson = Type.Object(
  { listed: Type.Boolean({ examples: [true] }), entry: Type.Union([DncJson, Type.Null()]) },
  { title: "DncCheck" },
);

/** A body of text/csv. */
export const DncCsvBody = Type.String({
  description:
    "A header with a phone column and, if wanted, reason and source; then a row for each number. UTF-8, comma, semicolon or tab.",
  examples: ["phone,reason,source\n+919876543210,asked not to be called,opt_out\n"],
});

/** What became of a CSV. */
export const DncCsvJson = Type.Object(
  {
    inserted: Type.Integer({ examples: [2] }),
    duplicates: Type.Integer({ description: "rows whose number was on the list, or earlier in the file" }),
    csvErrors: Type.Array(
      Type.Object({
        row: Type.Integer({ description: "row 1 is the header", examples: [3] }),
        phone: Type.String({ examples: ["12"] }),
        error: Type.String({ examples: ["'12' is too short for a number"] }),
      }),
    ),
    csvErrorsTotal: Type.Optional(Type.Integer({ description: "how many there were, when csvErrors does not hold them all" })),
  },
  { title: "DncCsvResult" },
);

/** The exported file; it can be imported again. */
export const DncCsv = Type.String({
  contentMediaType: "text/csv",
  examples: ["phone,reason,source,created_at\r\n+919876543210,asked not to be called,opt_out,2026-05-06T11:23:45.123Z\r\n"],
  description: "the columns phone, reason, source and created_at; text that a spreadsheet would run begins with an apostrophe",
});

/** What became of a bulk; `index` is the place in `entries`, from 0. */
export const DncBulkJson = Type.Object(
  {
    inserted: Type.Integer({ examples: [2] }),
    duplicates: Type.Integer({ description: "numbers that were on the list, or earlier in this bulk" }),
    errors: Type.Array(
      Type.Object({
        index: Type.Integer({ description: "the place in entries, from 0" }),
        phoneNumber: Type.String({ examples: ["12"] }),
        error: Type.String({ examples: ["'12' is too short for a number"] }),
      }),
    ),
  },
  { title: "DncBulkResult" },
);
/** `duplicates` counts those within the bulk too. */
export type DncBulkJson = Static<typeof DncBulkJson>;

/** `csvErrorsTotal` is there only when `csvErrors` does not hold them all. */
export function toDncCsvJson({ inserted, duplicates, problems, problemsTotal }: DncImport) {
  return { inserted, duplicates, csvErrors: problems, ...(problemsTotal > problems.length ? { csvErrorsTotal: problemsTotal } : {}) };
}

/** The names of the columns of a file. */
export const csvColumns = ["phone", "reason", "source", "created_at"];

/** The cells of one row of a file. */
export function toCsvCells({ phoneNumber, reason, source, createdAt }: DncRow): string[] {
  return [phoneNumber, reason ?? "", source, new Date(createdAt).toISOString()];
}

/** The row with its instant as text; the evidence only where there is a call. */
export function toDncJson({ id, phoneNumber, reason, source, createdAt, callId, evidence }: DncRow) {
  return {
    id,
    phoneNumber,
    reason,
    source,
    createdAt: new Date(createdAt).toISOString(),
    ...(callId === null ? {} : { callId, evidence }),
  };
}
