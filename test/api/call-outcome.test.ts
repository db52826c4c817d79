// POST /api/calls/{id}/outcome: what a bot reports of its call, once, with its token or a key, before or after the end.

import { beforeEach, describe, expect, test } from "bun:test";
import { type CallsWorld, createCallsWorld } from "../support/calls.ts";
import { checkInvariants } from "../support/machine.ts";
import { expectRefusal } from "../support/nouns.ts";
import { busyResult, completedResult } from "../support/scripted-dialer.ts";

const UNKNOWN = "call_00000000000000000000000000";
const [A = "", B = ""] = ["+919876501000", "+919876501001"];
const QUALIFIED = { lead_qualified: true, budget: 7 };

let world: CallsWorld;
beforeEach(() => {
  world = createCallsWorld();
});

const report = (id: string, body: unknown = { analysis: QUALIFIED }, bearer?: string) =>
  world.ask("POST", `/api/calls/${id}/outcome`, body, bearer);
const show = async (id: string) => (await world.ask("GET", `/api/calls/${id}`)).json;

/** A campaign's call that is answered; gives its id. */
function startCampaignCall(): string {
  world.addCampaign({ leads: [A], retryPolicy: { maxAttempts: 1 } });
  world.settle();
  world.dialer.answer(A);
  world.settle();
  return world.dialer.placed[0]?.callId ?? "";
}

const leadOf = (number: string) => {
  const { status, disposition } = world.lead(number);
  const outcome =
    world.db.sqlite.query<{ outcome: string | null }, [string]>("SELECT outcome FROM leads WHERE phone_number = ?").get(number)?.outcome ??
    null;
  return { status, disposition, outcome: outcome === null ? null : JSON.parse(outcome) };
};
const dispositions = () => world.db.sqlite.query("SELECT status, disposition, count FROM lead_counts WHERE count > 0").all();

describe("before the call's end", () => {
  test("it waits, and decides the disposition at the end", async () => {
    const id = startCampaignCall();
    const answer = await report(id, { analysis: QUALIFIED, transcript: [{ role: "bot", text: "Hello" }] });
    expect(answer).toMatchObject({
      status: 200,
      json: { id, status: "answered", outcome: null, disposition: null, transcript: [{ role: "bot", text: "Hello" }] },
    });
    expect(leadOf(A)).toEqual({ status: "in_progress", disposition: null, outcome: null });
    world.dialer.end(A);
    world.settle();
    expect(await show(id)).toMatchObject({ status: "ended", outcome: QUALIFIED, disposition: "qualified" });
    expect(leadOf(A)).toEqual({ status: "completed", disposition: "qualified", outcome: QUALIFIED });
    expect(world.events()).toMatchObject([{ lead: { status: "completed", disposition: "qualified", outcome: QUALIFIED } }]);
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("it goes before what the media heard", async () => {
    const id = startCampaignCall();
    await report(id, { analysis: { next_action: "callback_later" } });
    world.dialer.end(A, { ...completedResult, analysis: { success: true } });
    world.settle();
    expect(await show(id)).toMatchObject({ outcome: { next_action: "callback_later" }, disposition: "callback" });
  });

  test("a transcript alone leaves the analysis to the media", async () => {
    const id = startCampaignCall();
    await report(id, { transcript: "Hello\nHi" });
    world.dialer.end(A, { ...completedResult, analysis: { success: true } });
    world.settle();
    expect(await show(id)).toMatchObject({ outcome: { success: true }, disposition: "qualified", transcript: "Hello\nHi" });
  });

  test("it survives a crash: the call is unknown, and its outcome is kept", async () => {
    const id = startCampaignCall();
    await report(id);
    world.restart();
    expect(await show(id)).toMatchObject({ status: "unknown", ending: "failed", outcome: QUALIFIED, disposition: null });
    expect(leadOf(A)).toEqual({ status: "failed", disposition: null, outcome: QUALIFIED });
  });

  test("a call that then was none has an outcome and no disposition", async () => {
    const id = startCampaignCall();
    await report(id);
    world.dialer.end(A, { ...completedResult, talkMs: 2_000 });
    world.settle();
    expect(await show(id)).toMatchObject({ ending: "no_answer", outcome: QUALIFIED, disposition: null });
  });
});

describe("after the call's end", () => {
  test("the call and the lead that it completed are changed, their counts too, and no webhook is sent again", async () => {
    const id = startCampaignCall();
    world.dialer.end(A, { ...completedResult, analysis: { next_action: "not_interested" } });
    world.settle();
    expect(dispositions()).toEqual([{ status: "completed", disposition: "not_interested", count: 1 }]);
    expect(await report(id)).toMatchObject({ status: 200, json: { outcome: QUALIFIED, disposition: "qualified" } });
    expect(leadOf(A)).toEqual({ status: "completed", disposition: "qualified", outcome: QUALIFIED });
    expect(dispositions()).toEqual([{ status: "completed", disposition: "qualified", count: 1 }]);
    expect(world.events().length).toBe(1);
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("a transcript alone changes neither outcome nor disposition", async () => {
    const id = startCampaignCall();
    world.dialer.end(A, { ...completedResult, analysis: { success: true } });
    world.settle();
    expect((await report(id, { transcript: "Hello" })).json).toMatchObject({
      outcome: { success: true },
      disposition: "qualified",
      transcript: "Hello",
    });
  });

  test("a lead that ended otherwise stays as it is", async () => {
    const id = startCampaignCall();
    world.dialer.end(A, busyResult);
    world.settle();
    expect((await report(id)).json).toMatchObject({ ending: "busy", outcome: QUALIFIED, disposition: null });
    expect(leadOf(A)).toEqual({ status: "busy", disposition: null, outcome: null });
  });

  test("a lead that waits for another attempt, or was completed by a later call, stays as it is", async () => {
    world.addCampaign({ leads: [A], retryPolicy: { maxAttempts: 2, backoffMinutes: 1 } });
    world.settle();
    const first = world.dialer.placed[0]?.callId ?? "";
    world.dialer.end(A, busyResult);
    world.settle();
    world.clock.advance(60_000);
    world.dialer.end(A, { ...completedResult, analysis: { next_action: "callback_later" } });
    world.settle();
    await report(first);
    expect(leadOf(A)).toEqual({ status: "completed", disposition: "callback", outcome: { next_action: "callback_later" } });
  });

  test("a person who asked to be called again is called at that time, as if it had been reported before the end", async () => {
    world.addCampaign({ leads: [A, B], retryPolicy: { maxAttempts: 1 } });
    world.settle();
    const id = world.dialer.placed[0]?.callId ?? "";
    world.dialer.end(A);
    world.settle();
    const told = world.events().length;
    const callback = { next_action: "callback_later", callback_at: new Date(world.clock.now() + 3_600_000).toISOString() };
    expect(await report(id, { analysis: callback })).toMatchObject({ status: 200, json: { disposition: "callback", outcome: callback } });
    expect(leadOf(A)).toEqual({ status: "retry_wait", disposition: null, outcome: null });
    expect(world.events().length).toBe(told);
    world.clock.advance(3_600_000 - 1);
    expect(world.dialer.numbers()).toEqual([A, B]);
    world.clock.advance(1);
    expect(world.dialer.placed.at(-1)).toMatchObject({ to: A, attempt: 2 });
    world.dialer.end(A, { ...completedResult, analysis: { success: true } });
    world.settle();
    expect(world.events().at(-1)).toMatchObject({ lead: { phoneNumber: A, status: "completed", disposition: "qualified", attempts: 2 } });
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("a single call is changed", async () => {
    const id = await world.place(B);
    world.dialer.end(B);
    world.settle();
    expect((await report(id)).json).toMatchObject({ outcome: QUALIFIED, disposition: "qualified" });
  });
});

describe("the token", () => {
  test("that the bot was given opens the report of its call, once", async () => {
    const id = startCampaignCall();
    const token = world.dialer.placed[0]?.bot.outcomeToken ?? "";
    expect((await report(id, { analysis: {} }, token)).status).toBe(200);
    expectRefusal(
      await report(id, { analysis: { a: 1 } }, token),
      409,
      "already_exists",
      new RegExp(`^the outcome of the call '${id}' was reported before; it is taken once$`),
    );
  });

  test.each<[string, string, string]>([
    ["another call", "POST", "/api/calls/OTHER/outcome"],
    ["a call that there is not", "POST", `/api/calls/${UNKNOWN}/outcome`],
    ["looking at its call", "GET", "/api/calls/MINE"],
    ["ending its call", "POST", "/api/calls/MINE/end"],
    ["placing calls", "POST", "/api/calls/outbound"],
    ["the list", "GET", "/api/calls"],
    ["agents", "GET", "/api/agents"],
  ])("does not open %s", async (_what, method, path) => {
    const [mine, other] = [await world.place(A), await world.place(B)];
    const token = world.tokens.tokenFor(mine);
    const answer = await world.ask(method, path.replace("MINE", mine).replace("OTHER", other), {}, token);
    expectRefusal(answer, 401, "unauthorized", /the API key is missing or not valid/);
  });

  test("a wrong one is a wrong key", async () => {
    const id = await world.place(A);
    for (const wrong of ["oct_", `oct_${"A".repeat(43)}`, world.tokens.tokenFor(id).slice(0, -1)]) {
      expectRefusal(await report(id, undefined, wrong), 401, "unauthorized", /the API key is missing or not valid/);
    }
  });
});

describe("a report", () => {
  test("is taken while the appliance is being stopped, as calls in progress go on; nothing else is", async () => {
    const id = startCampaignCall();
    world.draining = true;
    expect((await report(id)).status).toBe(200);
    expectRefusal(await world.ask("POST", `/api/calls/${id}/end`), 503, "draining", /is being stopped/);
  });

  test("with an operator's key is taken once, whatever it says the second time", async () => {
    const id = await world.place(A);
    expect((await report(id, { transcript: "one" }, "operator")).status).toBe(200);
    expectRefusal(await report(id, { analysis: QUALIFIED }), 409, "already_exists", /is taken once$/);
    expect(await show(id)).toMatchObject({ transcript: "one", outcome: null });
  });

  test("that is sent again word for word is answered as the first, and counts once", async () => {
    const id = startCampaignCall();
    const body = { analysis: QUALIFIED, transcript: [{ role: "user", text: "Please stop calling me!" }] };
    const first = await report(id, body);
    expect(await report(id, body)).toMatchObject({ status: 200, json: first.json });
    expectRefusal(await report(id, { ...body, transcript: "Hello" }), 409, "already_exists", /is taken once$/);
    expectRefusal(await report(id, { analysis: QUALIFIED }), 409, "already_exists", /is taken once$/);
    world.dialer.end(A);
    world.settle();
    const ended = await show(id);
    expect(await report(id, body)).toMatchObject({ status: 200, json: ended });
    expect([world.events().length, world.db.sqlite.query("SELECT count(*) AS n FROM dnc").get(), checkInvariants(world.db)]).toEqual([
      1,
      { n: 1 },
      [],
    ]);
  });

  test("needs a key of an operator", async () => {
    const id = await world.place(A);
    expectRefusal(await report(id, undefined, "read"), 403, "forbidden", /needs 'operator'/);
  });

  test.each<[string, unknown, RegExp]>([
    ["nothing", {}, /^the body is empty; it must have analysis, transcript, or both$/],
    ["no body", undefined, /^the body is empty/],
    ["an analysis that is no object", { analysis: "good" }, /analysis: is "good"; it must be a JSON object/],
    ["an analysis that is a list", { analysis: [1] }, /analysis: is \[1\]; it must be a JSON object/],
    ["an analysis that is null", { analysis: null }, /analysis: is null; it must be a JSON object/],
    ["a transcript that is a number", { transcript: 7 }, /transcript: is 7; it must be a text, or a list of objects/],
    ["a transcript of texts", { transcript: ["Hello"] }, /it must be a text, or a list of objects/],
    ["an unknown field", { outcome: {} }, /^outcome: is not a field here; the fields are analysis, transcript$/],
  ])("of %s is refused, and another may follow", async (_what, body, sentence) => {
    const id = await world.place(A);
    const answer = await (body === undefined ? world.ask("POST", `/api/calls/${id}/outcome`) : report(id, body));
    expectRefusal(answer, 400, "validation_failed", sentence);
    expect((await report(id)).status).toBe(200);
  });

  test("of more than 256 KB is refused, one of 256 KB is taken", async () => {
    const id = await world.place(A);
    const sized = (bytes: number) => ({ transcript: "x".repeat(bytes - JSON.stringify({ transcript: "" }).length) });
    expectRefusal(await report(id, sized(256 * 1024 + 1)), 413, "body_too_large", /^a JSON body may have 262144 bytes at most here$/);
    expect((await report(id, sized(256 * 1024))).status).toBe(200);
  });

  test("nested so deep that it could not be kept is refused, and another may follow", async () => {
    const id = await world.place(A);
    const nested = (levels: number) => `{"analysis":{"a":${"[".repeat(levels)}${"]".repeat(levels)}}}`;
    for (const levels of [101, 120_000]) {
      expectRefusal(await report(id, nested(levels)), 400, "validation_failed", /^the body is nested too deep; at most 100 /);
    }
    expect((await report(id, nested(98))).status).toBe(200);
  });

  test("of a call that there is not is not found", async () => {
    expectRefusal(await report(UNKNOWN), 404, "not_found", /there is no call/);
  });
});

describe("a report after the end of a call whose lead waits for it", () => {
  const startAnalysedCall = () => {
    world.addCampaign({
      leads: [A],
      retryPolicy: { maxAttempts: 1 },
      agent: { id: "agent_analysed", postCallAnalysis: { enabled: true } },
    });
    world.settle();
    world.dialer.answer(A);
    world.settle();
    world.dialer.end(A);
    world.settle();
    return world.dialer.placed[0]?.callId ?? "";
  };

  test("lets the lead go on: its webhook has the outcome", async () => {
    const id = startAnalysedCall();
    expect(leadOf(A)).toEqual({ status: "in_progress", disposition: null, outcome: null });
    expect(await report(id)).toMatchObject({
      status: 200,
      json: { status: "ended", outcome: QUALIFIED, disposition: "qualified", analysisFailed: null },
    });
    expect(leadOf(A)).toEqual({ status: "completed", disposition: "qualified", outcome: QUALIFIED });
    expect(world.events()).toMatchObject([{ lead: { outcome: QUALIFIED } }]);
    expectRefusal(await report(id, { analysis: {} }), 409, "already_exists", /is taken once$/);
  });

  test("of a transcript that nobody analyses is kept, and the call says why it has no analysis", async () => {
    const id = startAnalysedCall();
    await report(id, { transcript: [{ role: "user", content: "Hello" }] });
    expect(await show(id)).toMatchObject({
      disposition: "completed",
      outcome: null,
      analysisFailed: expect.stringMatching(/no endpoint is set/),
    });
  });
});

test("a transcript with the wish not to be called again lists the number, with the words", async () => {
  const id = startCampaignCall();
  await report(id, { transcript: "Agent: Hello\nUser: Please stop calling me!" });
  expect(world.db.sqlite.query("SELECT source, call_id, evidence FROM dnc").all()).toEqual([
    { source: "opt_out", call_id: id, evidence: "Please stop calling me!" },
  ]);
});
