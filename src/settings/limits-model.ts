// The limits on the wire.

import { type Static, Type } from "typebox";

const closed = { additionalProperties: false } as const;
const bound = (maximum: number, description: string) =>
  Type.Union([Type.Integer({ minimum: 1, maximum }), Type.Null()], {
    description,
    errorMessage: `must be a whole number from 1 to ${maximum}, or null`,
    examples: [Math.min(maximum, 20)],
  });

const ContactLimit = Type.Object(
  {
    attempts: Type.Integer({ minimum: 1, maximum: 100, errorMessage: "must be a whole number from 1 to 100" }),
    perHours: Type.Integer({ minimum: 1, maximum: 8_760, errorMessage: "must be a whole number from 1 to 8760" }),
  },
  { ...closed, title: "ContactLimit", examples: [{ attempts: 3, perHours: 24 }] },
);

const fields = {
  maxConcurrentCalls: bound(10_000, "calls in progress over everything; the setting of the start bounds it too"),
  maxCallsPerSecond: bound(1_000, "calls placed in any 1,000 ms over everything"),
  contactLimits: Type.Array(ContactLimit, {
    maxItems: 5,
    description: "calls to one number, over all campaigns",
    errorMessage: "must be a list of 5 contact limits at most",
  }),
  defaultCountry: Type.Union([Type.String({ pattern: "^[A-Z]{2}$" }), Type.Null()], {
    description: "ISO 3166: what a number without a country code belongs to",
    errorMessage: "must be a country of two capital letters, such as IN, or null",
    examples: ["IN"],
  }),
};

export const LimitsJson = Type.Object(fields, { title: "Limits" });

/** What is left out stays as it is. */
export const LimitsChange = Type.Partial(Type.Object(fields), { ...closed, title: "LimitsChange" });
export type LimitsChange = Static<typeof LimitsChange>;
