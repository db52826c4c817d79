// The machine before a campaign's pre-dial hook: real questions, whose answers the test gives.

import { describe, expect, test } from "bun:test";
import { aheadOf } from "../../../src/dialing/view/pre-dial.ts";
import { createIds } from "../../../src/runtime/ids.ts";
import { createLog } from "../../../src/runtime/log.ts";
import { seededRandom } from "../../../src/runtime/random.ts";
import { createPreDial } from "../../../src/webhooks/pre-dial/asking.ts";
import type { SendResult } from "../../../src/webhooks/retry.ts";
import { createFakeClock } from "../../support/fake-clock.ts";
import { createTestMachine, type TestMachineOptions } from "../../support/machine.ts";
import { busyResult, trunkBusyResult } from "../../support/scripted-dialer.ts";

const MINUTE = 60_000;
const HOOK = { url: "https://crm.example.com/ask", timeoutSeconds: 5 };
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `+91987650${String(1000 + index)}`);
const [A = "", B = "", C = ""] = numbers(3);
const YES = { eligible: true };
const NO = { eligible: false, reason: "has paid" };

interface Question {
  number: string;
  attempt: number;
  campaign: string;
  answer: (result: SendResult) => void;
}

function createHookedMachine(options: TestMachineOptions = {}) {
  const clock = createFakeClock();
  const asked: Question[] = [];
  const open: Question[] = [];
  const send = ({ body }: { body: string }) =>
    new Promise<SendResult>((answer) => {
      const { campaign, lead } = JSON.parse(body) as { campaign: { id: string }; lead: { phoneNumber: string; attempt: number } };
      const question = { number: lead.phoneNumber, attempt: lead.attempt, campaign: campaign.id, answer };
      asked.push(question);
      open.push(question);
    });
  const log = createLog("silent", clock, () => undefined);
  const preDial = (nudge: () => void) =>
    createPreDial({ sender: { send }, clock, log, newId: createIds(clock, seededRandom(3)), secrets: () => [], onAnswer: nudge });
  const world = createTestMachine({ ...options, clock, preDial });
  return {
    ...world,
    asked: () => asked.map(({ number }) => number),
    questions: asked,
    /** The open question about a number gets its answer, and all that follows happens. */
    async reply(number: string, words: object | number) {
      const place = open.findIndex((question) => question.number === number);
      const [question] = open.splice(place, place < 0 ? 0 : 1);
      if (question === undefined) throw new Error(`nobody asks about ${number}`);
      question.answer(
        typeof words === "number"
          ? { kind: "answer", status: words, body: "" }
          : { kind: "answer", status: 200, body: JSON.stringify(words) },
      );
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
      world.settle();
    },
    decisions: () =>
      world.db.sqlite
        .query<{ kind: string; reason: string; facts: string | null }, []>("SELECT kind, reason, facts FROM decisions ORDER BY sequence")
        .all(),
  };
}

describe("a campaign with a pre-dial hook", () => {
  test("calls nobody before the hook has said yes, and at once when it has", async () => {
    const world = createHookedMachine();
    world.addCampaign({ leads: [A], preDialHook: HOOK });
    world.settle();
    expect([world.dialer.numbers(), world.asked()]).toEqual([[], [A]]);
    expect(world.questions[0]).toMatchObject({ attempt: 1, campaign: "cmp_1" });
    await world.reply(A, YES);
    expect(world.dialer.numbers()).toEqual([A]);
    expect(
      world.db.sqlite
        .query<{ facts: string }, []>("SELECT facts FROM calls")
        .all()
        .map(({ facts }) => JSON.parse(facts)),
    ).toMatchObject([{ preDial: "eligible" }]);
    expect(world.decisions()).toEqual([]);
  });

  test("passes over those it knows nothing of yet", async () => {
    const world = createHookedMachine();
    world.addCampaign({ leads: [A, B, C], maxConcurrent: 1, preDialHook: HOOK });
    world.settle();
    await world.reply(B, YES);
    expect(world.dialer.numbers()).toEqual([B]);
    expect(world.asked()).toEqual([A, B, C]);
  });

  test("uses an answer that came ahead in the turn in which a slot is free", async () => {
    const world = createHookedMachine();
    world.addCampaign({ leads: [A, B], maxConcurrent: 1, preDialHook: HOOK });
    world.settle();
    await world.reply(A, YES);
    await world.reply(B, YES);
    expect(world.dialer.numbers()).toEqual([A]);
    world.dialer.end(A);
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, B]);
  });

  test("asks anew when a yes has become old", async () => {
    const world = createHookedMachine();
    world.addCampaign({ leads: [A, B], maxConcurrent: 1, preDialHook: HOOK });
    world.settle();
    await world.reply(A, YES);
    await world.reply(B, YES);
    world.clock.advance(MINUTE + 1);
    world.dialer.end(A);
    world.settle();
    expect([world.dialer.numbers(), world.asked()]).toEqual([[A], [A, B, B]]);
    await world.reply(B, YES);
    expect(world.dialer.numbers()).toEqual([A, B]);
  });

  test("asks for each attempt: a yes is good for one", async () => {
    const world = createHookedMachine();
    world.addCampaign({ leads: [A], preDialHook: HOOK, retryPolicy: { maxAttempts: 2, backoffMinutes: 0.01 } });
    world.settle();
    await world.reply(A, YES);
    world.dialer.end(A, busyResult);
    world.clock.advance(2_000);
    expect(world.dialer.numbers()).toEqual([A]);
    expect(world.questions.map(({ attempt }) => attempt)).toEqual([1, 2]);
    await world.reply(A, YES);
    expect(world.dialer.numbers()).toEqual([A, A]);
  });

  test("asks again about a call that was given back", async () => {
    const world = createHookedMachine();
    world.addCampaign({ leads: [A], preDialHook: HOOK });
    world.settle();
    await world.reply(A, YES);
    world.dialer.end(A, trunkBusyResult);
    world.settle();
    world.clock.advance(MINUTE);
    expect([world.dialer.numbers(), world.questions.map(({ attempt }) => attempt)]).toEqual([[A], [1, 1]]);
  });

  test.each([
    ["no: after a quarter of an hour", NO, 15 * MINUTE],
    ["no until an instant: then", { ...NO, until: "2026-05-06T05:35:00Z" }, 5 * MINUTE],
    ["nothing sensible: after a minute", 500, MINUTE],
  ])("who was answered %s is asked about again, and called by no attempt", async (_, words, ms) => {
    const world = createHookedMachine();
    world.addCampaign({ leads: [A], preDialHook: HOOK });
    world.settle();
    await world.reply(A, words);
    expect(world.lead(A)).toMatchObject({ status: "pending", attempts: 0, due_at: world.clock.now() + ms });
    expect(world.decisions().map(({ kind, reason }) => [kind, reason])).toEqual([["wait", "pre_dial_refused"]]);
    expect(world.decisions()[0]?.facts).toContain("the pre-dial hook");
    world.clock.advance(ms - 1);
    expect(world.asked()).toEqual([A]);
    world.clock.advance(1);
    expect(world.asked()).toEqual([A, A]);
    await world.reply(A, YES);
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test("asks nothing about numbers on the list", () => {
    const world = createHookedMachine();
    world.addDnc(A);
    world.addCampaign({ leads: [A, B], preDialHook: HOOK });
    world.settle();
    expect(world.asked()).toEqual([B]);
    expect(world.lead(A).status).toBe("dnc_blocked");
  });

  test("asks ahead for two generations of calls, and 200 at most", () => {
    const small = createHookedMachine();
    small.addCampaign({ leads: numbers(40), maxConcurrent: 2, preDialHook: HOOK });
    small.settle();
    expect(small.asked()).toHaveLength(14);
    expect(aheadOf({ maxConcurrent: 500 })).toBe(200);
  });

  test("does not keep others from calling", async () => {
    const world = createHookedMachine();
    world.addCampaign({ leads: [A], preDialHook: HOOK });
    world.addCampaign({ leads: [B] });
    world.settle();
    expect(world.dialer.numbers()).toEqual([B]);
  });

  test("calls nobody where nobody can ask", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A], preDialHook: HOOK });
    world.settle();
    world.clock.advance(60 * MINUTE);
    expect([world.dialer.numbers(), world.lead(A).status]).toEqual([[], "pending"]);
  });

  test("asks anew after a restart", async () => {
    const world = createHookedMachine();
    world.addCampaign({ leads: [A, B], maxConcurrent: 1, preDialHook: HOOK });
    world.settle();
    await world.reply(A, YES);
    await world.reply(B, YES);
    world.restart();
    world.settle();
    expect(world.asked()).toEqual([A, B, B]);
    expect(world.dialer.numbers()).toEqual([A]);
  });
});
