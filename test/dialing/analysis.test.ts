// A lead whose agent wants its conversations analysed waits for the analysis, a minute at most, and goes on with it or without.

import { describe, expect, test } from "bun:test";
import type { Analysed, Analyser, Conversation } from "../../src/calls/analyser.ts";
import { nextTurn } from "../../src/runtime/turn.ts";
import { checkInvariants, createTestMachine, type TestMachine } from "../support/machine.ts";
import { busyResult, completedResult } from "../support/scripted-dialer.ts";

const SECOND = 1_000;
const HOUR = 3_600_000;
const A = "+919876501000";
const B = "+919876501001";
const SAID = [
  { role: "assistant", content: "Hello" },
  { role: "user", content: "Yes, I would like that" },
];
const agent = { id: "agent_analysed", postCallAnalysis: { enabled: true, analyzerModel: "small" } };

/** An analyser whose answers the test gives. */
interface StubAnalyser extends Analyser {
  asked: { conversation: Conversation; timeoutMs: number; answer: (analysed: Analysed) => void; fail: (error: Error) => void }[];
  isSet: boolean;
}

function createStub(): StubAnalyser {
  const stub: StubAnalyser = {
    asked: [],
    isSet: true,
    isReady: () => stub.isSet,
    analyse: (conversation, timeoutMs) => new Promise((answer, fail) => void stub.asked.push({ conversation, timeoutMs, answer, fail })),
  };
  return stub;
}

/** A talk with A that is over; its analysis is wanted. */
async function talked(numbers: readonly string[] = [A], analyser = createStub()) {
  const world = createTestMachine({ analyser });
  world.addCampaign({
    id: "cmp_1",
    leads: numbers,
    agent,
    retryPolicy: { maxAttempts: 2, retryOn: ["busy"] },
    schedule: { timezone: "Asia/Kolkata" },
  });
  world.settle();
  for (const number of numbers) world.dialer.answer(number);
  world.settle();
  for (const number of numbers) world.dialer.end(number);
  await turn(world);
  const report = async (number: string, analysis: Record<string, unknown> | null, transcript: unknown = null) => {
    const taken = world.machine.report(idOf(world, number), { analysis, transcript });
    await turn(world);
    return taken;
  };
  return {
    ...world,
    get machine() {
      return world.machine;
    },
    analyser,
    report,
  };
}

const idOf = (world: Pick<TestMachine, "dialer">, number: string) => world.dialer.placed.find(({ to }) => to === number)?.callId ?? "";
const callOf = (world: Pick<TestMachine, "db" | "dialer">, number: string) =>
  world.db.sqlite
    .query<Record<string, unknown>, [string]>(
      "SELECT status, ending, disposition, outcome, analysis_due_at AS dueAt, analysis_failed AS failed, cost_micros AS cost FROM calls WHERE id = ?",
    )
    .get(idOf(world, number));
/** For promises that were resolved. */
const turn = async (world: Pick<TestMachine, "settle">) => {
  world.settle();
  await nextTurn();
  world.settle();
};
const pass = async (world: Pick<TestMachine, "settle" | "clock">, ms: number) => {
  await turn(world);
  world.clock.advance(ms);
  await turn(world);
};

describe("when the call is over", () => {
  test("the call is settled and charged, its slot is free, and the lead waits", async () => {
    const world = await talked();
    expect(callOf(world, A)).toMatchObject({
      status: "ended",
      ending: "completed",
      disposition: null,
      outcome: null,
      dueAt: world.clock.now() + 60 * SECOND,
    });
    expect(Number(callOf(world, A)?.cost)).toBeGreaterThan(0);
    expect(world.lead(A)).toMatchObject({ status: "in_progress", attempts: 1, last_ending: null });
    expect([world.events(), world.campaign("cmp_1").status]).toEqual([[], "running"]);
    expect(world.machine.attempts.open().size).toBe(0);
  });

  test("without a word for a minute it ends without", async () => {
    const world = await talked();
    await pass(world, 60 * SECOND - 1);
    expect(world.lead(A).status).toBe("in_progress");
    await pass(world, 1);
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "completed" });
    expect(callOf(world, A)).toMatchObject({
      disposition: "completed",
      outcome: null,
      dueAt: null,
      failed: "nothing was reported of the conversation in time",
    });
    expect([world.events().length, world.campaign("cmp_1").status]).toEqual([1, "completed"]);
  });

  test("an analysis that its bot reported before is not waited for", async () => {
    const world = createTestMachine({ analyser: createStub() });
    world.addCampaign({ leads: [A], agent });
    world.settle();
    world.dialer.answer(A);
    world.dialer.tell(A, { type: "outcome", analysis: { success: true } });
    world.dialer.end(A);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "qualified" });
  });

  test.each([
    ["busy", busyResult],
    ["too short", { ...completedResult, talkMs: 2_000 }],
    ["a machine", { ...completedResult, ending: "voicemail" as const }],
  ] as const)("one that was %s is not waited for", async (_how, result) => {
    const world = createTestMachine({ analyser: createStub() });
    world.addCampaign({ leads: [A], agent, retryPolicy: { maxAttempts: 1 } });
    world.settle();
    world.dialer.end(A, result);
    world.settle();
    expect(world.lead(A).status).not.toBe("in_progress");
    expect(callOf(world, A)).toMatchObject({ dueAt: null, failed: null });
  });

  test("an announcement, which has no bot that could report, waits for none", async () => {
    const world = createTestMachine({ analyser: createStub() });
    world.addCampaign({
      leads: [A],
      agent: { ...agent, connection: { type: "announcement", audio: "aud_1", keys: {}, waitSeconds: 8, repeats: 1 } },
    });
    world.settle();
    world.dialer.answer(A);
    world.settle();
    world.dialer.end(A);
    await turn(world);
    expect(callOf(world, A)).toMatchObject({ status: "ended", disposition: "completed", dueAt: null });
    expect(world.lead(A)).toMatchObject({ status: "completed" });
    expect(world.machine.report(idOf(world, A), { analysis: { success: true }, transcript: null })).toBe(true);
    expect(callOf(world, A)).toMatchObject({ disposition: "qualified" });
  });

  test("an agent that wants none waits for none", async () => {
    const world = createTestMachine({ analyser: createStub() });
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.end(A);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "completed" });
  });
});

describe("its bot's report", () => {
  test("of an analysis concludes at once, with the webhook", async () => {
    const world = await talked();
    await pass(world, 20 * SECOND);
    expect(await world.report(A, { lead_qualified: true })).toBe(true);
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "qualified" });
    expect(world.events()).toMatchObject([{ lead: { disposition: "qualified", outcome: { lead_qualified: true } } }]);
    expect(world.campaign("cmp_1").status).toBe("completed");
    expect(await world.report(A, { lead_qualified: false })).toBe(false);
    await pass(world, HOUR);
    expect(world.events()).toHaveLength(1);
  });

  test("may promise a callback, which is kept", async () => {
    const world = await talked();
    const at = world.clock.now() + HOUR;
    await world.report(A, { next_action: "callback_later", callback_at: new Date(at).toISOString() });
    expect(world.lead(A)).toMatchObject({ status: "retry_wait", due_at: at });
    await pass(world, HOUR);
    expect(world.dialer.numbers()).toEqual([A, A]);
  });

  test("of the wish not to be called again wins over the callback that it promises", async () => {
    const world = await talked();
    await world.report(A, {
      next_action: "callback_later",
      callback_at: new Date(world.clock.now() + HOUR).toISOString(),
      opt_out: { requested: true, quote: "enough" },
    });
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "callback" });
  });

  test("of a transcript is analysed, by the agent's wishes and within what is left", async () => {
    const world = await talked();
    await pass(world, 10 * SECOND);
    await world.report(A, null, SAID);
    expect(world.analyser.asked).toMatchObject([
      {
        timeoutMs: 50 * SECOND,
        conversation: {
          callId: idOf(world, A),
          transcript: SAID,
          plan: { enabled: true, analyzerModel: "small" },
          timezone: "Asia/Kolkata",
        },
      },
    ]);
    expect(world.lead(A).status).toBe("in_progress");
    world.analyser.asked[0]?.answer({ analysis: { lead_qualified: true } });
    await turn(world);
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "qualified" });
    expect(callOf(world, A)).toMatchObject({ outcome: '{"lead_qualified":true}', failed: null });
  });

  test("of a transcript during the call is analysed at its end", async () => {
    const analyser = createStub();
    const world = createTestMachine({ analyser });
    world.addCampaign({ leads: [A], agent });
    world.settle();
    world.dialer.answer(A);
    world.dialer.tell(A, { type: "outcome", transcript: SAID });
    world.settle();
    expect(analyser.asked).toHaveLength(0);
    world.dialer.end(A);
    await turn(world);
    expect(analyser.asked).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    [
      "in which only the bot speaks",
      [
        { role: "assistant", content: "Hello?" },
        { role: "assistant", content: "Goodbye" },
      ],
    ],
    ["that is empty", []],
    [
      "in which the person says nothing",
      [
        { role: "assistant", content: "Hello?" },
        { role: "user", content: "  " },
      ],
    ],
  ])("of a transcript %s is not sent anywhere", async (_what, transcript) => {
    const world = await talked();
    await world.report(A, null, transcript);
    expect(world.analyser.asked).toHaveLength(0);
    expect(callOf(world, A)).toMatchObject({ disposition: "completed", failed: "nobody spoke but the bot" });
  });

  test("of a transcript alone concludes at once where nobody analyses", async () => {
    const analyser = createStub();
    analyser.isSet = false;
    const world = await talked([A], analyser);
    await world.report(A, null, SAID);
    expect(callOf(world, A)?.failed).toMatch(/^its bot reported no analysis, and no endpoint is set/);
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "completed" });
  });

  test("of the analysis after the lead went on corrects it, and is not told again", async () => {
    const world = await talked();
    await pass(world, 60 * SECOND);
    await world.report(A, { lead_qualified: true });
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "qualified" });
    expect(callOf(world, A)).toMatchObject({ outcome: '{"lead_qualified":true}', failed: null });
    expect(world.events()).toMatchObject([{ lead: { disposition: "completed", outcome: null } }]);
  });
});

describe("an analysis", () => {
  test("that fails is noted, and the lead ends without", async () => {
    const world = await talked();
    await world.report(A, null, SAID);
    world.analyser.asked[0]?.answer({ without: "the endpoint answered 500" });
    await turn(world);
    expect(callOf(world, A)).toMatchObject({ disposition: "completed", outcome: null, failed: "the endpoint answered 500" });
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "completed" });
  });

  test("that breaks is a failure like any other", async () => {
    const world = await talked();
    await world.report(A, null, SAID);
    world.analyser.asked[0]?.fail(new Error("a bug"));
    await turn(world);
    expect(callOf(world, A)?.failed).toBe("the analysis broke off");
  });

  test("that takes too long is not waited for, and counts for nothing when it comes", async () => {
    const world = await talked();
    await world.report(A, null, SAID);
    await pass(world, 60 * SECOND);
    expect(callOf(world, A)).toMatchObject({ disposition: "completed", failed: "no analysis came in time" });
    world.analyser.asked[0]?.answer({ analysis: { lead_qualified: true } });
    await turn(world);
    expect(world.lead(A).disposition).toBe("completed");
    expect(world.events()).toHaveLength(1);
  });

  test("finds who does not want to be called again, and their waiting leads end", async () => {
    const world = await talked();
    world.addCampaign({ id: "cmp_2", status: "paused", leads: [A], agent });
    await world.report(A, null, SAID);
    world.analyser.asked[0]?.answer({ analysis: { opt_out: { requested: true, quote: "that will do" } } });
    await turn(world);
    expect(world.db.sqlite.query("SELECT source, evidence, call_id FROM dnc").all()).toEqual([
      { source: "opt_out", evidence: "that will do", call_id: idOf(world, A) },
    ]);
    expect(world.lead(A, "cmp_2").status).toBe("dnc_blocked");
  });

  test("is made for four at once, and for the next when one is through", async () => {
    const numbers = Array.from({ length: 5 }, (_, index) => `+9198765010${10 + index}`);
    const world = await talked(numbers);
    for (const number of numbers) await world.report(number, null, SAID);
    expect(world.analyser.asked).toHaveLength(4);
    world.analyser.asked[2]?.answer({ analysis: {} });
    await turn(world);
    expect(world.analyser.asked).toHaveLength(5);
    expect(new Set(world.analyser.asked.map(({ conversation }) => conversation.callId)).size).toBe(5);
  });

  test("is asked for once, however often somebody looks", async () => {
    const world = await talked([A, B]);
    await world.report(A, null, SAID);
    await world.report(B, null, SAID);
    await pass(world, 30 * SECOND);
    expect(world.analyser.asked).toHaveLength(2);
  });
});

describe("while a lead waits", () => {
  test("its number may be called by another campaign", async () => {
    const world = await talked();
    world.addCampaign({ id: "cmp_2", leads: [A], agent });
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, A]);
  });

  test("its campaign may be paused: the lead goes on, and a promised call waits for the resume", async () => {
    const world = await talked();
    world.setStatus("cmp_1", "paused");
    await world.report(A, { next_action: "callback_later", callback_at: new Date(world.clock.now() + HOUR).toISOString() });
    await pass(world, 2 * HOUR);
    expect(world.lead(A).status).toBe("retry_wait");
    world.setStatus("cmp_1", "running");
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, A]);
  });

  test("its campaign may be stopped: the lead ends as its conversation did, and no call is promised", async () => {
    const world = await talked();
    world.setStatus("cmp_1", "completed");
    world.settle();
    expect(world.lead(A).status).toBe("in_progress");
    await world.report(A, { next_action: "callback_later", callback_at: new Date(world.clock.now() + HOUR).toISOString() });
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "callback" });
    expect(world.events()).toHaveLength(1);
  });

  test("its campaign may be deleted: the call is concluded alone", async () => {
    const world = await talked();
    world.db.sqlite.run("DELETE FROM leads");
    world.db.sqlite.run("DELETE FROM campaigns");
    await world.report(A, { success: true });
    expect(callOf(world, A)).toMatchObject({ disposition: "qualified", dueAt: null });
    expect(world.events()).toHaveLength(0);
  });

  test("the wall clock may be set by a day, either way: it waits a minute", async () => {
    for (const byMs of [-24 * HOUR, 24 * HOUR]) {
      const world = await talked();
      world.clock.jumpTo(world.clock.now() + byMs);
      await pass(world, 30 * SECOND);
      expect(world.lead(A).status).toBe("in_progress");
      await pass(world, 30 * SECOND);
      expect(world.lead(A).status).toBe("completed");
    }
  });

  test("the process may die: the next one waits on, and asks again", async () => {
    const world = await talked();
    await world.report(A, null, SAID);
    await pass(world, 20 * SECOND);
    world.restart();
    await turn(world);
    expect(world.analyser.asked.map(({ timeoutMs }) => timeoutMs)).toEqual([60 * SECOND, 40 * SECOND]);
    world.analyser.asked[1]?.answer({ analysis: { success: true } });
    await turn(world);
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "qualified" });
    expect(world.events()).toHaveLength(1);
  });

  test("the process may be down for longer: it ends at the next start, once", async () => {
    const world = await talked();
    world.clock.clear();
    world.clock.advance(HOUR);
    world.restart();
    await turn(world);
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "completed" });
    world.restart();
    await turn(world);
    expect(world.events()).toHaveLength(1);
  });
});

describe("when the store fails", () => {
  test("a conclusion is written when it works again, once", async () => {
    const world = await talked();
    await world.report(A, null, SAID);
    world.db.sqlite.run("CREATE TEMP TRIGGER full BEFORE UPDATE OF analysis_due_at ON calls BEGIN SELECT RAISE(ABORT, 'full'); END");
    world.analyser.asked[0]?.answer({ analysis: { success: true } });
    await turn(world);
    expect(world.lead(A).status).toBe("in_progress");
    await pass(world, 3 * SECOND);
    world.db.sqlite.run("DROP TRIGGER full");
    await pass(world, 2 * SECOND);
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "qualified" });
    expect([world.events().length, world.analyser.asked.length]).toEqual([1, 1]);
    expect(checkInvariants(world.db)).toEqual([]);
  });

  test("a word of a bot is written when it works again: it may be a wish not to be called", async () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.answer(A);
    world.settle();
    world.db.sqlite.run("CREATE TEMP TRIGGER full BEFORE INSERT ON dnc BEGIN SELECT RAISE(ABORT, 'full'); END");
    world.dialer.tell(A, { type: "opt_out", optOut: { by: "key", quote: "9" } });
    world.settle();
    world.db.sqlite.run("DROP TRIGGER full");
    await pass(world, 2 * SECOND);
    expect(world.db.sqlite.query("SELECT evidence FROM dnc").all()).toEqual([{ evidence: "9" }]);
  });
});

test("stopping gives analyses up, and nothing is concluded any more", async () => {
  const world = await talked();
  await world.report(A, null, SAID);
  await world.machine.stop();
  world.analyser.asked[0]?.answer({ without: "given up" });
  await turn(world);
  await pass(world, HOUR);
  expect(world.lead(A).status).toBe("in_progress");
});
