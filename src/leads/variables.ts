// The variables of a lead: which names and values they may have. Pure; for CSV columns and JSON alike.

export type Variables = Record<string, string | number | boolean>;

export const MAX_VARIABLES = 50;
/** Characters of one value. */
export const MAX_VALUE_CHARACTERS = 4_000;
export const MAX_NAME_CHARACTERS = 64;

/** Words of letters, digits, `_ - .` with one space between; marks belong to letters in many scripts (नाम). */
const NAME = /^[\p{L}\p{M}\p{Nd}_.-]+( [\p{L}\p{M}\p{Nd}_.-]+)*$/u;

/** Why `name` cannot name a variable, as the end of a sentence that begins with it; undefined when it can. */
export function problemOfName(name: string): string | undefined {
  if (name === "") return "is empty; a name has 1 to 64 characters";
  if (isLongerThan(name, MAX_NAME_CHARACTERS)) return `has more than ${MAX_NAME_CHARACTERS} characters`;
  if (NAME.test(name)) return undefined;
  return "is not a name; names are made of letters, digits, '_', '-', '.' and single spaces inside";
}

/** Counts characters as people do, not UTF-16 units: an emoji is one. */
export function isLongerThan(text: string, characters: number): boolean {
  return text.length > characters && (text.length > 2 * characters || [...text].length > characters);
}

/** No prototype: `__proto__` and `constructor` are names like any other. */
export function noVariables(): Variables {
  return Object.create(null) as Variables;
}
