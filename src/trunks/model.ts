// Trunks on the wire. The password of a SIP trunk goes in and never comes out.

import { type Static, Type } from "typebox";
import type { trunks } from "../database/tables.ts";
import { exampleId, idOf } from "../http/identifiers.ts";
import { simulatorDefaults, trunkDrivers } from "./options.ts";
import { credential, sipFields } from "./sip-fields.ts";

/** `options` are those of the driver as JSON, `allowedPrefixes` a JSON list. */
export type TrunkRow = typeof trunks.$inferSelect;

const closed = { additionalProperties: false } as const;

const numberUpTo = (minimum: number, maximum: number, byDefault: number) =>
  Type.Optional(
    Type.Integer({ minimum, maximum, default: byDefault, errorMessage: `must be a whole number from ${minimum} to ${maximum}` }),
  );
const cap = (maximum: number, description: string) =>
  Type.Optional(
    Type.Union([Type.Integer({ minimum: 1, maximum }), Type.Null()], {
      description,
      errorMessage: `must be a whole number from 1 to ${maximum}, or null for none`,
    }),
  );
const SimulatorFields = Type.Object(
  {
    seed: numberUpTo(0, 4_294_967_295, simulatorDefaults.seed),
    ringMs: numberUpTo(0, 120_000, simulatorDefaults.ringMs),
    talkMs: numberUpTo(0, 3_600_000, simulatorDefaults.talkMs),
    answerRate: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, default: simulatorDefaults.answerRate, errorMessage: "must be a number from 0 to 1" }),
    ),
  },
  { ...closed, title: "SimulatorOptions" },
);

const name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: "\\S",
  examples: ["Practice"],
  errorMessage: "must be a text of 1 to 200 characters",
});
const driver = Type.Enum([...trunkDrivers]);

const optionalFields = {
  maxConcurrent: cap(10_000, "calls in progress at most"),
  callsPerSecond: cap(1_000, "calls that may start in any second"),
  allowedPrefixes: Type.Optional(
    Type.Array(Type.String({ pattern: "^\\+\\d{1,15}$", errorMessage: "must be + and digits, such as +91" }), {
      maxItems: 1_000,
      uniqueItems: true,
      default: [],
      description: "where calls may go; of a sip trunk: empty means nowhere",
      errorMessage: "must be a list of 1000 different prefixes at most",
    }),
  ),
  fallbackTrunkId: Type.Optional(
    Type.Union([Type.String({ maxLength: 100 }), Type.Null()], {
      default: null,
      description:
        "the trunk that takes its calls while it has a fault, with its own caps and prefixes; never after a busy or a declined call",
      errorMessage: "must be the id of another trunk, or null",
    }),
  ),
  simulator: Type.Optional(SimulatorFields),
};
const sip = Type.Optional(Type.Object({ ...sipFields, password: credential({ writeOnly: true }) }, { ...closed, title: "SipOptions" }));

/** The body of a creation; `simulator` or `sip`, whichever is the driver's. */
export const TrunkFields = Type.Object({ name, driver, ...optionalFields, sip }, { ...closed, title: "NewTrunk" });
/** A trunk as a request describes it. */
export type TrunkFields = Static<typeof TrunkFields>;

/** The body of a change: `simulator` and `sip` merge field by field. */
export const TrunkChange = Type.Object(
  { name: Type.Optional(name), driver: Type.Optional(driver), ...optionalFields, sip },
  { ...closed, title: "TrunkChange" },
);
/** What is left out stays; null lifts a cap. */
export type TrunkChange = Static<typeof TrunkChange>;

/** A trunk; only the options of its driver are there. */
export const TrunkJson = Type.Object(
  {
    id: idOf("trk"),
    name,
    driver,
    ...optionalFields,
    sip: Type.Optional(Type.Object({ ...sipFields, hasPassword: Type.Boolean() }, { title: "SipOptionsShown" })),
    createdAt: Type.String({ format: "date-time" }),
    updatedAt: Type.String({ format: "date-time" }),
  },
  {
    title: "Trunk",
    examples: [
      {
        id: exampleId("trk"),
        name: "Practice",
        driver: "simulator",
        maxConcurrent: null,
        callsPerSecond: null,
        allowedPrefixes: [],
        fallbackTrunkId: null,
        simulator: simulatorDefaults,
        createdAt: "2026-05-06T11:23:45.123Z",
        updatedAt: "2026-05-06T11:23:45.123Z",
      },
    ],
  },
);

/** What a test of a trunk came to; `message` says why it is not ok. */
export const TrunkTestJson = Type.Object(
  { ok: Type.Boolean(), message: Type.String({ examples: ["calls can leave through this trunk"] }) },
  { title: "TrunkTest" },
);

/** Settings of a common trunk to begin from. */
const TrunkProfileJson = Type.Object(
  {
    id: Type.String({ examples: ["generic"] }),
    name: Type.String(),
    sip: Type.Object(sipFields, { title: "SipOptionsOfProfile" }),
    asks: Type.Array(Type.String(), { description: "what is left to fill in" }),
    source: Type.String({ description: "where the settings come from" }),
  },
  { title: "TrunkProfile" },
);
/** The list of them. */
export const TrunkProfilesJson = Type.Object({ profiles: Type.Array(TrunkProfileJson) }, { title: "TrunkProfiles" });
/** As TrunkProfileJson. */
export type TrunkProfileJson = Static<typeof TrunkProfileJson>;

/** Without the password. */
export function toTrunkJson(row: TrunkRow) {
  return {
    id: row.id,
    name: row.name,
    driver: row.driver,
    maxConcurrent: row.maxConcurrent,
    callsPerSecond: row.callsPerSecond,
    allowedPrefixes: JSON.parse(row.allowedPrefixes) as string[],
    fallbackTrunkId: row.fallbackTrunkId,
    [row.driver]: shownOptions(JSON.parse(row.options) as Record<string, unknown>),
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  };
}

function shownOptions(options: Record<string, unknown>): Record<string, unknown> {
  if (!("password" in options)) return options;
  const { password, ...shown } = options;
  return { ...shown, hasPassword: password !== null };
}
