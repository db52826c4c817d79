// The do-not-call list on the wire.

import { type Static, Type } from "typebox";
import type { dnc } from "../database/tables.ts";
import { idOf } from "../http/identifiers.ts";
import { pagingFields } from "../http/lists.ts";

/** `phoneNumber` is in E.164 form. */
export type DncRow = typeof dnc.$inferSelect;

/** Where an entry came from; `manual` unless told otherwise. */
const dncSources = ["manual", "opt_out", "imported", "api", "registry"] as const satisfies readonly DncRow["source"][];
/** The source of an entry that names none. */
export const DEFAULT_SOURCE = dncSources[0];

const closed = { additionalProperties: false } as const;
const source = Type.Enum([...dncSources], { default: DEFAULT_SOURCE });
const LONGEST_REASON = 1_000;

/** One number to be left alone; the body of an addition, and an element of a bulk. */
export const DncFields = Type.Object(
  {
    phoneNumber: Type.String({ examples: ["+919876543210"], errorMessage: "must be a number in E.164 form, such as +919876543210" }),
    reason: Type.Optional(Type.Union([Type.String({ maxLength: LONGEST_REASON }), Type.Null()], { examples: ["asked not to be called"], errorMessage: `must be a text of ${LONGEST_REASON} characters at most, or null` })),
    source: Type.Optional(source),
  },
  { ...closed, title: "NewDncEntry" },
);
/** `phoneNumber` as people write it. */
export type DncFields = Static<typeof DncFields>;

/** The body of a bulk. That it is not too long is checked apart: too long is a 413. */
export const DncBulk = Type.Object({ entries: Type.Array(DncFields, { description: "50,000 at most" }) }, { ...closed, title: "NewDncEntries" });

/** The query of the list. */
export const DncQuery = Type.Object({ ...pagingFields, phoneNumber: Type.Optional(Type.String({ examples: ["+919876543210"] })), source: Type.Optional(Type.Enum([...dncSources])) }, closed);

/** An entry. */
export const DncJson = Type.Object(
  {
    id: idOf("dnc"),
    phoneNumber: Type.String({ examples: ["+919876543210"] }),
    reason: Type.Union([Type.String(), Type.Null()], { examples: ["asked not to be called"] }),
    source,
    createdAt: Type.String({ format: "date-time" }),
  },
  { title: "DncEntry" },
);

/** What became of a bulk; `index` is the place in `entries`, from 0. */
export const DncBulkJson = Type.Object(
  {
    inserted: Type.Integer({ examples: [2] }),
    duplicates: Type.Integer({ description: "numbers that were on the list, or earlier in this bulk" }),
    errors: Type.Array(Type.Object({ index: Type.Integer({ description: "the place in entries, from 0" }), phoneNumber: Type.String({ examples: ["12"] }), error: Type.String({ examples: ["'12' is too short for a number"] }) })),
  },
  { title: "DncBulkResult" },
);
/** `duplicates` counts those within the bulk too. */
export type DncBulkJson = Static<typeof DncBulkJson>;

/** The row with its instant as text. */
export function toDncJson({ id, phoneNumber, reason, source, createdAt }: DncRow) {
  return { id, phoneNumber, reason, source, createdAt: new Date(createdAt).toISOString() };
}
