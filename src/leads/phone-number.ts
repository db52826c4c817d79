// Numbers to call: from what people write to E.164. Pure; used wherever a number enters.

// The smallest metadata: it knows every country's possible lengths, and more is not asked. Whether a number is
// assigned is not checked on purpose: plans change faster than libraries, and test ranges must work.
import { isSupportedCountry, parsePhoneNumberFromString, PhoneNumber } from "libphonenumber-js/min";

/** What people put between digits: spaces of any kind, dashes, brackets and dots, and the unseen marks that copying leaves. */
const SEPARATORS = /[\s\p{Pd}\p{Cf}().[\]]/gu;
const E164 = /^\+[1-9]\d{6,14}$/;
/** `+44 (0)20 …`: the zero is dialed inside the country only, and dropping it would be a guess (Italy keeps its zeros). */
const OPTIONAL_ZERO = /\(0\)/;
const LONGEST_QUOTE = 40;

/**
 * The number in E.164 form, or why it is none, as a sentence. `defaultCountry` (ISO 3166, two letters) is what a
 * number without + belongs to; without it such a number is refused.
 */
export function parsePhoneNumber(text: string, defaultCountry?: string): { number: string } | { problem: string } {
  const compact = text.slice(0, 1_000).replaceAll(SEPARATORS, "");
  if (compact === "") return { problem: "the phone number is empty" };
  const shown = `'${text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text}'`;
  if (/[^+\d]/.test(compact) || compact.lastIndexOf("+") > 0) {
    return { problem: `${shown} has characters that do not belong to a phone number; it must be like +919876543210` };
  }
  if (!compact.startsWith("+")) return parseNational(compact, shown, defaultCountry);
  if (!E164.test(compact)) return { problem: `${shown} is not in E.164 form; it must be + and 7 to 15 digits, such as +919876543210` };
  if (OPTIONAL_ZERO.test(text))
    return { problem: `${shown} has a zero in brackets; it must have exactly the digits that are dialed from abroad` };
  const written = readE164(compact);
  if (written === undefined) return { problem: `${shown} begins with no country code that is in use` };
  if (!written.isPossible()) return { problem: `${shown} has a length that is not possible in +${written.countryCallingCode}` };
  return { number: compact };
}

/** Whether numbers of the country (ISO 3166, two capital letters) can be read. */
export function isKnownCountry(country: string): boolean {
  return isSupportedCountry(country);
}

/** The country of an E.164 number; undefined where several share its code and the number does not tell. */
export function countryOf(number: string): string | undefined {
  return parsePhoneNumberFromString(number)?.country;
}

/** As written: parsing would take a leading zero for a national prefix and drop it. Undefined for a code of no country. */
function readE164(number: string): PhoneNumber | undefined {
  try {
    return new PhoneNumber(number);
  } catch {
    return undefined;
  }
}

function parseNational(digits: string, shown: string, defaultCountry: string | undefined): { number: string } | { problem: string } {
  if (defaultCountry === undefined) return { problem: `${shown} has no country code; it must be in E.164 form, such as +919876543210` };
  if (!isSupportedCountry(defaultCountry))
    return { problem: `${shown} has no country code, and the default country '${defaultCountry}' is none that is known` };
  const parsed = parsePhoneNumberFromString(digits, { defaultCountry, extract: false });
  if (parsed !== undefined && parsed.isPossible() && E164.test(parsed.number)) return { number: parsed.number };
  return { problem: `${shown} is not a possible number in ${defaultCountry}; it may be written in full, such as +919876543210` };
}
