// A person asks in a call not to be called again: by a key, by their bot, in so many words, or as the analysis finds.

import { describe, expect, test } from "bun:test";
import type { BotWord } from "../../../src/calls/bot.ts";
import { writeStoredWebhook } from "../../../src/settings/store.ts";
import { noSecrets } from "../../../src/settings/signing-secrets.ts";
import { createTestMachine, type TestMachine } from "../../support/machine.ts";
import { busyResult, completedResult, failedResult } from "../../support/scripted-dialer.ts";

const HOUR = 3_600_000;
const A = "+919876501000";
const B = "+919876501001";

const entryOf = (world: TestMachine, number: string) =>
  world.db.sqlite
    .query<Record<string, unknown>, [string]>("SELECT source, reason, call_id AS callId, evidence FROM dnc WHERE phone_number = ?")
    .get(number);
const callOf = (world: TestMachine, number: string) => world.dialer.placed.filter(({ to }) => to === number).at(-1)?.callId;
const key: BotWord = { type: "opt_out", optOut: { by: "key", quote: "9" } };

/** A campaign that talks with A; `other` campaigns have A waiting. */
function talking({
  others = 0,
  maxAttempts = 3,
  retryOn = ["no_answer", "busy", "failed"] as ("no_answer" | "busy" | "failed")[],
} = {}): TestMachine {
  const world = createTestMachine();
  world.addCampaign({ id: "cmp_first", leads: [A], retryPolicy: { maxAttempts, retryOn } });
  world.settle();
  for (let index = 0; index < others; index += 1) world.addCampaign({ id: `cmp_other_${index}`, leads: [A] });
  world.dialer.answer(A);
  world.settle();
  return world;
}

describe("the number is listed at once, with its evidence,", () => {
  test.each<[string, BotWord, string, string | null]>([
    ["when a key was pressed", key, "pressed the key for it in a call", "9"],
    [
      "when the bot says so",
      { type: "opt_out", optOut: { by: "bot", quote: "please, no more" } },
      "asked for it in a call, as the bot reported",
      "please, no more",
    ],
    [
      "when the bot's analysis says so",
      { type: "outcome", analysis: { opt_out: { requested: true, quote: "leave me alone" } } },
      "asked for it in a call, as its analysis found",
      "leave me alone",
    ],
    [
      "when the analysis quotes nothing",
      { type: "outcome", analysis: { opt_out: true } },
      "asked for it in a call, as its analysis found",
      null,
    ],
    [
      "when the person's own words say so",
      { type: "outcome", transcript: [{ role: "user", content: "Hm. Take me off your list!" }] },
      "asked for it in a call, in so many words",
      "Take me off your list!",
    ],
  ])("%s", (_how, word, reason, evidence) => {
    const world = talking();
    world.dialer.tell(A, word);
    world.settle();
    expect(entryOf(world, A)).toEqual({ source: "opt_out", reason, callId: callOf(world, A), evidence });
    expect(world.lead(A).status).toBe("in_progress");
    world.dialer.end(A);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "completed", attempts: 1 });
  });

  test("when what the dialer heard says so", () => {
    const world = talking();
    world.dialer.end(A, {
      ...completedResult,
      analysis: { next_action: "not_interested", opt_out: { requested: true, quote: "stop it" } },
    });
    world.settle();
    expect(entryOf(world, A)).toMatchObject({ source: "opt_out", evidence: "stop it" });
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "not_interested" });
  });

  test.each<[string, BotWord]>([
    [
      "the bot's words",
      { type: "outcome", transcript: [{ role: "assistant", content: "Shall we stop calling you? Stop calling me, you say?" }] },
    ],
    ["a wish about the time", { type: "outcome", transcript: [{ role: "user", content: "Don't call me before five" }] }],
    [
      "an analysis that found none",
      { type: "outcome", analysis: { next_action: "not_interested", opt_out: { requested: false, quote: null } } },
    ],
    ["a transfer", { type: "transfer", to: "+14155550100" }],
  ])("and not for %s", (_what, word) => {
    const world = talking();
    world.dialer.tell(A, word);
    world.settle();
    expect(entryOf(world, A)).toBeNull();
  });

  test("once, whatever else is said; an entry of somebody else's keeps its source and gets the evidence", () => {
    const world = talking();
    world.addDnc(A);
    world.dialer.tell(A, key);
    world.dialer.tell(A, { type: "opt_out", optOut: { by: "bot", quote: "later words" } });
    world.settle();
    expect(entryOf(world, A)).toEqual({ source: "manual", reason: null, callId: callOf(world, A), evidence: "9" });
  });

  test("of a single call too", () => {
    const world = createTestMachine();
    void world.machine.singles.place(world.wish(B));
    world.settle();
    world.dialer.answer(B);
    world.dialer.tell(B, key);
    world.settle();
    expect(entryOf(world, B)).toMatchObject({ callId: callOf(world, B) });
  });

  test("and the quote is cut at 1,000 characters", () => {
    const world = talking();
    world.dialer.tell(A, { type: "opt_out", optOut: { by: "bot", quote: "x".repeat(5_000) } });
    world.settle();
    expect(String(entryOf(world, A)?.evidence)).toHaveLength(1_000);
  });

  test("and dnc.added is told where it is wanted", () => {
    const world = talking();
    writeStoredWebhook(world.db, { url: "http://crm.example/hook", events: ["dnc.added"], secrets: noSecrets });
    world.dialer.tell(A, key);
    world.settle();
    const [event] = world.db.sqlite.query<{ body: string }, []>("SELECT body FROM deliveries WHERE event = 'dnc.added'").all();
    expect(JSON.parse(event?.body ?? "null")).toMatchObject({ entries: [{ phoneNumber: A, source: "opt_out" }] });
  });
});

describe("nobody calls that number any more:", () => {
  test("leads that wait in campaigns that may dial end at once, those of drafts at their turn, and the campaigns with them", () => {
    const world = talking({ others: 2 });
    world.addCampaign({ id: "cmp_paused", status: "paused", leads: [A, B] });
    world.addCampaign({ id: "cmp_draft", status: "draft", leads: [A] });
    world.addCampaign({ id: "cmp_stopped", status: "completed", leads: [A] });
    world.dialer.tell(A, key);
    world.settle();
    const statusIn = (id: string) => world.lead(A, id).status;
    expect(["cmp_first", "cmp_other_0", "cmp_other_1", "cmp_paused", "cmp_draft", "cmp_stopped"].map(statusIn)).toEqual([
      "in_progress",
      "dnc_blocked",
      "dnc_blocked",
      "dnc_blocked",
      "pending",
      "pending",
    ]);
    expect(world.lead(B, "cmp_paused").status).toBe("pending");
    expect(["cmp_other_0", "cmp_paused"].map((id) => world.campaign(id).status)).toEqual(["completed", "paused"]);
    expect(world.events().map(({ lead }) => lead.status)).toEqual(["dnc_blocked", "dnc_blocked", "dnc_blocked"]);
    expect(
      world.db.sqlite
        .query("SELECT kind, reason FROM decisions d JOIN leads l ON l.id = d.lead_id WHERE l.campaign_id = 'cmp_paused'")
        .all(),
    ).toEqual([{ kind: "block", reason: "dnc" }]);
  });

  test("a callback that the same call promised is not kept", () => {
    const world = talking();
    world.dialer.tell(A, key);
    const callbackAt = new Date(world.clock.now() + HOUR).toISOString();
    world.dialer.end(A, { ...completedResult, analysis: { next_action: "callback_later", callback_at: callbackAt } });
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "callback" });
    world.clock.advance(2 * HOUR);
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test.each([
    ["failed", failedResult],
    ["busy", busyResult],
  ] as const)("the policy does not try again after a call that ended %s", (ending, result) => {
    const world = talking();
    world.dialer.tell(A, key);
    world.dialer.end(A, result);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: ending, attempts: 1 });
  });

  test("nor after a crash in the middle of that call", () => {
    const world = talking();
    world.dialer.tell(A, key);
    world.settle();
    world.restart();
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "failed", attempts: 1 });
  });

  test("a call that rings elsewhere when it is reported late is ended; one that talks is not", () => {
    const world = talking();
    const callId = callOf(world, A) ?? "";
    world.dialer.end(A);
    world.settle();
    world.addCampaign({ id: "cmp_second", leads: [A] });
    world.settle();
    world.dialer.ring(A);
    world.settle();
    expect(world.machine.report(callId, { analysis: null, transcript: "Customer: stop calling me" })).toBe(true);
    expect(world.dialer.hungUp).toEqual([{ number: A, reason: "opted_out" }]);
    expect(entryOf(world, A)).toMatchObject({ callId, evidence: "stop calling me" });

    const talked = talking();
    talked.dialer.tell(A, key);
    talked.settle();
    expect(talked.dialer.hungUp).toEqual([]);
  });

  test("and a lead that waits for the callback of that call ends when it is reported late", () => {
    const world = talking();
    const callId = callOf(world, A) ?? "";
    const callbackAt = new Date(world.clock.now() + HOUR).toISOString();
    world.dialer.end(A, { ...completedResult, analysis: { next_action: "callback_later", callback_at: callbackAt } });
    world.settle();
    expect(world.lead(A).status).toBe("retry_wait");
    world.machine.report(callId, { analysis: { opt_out: true }, transcript: null });
    expect(world.lead(A).status).toBe("dnc_blocked");
    expect(world.campaign("cmp_first").status).toBe("completed");
  });
});

test("the look for waiting leads goes through the campaigns and their index of numbers, not through the leads", () => {
  const world = createTestMachine();
  const plan = world.db.sqlite
    .query<{ detail: string }, []>(
      "EXPLAIN QUERY PLAN SELECT l.id FROM campaigns c CROSS JOIN leads l ON l.campaign_id = c.id AND l.phone_number = '+1' WHERE c.status IN ('running', 'paused', 'scheduled') AND l.status IN ('pending', 'retry_wait') LIMIT 200",
    )
    .all()
    .map(({ detail }) => detail);
  expect(plan).toEqual([
    expect.stringMatching(/^SEARCH c USING .*INDEX campaigns_status \(status=\?\)$/),
    expect.stringMatching(/^SEARCH l USING INDEX sqlite_autoindex_leads_\d \(campaign_id=\? AND phone_number=\?\)$/),
  ]);
});
