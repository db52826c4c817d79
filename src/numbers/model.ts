// Phone numbers on the wire: the numbers that calls come from, and the trunk that each leaves through.

import { type Static, Type } from "typebox";
import type { phoneNumbers } from "../database/tables.ts";
import { exampleId, idOf } from "../http/identifiers.ts";

/** `phoneNumber` is in E.164 form. */
export type PhoneNumberRow = typeof phoneNumbers.$inferSelect;

const bound = (maximum: number, description: string) =>
  Type.Union([Type.Integer({ minimum: 1, maximum }), Type.Null()], {
    description: `${description}; null bounds nothing`,
    examples: [null],
    errorMessage: `must be a whole number from 1 to ${maximum}, or null`,
  });

const fields = {
  phoneNumber: Type.String({
    maxLength: 40,
    examples: ["+14155550100"],
    errorMessage: "must be a number in E.164 form, such as +919876543210",
  }),
  label: Type.Union([Type.String({ maxLength: 200 }), Type.Null()], {
    examples: ["Front desk"],
    errorMessage: "must be a text of 200 characters at most, or null",
  }),
  trunkId: Type.String({ maxLength: 100, description: "where its calls leave", examples: [exampleId("trk")] }),
  maxConcurrent: bound(10_000, "calls in progress from it"),
  callsPerSecond: bound(1_000, "calls placed from it in any 1,000 ms"),
};
const closed = { additionalProperties: false } as const;

/** The body of a creation. */
export const PhoneNumberFields = Type.Object(
  {
    ...fields,
    label: Type.Optional(fields.label),
    maxConcurrent: Type.Optional(fields.maxConcurrent),
    callsPerSecond: Type.Optional(fields.callsPerSecond),
  },
  { ...closed, title: "NewPhoneNumber" },
);
/** `phoneNumber` as people write it. */
export type PhoneNumberFields = Static<typeof PhoneNumberFields>;

/** The body of a change. */
export const PhoneNumberChange = Type.Partial(Type.Object(fields), { ...closed, title: "PhoneNumberChange" });
/** What is left out stays; a null label clears it. */
export type PhoneNumberChange = Static<typeof PhoneNumberChange>;

/** A number that calls come from. */
export const PhoneNumberJson = Type.Object(
  {
    id: idOf("pn"),
    ...fields,
    createdAt: Type.String({ format: "date-time" }),
    updatedAt: Type.String({ format: "date-time" }),
  },
  { title: "PhoneNumber" },
);

/** The row with its instants as text. */
export function toPhoneNumberJson({
  id,
  phoneNumber,
  label,
  trunkId,
  maxConcurrent,
  callsPerSecond,
  createdAt,
  updatedAt,
}: PhoneNumberRow) {
  return {
    id,
    phoneNumber,
    label,
    trunkId,
    maxConcurrent,
    callsPerSecond,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}
