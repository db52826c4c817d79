// The password of an agent's SIP bot: it goes in, is kept apart from draft and versions, and never comes out.

import { beforeEach, expect, test } from "bun:test";
import { readBotPassword } from "../../src/settings/bot-passwords.ts";
import { createNouns, expectRefusal, type Nouns } from "../support/nouns.ts";

const uri = "sip:bot@10.0.5.7";
const account = { username: "alice", password: "se,cret" };
let nouns: Nouns;
beforeEach(() => (nouns = createNouns()));

async function createAgent(more: object): Promise<string> {
  const { status, json } = await nouns.ask("POST", "/api/agents", { name: "Ada", connection: { type: "sip", uri, ...more } });
  expect(status).toBe(201);
  return json.id;
}

const change = (id: string, connection: object) => nouns.ask("PUT", `/api/agents/${id}`, { connection });
const shown = async (id: string) => (await nouns.ask("GET", `/api/agents/${id}`)).json.connection;
const plain = { type: "sip", uri, transport: "udp", media: "relay" };

test("is taken, and only that there is one is shown: of the agent, not of a version", async () => {
  const id = await createAgent({ ...account, tls: { ca: "PEM", verify: true } });
  const connection = { ...plain, username: "alice", tls: { ca: "PEM", verify: true } };
  expect(await shown(id)).toEqual({ ...connection, hasPassword: true });
  expect((await nouns.ask("GET", "/api/agents")).json.agents[0].connection.hasPassword).toBe(true);
  expect((await nouns.ask("GET", `/api/agents/${id}/versions/1`)).json.snapshot.connection).toEqual(connection);
  expect(readBotPassword(nouns.db, id)).toBe("se,cret");
  const stored = ["SELECT draft AS text FROM agents", "SELECT snapshot AS text FROM agent_versions"].flatMap((sql) =>
    nouns.db.sqlite.query<{ text: string }, []>(sql).all(),
  );
  expect(stored.some(({ text }) => text.includes("se,cret"))).toBe(false);
});

test("stays when other fields change, and another one takes its place without a new version", async () => {
  const id = await createAgent(account);
  await change(id, { transport: "tcp" });
  expect(readBotPassword(nouns.db, id)).toBe("se,cret");
  expect((await change(id, { password: "other" })).json.connection.hasPassword).toBe(true);
  expect([readBotPassword(nouns.db, id), (await nouns.ask("GET", `/api/agents/${id}`)).json.currentVersion]).toEqual(["other", 1]);
});

test("and the username belong together", async () => {
  const refused = /connection\.password: is missing; a username needs one/;
  expectRefusal(
    await nouns.ask("POST", "/api/agents", { name: "Ada", connection: { type: "sip", uri, username: "alice" } }),
    400,
    "validation_failed",
    refused,
  );
  expectRefusal(
    await nouns.ask("POST", "/api/agents", { name: "Ada", connection: { type: "sip", uri, password: "x" } }),
    400,
    "validation_failed",
    /connection\.password: is there without a username/,
  );
  const id = await createAgent(account);
  expectRefusal(await change(id, { password: null }), 400, "validation_failed", refused);
  expect(readBotPassword(nouns.db, id)).toBe("se,cret");
  expect((await change(id, { username: null, password: null })).json.connection).toEqual(plain);
  expect(readBotPassword(nouns.db, id)).toBeUndefined();
  expectRefusal(await nouns.ask("POST", `/api/agents/${id}/versions/1/rollback`), 400, "validation_failed", refused);
});

test("is of a SIP bot alone, and not repeated when it is wrong", async () => {
  expectRefusal(
    await nouns.ask("POST", "/api/agents", { name: "Ada", connection: { type: "stream", url: "wss://bot.example", password: "x" } }),
    400,
    "validation_failed",
    /connection\.password: is not a field of a connection of type stream/,
  );
  const { json } = await nouns.ask("POST", "/api/agents", {
    name: "Ada",
    connection: { type: "sip", uri, username: "alice", password: ["se,cret"] },
  });
  expect(json.error).toContain("connection.password");
  expect(json.error).not.toContain("se,cret");
});

test("goes with its agent", async () => {
  const id = await createAgent(account);
  expect((await nouns.ask("DELETE", `/api/agents/${id}`)).status).toBe(204);
  expect(readBotPassword(nouns.db, id)).toBeUndefined();
});
