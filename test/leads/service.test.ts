// What a person does to one lead, seen by the machine that dials.

import { describe, expect, test } from "bun:test";
import { changeLead, removeLead, retryLead } from "../../src/leads/service.ts";
import { createTestMachine, type TestMachine } from "../support/machine.ts";
import { busyResult, completedResult, noAnswerResult } from "../support/scripted-dialer.ts";

const HOUR = 3_600_000;
const A = "+919876501000";
const B = "+919876501001";

function deps({ db, clock, machine }: TestMachine) {
  return { db, clock, newId: () => "", zonesOf: () => "?", control: { nudge: machine.dispatcher.nudge } };
}

/** Both were called as often as they may be; B is still in its call, so that the campaign runs on. */
function withFinalLead() {
  const world = createTestMachine();
  const campaign = world.addCampaign({ leads: [A, B], retryPolicy: { maxAttempts: 1 } });
  world.settle();
  world.dialer.end(A, noAnswerResult);
  world.settle();
  expect(world.lead(A)).toMatchObject({ status: "no_answer", attempts: 1 });
  return { ...world, campaignId: campaign, leadId: world.lead(A).id };
}
const told = (world: TestMachine) => world.events().map(({ lead }) => `${lead.phoneNumber} ${lead.status}`);

describe("a final lead that is called again by hand", () => {
  test("is dialed in the same turn, as its next attempt, and its new end is told", () => {
    const world = withFinalLead();
    retryLead(deps(world), world.campaignId, world.leadId);
    world.settle();
    expect(world.dialer.placed.at(-1)).toMatchObject({ to: A, attempt: 2 });
    world.dialer.end(A, { ...completedResult, analysis: { success: true } });
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "completed", disposition: "qualified", attempts: 2 });
    expect(told(world)).toEqual([`${A} no_answer`, `${A} completed`]);
  });

  test("gets one attempt more than the policy has, and not two", () => {
    const world = withFinalLead();
    retryLead(deps(world), world.campaignId, world.leadId);
    world.settle();
    world.dialer.end(A, busyResult);
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "busy", attempts: 2 });
    world.clock.advance(24 * HOUR);
    expect(world.dialer.numbers()).toEqual([A, B, A]);
  });

  test("keeps its campaign from ending until it has ended", () => {
    const world = withFinalLead();
    retryLead(deps(world), world.campaignId, world.leadId);
    world.settle();
    world.dialer.end(B);
    world.settle();
    expect(world.db.sqlite.query("SELECT status FROM campaigns").get()).toEqual({ status: "running" });
    world.dialer.end(A, noAnswerResult);
    world.settle();
    expect(world.db.sqlite.query("SELECT status FROM campaigns").get()).toEqual({ status: "completed" });
  });

  test("by a callback is dialed when it was promised", () => {
    const world = withFinalLead();
    changeLead(deps(world), world.campaignId, world.leadId, { callbackAt: new Date(world.clock.now() + 3 * HOUR).toISOString() });
    world.settle();
    world.clock.advance(3 * HOUR - 1);
    expect(world.dialer.numbers()).toEqual([A, B]);
    world.clock.advance(1);
    expect(world.dialer.numbers()).toEqual([A, B, A]);
  });
});

test("the last lead that is taken out ends its campaign", () => {
  const world = createTestMachine();
  const campaign = world.addCampaign({ leads: [A, B], maxConcurrent: 1 });
  world.settle();
  world.dialer.end(A);
  world.settle();
  world.dialer.end(B, busyResult);
  world.settle();
  expect(world.lead(B).status).toBe("retry_wait");
  removeLead(deps(world), campaign, world.lead(B).id);
  world.settle();
  expect(world.campaign(campaign).status).toBe("completed");
});
