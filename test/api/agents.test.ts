// /api/agents: the draft, its limits, the versions and who may do what.

import { describe, expect, test } from "bun:test";
import { findAgentVersion } from "../../src/agents/store.ts";
import type { Role } from "../../src/http/door/roles.ts";
import { createNouns, expectRefusal, type Nouns } from "../support/nouns.ts";

const UNKNOWN = "agent_00000000000000000000000000";

async function createAgent(nouns: Nouns, fields: object = { name: "Ada" }) {
  const { status, json } = await nouns.ask("POST", "/api/agents", fields);
  expect(status).toBe(201);
  return json;
}

/** A number and the trunk it needs. */
async function createNumber(nouns: Nouns): Promise<string> {
  const trunk = await nouns.ask("POST", "/api/trunks", { name: "Play", driver: "simulator" });
  return (await nouns.ask("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", trunkId: trunk.json.id })).json.id;
}

describe("creating an agent", () => {
  test("a name is enough; everything else has its default, and version 1 is published", async () => {
    const nouns = createNouns();
    const agent = await createAgent(nouns);
    expect(agent).toEqual({
      id: expect.stringMatching(/^agent_[0-9a-z]{26}$/),
      name: "Ada",
      systemPrompt: "",
      welcomeMessage: "",
      variables: {},
      connection: { type: "simulated" },
      callPolicy: { ringTimeoutSeconds: 45, maxDurationSeconds: 600, silenceTimeoutSeconds: 30, optOutKey: null },
      voicemail: { detect: true, action: "hangup", message: "", audio: null },
      postCallAnalysis: {
        enabled: false,
        schema: [],
        summaryPrompt: "",
        enableSummary: true,
        enableSentiment: true,
        enableSuccessEvaluation: false,
        successCriteria: "",
        analyzerModel: "",
      },
      recording: { enabled: false },
      ratePerMinute: 0,
      currentVersion: 1,
      createdAt: "2026-05-06T05:30:00.000Z",
      updatedAt: "2026-05-06T05:30:00.000Z",
    });
    const first = await nouns.ask("GET", `/api/agents/${agent.id}/versions/1`);
    expect(first.json).toMatchObject({
      id: expect.stringMatching(/^ver_/),
      version: 1,
      label: null,
      notes: null,
      snapshot: { name: "Ada" },
    });
  });

  test("every field is stored as given", async () => {
    const nouns = createNouns();
    const fields = {
      name: "Bo",
      systemPrompt: "You are {{name}}",
      welcomeMessage: "Hello",
      variables: { "order.id": 7, "Client Name": "X", vip: true },
      connection: { type: "sip", uri: "sip:bot@10.0.5.7:5060", transport: "tcp", media: "direct" },
      callPolicy: { ringTimeoutSeconds: 5, maxDurationSeconds: 14_400, silenceTimeoutSeconds: 0 },
      voicemail: { detect: false, action: "message", message: "Call us" },
      postCallAnalysis: {
        enabled: true,
        schema: [
          { name: "next_action", type: "enum", description: "What now", required: true, enumValues: ["book_demo", "callback_later"] },
        ],
        summaryPrompt: "Sum up",
        enableSummary: false,
        enableSentiment: false,
        enableSuccessEvaluation: true,
        successCriteria: "A date",
        analyzerModel: "small",
      },
      ratePerMinute: 4.5,
    };
    const agent = await createAgent(nouns, fields);
    expect((await nouns.ask("GET", `/api/agents/${agent.id}`)).json).toMatchObject(fields);
  });

  const wrong: [string, object, string][] = [
    ["no name", {}, "name"],
    ["an empty name", { name: " " }, "name"],
    ["a name of 201 characters", { name: "x".repeat(201) }, "name"],
    ["an unknown field", { name: "A", prompt: "x" }, "prompt"],
    ["a read-only field", { name: "A", currentVersion: 3 }, "currentVersion"],
    ["a prompt that is a number", { name: "A", systemPrompt: 5 }, "systemPrompt"],
    ["a variable that is a list", { name: "A", variables: { x: [] } }, "variables.x"],
    ["a variable name with two blanks", { name: "A", variables: { "a  b": "x" } }, "variables.a  b"],
    ["an unknown connection type", { name: "A", connection: { type: "fax" } }, "connection.type"],
    ["a connection without its URL", { name: "A", connection: { type: "stream" } }, "connection.url"],
    ["a stream over http", { name: "A", connection: { type: "stream", url: "https://bot" } }, "connection.url"],
    ["a field of another connection", { name: "A", connection: { type: "simulated", url: "wss://bot" } }, "connection.url"],
    ["a ring time under 5 s", { name: "A", callPolicy: { ringTimeoutSeconds: 4 } }, "callPolicy.ringTimeoutSeconds"],
    ["a ring time over 120 s", { name: "A", callPolicy: { ringTimeoutSeconds: 121 } }, "callPolicy.ringTimeoutSeconds"],
    ["a call over 4 hours", { name: "A", callPolicy: { maxDurationSeconds: 14_401 } }, "callPolicy.maxDurationSeconds"],
    ["a call under 5 s", { name: "A", callPolicy: { maxDurationSeconds: 4 } }, "callPolicy.maxDurationSeconds"],
    ["a silence over 600 s", { name: "A", callPolicy: { silenceTimeoutSeconds: 601 } }, "callPolicy.silenceTimeoutSeconds"],
    ["a policy field that is none", { name: "A", callPolicy: { ring: 5 } }, "callPolicy.ring"],
    ["an unknown voicemail action", { name: "A", voicemail: { action: "shout" } }, "voicemail.action"],
    ["a voicemail message without words", { name: "A", voicemail: { action: "message" } }, "voicemail.message"],
    [
      "an enum without values",
      { name: "A", postCallAnalysis: { schema: [{ name: "x", type: "enum" }] } },
      "postCallAnalysis.schema.0.enumValues",
    ],
    [
      "the same analysis field twice",
      {
        name: "A",
        postCallAnalysis: {
          schema: [
            { name: "x", type: "string" },
            { name: "x", type: "number" },
          ],
        },
      },
      "postCallAnalysis.schema.1.name",
    ],
    ["an analysis field without a type", { name: "A", postCallAnalysis: { schema: [{ name: "x" }] } }, "postCallAnalysis.schema.0.type"],
    ["a negative rate", { name: "A", ratePerMinute: -1 }, "ratePerMinute"],
  ];
  test.each(wrong)("%s is refused, and the place is named", async (_, fields, path) => {
    const nouns = createNouns();
    const answer = await nouns.ask("POST", "/api/agents", fields);
    expectRefusal(answer, 400, "validation_failed", /./);
    expect(answer.json.details.map((detail: { path: string }) => detail.path)).toContain(path);
    expect((await nouns.ask("GET", "/api/agents")).json.total).toBe(0);
  });

  test("an empty body and one that is no JSON are refused", async () => {
    const nouns = createNouns();
    expectRefusal(await nouns.ask("POST", "/api/agents"), 400, "validation_failed", /body is empty/);
    const response = await nouns.api.handle(
      new Request("http://localhost/api/agents", { method: "POST", body: "{", headers: { authorization: `Bearer ${nouns.adminKey}` } }),
    );
    expect(response.status).toBe(400);
  });
});

describe("changing an agent", () => {
  test("objects merge field by field, lists are replaced, null removes a variable", async () => {
    const nouns = createNouns();
    const { id } = await createAgent(nouns, {
      name: "Ada",
      variables: { a: "1", b: "2" },
      callPolicy: { ringTimeoutSeconds: 20 },
      postCallAnalysis: { schema: [{ name: "x", type: "string" }], enableSummary: false },
    });
    nouns.clock.advance(1_000);
    const { status, json } = await nouns.ask("PUT", `/api/agents/${id}`, {
      variables: { a: null, c: "3" },
      callPolicy: { silenceTimeoutSeconds: 0 },
      postCallAnalysis: { schema: [{ name: "y", type: "number" }] },
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      name: "Ada",
      callPolicy: { ringTimeoutSeconds: 20, maxDurationSeconds: 600, silenceTimeoutSeconds: 0 },
      postCallAnalysis: { schema: [{ name: "y", type: "number" }], enableSummary: false },
      createdAt: "2026-05-06T05:30:00.000Z",
      updatedAt: "2026-05-06T05:30:01.000Z",
    });
    expect(json.variables).toEqual({ b: "2", c: "3" });
  });

  test("touches the draft alone: what was published stays as it was", async () => {
    const nouns = createNouns();
    const { id } = await createAgent(nouns);
    await nouns.ask("PUT", `/api/agents/${id}`, { name: "Eve", systemPrompt: "new", callPolicy: { ringTimeoutSeconds: 9 } });
    expect((await nouns.ask("GET", `/api/agents/${id}`)).json).toMatchObject({ name: "Eve", currentVersion: 1 });
    expect(findAgentVersion(nouns.db, id, 1)).toMatchObject({ name: "Ada", systemPrompt: "", callPolicy: { ringTimeoutSeconds: 45 } });
  });

  test("an unknown field, a result that does not hold and an unknown agent are refused", async () => {
    const nouns = createNouns();
    const { id } = await createAgent(nouns);
    expectRefusal(
      await nouns.ask("PUT", `/api/agents/${id}`, { prompt: "x" }),
      400,
      "validation_failed",
      /^prompt: is not a field here; the fields are name, /,
    );
    expectRefusal(
      await nouns.ask("PUT", `/api/agents/${id}`, { connection: { url: "wss://bot" } }),
      400,
      "validation_failed",
      /connection\.url: is not a field of a connection of type simulated/,
    );
    expectRefusal(await nouns.ask("PUT", `/api/agents/${UNKNOWN}`, { name: "x" }), 404, "not_found", /no agent with the id/);
    expect((await nouns.ask("GET", `/api/agents/${id}`)).json).toMatchObject({ name: "Ada", connection: { type: "simulated" } });
  });
});

describe("versions", () => {
  test("publishing takes the draft, and becomes the current version", async () => {
    const nouns = createNouns();
    const { id } = await createAgent(nouns);
    await nouns.ask("PUT", `/api/agents/${id}`, { systemPrompt: "second" });
    const { status, json } = await nouns.ask("POST", `/api/agents/${id}/versions`, { label: "May", notes: "friendlier" });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      id: expect.stringMatching(/^ver_/),
      version: 2,
      label: "May",
      notes: "friendlier",
      snapshot: { systemPrompt: "second" },
      createdAt: "2026-05-06T05:30:00.000Z",
    });
    expect((await nouns.ask("GET", `/api/agents/${id}`)).json.currentVersion).toBe(2);
    expect((await nouns.ask("GET", `/api/agents/${id}/versions/2`)).json).toEqual(json);
  });

  test("a rollback copies the version into the draft and publishes it as a new one; nothing between is lost", async () => {
    const nouns = createNouns();
    const { id } = await createAgent(nouns, { name: "Ada", systemPrompt: "first" });
    await nouns.ask("PUT", `/api/agents/${id}`, { name: "Eve", systemPrompt: "second" });
    await nouns.ask("POST", `/api/agents/${id}/versions`, {});
    const { status, json } = await nouns.ask("POST", `/api/agents/${id}/versions/1/rollback`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ version: 3, snapshot: { name: "Ada", systemPrompt: "first" } });
    expect((await nouns.ask("GET", `/api/agents/${id}`)).json).toMatchObject({ name: "Ada", systemPrompt: "first", currentVersion: 3 });
    expect(findAgentVersion(nouns.db, id, 2)).toMatchObject({ name: "Eve", systemPrompt: "second" });
  });

  test("the list is newest first and goes on by its cursor", async () => {
    const nouns = createNouns();
    const { id } = await createAgent(nouns);
    await createAgent(nouns);
    for (const label of ["b", "c"]) await nouns.ask("POST", `/api/agents/${id}/versions`, { label });
    const first = (await nouns.ask("GET", `/api/agents/${id}/versions?limit=2`)).json;
    expect(first).toMatchObject({ total: 3, limit: 2, offset: 0 });
    expect(first.versions.map((version: { version: number }) => version.version)).toEqual([3, 2]);
    const second = (await nouns.ask("GET", `/api/agents/${id}/versions?limit=2&cursor=${first.nextCursor}`)).json;
    expect(second.versions.map((version: { version: number }) => version.version)).toEqual([1]);
    expect(second.nextCursor).toBeNull();
  });

  test.each(["2", "0", "-1", "1.5", "one", "99999999999"])(
    "version %s, which is not there, is a 404 that says which are",
    async (version) => {
      const nouns = createNouns();
      const { id } = await createAgent(nouns);
      expectRefusal(
        await nouns.ask("GET", `/api/agents/${id}/versions/${version}`),
        404,
        "not_found",
        /has no version '.*'; its versions are 1 to 1/,
      );
      expectRefusal(await nouns.ask("POST", `/api/agents/${id}/versions/${version}/rollback`), 404, "not_found", /has no version/);
      expect((await nouns.ask("GET", `/api/agents/${id}`)).json.currentVersion).toBe(1);
    },
  );

  test("an unknown agent and unknown words are refused", async () => {
    const nouns = createNouns();
    const { id } = await createAgent(nouns);
    for (const [method, path, body] of [
      ["GET", "versions"],
      ["POST", "versions", {}],
      ["GET", "versions/1"],
      ["POST", "versions/1/rollback"],
    ] as const) {
      expectRefusal(await nouns.ask(method, `/api/agents/${UNKNOWN}/${path}`, body), 404, "not_found", /no agent with the id/);
    }
    expectRefusal(
      await nouns.ask("POST", `/api/agents/${id}/versions`, { name: "x" }),
      400,
      "validation_failed",
      /name: is not a field here; the fields are label, notes/,
    );
    expectRefusal(await nouns.ask("POST", `/api/agents/${id}/versions`, { label: 5 }), 400, "validation_failed", /label: is 5/);
  });
});

describe("listing and deleting agents", () => {
  test("the list is newest first and pages by offset or cursor", async () => {
    const nouns = createNouns();
    for (const name of ["a", "b", "c"]) await createAgent(nouns, { name });
    const names = (list: { agents: { name: string }[] }) => list.agents.map((agent) => agent.name);
    const first = (await nouns.ask("GET", "/api/agents?limit=2")).json;
    expect(names(first)).toEqual(["c", "b"]);
    expect(first).toMatchObject({ total: 3, limit: 2, offset: 0 });
    expect(names((await nouns.ask("GET", `/api/agents?limit=2&cursor=${first.nextCursor}`)).json)).toEqual(["a"]);
    expect(names((await nouns.ask("GET", "/api/agents?limit=2&offset=1")).json)).toEqual(["b", "a"]);
    expectRefusal(await nouns.ask("GET", "/api/agents?limit=1001"), 400, "validation_failed", /limit: is 1001/);
    expectRefusal(await nouns.ask("GET", "/api/agents?name=x"), 400, "validation_failed", /name: is not a field here/);
  });

  test("one that no campaign names goes, and its versions with it", async () => {
    const nouns = createNouns();
    const { id } = await createAgent(nouns);
    expect(await nouns.ask("DELETE", `/api/agents/${id}`)).toEqual({ status: 204, json: undefined });
    expectRefusal(await nouns.ask("GET", `/api/agents/${id}`), 404, "not_found", /no agent with the id/);
    expectRefusal(await nouns.ask("DELETE", `/api/agents/${id}`), 404, "not_found", /no agent with the id/);
    expect(findAgentVersion(nouns.db, id, 1)).toBeUndefined();
  });

  test("one that campaigns name stays, and the refusal names five of them", async () => {
    const nouns = createNouns();
    const { id } = await createAgent(nouns);
    const phoneNumberId = await createNumber(nouns);
    const campaigns = ["Spring", "b", "c", "d", "e", "f", "g"].map((name) => nouns.addCampaign({ name, agentId: id, phoneNumberId }));
    const answer = await nouns.ask("DELETE", `/api/agents/${id}`);
    expectRefusal(answer, 409, "still_referenced", /in use by campaign 'Spring' \(cmp_.*campaign 'e'.* and 2 more/);
    expect(answer.json.error).toContain(campaigns[0] ?? "none");
    expect((await nouns.ask("GET", `/api/agents/${id}`)).status).toBe(200);
  });
});

describe("who may do what with agents", () => {
  const table: [string, string, object | undefined, Role | null, number][] = [
    ["GET", "/api/agents", undefined, null, 401],
    ["GET", "/api/agents", undefined, "read", 200],
    ["POST", "/api/agents", { name: "A" }, "read", 403],
    ["POST", "/api/agents", { name: "A" }, "operator", 201],
    ["PUT", `/api/agents/${UNKNOWN}`, { name: "A" }, "read", 403],
    ["DELETE", `/api/agents/${UNKNOWN}`, undefined, "read", 403],
    ["DELETE", `/api/agents/${UNKNOWN}`, undefined, "operator", 404],
    ["POST", `/api/agents/${UNKNOWN}/versions`, {}, "read", 403],
    ["GET", `/api/agents/${UNKNOWN}/versions`, undefined, "read", 404],
    ["POST", `/api/agents/${UNKNOWN}/versions/1/rollback`, undefined, "read", 403],
  ];
  test.each(table)("%s %s with %p as %p: %d", async (method, path, body, role, status) => {
    expect((await createNouns().ask(method, path, body, role)).status).toBe(status);
  });
});
