// The verbs on API keys: making, checking and revoking them, and seeing to it that there is always one that may do all.

import { timingSafeEqual } from "node:crypto";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { AppError, invalid, notFound } from "../errors.ts";
import type { Caller } from "../http/door/auth.ts";
import type { Role } from "../http/door/roles.ts";
import { type Clock, type EpochMs, MINUTE } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import type { Log } from "../runtime/log.ts";
import type { Random } from "../runtime/random.ts";
import { hashKey, hintOf, isMistyped, newKey } from "./key.ts";
import {
  countLiveAdmins,
  findKey,
  findKeyByHash,
  insertKey,
  type KeyRow,
  restoreAsAdmin,
  revokeKey,
  revokeOthersNamed,
  touchKey,
} from "./store.ts";

export interface KeyDependencies {
  clock: Pick<Clock, "now">;
  newId: NewId;
  random: Random;
}

/** `key` is shown once, to whoever asked for it; only its hash is kept. Throws 400 for an expiry that is past. */
export function createKey(
  db: Db,
  deps: KeyDependencies,
  wish: { name: string; role: Role; expiresAt?: EpochMs },
): { key: string; row: KeyRow } {
  const now = deps.clock.now();
  if (wish.expiresAt !== undefined && wish.expiresAt <= now)
    throw invalid("expiresAt", `expiresAt is ${new Date(wish.expiresAt).toISOString()}, which is past; it must be still to come`);
  const key = newKey((count) => deps.random.bytes(count));
  const row = transact(db, () => addKey(db, deps, key, wish));
  return { key, row };
}

function addKey(db: Db, { clock, newId }: KeyDependencies, key: string, wish: { name: string; role: Role; expiresAt?: EpochMs }): KeyRow {
  const row: KeyRow = {
    id: newId("key"),
    name: wish.name,
    role: wish.role,
    hint: hintOf(key),
    hash: hashKey(key),
    createdAt: clock.now(),
    lastUsedAt: null,
    expiresAt: wish.expiresAt ?? null,
    revokedAt: null,
  };
  insertKey(db, row);
  return row;
}

/** Throws 404, and 409 for the last key that may manage keys: without it nobody could get in any more. */
export function removeKey(db: Db, { clock }: Pick<KeyDependencies, "clock">, id: string): void {
  transact(db, () => {
    const row = findKey(db, id);
    if (row === undefined) throw notFound("key", id);
    const now = clock.now();
    if (row.revokedAt === null && row.role === "admin" && countLiveAdmins(db, now, id) === 0) {
      throw new AppError("wrong_state", `the key '${row.name}' (${id}) is the last admin key; create another before you revoke it`);
    }
    revokeKey(db, id, now);
  });
}

const TOUCH_EVERY_MS = MINUTE;
const NO_HASH = hashKey("");

/**
 * Builds what http/door/auth.ts asks. Unknown, expired, revoked and malformed keys take the same steps: a hash, a look-up, a
 * comparison in constant time.
 */
export function createFindCaller(db: Db, clock: Pick<Clock, "now">, log: Log): (key: string) => Caller | undefined {
  return (key) => {
    const hash = hashKey(key);
    const row = findKeyByHash(db, hash);
    const isSame = timingSafeEqual(Buffer.from(hash), Buffer.from(row?.hash ?? NO_HASH));
    const now = clock.now();
    if (row === undefined || !isSame || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)) return undefined;
    if (row.lastUsedAt === null || now - row.lastUsedAt >= TOUCH_EVERY_MS) noteUse(db, row.id, now, log);
    return { keyId: row.id, role: row.role };
  };
}

/** A full disk must not lock the operator out: a use that cannot be noted is logged, and the key is good all the same. */
function noteUse(db: Db, id: string, now: EpochMs, log: Log): void {
  try {
    touchKey(db, id, now);
  } catch (error) {
    log.warn("keys.use_not_noted", { keyId: id, error });
  }
}

const ENVIRONMENT = "environment";

/**
 * Sees to it that an admin key is there. With `chosen` (the operator's, from the settings) that key is one, and the one
 * chosen before it is revoked. Without, when no admin key is live, makes one and returns it, to be printed once.
 */
export function ensureAdminKey(db: Db, deps: KeyDependencies, chosen: string | undefined): string | undefined {
  return transact(db, () => {
    const now = deps.clock.now();
    if (chosen === undefined) return countLiveAdmins(db, now) > 0 ? undefined : createKey(db, deps, { name: "first", role: "admin" }).key;
    if (isMistyped(chosen))
      throw new AppError("validation_failed", `the admin key ${hintOf(chosen)}… is mistyped: it does not end in its checksum`);
    const hash = hashKey(chosen);
    revokeOthersNamed(db, ENVIRONMENT, hash, now);
    const known = findKeyByHash(db, hash);
    if (known === undefined) addKey(db, deps, chosen, { name: ENVIRONMENT, role: "admin" });
    else restoreAsAdmin(db, known.id, ENVIRONMENT);
    return undefined;
  });
}
