// The numbers that campaigns call from, each with the trunk that its calls go through and those that stand in for it.
// Used by the roster, the room, the claim and single calls.

import type { DialTrunk } from "../../calls/dialer.ts";
import { chainFrom } from "../../trunks/stand-ins.ts";
import type { Db } from "../../database/open.ts";
import { countryOf } from "../../leads/phone-number.ts";
import { remembering } from "./remembering.ts";

/** A trunk with its caps, and whom it may call. */
export interface LineTrunk extends DialTrunk {
  name: string;
  allowedPrefixes: readonly string[];
  maxConcurrent: number | null;
  callsPerSecond: number | null;
}

/** A number to call from, with its own caps. */
export interface CallerNumber {
  id: string;
  from: string;
  country: string | undefined;
  maxConcurrent: number | null;
  callsPerSecond: number | null;
  trunk: LineTrunk;
  /** Those that take its calls while the trunk has a fault, in this order. */
  fallbacks: readonly LineTrunk[];
  /** The trunk of its own, where `trunk` is one that stands in for it. */
  standsInFor?: LineTrunk;
}

/** Undefined when there is no such number. */
export type FindLine = (phoneNumberId: string) => CallerNumber | undefined;

type NumberRow = Pick<CallerNumber, "id" | "from" | "maxConcurrent" | "callsPerSecond"> & { trunkId: string };
type TrunkRow = Omit<LineTrunk, "options" | "allowedPrefixes"> & {
  options: string;
  allowedPrefixes: string;
  fallbackTrunkId: string | null;
};

const FIND_NUMBER = `SELECT id, phone_number AS "from", max_concurrent AS maxConcurrent, calls_per_second AS callsPerSecond, trunk_id AS trunkId FROM phone_numbers WHERE id = ?1`;
const FIND_TRUNK = `
  SELECT id, name, driver, options, allowed_prefixes AS allowedPrefixes, max_concurrent AS maxConcurrent, calls_per_second AS callsPerSecond,
         fallback_trunk_id AS fallbackTrunkId FROM trunks WHERE id = ?1`;

/** Each call of the result is one look: it reads a number and a trunk once, as the open transaction sees them, however many campaigns share them. */
export function createLines(db: Db): () => FindLine {
  const optionsOf = remembering((text) => JSON.parse(text) as Record<string, unknown>);
  const prefixesOf = remembering((text) => JSON.parse(text) as string[]);
  const countryFor = remembering((number) => ({ country: countryOf(number) }));
  const toTrunk = ({ options, allowedPrefixes, fallbackTrunkId: _, ...trunk }: TrunkRow): LineTrunk => ({
    ...trunk,
    options: optionsOf(options),
    allowedPrefixes: prefixesOf(allowedPrefixes),
  });
  return () => {
    const findTrunk = once((id) => db.sqlite.query<TrunkRow, [string]>(FIND_TRUNK).get(id));
    return once((id) => {
      const number = db.sqlite.query<NumberRow, [string]>(FIND_NUMBER).get(id);
      const [trunk, ...fallbacks] = number === null ? [] : chainFrom(number.trunkId, findTrunk).map(toTrunk);
      return number === null || trunk === undefined ? undefined : { ...number, country: countryFor(number.from).country, trunk, fallbacks };
    });
  };
}

/** Asks for each once. */
function once<T>(find: (id: string) => T): (id: string) => T {
  const known = new Map<string, { value: T }>();
  return (id) => {
    const found = known.get(id) ?? { value: find(id) };
    known.set(id, found);
    return found.value;
  };
}
