// Whether an agent's bot is there, and what a bot written for Twilio is configured with: shown to admins, and changed.

import { describe, expect, test } from "bun:test";
import { createWholeApi } from "../support/whole-api.ts";

describe("the test of an agent's bot", () => {
  const world = createWholeApi();

  test.each([
    ["simulated", { type: "simulated" }, { ok: true, message: "the bot can be reached" }],
    ["process", { type: "process", command: "bot" }, { ok: false, message: "the program 'bot' is not there" }],
  ])("%s: says what came of it, in words", async (_, connection, expected) => {
    const { body } = await world.request("POST", "/api/agents", { name: "Ada", connection });
    expect(await world.request("POST", `/api/agents/${body.id}/test`)).toMatchObject({ status: 200, body: expected });
  });
});

describe("the credentials of an agent's bot", () => {
  const world = createWholeApi();
  const create = async () => (await world.request("POST", "/api/agents", { name: "Ada" })).body.id as string;
  const read = async (id: string) => (await world.request("GET", `/api/agents/${id}/credentials`)).body;

  test("are its own, and always the same", async () => {
    const [one, other] = [await create(), await create()];
    const shown = await read(one);
    expect(shown).toEqual({
      accountSid: expect.stringMatching(/^AC[0-9a-f]{32}$/),
      authToken: expect.stringMatching(/^[0-9a-f]{32}$/),
      apiBaseUrl: "https://dialer.example.com",
    });
    expect(await read(one)).toEqual(shown);
    const theirs = await read(other);
    expect([theirs.accountSid === shown.accountSid, theirs.authToken === shown.authToken]).toEqual([false, false]);
  });

  test("get another token each time it is changed, in the same account", async () => {
    const id = await create();
    const tokens = [(await read(id)).authToken];
    for (let change = 0; change < 3; change += 1) {
      const { status, body } = await world.request("POST", `/api/agents/${id}/credentials/rotate`);
      expect([status, body]).toEqual([200, await read(id)]);
      tokens.push(body.authToken);
    }
    expect(new Set(tokens).size).toBe(4);
  });

  test.each(["read", "operator"] as const)("are not for the role %s", async (role) => {
    const id = await create();
    for (const [method, path] of [
      ["GET", "credentials"],
      ["POST", "credentials/rotate"],
    ] as const) {
      expect((await world.request(method, `/api/agents/${id}/${path}`, undefined, { key: world.keyFor(role) })).status).toBe(403);
    }
  });
});
