// The password by which an agent's SIP bot knows us: one an agent, whatever the version, and never part of an answer.

import type { Db } from "../database/open.ts";
import { deleteSetting, readSetting, writeSetting } from "./rows.ts";

const nameOf = (agentId: string) => `bot_password:${agentId}`;

/** Undefined when the agent has none. On the path of every call whose bot has a username. */
export function readBotPassword(db: Db, agentId: string): string | undefined {
  const value = readSetting(db, nameOf(agentId));
  return value === undefined ? undefined : (JSON.parse(value) as string);
}

/** In the place of the one before; null leaves none, as when the agent is deleted. */
export function writeBotPassword(db: Db, agentId: string, password: string | null): void {
  if (password === null) deleteSetting(db, nameOf(agentId));
  else writeSetting(db, nameOf(agentId), JSON.stringify(password));
}
