// The numbers that campaigns call from, each with the trunk that its calls go through. Used by the roster, the room and the claim.

import type { DialTrunk } from "../calls/dialer.ts";
import type { Db } from "../database/open.ts";
import { countryOf } from "../leads/phone-number.ts";
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
}

/** Undefined when there is no such number. */
export type FindLine = (phoneNumberId: string) => CallerNumber | undefined;

interface Row {
  id: string;
  from: string;
  maxConcurrent: number | null;
  callsPerSecond: number | null;
  trunkId: string;
  trunkName: string;
  driver: DialTrunk["driver"];
  options: string;
  allowedPrefixes: string;
  trunkMaxConcurrent: number | null;
  trunkCallsPerSecond: number | null;
}

const FIND = `
  SELECT n.id, n.phone_number AS "from", n.max_concurrent AS maxConcurrent, n.calls_per_second AS callsPerSecond,
         t.id AS trunkId, t.name AS trunkName, t.driver, t.options, t.allowed_prefixes AS allowedPrefixes,
         t.max_concurrent AS trunkMaxConcurrent, t.calls_per_second AS trunkCallsPerSecond
    FROM phone_numbers n JOIN trunks t ON t.id = n.trunk_id WHERE n.id = ?1`;

/** Each call of the result is one look: it reads a number once, as the open transaction sees it, however many campaigns share it. */
export function createLines(db: Db): () => FindLine {
  const optionsOf = remembering((text) => JSON.parse(text) as Record<string, unknown>);
  const prefixesOf = remembering((text) => JSON.parse(text) as string[]);
  const countryFor = remembering((number) => ({ country: countryOf(number) }));
  const toLine = ({ id, from, maxConcurrent, callsPerSecond, ...trunk }: Row): CallerNumber => ({
    id,
    from,
    maxConcurrent,
    callsPerSecond,
    country: countryFor(from).country,
    trunk: {
      id: trunk.trunkId,
      name: trunk.trunkName,
      driver: trunk.driver,
      options: optionsOf(trunk.options),
      allowedPrefixes: prefixesOf(trunk.allowedPrefixes),
      maxConcurrent: trunk.trunkMaxConcurrent,
      callsPerSecond: trunk.trunkCallsPerSecond,
    },
  });
  return () => {
    const known = new Map<string, CallerNumber | undefined>();
    return (id) => {
      if (!known.has(id)) {
        const row = db.sqlite.query<Row, [string]>(FIND).get(id);
        known.set(id, row === null ? undefined : toLine(row));
      }
      return known.get(id);
    };
  };
}
