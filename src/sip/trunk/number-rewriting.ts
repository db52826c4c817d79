// How a trunk wants numbers written: cut, replace, prepend, in this order. Pure; applied to the called and the calling number.

export interface NumberRewriting {
  /** Characters cut from the left, the `+` among them. */
  strip: number;
  /** A regular expression and what its match becomes; `$1` is its first group. */
  pattern: RegExp | undefined;
  replacement: string;
  prefix: string;
}

export const unchanged: NumberRewriting = { strip: 0, pattern: undefined, replacement: "", prefix: "" };

/** Only what a SIP user part of a number may hold is left: digits, `+`, `*`, `#` and letters of a prefix. */
export function rewriteNumber(number: string, { strip, pattern, replacement, prefix }: NumberRewriting): string {
  const cut = number.slice(strip);
  const replaced = pattern === undefined ? cut : cut.replace(pattern, replacement);
  return `${prefix}${replaced}`.replace(/[^A-Za-z0-9+*#._-]/g, "");
}
