// From the names that bots know to ours. They are derived and not stored: those of the agents are remembered, so that a wrong one
// costs next to nothing, and the open calls of one agent are gone through, of which there are never many.

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
  const agentsBySid = rememberAgents(db, accounts);
  return {
    agentOf(accountSid, authToken) {
      const id = agentsBySid().get(accountSid);
      if (id === undefined || !isEqual(accounts.ofAgent(id).authToken, authToken)) return undefined;
      return isThere(db, id) ? id : undefined;
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

interface AgentPlace {
  place: number;
  id: string;
}

/** The agents by the names that bots know. A new agent always comes last, so that as long as the last one is the same there is no other. */
function rememberAgents(db: Db, { sidOfAgent }: BotAccounts): () => ReadonlyMap<string, string> {
  let last: AgentPlace | null = null;
  let bySid = new Map<string, string>();
  return () => {
    const now = db.sqlite.query<AgentPlace, []>("SELECT rowid AS place, id FROM agents ORDER BY rowid DESC LIMIT 1").get();
    if (now?.place === last?.place && now?.id === last?.id) return bySid;
    last = now;
    bySid = new Map(
      db.sqlite
        .query<{ id: string }, []>("SELECT id FROM agents")
        .all()
        .map(({ id }) => [sidOfAgent(id), id]),
    );
    return bySid;
  };
}

/** What is remembered outlives an agent that is deleted. */
function isThere(db: Db, agentId: string): boolean {
  return db.sqlite.query("SELECT 1 FROM agents WHERE id = ?1").get(agentId) !== null;
}

/** Tells by its time nothing of where they differ. */
function isEqual(known: string, presented: string): boolean {
  const [one, other] = [Buffer.from(known), Buffer.from(presented)];
  return one.length === other.length && timingSafeEqual(one, other);
}
