import { beforeEach, describe, expect, test } from "bun:test";
import { databaseCheck, type HealthCheck, healthRoutes } from "../../src/http/health.ts";
import { createWorld, type World } from "../support/world.ts";

let world: World;
let trunk: HealthCheck;
beforeEach(() => {
  trunk = () => undefined;
  world = createWorld(({ db, clock }) => [
    healthRoutes({ clock, checks: { database: databaseCheck(db) }, deepChecks: { trunk: () => trunk() } }),
  ]);
});

const health = (deep = "", key: string | null = null) => world.request("GET", `/api/health${deep}`, undefined, { key });

describe("GET /api/health", () => {
  test("needs no key, and says how long it has been up", async () => {
    world.clock.advance(90_500);
    const answer = await health();
    expect([answer.status, answer.body]).toEqual([200, { status: "healthy", checks: { api: "ok", database: "ok" }, uptime: 90 }]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("is 503 with what is wrong when the database does not answer", async () => {
    world.db.close();
    const { status, body } = await health();
    expect([status, body.status, body.checks.api]).toEqual([503, "unhealthy", "ok"]);
    expect(body.checks.database).not.toBe("ok");
  });
});

describe("GET /api/health/deep", () => {
  test("needs a key", async () => expect((await health("/deep")).status).toBe(401));

  test("asks every part", async () => {
    expect(await health("/deep", world.keyFor("read"))).toMatchObject({
      status: 200,
      body: { status: "healthy", checks: { api: "ok", database: "ok", trunk: "ok" } },
    });
  });

  test("is 503 with the sentence of the part that is not well, while the open route stays 200", async () => {
    trunk = async () => "sip.example.com does not answer";
    expect(await health("/deep", world.adminKey)).toMatchObject({
      status: 503,
      body: { status: "unhealthy", checks: { database: "ok", trunk: "sip.example.com does not answer" } },
    });
    expect((await health()).status).toBe(200);
  });

  test("does not wait for a part that never answers", async () => {
    trunk = () => {
      queueMicrotask(() => world.clock.advance(5_000));
      return new Promise(() => undefined);
    };
    expect(await health("/deep", world.adminKey)).toMatchObject({ status: 503, body: { checks: { trunk: "no answer within 5 s" } } });
  });

  test("a part that throws is not well", async () => {
    trunk = () => {
      throw new Error("no socket");
    };
    expect((await health("/deep", world.adminKey)).body.checks.trunk).toBe("no socket");
  });
});
