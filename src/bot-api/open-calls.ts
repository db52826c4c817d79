// From the names that bots know to ours. They are derived and not stored: the agents, and the open calls of one of them, are
// gone through, of which there are never many.

import { timingSafeEqual } from "node:crypto";
import type { BotAccounts } from "../calls/bot-access.ts";
import { type CallStatus, openCallStatuses } from "../calls/call.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";

/** A call in progress. Instants are epoch ms. */
export interface OpenCall {
  callId: string;
  from: string;
  to: string;
  status: CallStatus;
  placedAt: number;
  answeredAt: number | null;
}

export interface BotCalls {
  /** The agent whose account this is; undefined unless the token is right. */
  agentOf(accountSid: string, authToken: string): string | undefined;
  /** One of the agent's calls that are in progress. */
  find(agentId: string, callSid: string): OpenCall | undefined;
}

/** Reads what is on disk. */
export function createBotCalls(db: Db, accounts: BotAccounts): BotCalls {
  return {
    agentOf(accountSid, authToken) {
      const agents = db.sqlite.query<{ id: string }, []>("SELECT id FROM agents").all();
      const found = agents.find(({ id }) => accounts.sidOfAgent(id) === accountSid);
      return found !== undefined && isEqual(accounts.ofAgent(found.id).authToken, authToken) ? found.id : undefined;
    },
    find(agentId, callSid) {
      const open = db.sqlite
        .query<OpenCall, [string]>(
          `SELECT id AS callId, from_number AS "from", to_number AS "to", status, placed_at AS placedAt, answered_at AS answeredAt
             FROM calls WHERE agent_id = ?1 AND status IN (${quoted(openCallStatuses)})`,
        )
        .all(agentId);
      return open.find(({ callId }) => accounts.sidOfCall(callId) === callSid);
    },
  };
}

/** Tells by its time nothing of where they differ. */
function isEqual(known: string, presented: string): boolean {
  const [one, other] = [Buffer.from(known), Buffer.from(presented)];
  return one.length === other.length && timingSafeEqual(one, other);
}
