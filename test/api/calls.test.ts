// /api/calls over the machine: single calls and their refusals, lists, and what can be done to a call in progress.

import { beforeEach, describe, expect, test } from "bun:test";
import { setBudget } from "../../src/credits/service.ts";
import { readAccount } from "../../src/credits/store.ts";
import { createSimulator } from "../../src/simulator/simulator-dialer.ts";
import { type CallsWorld, createCallsWorld } from "../support/calls.ts";
import { expectRefusal } from "../support/nouns.ts";
import { busyResult, completedResult, trunkBusyResult } from "../support/scripted-dialer.ts";

const UNKNOWN = "call_00000000000000000000000000";
const [A = "", B = "", C = ""] = ["+919876501000", "+919876501001", "+919876501002"];

let world: CallsWorld;
beforeEach(() => {
  world = createCallsWorld();
});

const outbound = (fields: object = {}) => {
  const { agentId, phoneNumberId } = world.wish(A);
  return world.ask("POST", "/api/calls/outbound", { agentId, phoneNumberId, destination: A, ...fields });
};

/** A single call that is answered. */
async function answered(to = A): Promise<string> {
  const id = await world.place(to);
  world.dialer.answer(to);
  world.settle();
  return id;
}

describe("POST /api/calls/outbound", () => {
  test("places one call and shows it", async () => {
    const { status, json } = await outbound({ destination: "+91 (98765) 01-000" });
    expect(status).toBe(201);
    expect(json).toEqual({
      id: expect.stringMatching(/^call_[0-9a-z]{26}$/),
      campaignId: null,
      leadId: null,
      agentId: "agent_1",
      agentVersion: 1,
      phoneNumberId: "pn_trk_1",
      from: expect.stringMatching(/^\+9122000/),
      to: A,
      attempt: 1,
      status: "placing",
      ending: null,
      reason: null,
      sipCode: null,
      sipReason: null,
      q850Cause: null,
      hungUpBy: null,
      placedAt: "2026-05-06T05:30:00.000Z",
      ringingAt: null,
      answeredAt: null,
      endedAt: null,
      recordingSeconds: null,
      ringSeconds: null,
      talkSeconds: null,
      cost: null,
      disposition: null,
      outcome: null,
      analysisFailed: null,
      amd: null,
      media: null,
      transferredTo: null,
      transcript: null,
    });
    expect(world.dialer.placed).toMatchObject([{ callId: json.id, to: A }]);
  });

  test("the call is shown with everything that became of it", async () => {
    const id = await world.place(A);
    world.clock.advance(1_000);
    world.dialer.ring(A);
    world.clock.advance(4_000);
    world.dialer.answer(A);
    world.clock.advance(60_000);
    world.dialer.end(A, { ...completedResult, q850Cause: 16, ringMs: 4_250, talkMs: 60_500, analysis: { success: true, note: "ok" } });
    world.settle();
    const { json } = await world.ask("GET", `/api/calls/${id}`);
    expect(json).toMatchObject({
      status: "ended",
      ending: "completed",
      reason: "normal_clearing",
      sipCode: 200,
      q850Cause: 16,
      hungUpBy: "them",
      ringingAt: "2026-05-06T05:30:01.000Z",
      answeredAt: "2026-05-06T05:30:05.000Z",
      endedAt: "2026-05-06T05:31:05.000Z",
      ringSeconds: 4.25,
      talkSeconds: 60.5,
      // 0.10 for the connection, 60.5 s at 0.50 a minute in steps of 6 s after the first minute.
      cost: "0.65",
      disposition: "qualified",
      outcome: { success: true, note: "ok" },
    });
  });

  test("its bot is told what the agent says, with the variables that came along", async () => {
    const agent = (
      await world.ask("POST", "/api/agents", {
        name: "Ada",
        systemPrompt: 'Call {{name}} at {{phone_number}}, {{ order.id | default:"no order" }}.',
        welcomeMessage: "Hello {{name}}{{campaign_name}}, {{date}}",
        variables: { name: "you", plan: "basic" },
      })
    ).json;
    await outbound({ agentId: agent.id, dynamicVariables: { name: "Asha", "order.id": 7, vip: true } });
    expect(world.dialer.placed[0]?.bot).toMatchObject({
      systemPrompt: `Call Asha at ${A}, 7.`,
      welcomeMessage: "Hello Asha, 2026-05-06",
      variables: { name: "Asha", plan: "basic", "order.id": 7, vip: true },
    });
  });

  test("talks with the agent's current version, or with the one asked for", async () => {
    const agent = (await world.ask("POST", "/api/agents", { name: "Ada", welcomeMessage: "one" })).json;
    await world.ask("PUT", `/api/agents/${agent.id}`, { welcomeMessage: "two" });
    await world.ask("POST", `/api/agents/${agent.id}/versions`, {});
    await world.ask("PUT", `/api/agents/${agent.id}`, { welcomeMessage: "a draft" });
    const shown = [await outbound({ agentId: agent.id }), await outbound({ agentId: agent.id, agentVersion: 1, destination: B })];
    expect(shown.map(({ json }) => json.agentVersion)).toEqual([2, 1]);
    expect(world.dialer.placed.map(({ bot }) => bot.welcomeMessage)).toEqual(["two", "one"]);
  });

  const tooMany = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`v${index}`, 1]));
  test.each<[string, object, RegExp]>([
    ["no destination", { destination: undefined }, /^destination: is required$/],
    ["a destination that is no number", { destination: "12" }, /^'12' .*E\.164/],
    ["a national number", { destination: "09876501000" }, /E\.164/],
    ["a destination of another type", { destination: 919876501000 }, /destination: is 919876501000; it must be a text/],
    ["no agent", { agentId: undefined }, /^agentId: is required$/],
    ["no phone number", { phoneNumberId: undefined }, /^phoneNumberId: is required$/],
    ["a version that is no number", { agentVersion: "1" }, /agentVersion: is "1"; it must be a whole number, 1 or more/],
    ["version 0", { agentVersion: 0 }, /agentVersion: is 0; it must be a whole number, 1 or more/],
    [
      "an unknown field",
      { campaignId: "cmp_1" },
      /campaignId: is not a field here; the fields are agentId, phoneNumberId, destination, agentVersion, dynamicVariables/,
    ],
    ["variables that are no object", { dynamicVariables: ["a"] }, /dynamicVariables: is \["a"\]; it must be an object/],
    [
      "a nested variable",
      { dynamicVariables: { user: { name: "x" } } },
      /dynamicVariables\.user: is \{.*\}; it must be a text, a number, or true or false/,
    ],
    ["a variable that is null", { dynamicVariables: { user: null } }, /dynamicVariables\.user: is null; it must be a text/],
    ["a variable without a name", { dynamicVariables: { "": "x" } }, /the name is empty/],
    [
      "two variables with wrong names",
      { dynamicVariables: { "a{b": "x", " c": "y" } },
      /dynamicVariables\.a\{b: the name is not a name.*; dynamicVariables\. c: the name is not a name/,
    ],
    [
      "a value that is too long",
      { dynamicVariables: { note: "x".repeat(4_001) } },
      /dynamicVariables\.note: has more than 4000 characters/,
    ],
    ["51 variables", { dynamicVariables: tooMany }, /dynamicVariables: .*must be an object of 50 variables at most/],
  ])("refuses %s", async (_what, fields, sentence) => {
    expectRefusal(await outbound(fields), 400, "validation_failed", sentence);
    expect(world.dialer.placed).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    ["agent", { agentId: "agent_9" }, /^there is no agent with the id 'agent_9'$/],
    ["version", { agentVersion: 9 }, /^the agent 'agent_1' has no version 9; GET \/api\/agents\/agent_1\/versions lists those it has$/],
    ["phone number", { phoneNumberId: "pn_9" }, /^there is no phone number with the id 'pn_9'$/],
  ])("an unknown %s is not found", async (_what, fields, sentence) => {
    expectRefusal(await outbound(fields), 404, "not_found", sentence);
  });

  test("a listed number is refused", async () => {
    world.addDnc(A);
    expectRefusal(await outbound(), 409, "dnc_blocked", /^\+919876501000 is on the do-not-call list; remove its entry first/);
  });

  test("a number in another call is refused", async () => {
    await world.place(A);
    expectRefusal(await outbound(), 409, "wrong_state", /^\+919876501000 is in another call now; try again when that one is over$/);
  });

  test("the cap over everything is a 429 that says when to ask again", async () => {
    world = createCallsWorld({ maxConcurrentCalls: 1 });
    await world.place(A);
    const answer = await outbound({ destination: B });
    expectRefusal(answer, 429, "rate_limited", /as many calls are in progress as the appliance may have at once/);
    expect(answer.headers.get("retry-after")).toBe("5");
  });

  test("a trunk's cap and its rate are a 429 each", async () => {
    const { phoneNumberId } = world.wish(A, { trunk: { maxConcurrent: 1, callsPerSecond: 1 } });
    await outbound({ phoneNumberId });
    const full = await outbound({ phoneNumberId, destination: B });
    expectRefusal(full, 429, "rate_limited", /as the phone number's trunk may have at once/);
    expect(full.headers.get("retry-after")).toBe("5");
    world.clock.advance(400);
    world.dialer.end(A);
    world.settle();
    const fast = await outbound({ phoneNumberId, destination: B });
    expectRefusal(fast, 429, "rate_limited", /the phone number's trunk has started as many calls as it may in a second/);
    expect(fast.headers.get("retry-after")).toBe("1");
  });

  test("without the credit for it is a 402 that says what is lacking, and nothing is set aside", async () => {
    setBudget({ db: world.db, clock: world.clock, control: { nudge: () => undefined } }, 2_500_000, null);
    expectRefusal(
      await outbound(),
      402,
      "insufficient_credits",
      /^\+919876501000 cannot be called: the credits do not cover the call; top up first \(a call to \+919876501000 sets 5\.35 aside, 2\.50 is left\)$/,
    );
    expect([world.dialer.placed, readAccount(world.db)]).toEqual([[], { isLimited: true, balance: 2_500_000, reserved: 0 }]);
  });

  test("a trunk that failed too often is a 500 that names its calls and when to ask again", async () => {
    for (let fault = 0; fault < 5; fault += 1) {
      await world.place(A);
      world.dialer.end(A, trunkBusyResult);
      world.settle();
    }
    const answer = await outbound();
    expectRefusal(
      answer,
      500,
      "sip_failure",
      /cannot be called: the phone number's trunk is held \(held: the last 5 calls through trunk 'Main' failed \(trunk_busy\): call_/,
    );
    expect(answer.headers.get("retry-after")).toBe("30");
  });

  test("while the appliance is being stopped is a 503", async () => {
    world.machine.hold();
    const answer = await outbound();
    expectRefusal(answer, 503, "draining", /places no call any more/);
    expect(answer.headers.get("retry-after")).toBe("30");
  });

  test("needs a key of an operator", async () => {
    expectRefusal(await world.ask("POST", "/api/calls/outbound", {}, null), 401, "unauthorized", /key/);
    expectRefusal(await world.ask("POST", "/api/calls/outbound", {}, "read"), 403, "forbidden", /needs 'operator'/);
  });
});

describe("GET /api/calls", () => {
  const list = async (query = "") => (await world.ask("GET", `/api/calls?${query}`)).json;
  const numbers = (answer: { calls: { to: string }[] }) => answer.calls.map(({ to }) => to);

  test("shows the newest first, of campaigns and single ones, without transcripts", async () => {
    world.addCampaign({ leads: [A, B] });
    world.settle();
    world.clock.advance(1_000);
    const id = await world.place(C);
    const answer = await list();
    expect(numbers(answer)).toEqual([C, B, A]);
    expect(answer).toMatchObject({ total: 3, limit: 200, offset: 0, nextCursor: null });
    expect(answer.calls[2]).toMatchObject({ campaignId: "cmp_1", leadId: world.lead(A).id, attempt: 1 });
    expect(answer.calls[0]).toEqual({ ...(await world.ask("GET", `/api/calls/${id}`)).json, transcript: undefined });
  });

  test("is empty at first", async () => {
    expect(await list()).toEqual({ calls: [], total: 0, limit: 200, offset: 0, nextCursor: null });
  });

  test("goes on from a cursor", async () => {
    world.addCampaign({ leads: [A, B, C] });
    world.settle();
    const first = await list("limit=2");
    expect([numbers(first), first.total]).toEqual([[C, B], 3]);
    const second = await list(`limit=2&cursor=${first.nextCursor}`);
    expect([numbers(second), second.nextCursor, second.total]).toEqual([[A], null, 3]);
    expect(numbers(await list("limit=1&offset=1"))).toEqual([B]);
  });

  test("filters by campaign, lead, number, status, ending and time", async () => {
    world.addCampaign({ id: "cmp_a", leads: [A] });
    world.addCampaign({ id: "cmp_b", leads: [B] });
    world.settle();
    world.dialer.end(A, busyResult);
    world.settle();
    world.clock.advance(60_000);
    await world.place(C);
    const cases: [string, string[]][] = [
      ["campaignId=cmp_a", [A]],
      ["campaignId=cmp_none", []],
      [`leadId=${world.lead(B).id}`, [B]],
      [`phoneNumber=${encodeURIComponent(C)}`, [C]],
      [`phoneNumber=${C}`, [C]],
      ["status=ended", [A]],
      ["status=placing", [C, B]],
      ["status=unknown", []],
      ["ending=busy", [A]],
      ["ending=voicemail", []],
      ["campaignId=cmp_b&ending=busy", []],
      ["from=2026-05-06T05:31:00Z", [C]],
      ["from=2026-05-06T11:01:00%2B05:30", [C]],
      ["to=2026-05-06T05:31:00Z", [B, A]],
      ["from=2026-05-06T05:30:00Z&to=2026-05-06T05:30:00.001Z", [B, A]],
      ["from=2026-05-06T05:30:00.001Z&to=2026-05-06T05:31:00Z", []],
      ["to=2026-05-06T05:31:00.001Z&status=placing", [C, B]],
    ];
    for (const [query, expected] of cases) {
      const answer = await list(query);
      expect([query, numbers(answer), answer.total]).toEqual([query, expected, expected.length]);
    }
  });

  test.each([
    ["status=busy", /status: is "busy"; it must be one of placing, ringing, answered, ended, unknown/],
    ["ending=ended", /ending: is "ended"; it must be one of completed, voicemail, no_answer, busy, failed/],
    ["phoneNumber=12", /^'12' .*E\.164/],
    ["from=yesterday", /^from is 'yesterday'; it must be an instant with its offset/],
    ["to=2026-05-06T05:30:00", /^to is '2026-05-06T05:30:00'; it must be an instant with its offset/],
    ["limit=0", /limit: is 0; it must be a whole number from 1 to 1000/],
    ["limit=1001", /limit: is 1001/],
    ["cursor=x", /cursor is 'x'/],
    ["agentId=agent_1", /agentId: is not a field here/],
  ])("refuses %s", async (query, sentence) => {
    expectRefusal(await world.ask("GET", `/api/calls?${query}`), 400, "validation_failed", sentence);
  });

  test("is for every key", async () => {
    expect((await world.ask("GET", "/api/calls", undefined, "read")).status).toBe(200);
    expectRefusal(await world.ask("GET", "/api/calls", undefined, null), 401, "unauthorized", /key/);
  });

  test("one that there is not is not found", async () => {
    expectRefusal(await world.ask("GET", `/api/calls/${UNKNOWN}`), 404, "not_found", /^there is no call with the id 'call_0+'$/);
  });
});

describe("POST /api/calls/{id}/end", () => {
  test("ends a call in progress, of a campaign or single", async () => {
    world.addCampaign({ leads: [B] });
    world.settle();
    const single = await world.place(A);
    const ofCampaign = world.lead(B).call_id;
    expect(await world.ask("POST", `/api/calls/${single}/end`)).toMatchObject({ status: 200, json: { id: single, status: "placing" } });
    expect((await world.ask("POST", `/api/calls/${ofCampaign}/end`)).status).toBe(200);
    expect(world.dialer.hungUp).toEqual([
      { number: A, reason: "ended_by_request" },
      { number: B, reason: "ended_by_request" },
    ]);
  });

  test("a call that is over is refused", async () => {
    const id = await world.place(A);
    world.dialer.end(A);
    world.settle();
    expectRefusal(
      await world.ask("POST", `/api/calls/${id}/end`),
      409,
      "wrong_state",
      new RegExp(`^the call '${id}' is ended; it must be placing or ringing or answered$`),
    );
  });

  test("a call of a process that died is refused", async () => {
    const id = await world.place(A);
    world.restart();
    expectRefusal(await world.ask("POST", `/api/calls/${id}/end`), 409, "wrong_state", /is unknown; it must be placing/);
  });

  test("one that there is not is not found", async () => {
    expectRefusal(await world.ask("POST", `/api/calls/${UNKNOWN}/end`), 404, "not_found", /there is no call/);
  });

  test("needs a key of an operator", async () => {
    expectRefusal(await world.ask("POST", `/api/calls/${UNKNOWN}/end`, undefined, "read"), 403, "forbidden", /needs 'operator'/);
  });
});

describe("POST /api/calls/{id}/transfer", () => {
  const transfer = (id: string, body: unknown = { destination: B }) => world.ask("POST", `/api/calls/${id}/transfer`, body);

  test("hands an answered call over, and the call ends with that reason", async () => {
    world = createCallsWorld({ makeDialer: (clock) => createSimulator({ clock }) });
    const id = await world.place("+919876500200");
    world.clock.advance(200);
    expect(await transfer(id)).toMatchObject({ status: 200, json: { id, status: "answered" } });
    const { json } = await world.ask("GET", `/api/calls/${id}`);
    expect(json).toMatchObject({ status: "ended", ending: "completed", reason: "transferred", hungUpBy: "us" });
    expectRefusal(await transfer(id), 409, "wrong_state", /is ended; it must be placing or ringing or answered$/);
  });

  test("goes to a SIP address too, and stands in the call from then on", async () => {
    const asked: string[] = [];
    world.dialer.onTransfer = (to) => void asked.push(to);
    const id = await answered();
    expect(await transfer(id, { destination: "sip:desk@10.0.5.9" })).toMatchObject({ status: 200 });
    world.settle();
    expect((await world.ask("GET", `/api/calls/${id}`)).json).toMatchObject({ status: "answered", transferredTo: "sip:desk@10.0.5.9" });
    expectRefusal(
      await transfer(id),
      409,
      "wrong_state",
      new RegExp(`^the call '${id}' cannot be transferred: the person is being handed over, or was before$`),
    );
    expect(asked).toEqual(["sip:desk@10.0.5.9"]);
  });

  test("a call that was not answered is refused", async () => {
    const id = await world.place(A);
    world.dialer.ring(A);
    expectRefusal(
      await transfer(id),
      409,
      "wrong_state",
      new RegExp(`^the call '${id}' has not been answered; it can be transferred once it is$`),
    );
  });

  test("a call through a dialer that cannot is refused", async () => {
    const id = await answered();
    expectRefusal(await transfer(id), 409, "wrong_state", /goes through a trunk whose calls cannot be transferred; end it instead$/);
  });

  test("nobody on the do-not-call list is called that way either", async () => {
    const id = await answered();
    world.addDnc(B);
    expectRefusal(await transfer(id), 409, "dnc_blocked", /^\+919876501001 is on the do-not-call list/);
  });

  test.each<[unknown, RegExp]>([
    [{}, /^destination: is required$/],
    [{ destination: "12" }, /^'12' .*E\.164/],
    [{ destination: B, to: B }, /^to: is not a field here; the fields are destination$/],
    ['""', /^is ""; it must be object$/],
  ])("refuses %j", async (body, sentence) => {
    const id = await answered();
    expectRefusal(await transfer(id, body), 400, "validation_failed", sentence);
  });

  test("refuses an empty body", async () => {
    expectRefusal(
      await world.ask("POST", `/api/calls/${await answered()}/transfer`),
      400,
      "validation_failed",
      /^the body is empty; it must be a JSON object$/,
    );
  });

  test("one that there is not is not found", async () => {
    expectRefusal(await transfer(UNKNOWN), 404, "not_found", /there is no call/);
  });
});
