// The verbs on trunks. Which drivers this build has comes in from app.ts.

import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { invalid, invalidAt, notFound, stillReferenced } from "../errors.ts";
import type { Clock } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import type { TrunkChange, TrunkFields, TrunkRow } from "./model.ts";
import { changeOptions, type OptionsChange, type TrunkDriver } from "./options.ts";
import { countTrunks, deleteTrunk, findTrunk, insertTrunk, numbersOfTrunk, trunksFallingBackOn, updateTrunk } from "./store.ts";

/** What the verbs need. */
export interface TrunkDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  newId: NewId;
  /** The drivers that have an adapter in this build; a trunk of another one is refused. */
  drivers: readonly TrunkDriver[];
  /** What of the options the driver's adapter cannot work with, a sentence each. */
  problemsOf(driver: TrunkDriver, options: Record<string, unknown>): readonly string[];
  /** A trunk was made, changed or removed. */
  changed(trunkId: string): void;
}

/** Throws 404. */
export function getTrunk(db: Db, id: string): TrunkRow {
  const row = findTrunk(db, id);
  if (row === undefined) throw notFound("trunk", id);
  return row;
}

/** Throws 400 for a driver that this build does not have, and for options that do not fit. */
export function createTrunk(deps: TrunkDependencies, fields: TrunkFields): TrunkRow {
  const { db, clock, newId } = deps;
  const now = clock.now();
  const row: TrunkRow = {
    id: newId("trk"),
    name: fields.name,
    driver: fields.driver,
    maxConcurrent: fields.maxConcurrent ?? null,
    callsPerSecond: fields.callsPerSecond ?? null,
    allowedPrefixes: JSON.stringify(fields.allowedPrefixes ?? []),
    fallbackTrunkId: fields.fallbackTrunkId ?? null,
    options: acceptedOptions(deps, fields.driver, {}, fields),
    createdAt: now,
    updatedAt: now,
  };
  transact(db, () => {
    checkFallback(db, row);
    insertTrunk(db, row);
  });
  deps.changed(row.id);
  return row;
}

/** Another driver starts from its own defaults; calls in progress keep what they left with. */
export function changeTrunk(deps: TrunkDependencies, id: string, change: TrunkChange): TrunkRow {
  const { db, clock } = deps;
  const row = transact(db, () => {
    const row = getTrunk(db, id);
    const driver = change.driver ?? row.driver;
    const options = driver === row.driver ? (JSON.parse(row.options) as Record<string, unknown>) : {};
    const changed: TrunkRow = {
      ...row,
      name: change.name ?? row.name,
      driver,
      maxConcurrent: change.maxConcurrent === undefined ? row.maxConcurrent : change.maxConcurrent,
      callsPerSecond: change.callsPerSecond === undefined ? row.callsPerSecond : change.callsPerSecond,
      allowedPrefixes: change.allowedPrefixes === undefined ? row.allowedPrefixes : JSON.stringify(change.allowedPrefixes),
      fallbackTrunkId: change.fallbackTrunkId === undefined ? row.fallbackTrunkId : change.fallbackTrunkId,
      options: acceptedOptions(deps, driver, options, change),
      updatedAt: clock.now(),
    };
    checkFallback(db, changed);
    updateTrunk(db, changed);
    return changed;
  });
  deps.changed(id);
  return row;
}

/** Throws 409 while a phone number leaves through it, or another trunk falls back on it. */
export function removeTrunk({ db, changed }: Pick<TrunkDependencies, "db" | "changed">, id: string): void {
  transact(db, () => {
    getTrunk(db, id);
    const users = [
      ...numbersOfTrunk(db, id).map((number) => `phone number ${number.phoneNumber} (${number.id})`),
      ...trunksFallingBackOn(db, id).map((trunk) => `trunk '${trunk.name}' (${trunk.id})`),
    ];
    if (users.length > 0) throw stillReferenced("trunk", id, users);
    deleteTrunk(db, id);
  });
  changed(id);
}

/** So that a new appliance can call somebody, if only in play: a simulator trunk when there is no trunk at all. */
export function ensureDefaultTrunk(db: Db, { clock, newId }: Pick<TrunkDependencies, "clock" | "newId">): void {
  transact(db, () => {
    const deps = { db, clock, newId, drivers: ["simulator"] as const, problemsOf: () => [], changed: () => undefined };
    if (countTrunks(db) === 0) createTrunk(deps, { name: "Simulator", driver: "simulator" });
  });
}

/** A simulated carrier calls nobody: whoever stood in that way would end as if they had been reached. */
function checkFallback(db: Db, { id, driver, fallbackTrunkId }: TrunkRow): void {
  if (fallbackTrunkId === null) return;
  if (fallbackTrunkId === id)
    throw invalid("fallbackTrunkId", "fallbackTrunkId names the trunk itself; it must name another one, or be null");
  const other = findTrunk(db, fallbackTrunkId);
  if (other === undefined) throw notFound("trunk", fallbackTrunkId);
  if (other.driver !== driver)
    throw invalid(
      "fallbackTrunkId",
      `the trunk '${other.name}' has the driver ${other.driver}; it must have the driver ${driver}, as the one that it stands in for`,
    );
}

function acceptedOptions(
  { drivers, problemsOf }: TrunkDependencies,
  driver: TrunkDriver,
  current: Record<string, unknown>,
  change: OptionsChange,
): string {
  if (!drivers.includes(driver)) {
    throw invalid("driver", `driver is '${driver}'; the ${driver} dialer is not in this build, use ${drivers.join(" or ")}`);
  }
  const { options, problems } = changeOptions(driver, current, change);
  if (problems.length > 0) throw invalidAt(problems);
  const unusable = problemsOf(driver, options);
  if (unusable.length > 0) throw invalidAt(unusable.map((message) => ({ path: driver, message })));
  return JSON.stringify(options);
}
