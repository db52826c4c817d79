// What the machine itself makes of a campaign, told to whoever wants to know.

import { beforeEach, describe, expect, test } from "bun:test";
import { setLimited, addEntry, readAccount } from "../../src/credits/store.ts";
import { noSecrets } from "../../src/settings/signing-secrets.ts";
import { writeStoredWebhook } from "../../src/settings/store.ts";
import { createTestMachine, type TestMachine } from "../support/machine.ts";
import { completedResult, failedResult } from "../support/scripted-dialer.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const A = "+919876501000";
const B = "+919876501001";

let world: TestMachine;
beforeEach(() => {
  world = createTestMachine();
  want(null);
});

const want = (events: string[] | null) => writeStoredWebhook(world.db, { url: "http://127.0.0.1:9/all", events, secrets: noSecrets });
const deliveries = () =>
  world.db.sqlite
    .query<{ event: string; url: string; campaignId: string | null; body: string }, []>(
      "SELECT event, url, campaign_id AS campaignId, body FROM deliveries ORDER BY sequence",
    )
    .all();
/** Those of campaigns, as `event status: reason`. */
const moves = () =>
  deliveries()
    .filter(({ event }) => event.startsWith("campaign.") && event !== "campaign.lead_completed")
    .map(({ event, body }) => {
      const { campaign } = JSON.parse(body);
      return `${event} ${campaign.status}: ${campaign.statusReason}`;
    });

describe("a campaign's life", () => {
  test("begins when its time has come, and ends when every lead is final", () => {
    const id = world.addCampaign({ leads: [A], status: "scheduled", scheduledStartAt: world.clock.now() + HOUR });
    world.settle();
    expect(moves()).toEqual([]);
    world.clock.advance(HOUR);
    expect(moves()).toEqual(["campaign.started running: null"]);
    world.dialer.end(A);
    world.settle();
    expect(moves()).toEqual(["campaign.started running: null", "campaign.completed completed: every lead is final"]);
    expect(deliveries()[0]).toEqual({
      event: "campaign.started",
      url: "http://127.0.0.1:9/all",
      campaignId: id,
      body: JSON.stringify({
        event: "campaign.started",
        timestamp: new Date(world.clock.now()).toISOString(),
        campaign: { id, name: "Spring", status: "running", statusReason: null },
      }),
    });
  });

  test("in which every lead failed is told as completed, with its status", () => {
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.end(A, failedResult);
    world.settle();
    expect(moves()).toEqual(["campaign.completed failed: every lead ended failed"]);
  });

  test("of which the last lead is on the list ends without a call", () => {
    world.addDnc(A);
    world.addCampaign({ leads: [A] });
    world.settle();
    expect(moves()).toEqual(["campaign.completed completed: every lead is final"]);
  });

  test("ends at its end time, once", () => {
    const id = world.addCampaign({ leads: [A, B], maxConcurrent: 1 });
    world.db.sqlite.query("UPDATE campaigns SET end_at = ? WHERE id = ?").run(world.clock.now() + MINUTE, id);
    world.settle();
    world.clock.advance(MINUTE);
    world.dialer.endAll();
    world.settle();
    expect(moves()).toEqual(["campaign.completed completed: ended at its endAt"]);
  });

  test("is paused by what only a person can mend", () => {
    world.addCampaign({ leads: [A, B], maxConcurrent: 1 });
    world.settle();
    world.dialer.end(A, { ...failedResult, retry: "halt", reason: "forbidden" });
    world.settle();
    expect(moves()).toEqual([expect.stringMatching(/^campaign\.paused paused: paused after call call_\w+: forbidden$/)]);
  });

  test("is paused where the credit covers no call", () => {
    addEntry(world.db, { kind: "adjustment", amount: -readAccount(world.db).balance }, world.clock.now());
    world.addCampaign({ leads: [A] });
    world.settle();
    expect(moves()).toEqual([expect.stringMatching(/^campaign\.paused paused: insufficient_credits: /)]);
  });

  test("is told to nobody who does not want it", () => {
    want(["campaign.completed", "campaign.lead_completed"]);
    world.addCampaign({ leads: [A], status: "scheduled", scheduledStartAt: world.clock.now() });
    world.settle();
    world.dialer.end(A);
    world.settle();
    expect(moves()).toEqual(["campaign.completed completed: every lead is final"]);
    // The URL of the campaign is for its leads.
    expect(deliveries().map(({ event, url }) => `${event} ${new URL(url).pathname}`)).toEqual([
      "campaign.lead_completed /hook",
      "campaign.completed /all",
    ]);
  });
});

describe("the credit", () => {
  /** A call of a minute costs 0.6, the longest 5.1; a tenth of 20 is 2. */
  const withBudget = (amount: number) => {
    addEntry(world.db, { kind: "adjustment", amount: amount - readAccount(world.db).balance }, world.clock.now());
  };
  const warnings = () =>
    deliveries()
      .filter(({ event }) => event === "credits.low")
      .map(({ body }) => JSON.parse(body).credit);
  const spend = (calls: number) => {
    for (let call = 0; call < calls; call += 1) {
      world.dialer.answer(world.dialer.open()[0]?.to ?? "");
      world.clock.settle();
      world.dialer.end(world.dialer.open()[0]?.to ?? "", { ...completedResult, talkMs: 600_000 });
      world.settle();
    }
  };
  const numbers = Array.from({ length: 40 }, (_, index) => `+9198765${20_000 + index}`);

  test("is low below a tenth of what was there, and that is told once", () => {
    withBudget(52_000_000);
    world.addCampaign({ leads: numbers, maxConcurrent: 1 });
    world.settle();
    spend(9);
    expect(warnings()).toEqual([]);
    spend(1);
    expect(warnings()).toEqual([{ balance: "1.00", reserved: "0.00", threshold: "5.20" }]);
    expect(deliveries().find(({ event }) => event === "credits.low")).toMatchObject({ campaignId: null, url: "http://127.0.0.1:9/all" });
  });

  test("that was topped up may become low again", () => {
    withBudget(52_000_000);
    world.addCampaign({ leads: numbers, maxConcurrent: 1 });
    world.settle();
    spend(10);
    addEntry(world.db, { kind: "top_up", amount: 51_000_000 }, world.clock.now());
    world.setStatus("cmp_1", "running");
    world.settle();
    spend(10);
    expect(warnings()).toHaveLength(2);
  });

  test("without a limit is never low", () => {
    withBudget(52_000_000);
    world.addCampaign({ leads: numbers, maxConcurrent: 1 });
    world.settle();
    spend(9);
    setLimited(world.db, false);
    spend(3);
    expect(warnings()).toEqual([]);
  });
});
