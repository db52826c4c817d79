// Calls through the appliance itself: what app.ts joins, from the request to the simulated carrier and back.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { createOutcomeTokens } from "../../src/calls/outcome/token.ts";
import { openDatabase } from "../../src/database/open.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { ensureInstallationSecret } from "../../src/settings/installation-secret.ts";
import { type RunningApp, startRunningApp } from "../support/running-app.ts";

let running: RunningApp;
beforeEach(async () => {
  running = await startRunningApp();
});
afterEach(() => running.close());

/** Sends it and lets the appliance work until it has answered. */
async function ask(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
  let answer: Awaited<ReturnType<RunningApp["request"]>> | undefined;
  void running.request(method, path, body, headers).then((given) => (answer = given));
  await running.pump(() => answer !== undefined);
  if (answer === undefined) throw new Error("no answer");
  return answer;
}

/** A number of the trunk that is there from the start, and an agent. */
async function supply() {
  const trunks = (await ask("GET", "/api/trunks")).body as { trunks: { id: string }[] };
  const number = (await ask("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", trunkId: trunks.trunks[0]?.id })).body as {
    id: string;
  };
  const agent = (await ask("POST", "/api/agents", { name: "Ada", connection: { type: "simulated", talkMs: 400 } })).body as { id: string };
  return { agentId: agent.id, phoneNumberId: number.id };
}

async function place(destination: string): Promise<string> {
  const { status, body } = await ask("POST", "/api/calls/outbound", { ...(await supply()), destination });
  expect(status).toBe(201);
  return (body as { id: string }).id;
}

const show = async (id: string) => (await ask("GET", `/api/calls/${id}`)).body;

test("a single call is placed, answered and ended by the carrier", async () => {
  const id = await place("+919876500201");
  running.clock.advance(10_000);
  expect(await show(id)).toMatchObject({ status: "ended", ending: "completed", disposition: "qualified", sipCode: 200 });
});

test("a call that rings is ended by request", async () => {
  const id = await place("+919876500200");
  expect((await ask("POST", `/api/calls/${id}/end`)).status).toBe(200);
  expect(await show(id)).toMatchObject({ status: "ended", ending: "no_answer", reason: "ended_by_request", hungUpBy: "us" });
});

test("an answered call is handed over", async () => {
  const id = await place("+919876500200");
  running.clock.advance(250);
  expect((await ask("POST", `/api/calls/${id}/transfer`, { destination: "+919876500201" })).status).toBe(200);
  expect(await show(id)).toMatchObject({ status: "ended", ending: "completed", reason: "transferred" });
});

test("the token of a call opens its report", async () => {
  const id = await place("+919876500200");
  const db = openDatabase({ path: join(running.folder, "outdial.db") });
  const token = createOutcomeTokens(ensureInstallationSecret(db, systemRandom)).tokenFor(id);
  db.close();
  const withToken = { authorization: `Bearer ${token}` };
  expect((await ask("GET", `/api/calls/${id}`, undefined, withToken)).status).toBe(401);
  expect((await ask("POST", `/api/calls/${id}/outcome`, { analysis: { next_action: "callback_later" } }, withToken)).status).toBe(200);
  running.clock.advance(10_000);
  expect(await show(id)).toMatchObject({ status: "ended", disposition: "callback" });
});
