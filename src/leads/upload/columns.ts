// What the columns of a CSV say about a lead besides its number and its variables. Pure; used by import.ts.
// These columns are variables like any other as well: a list that only happens to use such a name is taken as before.

import { isTimeZone } from "../../campaigns/zone.ts";
import { INSTANT_IN_WORDS, parseInstant } from "../../runtime/instant.ts";
import { TOP_PRIORITY } from "../rank.ts";
import { isLongerThan, type Variables } from "../variables.ts";

/** What a list may say about a lead. `notBefore` is epoch ms, `consent` JSON. */
export interface LeadFields {
  externalId?: string;
  priority?: number;
  timezone?: string;
  notBefore?: number;
  consent?: string;
}

export const MAX_EXTERNAL_ID_CHARACTERS = 200;

/** The columns, by what they are about; of two spellings the first that has a value counts. */
const NAMES = {
  externalId: ["external_id", "externalId"],
  priority: ["priority"],
  timezone: ["timezone"],
  notBefore: ["not_before", "notBefore"],
  consent: ["consent"],
} as const satisfies Record<keyof LeadFields, readonly string[]>;

/**
 * A value that cannot be read (a priority of "high") stays a variable and says nothing more, except where the person
 * would then be called at a time that the list forbids: an unreadable `not_before`, and an unreadable `timezone` in a
 * campaign that keeps the recipients' own hours (`needsZone`), are problems of the row.
 */
export function readColumns(variables: Variables, needsZone: boolean): LeadFields | { problem: string } {
  const externalId = valueOf(variables, NAMES.externalId);
  const priority = valueOf(variables, NAMES.priority);
  const timezone = valueOf(variables, NAMES.timezone);
  const notBefore = valueOf(variables, NAMES.notBefore);
  const consent = valueOf(variables, NAMES.consent);
  const instant = notBefore === undefined ? undefined : parseInstant(notBefore);
  const isZone = timezone !== undefined && isTimeZone(timezone);
  if (notBefore !== undefined && instant === undefined)
    return { problem: `not_before is '${short(notBefore)}'; it must be ${INSTANT_IN_WORDS}` };
  if (timezone !== undefined && !isZone && needsZone)
    return { problem: `timezone is '${short(timezone)}'; it must be an IANA time zone, such as Asia/Kolkata` };
  return {
    ...(externalId !== undefined && !isLongerThan(externalId, MAX_EXTERNAL_ID_CHARACTERS) ? { externalId } : {}),
    ...(priority !== undefined && isPriority(priority) ? { priority: Number(priority) } : {}),
    ...(isZone ? { timezone } : {}),
    ...(instant === undefined ? {} : { notBefore: instant }),
    ...(consent === undefined ? {} : { consent: JSON.stringify(consent) }),
  };
}

function valueOf(variables: Variables, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = String(variables[name] ?? "").trim();
    if (value !== "") return value;
  }
  return undefined;
}

function isPriority(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= TOP_PRIORITY;
}

const LONGEST_QUOTE = 40;

function short(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}
