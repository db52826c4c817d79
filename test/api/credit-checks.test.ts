// Campaigns and credits together: who is refused with 402, and what a top-up sets going again.

import { beforeEach, describe, expect, test } from "bun:test";
import { billingRoutes } from "../../src/credits/routes.ts";
import { createWorld, insertCampaignRow, insertLeadRows, someNumbers, type World } from "../support/world.ts";

let world: World;
beforeEach(async () => {
  world = createWorld((parts) => [billingRoutes(parts)]);
  // The longest call of the agent, ten minutes and the time to end it, sets 11 aside.
  await world.request("PUT", "/api/billing/rates", {
    rates: [
      { prefix: "", pricePerMinute: 1 },
      { prefix: "8821", pricePerMinute: 100 },
    ],
  });
});

const [CHEAP = ""] = someNumbers(1);
const DEAR = "+8821650000";

function campaignWith(numbers: readonly string[], wish: Parameters<typeof insertCampaignRow>[1] = {}): string {
  const { id } = insertCampaignRow(world, wish);
  insertLeadRows(world, id, numbers);
  return id;
}

const say = (id: string, verb: string) => world.request("POST", `/api/campaigns/${id}/${verb}`);
const read = async (id: string) => (await world.request("GET", `/api/campaigns/${id}`)).body;
const setBudget = (amount: string | null) => world.request("PUT", "/api/billing/budget", { amount });
const topUp = (amount: string) => world.request("POST", "/api/billing/top-up", { amount });

describe.each([
  ["start", "draft", "started"],
  ["start", "scheduled", "started"],
  ["resume", "paused", "resumed"],
] as const)("%s of a campaign that is %s", (verb, status, done) => {
  test("is 402 when the credit does not cover one call, and changes nothing", async () => {
    const id = campaignWith([CHEAP], { status });
    await setBudget("10.999999");
    const before = await read(id);
    world.clock.advance(1_000);
    world.control.nudges = 0;
    expect(await say(id, verb)).toMatchObject({
      status: 402,
      body: {
        code: "insufficient_credits",
        error: `the campaign was not ${done}: the credit does not cover a call: a call to ${CHEAP} sets 11.00 aside, 10.999999 is left; top up, or shorten the agent's longest call`,
      },
    });
    expect([await read(id), world.control.nudges]).toEqual([before, 0]);
  });

  test("works with just enough, with more, and without a budget", async () => {
    for (const amount of ["11", "500", null]) {
      await setBudget(amount);
      expect(await say(campaignWith([CHEAP], { status }), verb)).toMatchObject({ status: 200, body: { status: "running" } });
    }
  });

  test("works when one of the next leads is covered, be the first one too dear", async () => {
    await setBudget("11");
    expect((await say(campaignWith([DEAR, CHEAP], { status }), verb)).status).toBe(200);
    expect((await say(campaignWith([DEAR], { status }), verb)).status).toBe(402);
  });

  test("works when calls in progress may give enough back", async () => {
    await setBudget("20");
    world.db.sqlite.run(
      "INSERT INTO credit_ledger (kind, amount, balance, call_id, created_at) VALUES ('reserve', -10000000, 10000000, 'call_1', 1)",
    );
    expect((await say(campaignWith([CHEAP], { status }), verb)).status).toBe(200);
  });
});

describe("the order of the refusals", () => {
  test("the state comes before the credit, and the credit before the trunk", async () => {
    await setBudget("0");
    expect((await say(campaignWith([CHEAP], { status: "completed" }), "start")).status).toBe(409);
    expect((await say(campaignWith([CHEAP], { status: "running" }), "resume")).status).toBe(409);
    world.control.trunkFault = "the trunk does not answer";
    expect((await say(campaignWith([CHEAP]), "start")).status).toBe(402);
    await setBudget(null);
    expect((await say(campaignWith([CHEAP]), "start")).status).toBe(500);
  });

  test("a start loses its credit while the trunk is asked", async () => {
    const id = campaignWith([CHEAP]);
    world.control.checkTrunk = async () => void (await setBudget("1"));
    expect((await say(id, "start")).status).toBe(402);
    expect((await read(id)).status).toBe("draft");
  });
});

describe("a start that is still to come", () => {
  test("is 402 as well: a schedule is no way around the budget", async () => {
    await setBudget("1");
    const id = campaignWith([CHEAP], { scheduledStartAt: world.clock.now() + 3_600_000 });
    expect((await say(id, "start")).status).toBe(402);
    await topUp("10");
    expect((await say(id, "start")).body.status).toBe("scheduled");
  });
});

describe("a campaign that the machine paused for want of credit", () => {
  const statusReason = `insufficient_credits: a call to ${CHEAP} sets 11.00 aside, 1.00 is left; goes on by itself after a top-up`;

  test("shows why, and goes on with the top-up that covers a call", async () => {
    await setBudget("1");
    const id = campaignWith([CHEAP], { status: "paused", statusReason });
    expect(await read(id)).toMatchObject({ status: "paused", statusReason });
    await topUp("9.99");
    expect((await read(id)).status).toBe("paused");
    world.clock.advance(1_000);
    world.control.nudges = 0;
    await topUp("0.01");
    expect(await read(id)).toMatchObject({ status: "running", statusReason: null, updatedAt: "2026-05-06T05:30:01.000Z" });
    expect(world.control.nudges).toBe(1);
  });

  test("goes on alone: those that a person or another fault has paused stay so", async () => {
    await setBudget("1");
    const others = [null, "paused after call call_1: trunk_auth"].map((reason) =>
      campaignWith([CHEAP], { status: "paused", statusReason: reason }),
    );
    const stopped = campaignWith([CHEAP], { status: "completed", statusReason });
    await topUp("100");
    expect(await Promise.all([...others, stopped].map(async (id) => (await read(id)).status))).toEqual(["paused", "paused", "completed"]);
  });

  test("may be stopped, or resumed by hand, which is 402 until there is credit", async () => {
    await setBudget("1");
    const id = campaignWith([CHEAP], { status: "paused", statusReason });
    expect((await say(id, "resume")).status).toBe(402);
    expect((await say(id, "stop")).body).toMatchObject({ status: "completed", statusReason: "stopped by request" });
  });
});
