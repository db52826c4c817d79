import { beforeEach, describe, expect, test } from "bun:test";
import { createKey } from "../../src/keys/service.ts";
import { createWorld, insertCampaignRow, insertLine, type World } from "../support/world.ts";

let world: World;
let id: string;
beforeEach(() => {
  world = createWorld();
  id = insertCampaignRow(world).id;
});

const reads = [
  ["GET", ""],
  ["GET", "/ID"],
  ["GET", "/ID/report"],
  ["GET", "/ID/leads"],
] as const;
const writes = [
  ["POST", ""],
  ["PUT", "/ID"],
  ["DELETE", "/ID"],
  ["POST", "/ID/start"],
  ["POST", "/ID/pause"],
  ["POST", "/ID/resume"],
  ["POST", "/ID/stop"],
  ["POST", "/ID/leads"],
] as const;
const ask = (method: string, rest: string, body?: unknown, options?: Parameters<World["request"]>[3]) =>
  world.request(method, `/api/campaigns${rest.replace("ID", id)}`, body, options);

describe("without a valid key", () => {
  const unauthorized = {
    status: 401,
    body: { error: "the API key is missing or not valid; send it as 'Authorization: Bearer <key>'", code: "unauthorized" },
  };

  for (const [method, rest] of [...reads, ...writes]) {
    test(`${method} /api/campaigns${rest} is 401, before the body is looked at`, async () => {
      const body = method === "GET" || method === "DELETE" ? undefined : "{broken";
      const answer = await ask(method, rest, body, { key: null });
      expect(answer).toMatchObject(unauthorized);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(world.db.sqlite.query("SELECT count(*) AS n FROM campaigns").get()).toEqual({ n: 1 });
    });
  }

  test("missing, malformed, unknown, revoked and expired keys get one and the same answer", async () => {
    const revoked = createKey(world.db, world, { name: "old", role: "admin" });
    await world.request("DELETE", `/api/keys/${revoked.row.id}`);
    const headers = [
      "",
      "Bearer",
      "Bearer ",
      `Basic ${world.adminKey}`,
      world.adminKey,
      `Bearer ${world.adminKey} x`,
      `Bearer ${revoked.key}`,
      `Bearer odk_${"0".repeat(38)}`,
      `Bearer ${"x".repeat(9_000)}`,
    ];
    for (const authorization of headers) {
      const answer = await ask("GET", "", undefined, { key: null, headers: { authorization } });
      expect({ status: answer.status, body: answer.body }).toEqual(unauthorized);
    }
  });

  test("the key is read from the header alone", async () => {
    for (const query of [`key=${world.adminKey}`, `access_token=${world.adminKey}`, `token=${world.adminKey}`]) {
      expect((await ask("GET", `?${query}`, undefined, { key: null })).status).toBe(401);
    }
    expect((await ask("POST", "", { access_token: world.adminKey }, { key: null })).status).toBe(401);
  });

  test("the scheme may be written in any case", async () => {
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      expect((await ask("GET", "", undefined, { key: null, headers: { authorization: `${scheme} ${world.adminKey}` } })).status).toBe(200);
    }
  });

  test("a path that is no route tells nothing either", async () => {
    expect((await world.request("GET", "/api/nothing", undefined, { key: null })).status).toBe(401);
  });
});

describe("with a role that is not enough", () => {
  for (const [method, rest] of writes) {
    test(`read: ${method} /api/campaigns${rest} is 403 and names what it needs`, async () => {
      const { status, body } = await ask(method, rest, undefined, { key: world.keyFor("read") });
      expect([status, body]).toEqual([
        403,
        { error: `this key has the role 'read'; ${method} /api/campaigns${rest.replace("ID", id)} needs 'operator'`, code: "forbidden" },
      ]);
    });
  }
  for (const [method, rest] of reads) {
    test(`read: ${method} /api/campaigns${rest} is allowed`, async () =>
      expect((await ask(method, rest, undefined, { key: world.keyFor("read") })).status).toBe(200));
  }
  test("operator: creates and deletes campaigns", async () => {
    const key = world.keyFor("operator");
    const line = insertLine(world);
    const { status, body } = await ask("POST", "", { name: "x", agentId: line.agentId, phoneNumberId: line.phoneNumberId }, { key });
    expect(status).toBe(201);
    expect((await world.request("DELETE", `/api/campaigns/${body.id}`, undefined, { key })).status).toBe(204);
  });
});

describe("a body that cannot be read", () => {
  for (const [method, rest] of [
    ["POST", ""],
    ["PUT", "/ID"],
    ["POST", "/ID/stop"],
    ["POST", "/ID/leads"],
  ] as const) {
    test(`${method} /api/campaigns${rest}: broken JSON is 400 with the parser's words`, async () => {
      const { status, body } = await ask(method, rest, '{"name": }');
      expect([status, body.code]).toEqual([400, "validation_failed"]);
      expect(body.error).toStartWith("the body is not valid JSON: ");
    });
    test(`${method} /api/campaigns${rest}: a compressed body is 415`, async () => {
      expect(await ask(method, rest, "{}", { headers: { "content-encoding": "gzip" } })).toMatchObject({
        status: 415,
        body: { code: "unsupported_media_type", error: "the body is encoded as 'gzip'; send it unencoded" },
      });
    });
    test(`${method} /api/campaigns${rest}: a form is 415`, async () => {
      expect((await ask(method, rest, "--x--", { headers: { "content-type": "multipart/form-data; boundary=x" } })).status).toBe(415);
    });
  }

  for (const [method, rest] of [
    ["POST", ""],
    ["PUT", "/ID"],
  ] as const) {
    test(`${method} /api/campaigns${rest}: an empty body is 400`, async () => {
      expect(await ask(method, rest)).toMatchObject({
        status: 400,
        body: { error: "the body is empty; it must be a JSON object", code: "validation_failed" },
      });
    });
    test(`${method} /api/campaigns${rest}: text/csv is 415`, async () => {
      expect((await ask(method, rest, "phone\n", { headers: { "content-type": "text/csv" } })).status).toBe(415);
    });
    for (const body of ["[]", "null", "7", '"name"', "true"]) {
      test(`${method} /api/campaigns${rest}: ${body} is 400`, async () => {
        const answer = await ask(method, rest, body);
        expect([answer.status, answer.body.code]).toEqual([400, "validation_failed"]);
        expect(answer.body.error).toContain("object");
      });
    }
  }

  test("JSON is JSON, whatever type is declared", async () => {
    for (const type of [
      "application/json",
      "application/json; charset=utf-8",
      "application/x-www-form-urlencoded",
      "text/plain",
      "application/octet-stream",
    ]) {
      expect(await ask("PUT", "/ID", '{"name":"Summer"}', { headers: { "content-type": type } })).toMatchObject({
        status: 200,
        body: { name: "Summer" },
      });
    }
  });
});

describe("what is not there", () => {
  test("an unknown route is 404 in the same form", async () => {
    for (const [method, path] of [
      ["GET", "/api/nothing"],
      ["PATCH", `/api/campaigns/${id}`],
      ["POST", `/api/campaigns/${id}/explode`],
      ["DELETE", "/api/campaigns"],
    ] as const) {
      expect(await world.request(method, path)).toMatchObject({
        status: 404,
        body: { code: "not_found", error: "there is no such route; GET /openapi.json lists all of them" },
      });
    }
  });

  test("an id is looked up as it is, whatever it holds", async () => {
    for (const strange of ["%27%20OR%201=1", "..%2f..%2fetc", "%00", "🦀"])
      expect((await world.request("GET", `/api/campaigns/${strange}`)).status).toBe(404);
  });
});

describe("our own faults", () => {
  test("a bug is 500 with a request id that is in the log, and nothing of the inside", async () => {
    world.db.sqlite.run("DROP TABLE lead_counts");
    const { status, body } = await ask("GET", "/ID");
    expect([status, body]).toEqual([
      500,
      { error: "an internal error; quote the request id when you report it", code: "internal", requestId: expect.stringMatching(/^req_/) },
    ]);
    expect(world.logged.filter((line) => line.includes(body.requestId) && line.includes("lead_counts"))).toHaveLength(1);
  });

  test("a store that cannot write is 503 with Retry-After, and nothing was changed", async () => {
    world.db.sqlite.run("PRAGMA max_page_count = 1");
    const leads = Array.from({ length: 400 }, (_, index) => ({
      phoneNumber: `+9198${String(index).padStart(8, "0")}`,
      variables: { note: "x".repeat(2_000) },
    }));
    const { status, body, headers } = await ask("POST", "/ID/leads", { leads });
    expect([status, body.code, headers.get("retry-after")]).toEqual([503, "store_unavailable", "10"]);
    expect((await ask("GET", "/ID")).body.counts.byStatus.pending).toBe(0);
  });
});
