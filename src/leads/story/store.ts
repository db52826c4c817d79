// What happened to one lead: its calls, and the decisions not to call it. Read by routes.ts, written by dialing.

import { desc, eq } from "drizzle-orm";
import type { Db } from "../../database/open.ts";
import { calls, decisions } from "../../database/tables.ts";

export type CallOfLead = typeof calls.$inferSelect;
export type DecisionRow = typeof decisions.$inferSelect;

/** Calls and decisions of one lead that are told, the newest of them: faults of ours may repeat without end. */
const MOST_TOLD = 1_000;

/** Oldest first. */
export function callsOfLead(db: Db, leadId: string): CallOfLead[] {
  return db.orm.select().from(calls).where(eq(calls.leadId, leadId)).orderBy(desc(calls.id)).limit(MOST_TOLD).all().reverse();
}

/** Oldest first. */
export function decisionsOfLead(db: Db, leadId: string): DecisionRow[] {
  return db.orm
    .select()
    .from(decisions)
    .where(eq(decisions.leadId, leadId))
    .orderBy(desc(decisions.sequence))
    .limit(MOST_TOLD)
    .all()
    .reverse();
}
