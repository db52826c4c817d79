// What a call's bot is told: rendered once, when the call is reserved.

import { describe, expect, test } from "bun:test";
import type { BotConnection } from "../../src/calls/bot.ts";
import { writeBotPassword } from "../../src/settings/bot-passwords.ts";
import { createTestMachine, type TestMachine } from "../support/machine.ts";

const A = "+919876501000";
const KOLKATA = { timezone: "Asia/Kolkata" };

/** The agent of every test campaign says this from now on. */
function say(world: TestMachine, snapshot: object) {
  const row = world.db.sqlite.query<{ snapshot: string }, []>("SELECT snapshot FROM agent_versions").get();
  world.db.sqlite
    .query("UPDATE agent_versions SET snapshot = ?")
    .run(JSON.stringify({ ...JSON.parse(row?.snapshot ?? "{}"), ...snapshot }));
}

function setVariables(world: TestMachine, number: string, variables: object) {
  world.db.sqlite.query("UPDATE leads SET variables = ? WHERE phone_number = ?").run(JSON.stringify(variables), number);
}

describe("the order of a campaign's call", () => {
  test("has the prompt and the welcome rendered with the lead's variables over the agent's", () => {
    const world = createTestMachine();
    world.addCampaign({ status: "paused", leads: [A] });
    say(world, {
      systemPrompt: 'You call {{first_name}} of {{company}}{{unknown}} about {{topic|default:"us"}}.',
      welcomeMessage: "Hi {{ first_name | upper }}!",
      variables: { first_name: "you", company: "a company" },
    });
    setVariables(world, A, { first_name: "Asha {{company}}", age: 7 });
    world.setStatus("cmp_1", "running");
    world.settle();
    expect(world.dialer.placed[0]?.bot).toEqual({
      connection: { type: "simulated" },
      systemPrompt: "You call Asha {{company}} of a company about us.",
      welcomeMessage: "Hi ASHA {{COMPANY}}!",
      variables: { first_name: "Asha {{company}}", company: "a company", age: 7 },
      call: { id: world.lead(A).call_id ?? "", leadId: world.lead(A).id, from: world.dialer.placed[0]?.from ?? "", to: A, attempt: 1 },
      line: {
        voicemail: { detect: false, action: "hangup", audio: undefined, message: "" },
        silenceTimeoutMs: 30_000,
        optOutKey: undefined,
        record: false,
      },
    });
  });

  test("has the bot's address rendered, and what stands in it escaped", () => {
    const world = createTestMachine();
    world.addCampaign({ status: "paused", leads: [A] });
    say(world, { connection: { type: "stream", url: "wss://bots.example.com/{{shop|lower}}/stream?name={{name}}&none={{unknown}}" } });
    setVariables(world, A, { shop: "A/B", name: "Ann & \ud800 Jürgen" });
    world.setStatus("cmp_1", "running");
    world.settle();
    expect(world.dialer.placed[0]?.bot.connection).toEqual({
      type: "stream",
      url: "wss://bots.example.com/a%2Fb/stream?name=Ann%20%26%20%EF%BF%BD%20J%C3%BCrgen&none=",
    });
  });

  test("has the password of its agent's SIP bot as it is now, where there is a username", () => {
    const world = createTestMachine();
    world.addCampaign({ status: "paused", leads: [A], retryPolicy: { maxAttempts: 1 } });
    const connection = { type: "sip", uri: "sip:bot@10.0.5.7", transport: "udp", media: "relay" };
    const { agent_id: agentId } = world.db.sqlite.query<{ agent_id: string }, []>("SELECT agent_id FROM campaigns").get() ?? {
      agent_id: "",
    };
    writeBotPassword(world.db, agentId, "se,cret");
    say(world, { connection: { ...connection, username: "alice" } });
    world.setStatus("cmp_1", "running");
    world.settle();
    expect(world.dialer.placed[0]?.bot.connection).toEqual({ ...connection, username: "alice", password: "se,cret" } as BotConnection);
    say(world, { connection });
    world.addCampaign({ id: "cmp_2", leads: ["+919876501001"] });
    world.settle();
    expect(world.dialer.placed[1]?.bot.connection).toEqual(connection as BotConnection);
  });

  test("knows the call, its campaign, its lead, its attempt, and the time where the campaign is", () => {
    const world = createTestMachine();
    world.addCampaign({ status: "paused", leads: [A], schedule: KOLKATA });
    say(world, {
      welcomeMessage: "{{phone_number}} {{from_number}} {{campaign_name}} {{lead_id}} {{call_id}} {{attempt}} {{now}} {{date}}",
    });
    world.setStatus("cmp_1", "running");
    world.settle();
    const order = world.dialer.placed[0];
    expect(order?.bot.welcomeMessage).toBe(
      `${A} ${order?.from} Spring ${world.lead(A).id} ${order?.callId} 1 2026-05-06T11:00:00+05:30 2026-05-06`,
    );
    expect(order?.bot.variables).toEqual({});
  });

  test("a lead's own variable goes before what the call knows of itself, an agent's default does not", () => {
    const world = createTestMachine();
    world.addCampaign({ status: "paused", leads: [A] });
    say(world, { welcomeMessage: "{{date}} {{attempt}}", variables: { date: "someday", attempt: "many" } });
    setVariables(world, A, { date: "12 May" });
    world.setStatus("cmp_1", "running");
    world.settle();
    expect(world.dialer.placed[0]?.bot.welcomeMessage).toBe("12 May 1");
  });

  test("names of the language itself are variables like any other", () => {
    const world = createTestMachine();
    world.addCampaign({ status: "paused", leads: [A] });
    say(world, { welcomeMessage: "[{{constructor}}] [{{__proto__}}] [{{toString}}]" });
    world.db.sqlite.query("UPDATE leads SET variables = ?").run('{ "__proto__": "mine", "constructor": "also mine" }');
    world.setStatus("cmp_1", "running");
    world.settle();
    expect(world.dialer.placed[0]?.bot.welcomeMessage).toBe("[also mine] [mine] []");
  });

  test("a version that was published before a field existed speaks with its default", () => {
    const world = createTestMachine();
    world.addCampaign({ status: "paused", leads: [A] });
    world.db.sqlite.query("UPDATE agent_versions SET snapshot = ?").run('{ "name": "Old" }');
    world.setStatus("cmp_1", "running");
    world.settle();
    expect(world.dialer.placed[0]).toMatchObject({
      ringTimeoutMs: 45_000,
      maxDurationMs: 600_000,
      bot: { systemPrompt: "", welcomeMessage: "", variables: {} },
    });
  });

  test("has a token for the outcome of this call alone, where there is an API", () => {
    const world = createTestMachine({ botAccess: (callId) => ({ outcomeToken: `token of ${callId}` }) });
    world.addCampaign({ leads: [A] });
    world.settle();
    expect(world.dialer.placed[0]?.bot.outcomeToken).toBe(`token of ${world.dialer.placed[0]?.callId}`);
  });
});
