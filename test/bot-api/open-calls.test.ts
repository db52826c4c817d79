// Which agent an account belongs to, as agents come and go.

import { expect, test } from "bun:test";
import { createBotCalls } from "../../src/bot-api/open-calls.ts";
import { createBotAccounts } from "../../src/calls/bot-access.ts";
import { createWorld } from "../support/world.ts";

function createAccounts(ids: readonly string[]) {
  const { db } = createWorld();
  const accounts = createBotAccounts("the secret of this test", () => 0);
  let derived = 0;
  const calls = createBotCalls(db, {
    ...accounts,
    sidOfAgent(id) {
      derived += 1;
      return accounts.sidOfAgent(id);
    },
  });
  const add = (id: string) =>
    void db.sqlite
      .query("INSERT INTO agents (id, name, draft, current_version, created_at, updated_at) VALUES (?1, ?1, '{}', 1, 0, 0)")
      .run(id);
  const remove = (id: string) => void db.sqlite.query("DELETE FROM agents WHERE id = ?1").run(id);
  const ask = (id: string) => {
    const { accountSid, authToken } = accounts.ofAgent(id);
    return calls.agentOf(accountSid, authToken);
  };
  ids.forEach(add);
  return { calls, accounts, add, remove, ask, derived: () => derived };
}

test("an account is its agent's, whenever that was made, and nobody's once it is deleted", () => {
  const { ask, add, remove } = createAccounts(["agent_1", "agent_2"]);
  expect(["agent_1", "agent_2", "agent_3"].map(ask)).toEqual(["agent_1", "agent_2", undefined]);
  add("agent_3");
  expect(ask("agent_3")).toBe("agent_3");
  // The place of a deleted last agent is given away again.
  remove("agent_3");
  add("agent_4");
  expect(["agent_3", "agent_4"].map(ask)).toEqual([undefined, "agent_4"]);
  remove("agent_1");
  expect(["agent_1", "agent_2"].map(ask)).toEqual([undefined, "agent_2"]);
});

test("no account is derived again for a request, whether its name is wrong or its token", () => {
  const { calls, accounts, ask, derived } = createAccounts(Array.from({ length: 50 }, (_, index) => `agent_${index}`));
  expect(ask("agent_7")).toBe("agent_7");
  const once = derived();
  for (let guess = 0; guess < 100; guess += 1) expect(calls.agentOf(`AC${guess}`, "token")).toBeUndefined();
  expect(calls.agentOf(accounts.ofAgent("agent_7").accountSid, "wrong")).toBeUndefined();
  expect([once, derived()]).toEqual([50, 50]);
});
