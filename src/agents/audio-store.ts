// The recordings of agents in the database. Lists leave the sound where it is: a recording may have 4.8 MB.

import { and, count, desc, eq, getTableColumns, lt } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { type Page, skipped } from "../database/page.ts";
import { agentAudio } from "../database/tables.ts";

const { samples: sound, ...described } = getTableColumns(agentAudio);

/** Without the sound. */
export type AgentAudioRow = Omit<typeof agentAudio.$inferSelect, "samples">;

/** Written once. */
export function insertAgentAudio(db: Db, row: AgentAudioRow, samples: Int16Array): void {
  db.orm
    .insert(agentAudio)
    .values({ ...row, samples: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength) })
    .run();
}

/** Of that agent; another's is not found. */
export function findAgentAudio(db: Db, agentId: string, id: string): AgentAudioRow | undefined {
  return db.orm
    .select(described)
    .from(agentAudio)
    .where(and(eq(agentAudio.id, id), eq(agentAudio.agentId, agentId)))
    .get();
}

/** The sound of a recording of any agent, a copy of 3 ms for five minutes; undefined when there is no such recording. */
export function readSamples(db: Db, id: string): Int16Array<ArrayBuffer> | undefined {
  const found = db.orm.select({ sound }).from(agentAudio).where(eq(agentAudio.id, id)).get();
  if (found === undefined) return undefined;
  // A view of 16 bits must begin at an even place.
  return new Int16Array(found.sound.slice().buffer);
}

/** Newest first. */
export function listAgentAudio(db: Db, agentId: string, page: Page): AgentAudioRow[] {
  const ofAgent = eq(agentAudio.agentId, agentId);
  const rows = db.orm
    .select(described)
    .from(agentAudio)
    .where(page.after === undefined ? ofAgent : and(ofAgent, lt(agentAudio.id, page.after)));
  return rows.orderBy(desc(agentAudio.id)).limit(page.limit).offset(skipped(page)).all();
}

/** Counted row by row: there are few. */
export function countAgentAudio(db: Db, agentId: string): number {
  return db.orm.select({ total: count() }).from(agentAudio).where(eq(agentAudio.agentId, agentId)).get()?.total ?? 0;
}

/** For good. */
export function deleteAgentAudio(db: Db, id: string): void {
  db.orm.delete(agentAudio).where(eq(agentAudio.id, id)).run();
}
