// Whether this process is well: for load balancers and monitors (open), and with every part asked (with a key).

import { Elysia } from "elysia";
import { Type } from "typebox";
import type { Db } from "../database/open.ts";
import { type Clock, SECOND } from "../runtime/clock.ts";
import { document } from "./document.ts";

/** What is wrong with one part, as a sentence; undefined when it is well. A throw counts as what it says. */
export type HealthCheck = () => string | undefined | Promise<string | undefined>;

export interface HealthDependencies {
  clock: Pick<Clock, "monotonicMs" | "after">;
  /** Asked on every request to the open route: cheap, and showing no secrets. */
  checks: Record<string, HealthCheck>;
  /** Asked as well on the deep route. */
  deepChecks: Record<string, HealthCheck>;
}

/** A part that does not answer within this is not well. */
const PATIENCE_MS = 5 * SECOND;

const HealthJson = Type.Object(
  {
    status: Type.Enum(["healthy", "unhealthy"]),
    checks: Type.Record(Type.String(), Type.String({ description: "ok, or what is wrong" }), { examples: [{ api: "ok", database: "ok" }] }),
    uptime: Type.Integer({ description: "seconds since the start", examples: [86_400] }),
  },
  { title: "Health" },
);
const tag = "Health";
const answers = { 200: HealthJson, 503: HealthJson };

/** The uptime counts from this call on. */
export function healthRoutes({ clock, checks, deepChecks }: HealthDependencies) {
  const startedMs = clock.monotonicMs();
  const answer = async (asked: Record<string, HealthCheck>) => {
    const results = await Promise.all(
      Object.entries(asked).map(async ([name, check]) => [name, (await ask(check, clock)) ?? "ok"] as const),
    );
    const isHealthy = results.every(([, result]) => result === "ok");
    const body = {
      status: isHealthy ? "healthy" : "unhealthy",
      checks: { api: "ok", ...Object.fromEntries(results) },
      uptime: Math.floor((clock.monotonicMs() - startedMs) / SECOND),
    };
    return Response.json(body, { status: isHealthy ? 200 : 503, headers: { "cache-control": "no-store" } });
  };
  return new Elysia({ prefix: "/api/health" })
    .get("/", () => answer(checks), document({ summary: "Whether the API and the database answer", tag, answers }))
    .get("/deep", () => answer({ ...checks, ...deepChecks }), document({ summary: "Whether every part answers", tag, answers }));
}

async function ask(check: HealthCheck, clock: Pick<Clock, "after">): Promise<string | undefined> {
  let cancel = () => undefined as void;
  const late = new Promise<string>((resolve) => {
    cancel = clock.after(PATIENCE_MS, () => resolve(`no answer within ${PATIENCE_MS / SECOND} s`));
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    cancel();
  }
}

/** Whether the database answers a read. */
export function databaseCheck(db: Db): HealthCheck {
  return () => {
    db.sqlite.query("SELECT count(*) FROM settings").get();
    return undefined;
  };
}
