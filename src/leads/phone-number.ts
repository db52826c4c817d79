// Numbers to call: from what people write to E.164. Used wherever a number enters.

import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";

const SEPARATORS = /[\s().-]/g;

/** E.164 of a possible length for its country; a national number needs `defaultCountry` (ISO 3166, two letters). */
export function parsePhoneNumber(text: string, defaultCountry?: string): { number: string } | { problem: string } {
  const country: CountryCode | undefined = defaultCountry !== undefined && isSupportedCountry(defaultCountry) ? defaultCountry : undefined;
  const parsed = parsePhoneNumberFromString(text.replaceAll(SEPARATORS, ""), { defaultCountry: country, extract: false });
  if (parsed?.isPossible() && /^\+[1-9]\d{6,14}$/.test(parsed.number)) return { number: parsed.number };
  return { problem: `'${text.slice(0, 40)}' is not a number to call; it must be in E.164 form, such as +919876543210` };
}
