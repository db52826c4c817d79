import { describe, expect, test } from "bun:test";
import { Elysia } from "elysia";
import { openDatabase } from "../../src/database/open.ts";
import { AppError } from "../../src/errors.ts";
import { createIdempotency } from "../../src/http/repeats/idempotency.ts";
import { HOUR } from "../../src/runtime/clock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createWholeApi } from "../support/whole-api.ts";
import { type Answer, createParts, createWorld, insertCampaignRow, type Parts, type World } from "../support/world.ts";

const DAY = 24 * HOUR;
const agent = { name: "Anita" };
const named = (name: string) => ({ headers: { "idempotency-key": name } });
const isReplayed = ({ headers }: Answer) => headers.get("idempotency-replayed") === "true";

function countAgents({ db }: Pick<Parts, "db">): number {
  return db.sqlite.query<{ n: number }, []>("SELECT count(*) AS n FROM agents").get()?.n ?? 0;
}

function countStored({ db }: Pick<Parts, "db">): number {
  return db.sqlite.query<{ n: number }, []>("SELECT count(*) AS n FROM idempotency").get()?.n ?? 0;
}

/** A world with one more route, whose answers are the test's; `runs` counts them. */
function withRoute(answer: (run: number) => unknown): World & { runs: () => number } {
  let runs = 0;
  const room = () => [new Elysia().post("/api/trial", () => answer((runs += 1)))];
  return { ...createWorld(room, (parts) => ({ idempotency: createIdempotency(parts) })), runs: () => runs };
}

describe("a POST with an Idempotency-Key", () => {
  test("takes effect once, and is answered again as the first time", async () => {
    const world = createWholeApi();
    const first = await world.request("POST", "/api/agents", agent, named("a1"));
    world.clock.advance(HOUR);
    const second = await world.request("POST", "/api/agents", agent, named("a1"));
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get("content-type")).toBe(first.headers.get("content-type"));
    expect([isReplayed(first), isReplayed(second), countAgents(world)]).toEqual([false, true, 1]);
  });

  test("with another body is a 409, and nothing is done", async () => {
    const world = createWholeApi();
    await world.request("POST", "/api/agents", agent, named("a1"));
    const { status, body } = await world.request("POST", "/api/agents", { name: "Other" }, named("a1"));
    expect([status, body.code, body.error]).toEqual([
      409,
      "idempotency_conflict",
      "the Idempotency-Key 'a1' was used with another body; use a new key for another request",
    ]);
    expect(countAgents(world)).toBe(1);
  });

  test.each(["/api/trunks", "/api/agents?x=1"])("to another path, %s, is a 409 that names the first", async (path) => {
    const world = createWholeApi();
    await world.request("POST", "/api/agents", agent, named("a1"));
    const { status, body } = await world.request("POST", path, agent, named("a1"));
    expect([status, body.error]).toEqual([
      409,
      "the Idempotency-Key 'a1' was used for POST /api/agents at 2026-05-06T05:30:00.000Z; use a new key for another request",
    ]);
  });

  test("is another request when another API key sends it", async () => {
    const world = createWholeApi();
    await world.request("POST", "/api/agents", agent, named("a1"));
    const { status, headers } = await world.request("POST", "/api/agents", agent, { key: world.keyFor("operator"), ...named("a1") });
    expect([status, headers.get("idempotency-replayed"), countAgents(world)]).toEqual([201, null, 2]);
  });

  test("is remembered for 24 hours and not longer", async () => {
    const world = createWholeApi();
    await world.request("POST", "/api/agents", agent, named("a1"));
    world.clock.advance(DAY - 1);
    expect(isReplayed(await world.request("POST", "/api/agents", agent, named("a1")))).toBe(true);
    world.clock.advance(1);
    expect(isReplayed(await world.request("POST", "/api/agents", { name: "Other" }, named("a1")))).toBe(false);
    expect(countAgents(world)).toBe(2);
  });

  test("that was refused is refused again, though it would do now", async () => {
    const world = createWholeApi();
    const number = { phoneNumber: "+14155550100", trunkId: "trk_x" };
    const first = await world.request("POST", "/api/phone-numbers", number, named("n1"));
    world.db.sqlite.run(
      "INSERT INTO trunks (id, name, driver, allowed_prefixes, options, created_at, updated_at) VALUES ('trk_x', 'T', 'simulator', '[]', '{}', 1, 1)",
    );
    const second = await world.request("POST", "/api/phone-numbers", number, named("n1"));
    expect([first.status, second.status, isReplayed(second)]).toEqual([404, 404, true]);
    expect(second.body).toEqual(first.body);
  });

  test("needs its API key all the same", async () => {
    const world = createWholeApi();
    await world.request("POST", "/api/agents", agent, named("a1"));
    expect((await world.request("POST", "/api/agents", agent, { key: null, ...named("a1") })).status).toBe(401);
    expect((await world.request("POST", "/api/agents", agent, { key: world.keyFor("read"), ...named("a1") })).status).toBe(403);
  });

  test.each([
    ["", "is ''"],
    ["x".repeat(256), "is 'xxx"],
    ["café", "is 'caf"],
  ])("that is no good is told: %p", async (name, words) => {
    const { status, body } = await createWholeApi().request("POST", "/api/agents", agent, named(name));
    expect([status, body.code, body.details[0].path]).toEqual([400, "validation_failed", "Idempotency-Key"]);
    expect(body.error).toContain(words);
  });

  test("of 255 characters, and with every printable one, is good", async () => {
    const world = createWholeApi();
    const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, place) => 32 + place)).trim();
    for (const name of ["x".repeat(255), printable])
      expect((await world.request("POST", "/api/agents", agent, named(name))).status).toBe(201);
  });

  test("a GET, a PUT and a DELETE may have one; it means nothing to them", async () => {
    const world = createWholeApi();
    const { id } = (await world.request("POST", "/api/agents", agent)).body;
    expect((await world.request("PUT", `/api/agents/${id}`, { name: "A" }, named("a1"))).status).toBe(200);
    expect((await world.request("PUT", `/api/agents/${id}`, { name: "B" }, named("a1"))).body.name).toBe("B");
    expect((await world.request("GET", `/api/agents/${id}`, undefined, named("a1"))).status).toBe(200);
    expect((await world.request("DELETE", `/api/agents/${id}`, undefined, named("a1"))).status).toBe(204);
    expect(countStored(world)).toBe(0);
  });
});

describe("twins", () => {
  test("sent at once wait for each other and take effect once", async () => {
    const world = createWholeApi();
    const answers = await Promise.all(Array.from({ length: 8 }, () => world.request("POST", "/api/agents", agent, named("a1"))));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(isReplayed)).toHaveLength(7);
    expect(countAgents(world)).toBe(1);
  });

  test("of which the first takes long are answered when it is done", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const world = withRoute(() => promise);
    const answers = [1, 2, 3].map(() => world.request("POST", "/api/trial", {}, named("t")));
    for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => void setImmediate(done));
    expect(world.runs()).toBe(1);
    resolve('{"done":1}');
    expect((await Promise.all(answers)).map(({ status, body }) => [status, body])).toEqual([
      [200, { done: 1 }],
      [200, { done: 1 }],
      [200, { done: 1 }],
    ]);
    expect(world.runs()).toBe(1);
  });

  test("with different bodies: one is done, the others are 409", async () => {
    const world = createWholeApi();
    const answers = await Promise.all(["A", "B", "C"].map((name) => world.request("POST", "/api/agents", { name }, named("a1"))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(countAgents(world)).toBe(1);
  });

  test("of which the first meets a fault: the next one tries", async () => {
    const world = withRoute((run) => {
      if (run === 1) throw new AppError("sip_failure", "the trunk does not answer");
      return { run };
    });
    const answers = await Promise.all([1, 2, 3].map(() => world.request("POST", "/api/trial", {}, named("t"))));
    expect(answers.map(({ status, body }) => [status, body.run])).toEqual([
      [500, undefined],
      [200, 2],
      [200, 2],
    ]);
  });
});

describe("what is not remembered", () => {
  const faults: [string, (run: number) => unknown, number][] = [
    [
      "a fault",
      () => {
        throw new Error("a bug");
      },
      500,
    ],
    [
      "a store that cannot write",
      () => {
        throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
      },
      503,
    ],
    [
      "too many requests",
      () => {
        throw new AppError("rate_limited", "all lines are busy", { retryAfterSeconds: 1 });
      },
      429,
    ],
  ];
  test.each(faults)("%s is not the last word", async (_, fail, status) => {
    const world = withRoute((run) => (run === 1 ? fail(run) : { run }));
    expect((await world.request("POST", "/api/trial", {}, named("t"))).status).toBe(status);
    expect(countStored(world)).toBe(0);
    expect((await world.request("POST", "/api/trial", {}, named("t"))).body).toEqual({ run: 2 });
  });
});

describe("a CSV with an Idempotency-Key", () => {
  const csv = "phone,name\n+919876543210,A\n+919876543211,B\n";
  const asCsv = (name: string) => ({ headers: { "idempotency-key": name, "content-type": "text/csv" } });
  const inPieces = (text: string) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (let start = 0; start < text.length; start += 7) controller.enqueue(new TextEncoder().encode(text.slice(start, start + 7)));
        controller.close();
      },
    });

  test("goes in once, in whatever pieces it comes", async () => {
    const world = createWholeApi();
    const path = `/api/campaigns/${insertCampaignRow(world).id}/leads`;
    const first = await world.request("POST", path, csv, asCsv("u1"));
    const second = await world.request("POST", path, inPieces(csv), asCsv("u1"));
    expect([first.body, second.body]).toEqual([
      { inserted: 2, csvErrors: [], duplicates: 0 },
      { inserted: 2, csvErrors: [], duplicates: 0 },
    ]);
    expect([isReplayed(first), isReplayed(second)]).toEqual([false, true]);
  });

  test("that differs in its last row is a 409", async () => {
    const world = createWholeApi();
    const path = `/api/campaigns/${insertCampaignRow(world).id}/leads`;
    await world.request("POST", path, csv, asCsv("u1"));
    const { status, body } = await world.request("POST", path, inPieces(csv.replace(",B", ",C")), asCsv("u1"));
    expect([status, body.code]).toEqual([409, "idempotency_conflict"]);
  });

  test("that was cut off may be sent again", async () => {
    const world = createWholeApi();
    const path = `/api/campaigns/${insertCampaignRow(world).id}/leads`;
    let pulls = 0;
    const cutOff = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulls += 1;
        if (pulls === 1) controller.enqueue(new TextEncoder().encode(csv));
        else controller.error(new DOMException("The connection was closed.", "AbortError"));
      },
    });
    const first = await world.request("POST", path, cutOff, asCsv("u1"));
    expect([first.status, first.body.error]).toEqual([400, expect.stringContaining("cut off")]);
    expect((await world.request("POST", path, csv, asCsv("u1"))).body.inserted).toBe(2);
  });

  test("to a route that reads none is refused and not remembered", async () => {
    const world = createWholeApi();
    expect((await world.request("POST", "/api/agents", csv, asCsv("u1"))).status).toBe(415);
    expect(countStored(world)).toBe(0);
  });

  test("to a route that looks at no body is remembered by it", async () => {
    const world = withRoute((run) => ({ run }));
    expect((await world.request("POST", "/api/trial", csv, asCsv("u1"))).body).toEqual({ run: 1 });
    expect((await world.request("POST", "/api/trial", csv, asCsv("u1"))).body).toEqual({ run: 1 });
    expect((await world.request("POST", "/api/trial", `${csv}x`, asCsv("u1"))).status).toBe(409);
  });
});

describe("after a restart", () => {
  const asked = (work: () => Response) => ({
    request: new Request("http://localhost/api/agents", { method: "POST", body: "{}" }),
    sender: { keyId: "key_1", apiKey: "odk_secret" },
    work,
  });

  test("a stored answer is given again", async () => {
    const folder = temporaryFolder();
    const path = `${folder.path}/outdial.db`;
    const before = openDatabase({ path });
    const parts = createParts();
    const first = asked(() => Response.json({ id: 1 }, { status: 201 }));
    await createIdempotency({ ...parts, db: before }).answer(first.request, first.sender, "a1", first.work);
    before.close();
    const after = openDatabase({ path });
    const second = asked(() => Response.json({ id: 2 }, { status: 201 }));
    const answer = await createIdempotency({ ...parts, db: after }).answer(second.request, second.sender, "a1", second.work);
    expect([answer.status, await answer.json(), answer.headers.get("idempotency-replayed")]).toEqual([201, { id: 1 }, "true"]);
    after.close();
    folder.remove();
  });

  test("a request that was at work is not done again: what became of it is not known", async () => {
    const world = createWholeApi();
    const { promise } = Promise.withResolvers<Response>();
    const { request, sender } = asked(() => new Response());
    // The process dies before its answer comes.
    void createIdempotency(world).answer(request, sender, "a1", () => promise);
    await new Promise((done) => void setImmediate(done));
    expect(countStored(world)).toBe(1);
    const again = asked(() => Response.json({ id: 2 }));
    const refused = createIdempotency(world).answer(again.request, again.sender, "a1", again.work);
    await expect(refused).rejects.toMatchObject({
      code: "idempotency_conflict",
      message: expect.stringContaining("cut short at 2026-05-06T05:30:00.000Z; whether it took effect is not known"),
    });
  });
});

describe("what is on disk", () => {
  test("holds no secret of an answer, which is given again all the same", async () => {
    const world = createWholeApi();
    const key = { name: "CRM", role: "operator" };
    const first = await world.request("POST", "/api/keys", key, named("k1"));
    const text = JSON.stringify(world.db.sqlite.query("SELECT *, hex(answer) FROM idempotency").all());
    expect(text).not.toContain(first.body.key);
    expect(text).not.toContain(Buffer.from(first.body.key).toString("hex").toUpperCase());
    expect((await world.request("POST", "/api/keys", key, named("k1"))).body.key).toBe(first.body.key);
  });

  test("is there before the request does anything", async () => {
    let seen = -1;
    const world: World = withRoute(() => {
      seen = countStored(world);
      return {};
    });
    await world.request("POST", "/api/trial", {}, named("t"));
    expect(seen).toBe(1);
  });

  test("grows old and is removed, ten with each new one", async () => {
    const world = createWholeApi();
    for (let count = 0; count < 25; count += 1) await world.request("POST", "/api/agents", agent, named(`a${count}`));
    world.clock.advance(DAY);
    const counts = [];
    for (let count = 0; count < 4; count += 1) {
      await world.request("POST", "/api/agents", agent, named(`b${count}`));
      counts.push(countStored(world));
    }
    expect(counts).toEqual([16, 7, 3, 4]);
  });

  test("cannot be written: nothing is done, and it may be sent again", async () => {
    const world = withRoute((run) => ({ run }));
    const { db } = world;
    db.sqlite.run("CREATE TRIGGER full BEFORE INSERT ON idempotency BEGIN SELECT RAISE(ABORT, 'full'); END");
    expect((await world.request("POST", "/api/trial", {}, named("t"))).status).toBe(500);
    expect(world.runs()).toBe(0);
    db.sqlite.run("DROP TRIGGER full");
    expect((await world.request("POST", "/api/trial", {}, named("t"))).body).toEqual({ run: 1 });
  });

  test("takes the request but not its answer: the answer is given, and a second one is told that it is not known", async () => {
    const world = withRoute((run) => ({ run }));
    world.db.sqlite.run("CREATE TRIGGER full BEFORE UPDATE ON idempotency BEGIN SELECT RAISE(ABORT, 'full'); END");
    expect((await world.request("POST", "/api/trial", {}, named("t"))).body).toEqual({ run: 1 });
    expect(world.logged.some((line) => line.includes("idempotency.not_stored"))).toBe(true);
    const second = await world.request("POST", "/api/trial", {}, named("t"));
    expect([second.status, second.body.code, world.runs()]).toEqual([409, "idempotency_conflict", 1]);
  });
});
