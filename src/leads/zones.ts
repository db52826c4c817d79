// In which time zones a person may be, by what the list says or else by the number. Asked when a lead comes in.

/** The zones of an E.164 number, joined by `|`, or `?`; `timezone` is what the list says, and wins. */
export type ZonesOf = (number: string, timezone?: string | null) => string;

/** Knows no numbers yet. */
export const zonesOf: ZonesOf = (_number, timezone) => timezone ?? "?";

/** The zones of a lead one by one; none when they are unknown. */
export function zoneList(zones: string): string[] {
  return zones === "?" ? [] : zones.split("|");
}
