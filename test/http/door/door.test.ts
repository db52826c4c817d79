import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { Elysia } from "elysia";
import { createRequestLimit } from "../../../src/http/door/rate-limit.ts";
import { createWholeApi } from "../../support/whole-api.ts";
import { createWorld, insertCampaignRow } from "../../support/world.ts";

const MEGABYTE = 1024 * 1024;

/** `megabytes` of blanks, and how many of them were asked for. */
function blanks(megabytes: number) {
  const chunk = new Uint8Array(MEGABYTE).fill(32);
  const counter = { taken: 0 };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (counter.taken === megabytes) return controller.close();
      counter.taken += 1;
      controller.enqueue(chunk);
    },
  });
  return { stream, counter };
}

describe("a body that is too large", () => {
  const json = { error: "a JSON body may have 67108864 bytes at most; send a larger list as text/csv", code: "body_too_large" };

  test("by its own account is 413 before it is read", async () => {
    const world = createWholeApi();
    const { stream, counter } = blanks(3);
    const { status, body } = await world.request("POST", "/api/agents", stream, {
      headers: { "content-length": String(64 * MEGABYTE + 1) },
    });
    expect([status, body, counter.taken <= 1]).toEqual([413, json, true]);
  });

  test("in fact is 413 as soon as that is seen", async () => {
    const { stream, counter } = blanks(80);
    const { status, body } = await createWholeApi().request("POST", "/api/agents", stream);
    expect([status, body]).toEqual([413, json]);
    expect(counter.taken).toBeLessThan(70);
  });

  test("as text/csv has a limit of its own", async () => {
    const world = createWholeApi();
    const headers = { "content-type": "text/csv", "content-length": String(512 * MEGABYTE + 1) };
    const { status, body } = await world.request("POST", `/api/campaigns/${insertCampaignRow(world).id}/leads`, blanks(1).stream, {
      headers,
    });
    expect([status, body.error]).toEqual([
      413,
      "a text/csv body may have 536870912 bytes at most; send it in parts, nothing of it was kept",
    ]);
  });
});

describe("a body that cannot be read", () => {
  test("because it is not UTF-8 is 400", async () => {
    const { status, body } = await createWholeApi().request("POST", "/api/agents", new Uint8Array([0x7b, 0xff, 0x7d]));
    expect([status, body]).toEqual([400, { error: "the body is not UTF-8; send it as UTF-8", code: "validation_failed" }]);
  });

  test("because it was cut off is 400, and no bug of ours", async () => {
    const world = createWholeApi();
    const cutOff = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new DOMException("The connection was closed.", "AbortError")),
    });
    const { status, body } = await world.request("POST", "/api/agents", cutOff);
    expect([status, body]).toEqual([400, { error: "the body was cut off; nothing was done", code: "validation_failed" }]);
    expect(world.logged.filter((line) => line.includes("http.bug"))).toEqual([]);
  });

  test("a byte order mark is no fault", async () => {
    expect((await createWholeApi().request("POST", "/api/agents", '\uFEFF{"name":"Anita"}')).status).toBe(201);
  });

  test("a path that is not percent-encoded UTF-8 is 400", async () => {
    const { status, body } = await createWholeApi().request("GET", "/api/agents/%E0%A4%A");
    expect([status, body]).toEqual([
      400,
      { error: "the path '/api/agents/%E0%A4%A' is not valid percent-encoded UTF-8", code: "validation_failed" },
    ]);
  });
});

describe("an appliance that is being stopped", () => {
  test("changes nothing any more, says when to try again, and still shows what is there", async () => {
    const world = createWholeApi(() => ({ isDraining: () => true }));
    for (const [method, path] of [
      ["POST", "/api/agents"],
      ["PUT", "/api/settings/webhook"],
      ["DELETE", "/api/trunks/x"],
    ] as const) {
      const { status, body, headers } = await world.request(method, path, { name: "Anita" });
      expect([status, body.code, headers.get("retry-after")]).toEqual([503, "draining", "30"]);
    }
    expect((await world.request("GET", "/api/agents")).body.total).toBe(0);
  });

  test("remembers nothing of what it did not do", async () => {
    let isDraining = true;
    const world = createWholeApi(() => ({ isDraining: () => isDraining }));
    const options = { headers: { "idempotency-key": "a1" } };
    expect((await world.request("POST", "/api/agents", { name: "Anita" }, options)).status).toBe(503);
    isDraining = false;
    expect((await world.request("POST", "/api/agents", { name: "Anita" }, options)).status).toBe(201);
  });
});

describe("too many requests", () => {
  const limited = (perSecond: number) => createWholeApi(({ clock }) => ({ requestLimit: createRequestLimit(perSecond, clock) }));

  test("of one key are 429 with Retry-After, until the time has passed; other keys are served", async () => {
    const world = limited(2);
    for (let count = 0; count < 8; count += 1) expect((await world.request("GET", "/api/agents")).status).toBe(200);
    const { status, body, headers } = await world.request("GET", "/api/agents");
    expect([status, body, headers.get("retry-after")]).toEqual([
      429,
      { error: "more than 2 requests a second came with this key; try again in 1 s", code: "rate_limited" },
      "1",
    ]);
    expect((await world.request("GET", "/api/agents", undefined, { key: world.keyFor("read") })).status).toBe(200);
    world.clock.advance(1_000);
    expect((await world.request("GET", "/api/agents")).status).toBe(200);
  });

  test("count whatever becomes of them: refused by role, by schema, or unknown", async () => {
    const world = limited(1);
    const key = world.keyFor("read");
    const statuses = [];
    for (const [method, path] of [
      ["POST", "/api/agents"],
      ["GET", "/api/agents?limit=0"],
      ["GET", "/api/nothing"],
      ["GET", "/api/keys"],
      ["GET", "/api/agents"],
    ] as const)
      statuses.push((await world.request(method, path, undefined, { key })).status);
    expect(statuses).toEqual([403, 400, 404, 403, 429]);
  });

  test("are not remembered for their Idempotency-Key", async () => {
    const world = limited(1);
    for (let count = 0; count < 4; count += 1) await world.request("GET", "/api/agents");
    const options = { headers: { "idempotency-key": "a1" } };
    expect((await world.request("POST", "/api/agents", { name: "Anita" }, options)).status).toBe(429);
    world.clock.advance(1_000);
    expect((await world.request("POST", "/api/agents", { name: "Anita" }, options)).status).toBe(201);
  });

  test("with wrong keys are 429 after 60; open routes stay open", async () => {
    const world = limited(50);
    const wrong = () => world.request("GET", "/api/agents", undefined, { key: "wrong" });
    const statuses = [];
    for (let count = 0; count < 62; count += 1) statuses.push((await wrong()).status);
    expect(statuses.slice(58)).toEqual([401, 401, 429, 429]);
    for (const path of ["/api/health", "/openapi.json"])
      expect((await world.request("GET", path, undefined, { key: null })).status).toBe(200);
  });
});

describe("a fault of ours", () => {
  const secret = "SELECT * FROM secrets -- /root/outdial.ts:17";
  const throwing: [string, () => unknown][] = [
    [
      "an Error",
      () => {
        throw new Error(secret);
      },
    ],
    [
      "an Error with a status and a code of its own",
      () => {
        throw Object.assign(new Error(secret), { status: 418, code: "EPERM" });
      },
    ],
    [
      "a text",
      () => {
        throw secret;
      },
    ],
    [
      "nothing",
      () => {
        throw undefined;
      },
    ],
    ["a rejected promise", () => Promise.reject(new Error(secret))],
    [
      "an Error far inside",
      async () => {
        await null;
        throw new TypeError(secret, { cause: new Error(secret) });
      },
    ],
  ];
  test.each(throwing)("%s: 500 with a request id that is in the log, and nothing of the inside", async (_, fail) => {
    const world = createWorld(() => [new Elysia().get("/api/trial", fail)]);
    const { status, body, headers } = await world.request("GET", "/api/trial");
    expect([status, body]).toEqual([
      500,
      {
        error: "an internal error; quote the request id when you report it",
        code: "internal",
        requestId: expect.stringMatching(/^req_[0-9a-z]{26}$/),
      },
    ]);
    expect(JSON.stringify([...headers])).not.toContain("outdial");
    expect(world.logged.filter((line) => line.includes("http.bug") && line.includes(body.requestId))).toHaveLength(1);
  });
});

describe("over a socket", () => {
  const stops: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  const listen = (door?: Parameters<typeof createWholeApi>[0]) => {
    const world = createWholeApi(door);
    const { server } = world.api.listen({ hostname: "127.0.0.1", port: 0 });
    stops.push(() => world.api.stop(true));
    return { world, port: server?.port ?? 0 };
  };
  /** What comes back to some bytes, until the other side has said it all. */
  const raw = (port: number, text: string) =>
    new Promise<string>((resolve) => {
      let answer = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(text));
      socket.on("data", (data) => {
        answer += data;
        if (/\r\n\r\n.*\}$/s.test(answer)) socket.destroy();
      });
      socket.on("close", () => resolve(answer));
    });

  test("the door is the same: a body of 600 MB by its own account is our 413, not a bare one", async () => {
    const { world, port } = listen();
    const answer = await raw(
      port,
      `POST /api/agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.adminKey}\r\nContent-Length: ${600 * MEGABYTE}\r\n\r\n{`,
    );
    expect(answer).toStartWith("HTTP/1.1 413 ");
    expect(answer).toContain('"code":"body_too_large"');
  });

  // The router once looked for the path elsewhere than the door: with these, it found a route behind a path that needs no key.
  const ways: [target: string, host: string][] = [
    "x",
    "ab",
    "abc",
    "abcd",
    "",
    "a/b",
    "a?b",
    "abcdefgh/api/health?",
    "a#b",
    "a b",
    "a\\b",
    "user@host",
    "localhost:4002",
    "[::1]:4002",
  ].flatMap((host) =>
    [
      "/api/keys",
      "/x/api/keys",
      "/zz/api/keys",
      "/zzzz/api/keys",
      "/api/health/../keys",
      "//api/keys",
      "/?/api/keys",
      "/api/health?/api/keys",
    ].map((target): [string, string] => [target, host]),
  );
  test.each(ways)("nothing opens without a key: GET %s for the host '%s'", async (target, host) => {
    const answer = await raw(listen().port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|401|404) |"status":"healthy"/);
    expect(answer).not.toContain('"keys"');
  });

  test.each(["", "a/b", "a?b", "a b", "user@host"])("a Host that is none, '%s', is 400 and says so", async (host) => {
    const { world, port } = listen();
    const answer = await raw(port, `GET /api/agents HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${world.adminKey}\r\n\r\n`);
    expect(answer).toStartWith("HTTP/1.1 400 ");
    expect(answer).toContain(`the Host header is '${host}'; it must be the name or the address that the request goes to`);
  });

  test.each(["x", "api", "outdial.example.com:8443", "[::1]:4002", "127.0.0.1"])(
    "the Host may be as short as it likes: %s",
    async (host) => {
      const { world, port } = listen();
      expect(await raw(port, `GET /api/agents HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${world.adminKey}\r\n\r\n`)).toStartWith(
        "HTTP/1.1 200 ",
      );
    },
  );

  test.each([
    "/api/keys/",
    "/api//keys",
    "/api/%6beys",
    "/api/keys/.",
    "/API/keys",
    "/api/keys%2f",
    "/api/keys?limit=1",
    "/api/settings/webhook/",
    "/api/settings//webhook",
  ])("nothing of an admin's opens to a reader: GET %s", async (target) => {
    const { world, port } = listen();
    const answer = await raw(port, `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.keyFor("read")}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 (403|404) /);
  });

  test("wrong keys count for the address that they come from", async () => {
    const { port } = listen(({ clock }) => ({ requestLimit: createRequestLimit(50, clock) }));
    const statuses = [];
    for (let count = 0; count < 61; count += 1) statuses.push((await fetch(`http://127.0.0.1:${port}/api/agents`)).status);
    expect(statuses.slice(59)).toEqual([401, 429]);
  });

  test("a request with an Idempotency-Key finds its route and its parameters", async () => {
    const { world, port } = listen();
    const headers = { authorization: `Bearer ${world.adminKey}`, "idempotency-key": "v1" };
    const { id } = (await world.request("POST", "/api/agents", { name: "Anita" })).body;
    const publish = async () =>
      (await (await fetch(`http://127.0.0.1:${port}/api/agents/${id}/versions`, { method: "POST", headers, body: "{}" })).json()) as {
        version: number;
      };
    expect([(await publish()).version, (await publish()).version]).toEqual([2, 2]);
  });

  test("HEAD answers as GET does, without the body", async () => {
    const { world, port } = listen();
    const response = await fetch(`http://127.0.0.1:${port}/api/agents`, {
      method: "HEAD",
      headers: { authorization: `Bearer ${world.adminKey}` },
    });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });
});
