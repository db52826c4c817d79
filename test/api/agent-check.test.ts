// GET /api/agents/{id}/check: what an agent would say with holes in it, alone and for a campaign's leads.

import { beforeEach, describe, expect, test } from "bun:test";
import { transact } from "../../src/database/transaction.ts";
import { agentRoutes } from "../../src/agents/routes.ts";
import { insertLeads } from "../../src/leads/store.ts";
import { createWorld, insertCampaignRow, insertLine, type World } from "../support/world.ts";

let world: World;
beforeEach(() => {
  world = createWorld((parts) => [agentRoutes(parts)]);
});

/** An agent whose version 1 and draft say this. */
async function createAgent(fields: object): Promise<string> {
  return (await world.request("POST", "/api/agents", { name: "Ada", ...fields })).body.id;
}

/** A campaign of the agent with leads that bring these variables. */
function addCampaign(agentId: string, leads: readonly object[], agentVersion = 1): string {
  const { id } = insertCampaignRow(world, { agentId, agentVersion });
  const rows = leads.map((variables, index) => ({
    id: world.newId("ld"),
    phoneNumber: `+9198${String(index).padStart(8, "0")}`,
    variables: JSON.stringify(variables),
  }));
  transact(world.db, () => insertLeads(world.db, id, rows, world.clock.now()));
  return id;
}

const check = (agentId: string, query = "") => world.request("GET", `/api/agents/${agentId}/check${query}`);

describe("of the draft alone", () => {
  test("names each variable once, with where it is used and who brings it", async () => {
    const id = await createAgent({
      systemPrompt: 'Hi {{first_name}}, {{city|default:"there"}}, {{date}}, {{plan}}',
      welcomeMessage: "{{first_name}} {{city}}",
      variables: { plan: "basic" },
    });
    const { status, body } = await check(id);
    expect(status).toBe(200);
    const variable = { isBuiltIn: false, hasAgentDefault: false, hasTagDefault: false, leadsWithout: null };
    expect(body).toEqual({
      agentId: id,
      agentVersion: null,
      campaignId: null,
      leads: null,
      variables: [
        { ...variable, name: "first_name", usedIn: ["systemPrompt", "welcomeMessage"] },
        { ...variable, name: "city", usedIn: ["systemPrompt", "welcomeMessage"] },
        { ...variable, name: "date", usedIn: ["systemPrompt"], isBuiltIn: true },
        { ...variable, name: "plan", usedIn: ["systemPrompt"], hasAgentDefault: true },
      ],
      missing: [
        { name: "first_name", leads: null },
        { name: "city", leads: null },
      ],
      warnings: [
        {
          path: "systemPrompt",
          message:
            '{{first_name}} is empty unless the lead brings it; give the agent a default for it, or write {{first_name|default:"…"}}',
        },
        {
          path: "systemPrompt",
          message: '{{city}} is empty unless the lead brings it; give the agent a default for it, or write {{city|default:"…"}}',
        },
      ],
    });
  });

  test("an agent that says nothing has nothing to warn of", async () => {
    expect((await check(await createAgent({}))).body).toMatchObject({ variables: [], missing: [], warnings: [] });
  });

  test("a default in every tag is one", async () => {
    const id = await createAgent({ systemPrompt: '{{a|default:"x"}}', welcomeMessage: '{{a | upper | default:"y"}}' });
    expect((await check(id)).body).toMatchObject({ variables: [{ name: "a", hasTagDefault: true }], missing: [], warnings: [] });
  });

  test("warns of filters that there are not and of tags that cannot be read, each at its place", async () => {
    const id = await createAgent({ systemPrompt: "{{date|uper}} and {{date", welcomeMessage: "{{date|default}} {{date|constructor}}" });
    expect((await check(id)).body.warnings).toEqual([
      {
        path: "systemPrompt",
        message:
          "'{{date|uper}}' has the filter 'uper', which there is not and which changes nothing; the filters are upper, lower, trim, default. Did you mean upper?",
      },
      {
        path: "systemPrompt",
        message: `'{{date' is no tag that can be read, and is left as it stands; a tag is like {{name}} or {{name|default:"…"}}`,
      },
      { path: "welcomeMessage", message: expect.stringContaining("'{{date|default}}' is no tag that can be read") },
      { path: "welcomeMessage", message: expect.stringContaining("has the filter 'constructor'") },
    ]);
  });

  test("looks at the address of the bot and at what is left on a machine, too", async () => {
    const id = await createAgent({
      welcomeMessage: "Hi {{first_name}}",
      connection: { type: "stream", url: "wss://bot.example/{{room}}?name={{first_name}}&when={{date|uper}}" },
      voicemail: { action: "message", message: "Call {{desk}}" },
    });
    const { body } = await check(id);
    expect(body.variables.map(({ name, usedIn }: { name: string; usedIn: string[] }) => [name, usedIn])).toEqual([
      ["first_name", ["welcomeMessage", "connection.url"]],
      ["room", ["connection.url"]],
      ["date", ["connection.url"]],
      ["desk", ["voicemail.message"]],
    ]);
    expect(body.missing.map(({ name }: { name: string }) => name)).toEqual(["first_name", "room", "desk"]);
    expect(body.warnings.map(({ path }: { path: string }) => path)).toEqual([
      "connection.url",
      "welcomeMessage",
      "connection.url",
      "voicemail.message",
    ]);
  });

  test("looks at nothing that its calls do not use", async () => {
    const id = await createAgent({
      connection: { type: "sip", uri: "sip:{{room}}@bot.example" },
      voicemail: { action: "hangup", message: "Call {{desk}}" },
    });
    expect((await check(id)).body).toMatchObject({ variables: [], warnings: [] });
  });

  test("is about the draft, not the version", async () => {
    const id = await createAgent({ welcomeMessage: "{{a}}" });
    await world.request("PUT", `/api/agents/${id}`, { welcomeMessage: "{{b}}" });
    expect((await check(id)).body.missing).toEqual([{ name: "b", leads: null }]);
  });
});

describe("with a campaign", () => {
  test("counts the leads that bring no value, as the rendering sees it", async () => {
    const id = await createAgent({
      systemPrompt: '{{first_name}} {{user.email}} {{city|default:"x"}} {{plan}} {{date}} {{नाम}} {{constructor}}',
      variables: { plan: "basic" },
    });
    const campaignId = addCampaign(id, [
      { first_name: "Asha", "user.email": "a@example.com", city: "Pune", plan: "gold", नाम: "आशा" },
      { first_name: "", user: { email: "b@example.com" }, constructor: "mine" },
      { first_name: 0, user: { phone: "1" }, city: false },
      { First_Name: "wrong case", user: "text" },
    ]);
    const { body } = await check(id, `?campaignId=${campaignId}`);
    expect(body).toMatchObject({ agentVersion: 1, campaignId, leads: 4 });
    expect(body.variables.map(({ name, leadsWithout }: { name: string; leadsWithout: number }) => [name, leadsWithout])).toEqual([
      ["first_name", 2],
      ["user.email", 2],
      ["city", 2],
      ["plan", 3],
      ["date", null],
      ["नाम", 3],
      ["constructor", 3],
    ]);
    expect(body.missing).toEqual([
      { name: "first_name", leads: 2 },
      { name: "user.email", leads: 2 },
      { name: "नाम", leads: 3 },
      { name: "constructor", leads: 3 },
    ]);
    expect(body.warnings[0]).toEqual({
      path: "systemPrompt",
      message: '{{first_name}} is empty for 2 of 4 leads; give the agent a default for it, or write {{first_name|default:"…"}}',
    });
  });

  test("a variable that every lead brings is not missing", async () => {
    const id = await createAgent({ welcomeMessage: "{{a}}" });
    const campaignId = addCampaign(id, [{ a: 1 }, { a: "x" }]);
    expect((await check(id, `?campaignId=${campaignId}`)).body).toMatchObject({
      variables: [{ name: "a", leadsWithout: 0 }],
      missing: [],
      warnings: [],
    });
  });

  test("counts every slice of a long campaign, and no other campaign's leads", async () => {
    const id = await createAgent({ welcomeMessage: "{{a}} {{b}}" });
    const leads = Array.from({ length: 2_500 }, (_, index) => (index % 5 === 0 ? { a: "x" } : { b: "x" }));
    const campaignId = addCampaign(id, leads);
    addCampaign(id, [{}, {}, {}]);
    expect((await check(id, `?campaignId=${campaignId}`)).body).toMatchObject({
      leads: 2_500,
      missing: [
        { name: "a", leads: 2_000 },
        { name: "b", leads: 500 },
      ],
    });
  });

  test("is about the version that the campaign calls with", async () => {
    const id = await createAgent({ welcomeMessage: "{{a}}" });
    await world.request("PUT", `/api/agents/${id}`, { welcomeMessage: "{{b}}" });
    await world.request("POST", `/api/agents/${id}/versions`, {});
    const campaigns = [addCampaign(id, [{}], 1), addCampaign(id, [{}], 2)];
    const answers = await Promise.all(campaigns.map((campaignId) => check(id, `?campaignId=${campaignId}`)));
    expect(answers.map(({ body }) => [body.agentVersion, body.missing[0].name])).toEqual([
      [1, "a"],
      [2, "b"],
    ]);
  });

  test("a campaign without leads has nothing missing yet", async () => {
    const id = await createAgent({ welcomeMessage: "{{a}} {{date}}" });
    expect((await check(id, `?campaignId=${addCampaign(id, [])}`)).body).toMatchObject({ leads: 0, missing: [], warnings: [] });
  });

  test("says so when there are more variables than it counts", async () => {
    const id = await createAgent({ systemPrompt: Array.from({ length: 130 }, (_, index) => `{{v${index}}}`).join("") });
    const { body } = await check(id, `?campaignId=${addCampaign(id, [{ v0: 1 }])}`);
    expect(body.variables.filter((variable: { leadsWithout: number | null }) => variable.leadsWithout === null).length).toBe(30);
    expect(body.warnings[0]).toEqual({ path: "", message: "the templates have 130 variables; leads were counted for the first 100" });
  });

  test("of another agent is refused, with the agent that it calls with", async () => {
    const [mine, other] = [await createAgent({}), insertLine(world)];
    const { id } = insertCampaignRow(world, { line: other });
    const { status, body } = await check(mine, `?campaignId=${id}`);
    expect([status, body.code]).toEqual([400, "validation_failed"]);
    expect(body.error).toBe(`the campaign '${id}' calls with the agent '${other.agentId}'; ask about that one`);
  });

  test("that there is not is not found", async () => {
    const { status, body } = await check(await createAgent({}), "?campaignId=cmp_9");
    expect([status, body.code, body.error]).toEqual([404, "not_found", "there is no campaign with the id 'cmp_9'"]);
  });
});

test("an agent that there is not is not found", async () => {
  const { status, body } = await check("agent_9");
  expect([status, body.code, body.error]).toEqual([404, "not_found", "there is no agent with the id 'agent_9'"]);
});

test("an unknown field of the query is refused", async () => {
  const { status, body } = await check(await createAgent({}), "?campaign=cmp_1");
  expect([status, body.error]).toEqual([400, "campaign: is not a field here; the fields are campaignId"]);
});

test("a key that may look may ask", async () => {
  const id = await createAgent({});
  expect((await world.request("GET", `/api/agents/${id}/check`, undefined, { key: world.keyFor("read") })).status).toBe(200);
  expect((await world.request("GET", `/api/agents/${id}/check`, undefined, { key: null })).status).toBe(401);
});
