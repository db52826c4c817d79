// A campaign's further rules on the wire: when it ends, how fast and from which numbers it calls, how often one person is
// called, and who is asked before. Used by model.ts.

import { type Static, Type } from "typebox";
import { InstantInput, InstantOrNullJson, readInstant, toInstantOrNull } from "../http/instants.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { CampaignRow } from "./store.ts";

const closed = { additionalProperties: false } as const;

const MOST_NUMBERS = 50;
const MOST_CONTACT_LIMITS = 5;
const HOURS_A_YEAR = 8_760;
const DEFAULT_HOOK_SECONDS = 3;

const wholeNumber = (minimum: number, maximum: number, more: object = {}) =>
  Type.Integer({ minimum, maximum, errorMessage: `must be a whole number from ${minimum} to ${maximum}`, ...more });

const ContactLimitJson = Type.Object({ attempts: wholeNumber(1, 100), perHours: wholeNumber(1, HOURS_A_YEAR) }, closed);
const hookUrl = Type.String({
  minLength: 1,
  maxLength: 2_000,
  examples: ["https://crm.example.com/eligible"],
  errorMessage: "must be an http or https URL",
});
const hookSeconds = (more: object = {}) => wholeNumber(1, 10, more);

const fields = {
  callsPerSecond: wholeNumber(1, 1_000, { description: "calls placed in any 1,000 ms; null bounds nothing" }),
  weight: wholeNumber(1, 100, { default: 1, description: "its share where campaigns compete for the same calls" }),
  phoneNumberIds: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
    maxItems: MOST_NUMBERS,
    uniqueItems: true,
    default: [],
    description: "numbers to call from besides phoneNumberId",
    errorMessage: `must be a list of up to ${MOST_NUMBERS} different ids of phone numbers`,
  }),
  defaultCountry: Type.String({
    pattern: "^[A-Z]{2}$",
    examples: ["IN"],
    description: "where leads' numbers without a country code belong",
    errorMessage: "must be the two letters of a country, such as IN",
  }),
  contactLimits: Type.Array(ContactLimitJson, {
    maxItems: MOST_CONTACT_LIMITS,
    default: [],
    examples: [[{ attempts: 3, perHours: 24 }]],
    description: "how often one number is called, by all campaigns together",
    errorMessage: `must be a list of up to ${MOST_CONTACT_LIMITS} limits, each with attempts and perHours`,
  }),
  restAfterConversationHours: wholeNumber(0, HOURS_A_YEAR, { description: "how long a number is left alone once somebody talked" }),
};

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);

/** In a request, each optional. Null takes a rule back. */
export const ruleChanges = {
  endAt: Type.Optional(
    Type.Union([InstantInput, Type.Null()], {
      description: "no calls from then on: the campaign completes",
      examples: ["2026-12-31T18:00:00.000Z"],
    }),
  ),
  callsPerSecond: Type.Optional(orNull(fields.callsPerSecond)),
  weight: Type.Optional(orNull(fields.weight)),
  phoneNumberIds: Type.Optional(orNull(fields.phoneNumberIds)),
  defaultCountry: Type.Optional(orNull(fields.defaultCountry)),
  contactLimits: Type.Optional(orNull(fields.contactLimits)),
  restAfterConversationHours: Type.Optional(orNull(fields.restAfterConversationHours)),
  preDialHook: Type.Optional(
    orNull(
      Type.Object(
        { url: Type.Optional(hookUrl), timeoutSeconds: Type.Optional(hookSeconds({ default: DEFAULT_HOOK_SECONDS })) },
        { ...closed, description: "asked whether a person may be called now; only a timely { eligible: true } lets the call out" },
      ),
    ),
  ),
};
const RuleChanges = Type.Object(ruleChanges);
export type RuleChanges = Static<typeof RuleChanges>;

/** In an answer, all of them. */
export const ruleFields = {
  endAt: InstantOrNullJson,
  callsPerSecond: orNull(fields.callsPerSecond),
  weight: fields.weight,
  phoneNumberIds: fields.phoneNumberIds,
  defaultCountry: orNull(fields.defaultCountry),
  contactLimits: fields.contactLimits,
  restAfterConversationHours: orNull(fields.restAfterConversationHours),
  preDialHook: orNull(Type.Object({ url: hookUrl, timeoutSeconds: hookSeconds() })),
};

/** `attempts` calls at most to one number in any `perHours` hours, over all campaigns. */
export type ContactLimit = Static<typeof ContactLimitJson>;

interface PreDialHook {
  /** Undefined until it is checked: a request may change the timeout alone. */
  url: string | undefined;
  timeoutSeconds: number;
}

/** The rules of a campaign, complete. */
export interface Rules {
  endAt: EpochMs | null;
  callsPerSecond: number | null;
  weight: number;
  phoneNumberIds: readonly string[];
  defaultCountry: string | null;
  contactLimits: readonly ContactLimit[];
  restAfterConversationHours: number | null;
  preDialHook: PreDialHook | null;
}

/** A campaign without any. */
export const noRules: Rules = {
  endAt: null,
  callsPerSecond: null,
  weight: 1,
  phoneNumberIds: [],
  defaultCountry: null,
  contactLimits: [],
  restAfterConversationHours: null,
  preDialHook: null,
};

type RuleColumns = Pick<CampaignRow, keyof Rules>;

/** As they were checked when the campaign was written. */
export function rulesOf(row: RuleColumns): Rules {
  return {
    endAt: row.endAt,
    callsPerSecond: row.callsPerSecond,
    weight: row.weight,
    phoneNumberIds: JSON.parse(row.phoneNumberIds) as string[],
    defaultCountry: row.defaultCountry,
    contactLimits: JSON.parse(row.contactLimits) as ContactLimit[],
    restAfterConversationHours: row.restAfterConversationHours,
    preDialHook: row.preDialHook === null ? null : (JSON.parse(row.preDialHook) as PreDialHook),
  };
}

/** The same as columns. */
export function toRuleColumns(rules: Rules): RuleColumns {
  return {
    endAt: rules.endAt,
    callsPerSecond: rules.callsPerSecond,
    weight: rules.weight,
    phoneNumberIds: JSON.stringify(rules.phoneNumberIds),
    defaultCountry: rules.defaultCountry,
    contactLimits: JSON.stringify(rules.contactLimits),
    restAfterConversationHours: rules.restAfterConversationHours,
    preDialHook: rules.preDialHook === null ? null : JSON.stringify(rules.preDialHook),
  };
}

/** As they are shown. */
export function toRulesJson(row: RuleColumns) {
  const rules = rulesOf(row);
  return { ...rules, endAt: toInstantOrNull(rules.endAt) };
}

/** What was not sent stays, null takes back. Throws 400 for an `endAt` that is no instant. */
export function mergeRules(current: Rules, change: RuleChanges): Rules {
  const { preDialHook: hook } = change;
  return {
    endAt: typeof change.endAt === "string" ? readInstant("endAt", change.endAt) : keep(change.endAt, current.endAt, null),
    callsPerSecond: keep(change.callsPerSecond, current.callsPerSecond, null),
    weight: keep(change.weight, current.weight, noRules.weight),
    phoneNumberIds: keep(change.phoneNumberIds, current.phoneNumberIds, []),
    defaultCountry: keep(change.defaultCountry, current.defaultCountry, null),
    contactLimits: keep(change.contactLimits, current.contactLimits, []),
    restAfterConversationHours: keep(change.restAfterConversationHours, current.restAfterConversationHours, null),
    preDialHook:
      hook === undefined || hook === null
        ? keep(hook, current.preDialHook, null)
        : {
            url: hook.url ?? current.preDialHook?.url,
            timeoutSeconds: hook.timeoutSeconds ?? current.preDialHook?.timeoutSeconds ?? DEFAULT_HOOK_SECONDS,
          },
  };
}

function keep<T, N extends T>(sent: T | null | undefined, current: T, cleared: N): T {
  return sent === undefined ? current : (sent ?? cleared);
}
