import { describe, expect, test } from "bun:test";
import { getCountries, getCountryCallingCode } from "libphonenumber-js/max";
import { clocksBetween } from "../../src/campaigns/zone.ts";
import { readPrefixZones } from "../../src/leads/prefix-zones.ts";

const prefixes = readPrefixZones();
const clocks = (zone: string) => clocksBetween(zone, Date.UTC(2026, 0, 1), Date.UTC(2040, 0, 1));
const zonesUnder = (code: string) => [
  ...new Set(Object.entries(prefixes).flatMap(([prefix, zones]) => (prefix.startsWith(code) ? zones.split("&") : []))),
];

/** By the runtime's own data, which has nothing to do with the table. */
function zonesOfCountries(code: string): string[] {
  return getCountries()
    .filter((country) => getCountryCallingCode(country) === code)
    .flatMap(
      (country) => (new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones(): string[] | undefined }).getTimeZones() ?? [],
    );
}

const codes = [...new Set(getCountries().map((country) => String(getCountryCallingCode(country))))];

/** Zones of a country that no number rings in, or that are not the law's: Beijing's time is China's. */
const leftOut = ["Asia/Urumqi", "America/Danmarkshavn", "Europe/Simferopol"];
/** Ascension and Kosovo, of which the runtime knows no zones. */
const unchecked = ["247", "383"];

describe("the zones behind prefixes", () => {
  test("there is something for every country", () => {
    expect(codes.filter((code) => prefixes[code] === undefined)).toEqual([]);
    expect(codes.length).toBeGreaterThan(200);
  });

  test("every name is a zone that the runtime knows", () => {
    for (const zone of new Set(Object.values(prefixes).flatMap((zones) => zones.split("&")))) expect(() => clocks(zone)).not.toThrow();
  });

  test("no country has a zone whose clocks are none of the country's own", () => {
    const foreign = codes.flatMap((code) => {
      const own = new Set(zonesOfCountries(code).map(clocks));
      return unchecked.includes(code)
        ? []
        : zonesUnder(code)
            .filter((zone) => !own.has(clocks(zone)))
            .map((zone) => `+${code} ${zone}`);
    });
    expect(foreign).toEqual([]);
  });

  test("no country lacks a zone whose clocks differ from all that are there", () => {
    const missing = codes.flatMap((code) => {
      const there = new Set(zonesUnder(code).map(clocks));
      return zonesOfCountries(code)
        .filter((zone) => !there.has(clocks(zone)) && !leftOut.includes(zone))
        .map((zone) => `+${code} ${zone}`);
    });
    expect(missing).toEqual([]);
  });

  test("a country as a whole has every zone of its prefixes", () => {
    const lacking = codes.flatMap((code) => {
      const whole = new Set(prefixes[code]?.split("&").map(clocks));
      return zonesUnder(code)
        .filter((zone) => !whole.has(clocks(zone)))
        .map((zone) => `+${code} ${zone}`);
    });
    expect(lacking).toEqual([]);
  });
});
