// A machine that places single calls on paper: each is answered at once, and over when somebody ends it.

import { and, eq } from "drizzle-orm";
import type { CallControl } from "../../src/calls/control.ts";
import { agents, agentVersions, calls, phoneNumbers } from "../../src/database/tables.ts";
import { takeReport } from "../../src/dialing/ending/report.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import type { Parts } from "./world.ts";

/** The rows are those of real calls; nothing is dialed, billed or told. */
export function createFakeCalls({ db, clock, newId }: Pick<Parts, "db" | "clock" | "newId">): CallControl {
  const statusOf = (id: string) => db.orm.select().from(calls).where(eq(calls.id, id)).get()?.status;
  return {
    nudge: () => undefined,
    async placeCall({ agentId, agentVersion, phoneNumberId, to }) {
      const agent = db.orm.select().from(agents).where(eq(agents.id, agentId)).get();
      const number = db.orm.select().from(phoneNumbers).where(eq(phoneNumbers.id, phoneNumberId)).get();
      if (agent === undefined) return { kind: "missing", what: "agent" };
      if (number === undefined) return { kind: "missing", what: "phoneNumber" };
      const version = db.orm
        .select()
        .from(agentVersions)
        .where(and(eq(agentVersions.agentId, agentId), eq(agentVersions.version, agentVersion ?? agent.currentVersion)))
        .get();
      if (version === undefined) return { kind: "missing", what: "agentVersion" };
      const callId = newId("call");
      const placedAt = clock.now();
      db.orm
        .insert(calls)
        .values({
          id: callId,
          bootId: "boot",
          agentId,
          agentVersion: version.version,
          phoneNumberId,
          trunkId: number.trunkId,
          fromNumber: number.phoneNumber,
          toNumber: to,
          attempt: 1,
          usesAttempt: 1,
          status: "answered",
          placedAt,
          ringingAt: placedAt,
          answeredAt: placedAt,
        })
        .run();
      return { kind: "placed", callId };
    },
    endCall(id) {
      if (statusOf(id) !== "answered") return false;
      db.orm
        .update(calls)
        .set({
          status: "ended",
          ending: "completed",
          reason: "normal_clearing",
          sipCode: 200,
          hungUpBy: "us",
          endedAt: clock.now(),
          ringMs: 0,
          talkMs: 4_000,
        })
        .where(eq(calls.id, id))
        .run();
      return true;
    },
    report: (id, report) => takeReport({ db, newId, random: seededRandom(3) }, id, report, clock.now()) !== undefined,
    transferCall: (id) => (statusOf(id) === "answered" ? "asked" : "not_in_progress"),
  };
}
