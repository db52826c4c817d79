// In which time zones a person may be, by what the list says or else by the number. Pure; asked when a lead comes in.
// The table of prefixes comes in as an argument: leads/prefix-zones.ts reads it.

import { PhoneNumber } from "libphonenumber-js/max";
import { clocksBetween, isTimeZone } from "../campaigns/zone.ts";

/** Prefix of a number, without +, to the zones behind it, joined by `&`. A bare calling code stands for its whole country. */
export type PrefixZones = Readonly<Record<string, string>>;

/** The zones of an E.164 number, sorted and joined by `|`, or `?`; `timezone` is what the list says, and wins. */
export type ZonesOf = (number: string, timezone?: string | null) => string;

/** Stands where nothing is known: such a lead is never called by the recipient's own clock. */
const UNKNOWN = "?";

/** The zones of a lead one by one; none when they are unknown. */
export function zoneList(zones: string): string[] {
  return zones === UNKNOWN ? [] : zones.split("|");
}

/** Zones whose clocks read the same through these years, by today's rules, count as one. */
const COMPARED_FROM = Date.UTC(2026, 0, 1);
const COMPARED_UNTIL = Date.UTC(2040, 0, 1);

/** Countries whose mobile numbers carry an area code: Mexico, Argentina, Brazil. */
const MOBILES_WITH_AREA: readonly string[] = ["52", "54", "55"];

/** Prefix and three digits: `1` and an area code. */
const NORTH_AMERICAN_AREA = 4;

/**
 * Where a number may ring, in doubt in more zones rather than fewer:
 * - North America (+1): every zone of the area code. Numbers move within it, so that what follows says nothing. A code
 *   that is no area's (toll-free, premium, not known yet) is unknown.
 * - Elsewhere, a fixed line: the zones of the longest prefix that is known.
 * - A mobile, a number of no place, or one whose kind is not known: every zone of the country.
 * Of zones with equal clocks the one that the table names most often stays, so that +44 is `Europe/London` and not four
 * zones that tick alike. The table is read at the first question.
 */
export function createZonesOf(readPrefixes: () => PrefixZones): ZonesOf {
  let table: ZoneTable | undefined;
  const canonical = createCanonical();
  return (number, timezone) => {
    if (timezone !== undefined && timezone !== null) return isTimeZone(timezone) ? canonical(timezone) : UNKNOWN;
    table ??= createTable(readPrefixes(), canonical);
    return table.zonesOf(number.slice(1));
  };
}

interface ZoneTable {
  /** `digits` are the number without +. */
  zonesOf(digits: string): string;
}

function createTable(prefixes: PrefixZones, canonical: (zone: string) => string): ZoneTable {
  const areas = northAmericanAreas(prefixes);
  const reduce = createReduce(prefixes, canonical);
  const longest = Math.max(...Object.keys(prefixes).map((prefix) => prefix.length));

  const byPrefix = (digits: string): string | undefined => {
    for (let length = Math.min(longest, digits.length); length > 0; length -= 1) {
      const zones = prefixes[digits.slice(0, length)];
      if (zones !== undefined) return zones;
    }
    return undefined;
  };
  const find = (digits: string): string | undefined => {
    if (digits.startsWith("1")) return areas.get(digits.slice(0, NORTH_AMERICAN_AREA));
    const place = placeOf(`+${digits}`);
    if (place === undefined) return undefined;
    return place.isFixed ? byPrefix(digits) : prefixes[place.callingCode];
  };
  return {
    zonesOf(digits) {
      const zones = find(digits);
      return zones === undefined ? UNKNOWN : reduce(zones);
    },
  };
}

/** `1` and an area code to the zones of everything that begins so. */
function northAmericanAreas(prefixes: PrefixZones): ReadonlyMap<string, string> {
  const areas = new Map<string, Set<string>>();
  for (const [prefix, zones] of Object.entries(prefixes)) {
    if (!prefix.startsWith("1") || prefix.length < NORTH_AMERICAN_AREA) continue;
    const area = prefix.slice(0, NORTH_AMERICAN_AREA);
    const known = areas.get(area) ?? new Set();
    for (const zone of zones.split("&")) known.add(zone);
    areas.set(area, known);
  }
  return new Map([...areas].map(([area, zones]) => [area, [...zones].sort().join("&")]));
}

/** The calling code, and whether the number belongs to one place in the country; undefined for a code of no country. */
function placeOf(number: string): { callingCode: string; isFixed: boolean } | undefined {
  try {
    const parsed = new PhoneNumber(number);
    const kind = parsed.getType();
    const isFixed =
      kind === "FIXED_LINE" ||
      kind === "FIXED_LINE_OR_MOBILE" ||
      (kind === "MOBILE" && MOBILES_WITH_AREA.includes(parsed.countryCallingCode));
    return { callingCode: parsed.countryCallingCode, isFixed };
  } catch {
    return undefined;
  }
}

/** `a&b&c` of the table becomes `a|c`, sorted, when a and b tick alike; each text is worked out once. */
function createReduce(prefixes: PrefixZones, canonical: (zone: string) => string): (zones: string) => string {
  const mentions = new Map<string, number>();
  for (const zone of Object.values(prefixes).flatMap((zones) => zones.split("&"))) mentions.set(zone, (mentions.get(zone) ?? 0) + 1);
  const reduced = new Map<string, string>();

  const work = (zones: string): string => {
    const byClocks = new Map<string, string>();
    for (const zone of zones.split("&")) {
      if (!isTimeZone(zone)) return UNKNOWN;
      const clocks = clocksBetween(zone, COMPARED_FROM, COMPARED_UNTIL);
      const rival = byClocks.get(clocks);
      if (rival === undefined || (mentions.get(zone) ?? 0) > (mentions.get(rival) ?? 0)) byClocks.set(clocks, zone);
    }
    return [...byClocks.values()].map(canonical).sort().join("|");
  };
  return (zones) => {
    const known = reduced.get(zones) ?? work(zones);
    reduced.set(zones, known);
    return known;
  };
}

/** The name that the IANA database uses today: `Asia/Calcutta` and `asia/kolkata` become `Asia/Kolkata`. */
function createCanonical(): (zone: string) => string {
  const known = new Map<string, string>();
  const at = (zone: string) => new Temporal.ZonedDateTime(0n, zone);
  return (zone) => {
    const name = at(zone).timeZoneId;
    const names = known.has(name) ? [] : Intl.supportedValuesOf("timeZone");
    const current = known.get(name) ?? (names.includes(name) ? name : names.find((other) => at(other).equals(at(name)))) ?? name;
    known.set(name, current);
    return current;
  };
}
