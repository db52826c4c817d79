// How often the token of each agent's bot was changed: all that is kept of these tokens, which are derived.

import { eq } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { settings } from "../database/tables.ts";

const nameOf = (agentId: string) => `bot_rotations:${agentId}`;

/** 0 for an agent whose token is the first one. On the path of every call. */
export function readBotRotations(db: Db, agentId: string): number {
  const row = db.sqlite.query<{ value: string }, [string]>("SELECT value FROM settings WHERE name = ?1").get(nameOf(agentId));
  return row === null ? 0 : Number(row.value);
}

/** The next call of `readBotRotations` gives one more. */
export function addBotRotation(db: Db, agentId: string): void {
  const value = String(readBotRotations(db, agentId) + 1);
  db.orm
    .insert(settings)
    .values({ name: nameOf(agentId), value })
    .onConflictDoUpdate({ target: settings.name, set: { value } })
    .run();
}

/** With the agent goes what was known of its token. */
export function forgetBotRotations(db: Db, agentId: string): void {
  db.orm
    .delete(settings)
    .where(eq(settings.name, nameOf(agentId)))
    .run();
}
