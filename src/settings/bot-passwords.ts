// The password by which an agent's SIP bot knows us: one an agent, whatever the version, and never part of an answer.

import { eq } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { settings } from "../database/tables.ts";

const nameOf = (agentId: string) => `bot_password:${agentId}`;

/** Undefined when the agent has none. On the path of every call whose bot has a username. */
export function readBotPassword(db: Db, agentId: string): string | undefined {
  const row = db.sqlite.query<{ value: string }, [string]>("SELECT value FROM settings WHERE name = ?1").get(nameOf(agentId));
  return row === null ? undefined : (JSON.parse(row.value) as string);
}

/** In the place of the one before; null leaves none, as when the agent is deleted. */
export function writeBotPassword(db: Db, agentId: string, password: string | null): void {
  if (password === null) {
    db.orm
      .delete(settings)
      .where(eq(settings.name, nameOf(agentId)))
      .run();
    return;
  }
  const value = JSON.stringify(password);
  db.orm
    .insert(settings)
    .values({ name: nameOf(agentId), value })
    .onConflictDoUpdate({ target: settings.name, set: { value } })
    .run();
}
