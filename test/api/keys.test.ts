import { beforeEach, describe, expect, test } from "bun:test";
import { createWorld, type World } from "../support/world.ts";

let world: World;
beforeEach(() => {
  world = createWorld();
});

const create = (body: unknown) => world.request("POST", "/api/keys", body);

describe("POST /api/keys", () => {
  test("gives the key this once, and it works", async () => {
    const { status, body } = await create({ name: "CRM", role: "operator" });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^key_/),
      name: "CRM",
      role: "operator",
      hint: body.key.slice(0, 8),
      createdAt: "2026-05-06T05:30:00.000Z",
      lastUsedAt: null,
      expiresAt: null,
      revokedAt: null,
      key: expect.stringMatching(/^odk_[0-9A-Za-z]{38}$/),
    });
    expect((await world.request("GET", "/api/campaigns", undefined, { key: body.key })).status).toBe(200);
    const listed = await world.request("GET", "/api/keys");
    expect(listed.body.keys.map((key: { id: string }) => key.id)).toContain(body.id);
    expect(JSON.stringify(listed.body)).not.toContain(body.key);
  });

  test("a key stops working when it expires", async () => {
    const { body } = await create({ name: "guest", role: "read", expiresAt: "2026-05-06T11:30:00+05:30" });
    expect(body.expiresAt).toBe("2026-05-06T06:00:00.000Z");
    const ask = async () => (await world.request("GET", "/api/campaigns", undefined, { key: body.key })).status;
    expect(await ask()).toBe(200);
    world.clock.advance(30 * 60_000);
    expect(await ask()).toBe(401);
  });

  const bad: [what: string, body: unknown, path: string][] = [
    ["no name", { role: "read" }, "name"],
    ["a blank name", { name: " ", role: "read" }, "name"],
    ["no role", { name: "x" }, "role"],
    ["an unknown role", { name: "x", role: "root" }, "role"],
    ["an unknown field", { name: "x", role: "read", scopes: [] }, "scopes"],
    ["an expiry that is past", { name: "x", role: "read", expiresAt: "2026-05-06T05:30:00Z" }, "expiresAt"],
    ["an expiry without an offset", { name: "x", role: "read", expiresAt: "2027-05-06T05:30:00" }, "expiresAt"],
  ];
  for (const [what, body, path] of bad) {
    test(`refuses ${what}`, async () => {
      const answer = await create(body);
      expect(answer.status).toBe(400);
      expect(answer.body.code).toBe("validation_failed");
      expect(answer.body.details.map((detail: { path: string }) => detail.path)).toEqual([path]);
    });
  }
});

describe("GET /api/keys", () => {
  test("lists newest first, page by page", async () => {
    for (const name of ["a", "b", "c"]) await create({ name, role: "read" });
    const first = await world.request("GET", "/api/keys?limit=2");
    expect(first.body.keys.map((key: { name: string }) => key.name)).toEqual(["c", "b"]);
    expect(first.body.total).toBe(4);
    const second = await world.request("GET", `/api/keys?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.keys.map((key: { name: string }) => key.name)).toEqual(["a", "admin"]);
  });
});

describe("DELETE /api/keys/{id}", () => {
  test("revokes the key from this moment on, and keeps its row", async () => {
    const { body } = await create({ name: "CRM", role: "operator" });
    expect(await world.request("DELETE", `/api/keys/${body.id}`)).toMatchObject({ status: 204, body: undefined });
    expect((await world.request("GET", "/api/campaigns", undefined, { key: body.key })).status).toBe(401);
    const listed = (await world.request("GET", "/api/keys")).body.keys.find((key: { id: string }) => key.id === body.id);
    expect(listed.revokedAt).toBe("2026-05-06T05:30:00.000Z");
    expect((await world.request("DELETE", `/api/keys/${body.id}`)).status).toBe(204);
  });

  test("is 404 for an unknown key", async () => {
    expect(await world.request("DELETE", "/api/keys/key_nope")).toMatchObject({
      status: 404,
      body: { error: "there is no key with the id 'key_nope'", code: "not_found" },
    });
  });

  test("is 409 for the last admin key, which would lock everybody out", async () => {
    const last = (await world.request("GET", "/api/keys")).body.keys[0];
    const refused = await world.request("DELETE", `/api/keys/${last.id}`);
    expect(refused).toMatchObject({ status: 409, body: { code: "wrong_state" } });
    await create({ name: "second", role: "admin" });
    expect((await world.request("DELETE", `/api/keys/${last.id}`)).status).toBe(204);
  });
});

describe("the role for keys", () => {
  for (const role of ["read", "operator"] as const) {
    test(`${role} is not enough, not even to look`, async () => {
      const key = world.keyFor(role);
      for (const [method, path] of [
        ["GET", "/api/keys"],
        ["POST", "/api/keys"],
        ["DELETE", "/api/keys/key_x"],
      ] as const) {
        expect(await world.request(method, path, undefined, { key })).toMatchObject({ status: 403, body: { code: "forbidden" } });
      }
    });
  }
});
