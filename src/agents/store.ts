// Agents and their versions in the database. The agent's row holds the draft; versions are written once.

import { and, count, desc, eq, lt } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import { agents, agentVersions, campaigns } from "../database/tables.ts";
import { type AgentSnapshot, parseSnapshot } from "./draft.ts";
import type { AgentRow, AgentVersionRow } from "./model.ts";

/** The draft, not a version. */
export function findAgent(db: Db, id: string): AgentRow | undefined {
  return db.orm.select().from(agents).where(eq(agents.id, id)).get();
}

/** Newest first. */
export function listAgents(db: Db, page: Page): AgentRow[] {
  const rows = db.orm
    .select()
    .from(agents)
    .where(page.after === undefined ? undefined : lt(agents.id, page.after));
  return rows.orderBy(desc(agents.id)).limit(page.limit).offset(skipped(page)).all();
}

/** Counted row by row: there are few. */
export function countAgents(db: Db): number {
  return db.orm.select({ total: count() }).from(agents).get()?.total ?? 0;
}

/** The row alone; its version 1 is written beside it. */
export function insertAgent(db: Db, row: AgentRow): void {
  db.orm.insert(agents).values(row).run();
}

/** Every column but the id. */
export function updateAgent(db: Db, { id, ...columns }: AgentRow): void {
  db.orm.update(agents).set(columns).where(eq(agents.id, id)).run();
}

/** Its versions go with it. */
export function deleteAgent(db: Db, id: string): void {
  db.orm.delete(agents).where(eq(agents.id, id)).run();
}

/** The campaigns, in any status, that name the agent, each with the version that it calls with. */
export function campaignsOfAgent(db: Db, agentId: string): { id: string; name: string; agentVersion: number }[] {
  return db.orm
    .select({ id: campaigns.id, name: campaigns.name, agentVersion: campaigns.agentVersion })
    .from(campaigns)
    .where(eq(campaigns.agentId, agentId))
    .orderBy(campaigns.id)
    .all();
}

/** What was published under that number; undefined when there is no such agent or version. On the path of every call. */
export function findAgentVersion(db: Db, agentId: string, version: number): AgentSnapshot | undefined {
  const found = db.sqlite
    .query<{ snapshot: string }, [string, number]>("SELECT snapshot FROM agent_versions WHERE agent_id = ?1 AND version = ?2")
    .get(agentId, version);
  return found === null ? undefined : parseSnapshot(found.snapshot);
}

/** With label and notes, for an answer; a call needs only `findAgentVersion`. */
export function findAgentVersionRow(db: Db, agentId: string, version: number): AgentVersionRow | undefined {
  return db.orm
    .select()
    .from(agentVersions)
    .where(and(eq(agentVersions.agentId, agentId), eq(agentVersions.version, version)))
    .get();
}

/** Newest first, by number; a page goes on below the version whose id is `after`. */
export function listAgentVersions(db: Db, agentId: string, page: Page): AgentVersionRow[] {
  const ofAgent = eq(agentVersions.agentId, agentId);
  const last =
    page.after === undefined
      ? undefined
      : db.orm
          .select()
          .from(agentVersions)
          .where(and(ofAgent, eq(agentVersions.id, page.after)))
          .get();
  const below = page.after === undefined ? undefined : lt(agentVersions.version, last?.version ?? 0);
  const rows = db.orm.select().from(agentVersions).where(and(ofAgent, below));
  return rows.orderBy(desc(agentVersions.version)).limit(page.limit).offset(skipped(page)).all();
}

/** Counted row by row: there are few. */
export function countAgentVersions(db: Db, agentId: string): number {
  return db.orm.select({ total: count() }).from(agentVersions).where(eq(agentVersions.agentId, agentId)).get()?.total ?? 0;
}

/** Throws when the number is taken. */
export function insertAgentVersion(db: Db, row: AgentVersionRow): void {
  db.orm.insert(agentVersions).values(row).run();
}
