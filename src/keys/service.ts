// A stand-in until the keys are written.

import type { Db } from "../database/open.ts";
import type { Role } from "../http/roles.ts";
import type { Clock, EpochMs } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import type { Random } from "../runtime/random.ts";

export interface KeyRow { id: string; name: string; role: Role; hint: string; createdAt: EpochMs; lastUsedAt: EpochMs | null; expiresAt: EpochMs | null; revokedAt: EpochMs | null }
export function createKey(_db: Db, _deps: { newId: NewId; clock: Pick<Clock, "now">; random: Random }, _key: { name: string; role: Role; expiresAt?: EpochMs }): { key: string; row: KeyRow } {
  throw new Error("the keys are not there yet");
}
export function listKeys(_db: Db): KeyRow[] {
  return [];
}
export function revokeKey(_db: Db, _id: string, _now: EpochMs): boolean {
  return false;
}
