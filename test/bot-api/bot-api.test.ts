// Twilio's requests about a call, over the machine itself: what bots send, and who may.

import { describe, expect, test } from "bun:test";
import { type BotApi, createBotApi } from "../../src/bot-api/bot-api.ts";
import { createBotCalls } from "../../src/bot-api/open-calls.ts";
import type { TwimlOrder } from "../../src/calls/bot.ts";
import { createBotAccounts } from "../../src/calls/bot-access.ts";
import type { Dialer } from "../../src/calls/dialer.ts";
import { createRequestLimit } from "../../src/http/door/rate-limit.ts";
import { createLog } from "../../src/runtime/log.ts";
import { addBotRotation, readBotRotations } from "../../src/settings/bot-rotations.ts";
import { createTestMachine } from "../support/machine.ts";

const A = "+919876501000";

/** One call to A that was placed; the machine's own dialer, which takes TwiML unless told otherwise. */
function createBotApiWorld({ takesTwiml = true, perSecond }: { takesTwiml?: boolean; perSecond?: number } = {}) {
  const redirected: TwimlOrder[] = [];
  const world = createTestMachine();
  const place = world.dialer.place;
  const dialer: Dialer = world.dialer;
  dialer.place = (order, events) => {
    const call = place(order, events);
    return takesTwiml ? { ...call, redirect: (twiml) => void redirected.push(twiml) } : call;
  };
  const { db, clock } = world;
  const accounts = createBotAccounts("the secret of this test", (id) => readBotRotations(db, id));
  const api: BotApi = createBotApi({
    calls: createBotCalls(db, accounts),
    endCall: (callId) => world.machine.attempts.hangUpCall(callId, "bot_hung_up"),
    redirectCall: (callId, order) => world.machine.attempts.redirect(callId, order),
    requestLimit: perSecond === undefined ? undefined : createRequestLimit(perSecond, clock),
    log: createLog("error", clock, (line) => console.error(line)),
  });
  world.addCampaign({ leads: [A] });
  world.settle();
  const callSid = accounts.sidOfCall(world.dialer.placed[0]?.callId ?? "");
  const account = accounts.ofAgent("agent_1");
  const path = `/2010-04-01/Accounts/${account.accountSid}/Calls/${callSid}.json`;
  const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;
  const ask = async (
    form?: Record<string, string> | string,
    {
      authorization = basic(account.accountSid, accounts.ofAgent("agent_1").authToken) as string | undefined,
      to = path,
      method = form === undefined ? "GET" : "POST",
    } = {},
  ) => {
    const body = typeof form === "object" ? new URLSearchParams(form).toString() : form;
    const headers = {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    };
    const response = await api.answer(new Request(`http://localhost${to}`, { method, headers, body }), "192.0.2.1");
    return { status: response.status, json: (await response.json()) as Record<string, unknown>, headers: response.headers };
  };
  return { ...world, api, accounts, account, callSid, path, basic, ask, redirected };
}

describe("a bot that asks about its call", () => {
  test("is shown it as Twilio would", async () => {
    const world = createBotApiWorld();
    expect((await world.ask()).json).toMatchObject({
      sid: world.callSid,
      account_sid: world.account.accountSid,
      status: "queued",
      to: A,
      direction: "outbound-api",
      api_version: "2010-04-01",
      uri: world.path,
      date_created: "Wed, 06 May 2026 05:30:00 +0000",
      start_time: null,
    });
    world.dialer.ring(A);
    world.settle();
    expect((await world.ask()).json.status).toBe("ringing");
    world.dialer.answer(A);
    world.settle();
    expect((await world.ask()).json).toMatchObject({ status: "in-progress", start_time: "Wed, 06 May 2026 05:30:00 +0000" });
  });

  test("and ends it with Status=completed: 200 once, and 404 with code 20404 when it is over", async () => {
    const world = createBotApiWorld();
    world.dialer.answer(A);
    world.settle();
    expect(await world.ask({ Status: "completed" })).toMatchObject({ status: 200, json: { sid: world.callSid, status: "completed" } });
    expect(world.dialer.hungUp).toEqual([{ number: A, reason: "bot_hung_up" }]);
    world.dialer.end(A);
    world.settle();
    expect(await world.ask({ Status: "completed" })).toMatchObject({
      status: 404,
      json: { code: 20404, status: 404, message: `The requested resource ${world.path} was not found` },
    });
  });

  test.each<[string, Record<string, string>, TwimlOrder]>([
    ["Twiml", { Twiml: "<Response><Dial>+15550100199</Dial></Response>" }, { twiml: "<Response><Dial>+15550100199</Dial></Response>" }],
    ["Url", { Url: "https://bot.example/next?a=1&b=2" }, { url: "https://bot.example/next?a=1&b=2", method: "POST" }],
    ["Url with a method", { Url: "https://bot.example/next", Method: "GET" }, { url: "https://bot.example/next", method: "GET" }],
    ["both", { Url: "https://bot.example/next", Twiml: "<Response/>" }, { twiml: "<Response/>" }],
  ])("hands it new TwiML with %s", async (_, form, order) => {
    const world = createBotApiWorld();
    world.dialer.answer(A);
    world.settle();
    expect(await world.ask(form)).toMatchObject({ status: 200, json: { status: "in-progress" } });
    expect(world.redirected).toEqual([order]);
  });

  test("which only an answered call, and one whose bot can be told, takes", async () => {
    const ringing = createBotApiWorld();
    expect(await ringing.ask({ Twiml: "<Response/>" })).toMatchObject({
      status: 400,
      json: { code: 21220, message: "Call is not in-progress. Cannot redirect." },
    });
    const unable = createBotApiWorld({ takesTwiml: false });
    unable.dialer.answer(A);
    unable.settle();
    expect(await unable.ask({ Twiml: "<Response/>" })).toMatchObject({ status: 400, json: { code: 21220 } });
  });

  test("cancels it only while nobody has answered", async () => {
    const world = createBotApiWorld();
    expect((await world.ask({ Status: "canceled" })).status).toBe(200);
    expect(world.dialer.hungUp).toHaveLength(1);
    world.dialer.answer(A);
    world.settle();
    expect(await world.ask({ Status: "canceled" })).toMatchObject({ status: 400, json: { code: 21220 } });
  });

  test.each<[string, Record<string, string> | string, number, number | undefined]>([
    ["a status that is none", { Status: "busy" }, 400, 20001],
    ["a URL that is none", { Url: "ftp://bot.example" }, 400, 20001],
    ["nothing that is done here", { StatusCallback: "https://bot.example" }, 200, undefined],
    ["an empty form", "", 200, undefined],
    ["a form of 300 KB", { Twiml: "a".repeat(300_000) }, 413, 21617],
  ])("%s is answered with %3$d", async (_, form, status, code) => {
    const world = createBotApiWorld();
    const answer = await world.ask(form);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(world.redirected).toEqual([]);
  });
});

describe("who may ask", () => {
  test("nobody without the account's own token", async () => {
    const world = createBotApiWorld();
    const { accountSid, authToken } = world.account;
    const other = world.accounts.ofAgent("agent_2");
    for (const authorization of [
      undefined,
      "",
      `Bearer ${authToken}`,
      "Basic !",
      world.basic(accountSid, ""),
      world.basic(accountSid, `${authToken}0`),
      world.basic("", authToken),
      world.basic(other.accountSid, other.authToken),
    ]) {
      const answer = await world.ask({ Status: "completed" }, { authorization: authorization ?? "none" });
      expect([authorization, answer.status, answer.json]).toEqual([
        authorization,
        401,
        { code: 20003, message: "Authenticate", more_info: "https://www.twilio.com/docs/errors/20003", status: 401 },
      ]);
      expect(answer.headers.get("www-authenticate")).toStartWith("Basic");
    }
    expect(world.dialer.hungUp).toEqual([]);
  });

  test("an account finds its own calls alone", async () => {
    const world = createBotApiWorld();
    world.addCampaign({ leads: [], agent: { id: "agent_2" } });
    const other = world.accounts.ofAgent("agent_2");
    const authorization = world.basic(other.accountSid, other.authToken);
    const theirs = world.path.replace(world.account.accountSid, other.accountSid);
    for (const to of [world.path, theirs]) expect((await world.ask({ Status: "completed" }, { authorization, to })).json.code).toBe(20404);
    expect(world.dialer.hungUp).toEqual([]);
  });

  test("the old token no more once it was changed", async () => {
    const world = createBotApiWorld();
    const old = world.basic(world.account.accountSid, world.account.authToken);
    addBotRotation(world.db, "agent_1");
    expect(world.accounts.ofAgent("agent_1").accountSid).toBe(world.account.accountSid);
    expect((await world.ask(undefined, { authorization: old })).status).toBe(401);
    expect((await world.ask()).status).toBe(200);
  });

  test("an address that guesses is held off", async () => {
    const world = createBotApiWorld({ perSecond: 50 });
    const statuses: number[] = [];
    for (let guess = 0; guess < 61; guess += 1)
      statuses.push((await world.ask(undefined, { authorization: world.basic(world.account.accountSid, String(guess)) })).status);
    expect(statuses).toEqual([...new Array<number>(60).fill(401), 429]);
    expect(await world.ask()).toMatchObject({ status: 429, json: { code: 20429 } });
  });
});

describe("the paths", () => {
  test.each([
    ["/2010-04-01/Accounts/AC1/Calls/CA1.json", true],
    ["/2010-04-01/", true],
    ["/api/calls", false],
    ["/2010-04-01", false],
    ["/api/2010-04-01/", false],
  ])("%s is one of these: %p", (path, expected) => {
    expect(createBotApiWorld().api.takes(new Request(`http://localhost${path}`))).toBe(expected);
  });

  test("one that there is not is 404 with code 20404, and other methods are 405", async () => {
    const world = createBotApiWorld();
    for (const to of [
      `/2010-04-01/Accounts/${world.account.accountSid}/Calls.json`,
      world.path.replace("/Calls/", "/Messages/"),
      `${world.path}/Recordings.json`,
    ]) {
      expect((await world.ask({ Status: "completed" }, { to })).json.code).toBe(20404);
    }
    expect((await world.ask(undefined, { method: "DELETE" })).status).toBe(405);
    expect((await world.ask(undefined, { to: world.path.replace(".json", "") })).status).toBe(200);
  });
});
