// How often the token of each agent's bot was changed: all that is kept of these tokens, which are derived.

import type { Db } from "../database/open.ts";
import { deleteSetting, readSetting, writeSetting } from "./rows.ts";

const nameOf = (agentId: string) => `bot_rotations:${agentId}`;

/** 0 for an agent whose token is the first one. On the path of every call. */
export function readBotRotations(db: Db, agentId: string): number {
  return Number(readSetting(db, nameOf(agentId)) ?? 0);
}

/** The next call of `readBotRotations` gives one more. */
export function addBotRotation(db: Db, agentId: string): void {
  writeSetting(db, nameOf(agentId), String(readBotRotations(db, agentId) + 1));
}

/** With the agent goes what was known of its token. */
export function forgetBotRotations(db: Db, agentId: string): void {
  deleteSetting(db, nameOf(agentId));
}
