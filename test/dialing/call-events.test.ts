// What is told of calls and attempts: to the default URL, where it is wanted, in the order in which it happened.

import { describe, expect, test } from "bun:test";
import { Compile } from "typebox/compile";
import { noSecrets } from "../../src/settings/signing-secrets.ts";
import { writeStoredWebhook } from "../../src/settings/store.ts";
import { nextTurn } from "../../src/runtime/turn.ts";
import { AttemptCompletedJson, CallEndedJson, CallStartedJson } from "../../src/webhooks/events/payload.ts";
import { createTestMachine, type TestMachine } from "../support/machine.ts";
import { busyResult, completedResult, failedResult, trunkBusyResult } from "../support/scripted-dialer.ts";

const A = "+919876501000";
const URL = "http://everything.example/hook";
const CRM = "http://crm.example/leads";
const HOUR = 3_600_000;

function listening(events: readonly string[] | null = null, url: string | null = URL): TestMachine {
  const world = createTestMachine();
  writeStoredWebhook(world.db, { url, events, secrets: noSecrets });
  return world;
}
const rows = (world: TestMachine) =>
  world.db.sqlite
    .query<{ event: string; url: string; leadId: string | null; campaignId: string | null; body: string }, []>(
      "SELECT event, url, lead_id AS leadId, campaign_id AS campaignId, body FROM deliveries WHERE event <> 'campaign.completed' ORDER BY sequence",
    )
    .all();
const told = (world: TestMachine) => rows(world).map(({ event }) => event);
const bodyOf = (world: TestMachine, event: string) => JSON.parse(rows(world).findLast((row) => row.event === event)?.body ?? "null");
const end = (world: TestMachine, result: Parameters<TestMachine["dialer"]["end"]>[1]) => {
  world.dialer.end(A, result);
  world.settle();
};
const calling = (world: TestMachine, retryPolicy = {}) => {
  world.addCampaign({ id: "cmp_1", leads: [A], webhookUrl: CRM, retryPolicy });
  world.settle();
};

describe("a call", () => {
  test("is told of as it leaves, as it ends, as it is analysed, and then its attempt and its lead", () => {
    const world = listening();
    calling(world);
    world.dialer.answer(A);
    world.settle();
    end(world, { ...completedResult, analysis: { lead_qualified: true } });
    expect(told(world)).toEqual([
      "call.started",
      "call.completed",
      "call.analysis_completed",
      "lead.attempt_completed",
      "campaign.lead_completed",
    ]);
    // The campaign's own URL is for the end of leads; everything else goes to the default one.
    expect(rows(world).map(({ url }) => url)).toEqual([URL, URL, URL, URL, CRM]);
    expect(new Set(rows(world).map(({ leadId }) => leadId))).toEqual(new Set([world.lead(A).id]));
    const callId = world.dialer.placed[0]?.callId;
    expect(bodyOf(world, "call.started")).toEqual({
      event: "call.started",
      timestamp: "2026-05-06T05:30:00.000Z",
      call: {
        id: callId,
        campaignId: "cmp_1",
        leadId: world.lead(A).id,
        agentId: "agent_1",
        agentVersion: 1,
        from: world.dialer.placed[0]?.from,
        to: A,
        attempt: 1,
        placedAt: "2026-05-06T05:30:00.000Z",
      },
    });
    expect(bodyOf(world, "call.completed").call).toMatchObject({
      id: callId,
      status: "ended",
      ending: "completed",
      reason: "normal_clearing",
      sipCode: 200,
      hungUpBy: "them",
      ringSeconds: 4,
      talkSeconds: 60,
      cost: "0.60",
      disposition: "qualified",
      outcome: { lead_qualified: true },
    });
    expect(bodyOf(world, "lead.attempt_completed")).toMatchObject({
      campaign: { id: "cmp_1", name: "Spring" },
      lead: {
        phoneNumber: A,
        variables: {},
        status: "completed",
        disposition: "qualified",
        attempts: 1,
        callId,
        outcome: { lead_qualified: true },
        nextAttemptAt: null,
      },
      attempt: { number: 1, callId, ending: "completed", reason: "normal_clearing" },
    });
  });

  test.each([
    ["failed", failedResult, "call.failed"],
    ["busy", busyResult, "call.completed"],
  ] as const)("that ended %s is told of as %#", (ending, result, event) => {
    const world = listening();
    calling(world, { maxAttempts: 1 });
    end(world, result);
    expect(told(world)).toEqual(["call.started", event, "lead.attempt_completed", "campaign.lead_completed"]);
    expect(bodyOf(world, event).call.ending).toBe(ending);
  });

  test("that is followed by another tells when that will be", () => {
    const world = listening();
    calling(world, { maxAttempts: 2, backoffMinutes: 60 });
    end(world, busyResult);
    expect(bodyOf(world, "lead.attempt_completed")).toMatchObject({
      lead: { status: "retry_wait", disposition: null, nextAttemptAt: new Date(world.clock.now() + HOUR).toISOString() },
      attempt: { number: 1, ending: "busy" },
    });
    world.clock.advance(HOUR);
    end(world, busyResult);
    expect(told(world).filter((event) => event === "lead.attempt_completed")).toHaveLength(2);
    expect(told(world).at(-1)).toBe("campaign.lead_completed");
  });

  test("that failed by our fault is no attempt", () => {
    const world = listening();
    calling(world);
    end(world, trunkBusyResult);
    expect(told(world)).toEqual(["call.started", "call.failed"]);
  });

  test("that a crash cut short is told of as failed, by the next process", () => {
    const world = listening();
    calling(world, { maxAttempts: 1 });
    world.restart();
    expect(told(world)).toEqual(["call.started", "call.failed", "lead.attempt_completed", "campaign.lead_completed"]);
    expect(bodyOf(world, "call.failed").call).toMatchObject({ status: "unknown", ending: "failed" });
  });

  test("of no campaign is told of without a lead", () => {
    const world = listening();
    void world.machine.singles.place(world.wish(A));
    world.settle();
    end(world, completedResult);
    expect(told(world)).toEqual(["call.started", "call.completed"]);
    expect(rows(world).map(({ leadId, campaignId }) => [leadId, campaignId])).toEqual([
      [null, null],
      [null, null],
    ]);
  });

  test("whose analysis comes later is told of as it ends, and its lead when that is there", async () => {
    const world = listening();
    world.addCampaign({ id: "cmp_1", leads: [A], agent: { id: "agent_2", postCallAnalysis: { enabled: true } } });
    world.settle();
    end(world, completedResult);
    await nextTurn();
    expect(told(world)).toEqual(["call.started", "call.completed"]);
    expect(bodyOf(world, "call.completed").call).toMatchObject({ disposition: null, outcome: null });
    world.machine.report(world.dialer.placed[0]?.callId ?? "", { analysis: { success: true }, transcript: null });
    world.settle();
    expect(told(world).slice(2)).toEqual(["call.analysis_completed", "lead.attempt_completed", "campaign.lead_completed"]);
    expect(bodyOf(world, "call.analysis_completed").call).toMatchObject({ disposition: "qualified", outcome: { success: true } });
  });

  test("whose analysis is reported after all is told of once more, its lead is not", () => {
    const world = listening();
    calling(world);
    end(world, completedResult);
    world.machine.report(world.dialer.placed[0]?.callId ?? "", { analysis: { success: true }, transcript: null });
    expect(told(world)).toEqual([
      "call.started",
      "call.completed",
      "lead.attempt_completed",
      "campaign.lead_completed",
      "call.analysis_completed",
    ]);
  });
});

describe("nothing is written", () => {
  test("where there is no default URL but the end of the lead", () => {
    const world = listening(null, null);
    calling(world);
    end(world, completedResult);
    expect(told(world)).toEqual(["campaign.lead_completed"]);
  });

  test("that was not chosen", () => {
    const world = listening(["call.completed", "campaign.lead_completed"]);
    calling(world);
    end(world, { ...completedResult, analysis: { success: true } });
    expect(told(world)).toEqual(["call.completed", "campaign.lead_completed"]);
  });
});

test("a listener that is down holds back its own events of a lead, in their order, and not those for the campaign's URL", () => {
  const world = listening();
  calling(world);
  world.db.sqlite.run("UPDATE deliveries SET next_attempt_at = next_attempt_at + 1000000");
  end(world, completedResult);
  const due = world.db.sqlite
    .query<{ event: string; late: number }, [number]>(
      "SELECT event, next_attempt_at > ?1 AS late FROM deliveries WHERE event <> 'campaign.completed' ORDER BY sequence",
    )
    .all(world.clock.now());
  expect(due.map(({ event, late }) => `${event} ${late}`)).toEqual([
    "call.started 1",
    "call.completed 1",
    "lead.attempt_completed 1",
    "campaign.lead_completed 0",
  ]);
});

test("what a listener gets is what the API's description says", () => {
  const world = listening();
  calling(world);
  end(world, { ...completedResult, analysis: { success: true } });
  for (const [event, schema] of [
    ["call.started", CallStartedJson],
    ["call.completed", CallEndedJson],
    ["call.analysis_completed", CallEndedJson],
    ["lead.attempt_completed", AttemptCompletedJson],
  ] as const) {
    const problems = [...Compile(schema).Errors(bodyOf(world, event))].map(({ instancePath }) => instancePath);
    // The ids of this test's rows are shorter than real ones.
    expect(problems.filter((path) => !/(\/|I)(id|Id)$|Id$/.test(path))).toEqual([]);
  }
});
