// Credits along the way of a call, through the whole machine: what is set aside, what is charged, and who waits for more.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { UNIT } from "../../../src/credits/amount.ts";
import { setBudget, setRates, topUp } from "../../../src/credits/service.ts";
import { type RateRow, readAccount } from "../../../src/credits/store.ts";
import { createTestMachine, type TestMachine } from "../../support/machine.ts";
import { busyResult, completedResult, failedResult, noAnswerResult, trunkBusyResult } from "../../support/scripted-dialer.ts";

const MINUTE = 60_000;
const numbers = (count: number, prefix = "+91987650") => Array.from({ length: count }, (_, index) => `${prefix}${String(1000 + index)}`);
const [A = "", B = "", C = ""] = numbers(3);
const [DEAR = ""] = numbers(1, "+88216500");

const micros = (units: number) => Math.round(units * UNIT);
const rate = (prefix: string, price: number): RateRow => ({
  prefix,
  pricePerMinute: micros(price),
  connectionFee: 0,
  firstSeconds: 60,
  nextSeconds: 60,
});
/** 1 a minute, satellites 100; the longest call, 10 minutes and its hanging up, sets 11 aside (1,100). */
const RATES = [rate("", 1), rate("8821", 100)];

interface Purse extends TestMachine {
  setRates(rates: RateRow[]): void;
  topUp(units: number): void;
  setBudget(units: number | undefined): void;
  /** Balance and what is set aside, in units. */
  credit(): [balance: number, reserved: number];
  ledger(): [kind: string, units: number][];
  calls(): { number: string; status: string; cost: number | null }[];
}

function machineWith({ balance, rates = RATES }: { balance?: number; rates?: RateRow[] }): Purse {
  const world = createTestMachine({ unlimited: true });
  const deps = { db: world.db, clock: world.clock, control: { nudge: () => world.machine.dispatcher.sweep() } };
  setRates(deps, rates);
  if (balance !== undefined) setBudget(deps, micros(balance), null);
  return Object.assign(world, {
    setRates: (list: RateRow[]) => setRates(deps, list),
    topUp: (units: number) => void topUp(deps, micros(units), null),
    setBudget: (units: number | undefined) => setBudget(deps, units === undefined ? undefined : micros(units), null),
    credit(): [number, number] {
      const account = readAccount(world.db);
      return [account.balance / UNIT, account.reserved / UNIT];
    },
    ledger: () =>
      world.db.sqlite
        .query<{ kind: string; amount: number }, []>("SELECT kind, amount FROM credit_ledger ORDER BY sequence")
        .all()
        .map(({ kind, amount }): [string, number] => [kind, amount / UNIT]),
    calls: () =>
      world.db.sqlite
        .query<{ number: string; status: string; cost: number | null }, []>(
          "SELECT to_number AS number, status, cost_micros / 1e6 AS cost FROM calls ORDER BY id",
        )
        .all(),
  });
}

describe("a call under a budget", () => {
  test("sets the cost of the longest call aside, and is charged what it cost", () => {
    const world = machineWith({ balance: 100 });
    world.addCampaign({ leads: [A] });
    world.settle();
    expect(world.credit()).toEqual([89, 11]);
    world.dialer.end(A, { ...completedResult, talkMs: 61_000 });
    world.settle();
    expect(world.credit()).toEqual([98, 0]);
    expect(world.ledger()).toEqual([
      ["adjustment", 100],
      ["reserve", -11],
      ["release", 11],
      ["charge", -2],
    ]);
    expect(world.calls()).toEqual([{ number: A, status: "ended", cost: 2 }]);
  });

  test.each([
    ["busy", busyResult],
    ["not picked up", noAnswerResult],
    ["failed", failedResult],
    ["stopped by a fault of the trunk", trunkBusyResult],
  ])("that was %s costs nothing", (_, result) => {
    const world = machineWith({ balance: 100 });
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.end(A, result);
    world.settle();
    expect(world.credit()).toEqual([100, 0]);
    expect(world.ledger().slice(1)).toEqual([
      ["reserve", -11],
      ["release", 11],
    ]);
    expect(world.calls()).toEqual([{ number: A, status: "ended", cost: 0 }]);
  });

  test("that a fault of ours ended after it was picked up costs, although the attempt is given back", () => {
    const world = machineWith({ balance: 100 });
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.answer(A);
    world.settle();
    world.dialer.end(A, { ...trunkBusyResult, reason: "bot_unreachable" });
    world.settle();
    expect(world.lead(A)).toMatchObject({ status: "pending", attempts: 0 });
    expect(world.credit()).toEqual([99, 0]);
  });

  test("pays the prices that it was placed at, and the agent's own on top", () => {
    const world = machineWith({ balance: 100 });
    world.addCampaign({ leads: [A], agent: { id: "agent_2", ratePerMinute: 0.5, maxDurationSeconds: 150 } });
    world.settle();
    expect(world.credit()).toEqual([100 - 3 * 1.5, 3 * 1.5]);
    world.setRates([rate("", 9)]);
    world.dialer.end(A, { ...completedResult, talkMs: 120_000 });
    world.settle();
    expect(world.credit()).toEqual([97, 0]);
  });

  test("that its dialer ended too late costs what it cost", () => {
    const world = machineWith({ balance: 11 });
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.end(A, { ...completedResult, talkMs: 11 * MINUTE + 1 });
    world.settle();
    expect(world.credit()).toEqual([-1, 0]);
  });

  test("that costs nothing leaves no entry, and needs no balance", () => {
    const world = machineWith({ balance: 0, rates: [] });
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.end(A);
    world.settle();
    expect([world.ledger(), world.calls()]).toEqual([[], [{ number: A, status: "ended", cost: 0 }]]);
  });
});

describe("a call of which nothing is known", () => {
  test("because the process died costs all that was set aside, once", () => {
    const world = machineWith({ balance: 100 });
    world.addCampaign({ leads: [A] });
    world.settle();
    world.restart();
    world.settle();
    world.restart();
    world.settle();
    expect(world.calls()).toEqual([{ number: A, status: "unknown", cost: 11 }]);
    expect(world.credit()).toEqual([89, 0]);
    expect(world.ledger().slice(1)).toEqual([
      ["reserve", -11],
      ["release", 11],
      ["charge", -11],
    ]);
  });

  test("because its dialer fell silent does as well", () => {
    const world = machineWith({ balance: 100 });
    world.addCampaign({ leads: [A] });
    world.settle();
    world.clock.advance((45 + 600 + 60 + 30) * 1_000);
    expect(world.calls()).toEqual([{ number: A, status: "ended", cost: 11 }]);
    expect(world.credit()).toEqual([89, 0]);
  });

  test("has no cost without a budget", () => {
    const world = machineWith({});
    world.addCampaign({ leads: [A] });
    world.settle();
    world.restart();
    world.settle();
    expect(world.calls()).toEqual([{ number: A, status: "unknown", cost: null }]);
  });
});

describe("without a budget", () => {
  test("a call has its cost, and nothing is set aside or charged", () => {
    const world = machineWith({});
    world.addCampaign({ leads: [A] });
    world.settle();
    world.dialer.end(A);
    world.settle();
    expect([world.ledger(), world.calls()]).toEqual([[], [{ number: A, status: "ended", cost: 1 }]]);
  });

  test("a call that was placed before the budget is no part of it", () => {
    const world = machineWith({});
    world.addCampaign({ leads: [A, B], maxConcurrent: 1 });
    world.settle();
    world.topUp(50);
    world.dialer.end(A);
    world.settle();
    expect(world.credit()).toEqual([39, 11]);
  });

  test("once it is taken away again, calls in progress are still charged and the next ones are not", () => {
    const world = machineWith({ balance: 50 });
    world.addCampaign({ leads: [A, B], maxConcurrent: 1 });
    world.settle();
    world.setBudget(undefined);
    world.dialer.end(A);
    world.settle();
    world.dialer.end(B);
    world.settle();
    expect(world.ledger()).toEqual([
      ["adjustment", 50],
      ["reserve", -11],
      ["release", 11],
      ["charge", -1],
    ]);
    expect(world.calls().map((call) => call.cost)).toEqual([1, 1]);
  });
});

describe("a campaign that lacks credit", () => {
  test("pauses and says why, uses no attempt, places no call, and goes on after a top-up", () => {
    const world = machineWith({ balance: 10 });
    const campaign = world.addCampaign({ leads: [A] });
    world.settle();
    expect(world.campaign(campaign)).toEqual({
      status: "paused",
      status_reason: `insufficient_credits: a call to ${A} sets 11.00 aside, 10.00 is left; goes on by itself after a top-up`,
    });
    expect(world.lead(A)).toMatchObject({ status: "pending", attempts: 0, call_id: null });
    expect(world.calls()).toEqual([]);
    world.topUp(0.999999);
    world.settle();
    expect(world.campaign(campaign).status).toBe("paused");
    world.topUp(0.000001);
    world.settle();
    expect(world.campaign(campaign)).toEqual({ status: "running", status_reason: null });
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test("stays paused over a restart, and goes on after a top-up then", () => {
    const world = machineWith({ balance: 10 });
    const campaign = world.addCampaign({ leads: [A] });
    world.settle();
    world.restart();
    world.clock.advance(10 * MINUTE);
    expect([world.campaign(campaign).status, world.dialer.placed.length]).toEqual(["paused", 0]);
    world.topUp(1);
    world.settle();
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test.each([
    ["a larger budget", (world: Purse) => world.setBudget(11)],
    ["no budget", (world: Purse) => world.setBudget(undefined)],
    ["lower prices", (world: Purse) => world.setRates([rate("", 0.5)])],
  ])("goes on with %s", (_, change) => {
    const world = machineWith({ balance: 10 });
    world.addCampaign({ leads: [A] });
    world.settle();
    expect(world.dialer.numbers()).toEqual([]);
    change(world);
    world.settle();
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test("whose start comes by itself pauses then", () => {
    const world = machineWith({ balance: 10 });
    const campaign = world.addCampaign({ status: "scheduled", scheduledStartAt: world.clock.now() + MINUTE, leads: [A] });
    world.clock.advance(MINUTE);
    expect(world.campaign(campaign)).toMatchObject({ status: "paused", status_reason: expect.stringMatching(/^insufficient_credits: /) });
    expect(world.dialer.placed).toEqual([]);
  });

  test("is not paused outside its window, where nothing is asked", () => {
    const world = machineWith({ balance: 10 });
    const campaign = world.addCampaign({ leads: [A], schedule: { timezone: "UTC", windowStart: "06:00", windowEnd: "07:00" } });
    world.settle();
    expect(world.campaign(campaign).status).toBe("running");
    world.clock.advance(30 * MINUTE);
    expect(world.campaign(campaign).status).toBe("paused");
  });

  test("does not go on when a person has paused it", () => {
    const world = machineWith({ balance: 100 });
    const campaign = world.addCampaign({ status: "paused", leads: [A] });
    world.topUp(100);
    world.settle();
    expect(world.campaign(campaign)).toEqual({ status: "paused", status_reason: null });
  });

  test("waits while calls in progress may give enough back, one call at a time, and pauses when they did not", () => {
    const world = machineWith({ balance: 12 });
    const campaign = world.addCampaign({ leads: numbers(5), maxConcurrent: 5 });
    world.settle();
    expect(world.dialer.open().length).toBe(1);
    expect(world.campaign(campaign)).toMatchObject({
      status: "running",
      status_reason: expect.stringMatching(
        /^insufficient_credits: .* sets 11.00 aside, 1.00 is left and 11.00 is set aside for calls in progress/,
      ),
    });
    world.dialer.end(A);
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, B]);
    expect(world.credit()).toEqual([0, 11]);
    world.dialer.end(B);
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, B]);
    expect(world.campaign(campaign).status).toBe("paused");
    expect(world.lead(C)).toMatchObject({ status: "pending", attempts: 0 });
  });

  test("asks nobody while it waits: no round follows a round by itself", () => {
    const world = machineWith({ balance: 12 });
    world.addCampaign({ leads: numbers(5) });
    world.settle();
    let steps = 0;
    while (world.clock.monotonicMs() < 5 * MINUTE && world.clock.step()) steps += 1;
    expect(steps).toBeLessThan(10);
  });

  test("does not hold up a cheaper one", () => {
    const world = machineWith({ balance: 30 });
    const dear = world.addCampaign({ leads: [DEAR] });
    const cheap = world.addCampaign({ leads: [A] });
    world.settle();
    expect(world.dialer.numbers()).toEqual([A]);
    expect([world.campaign(dear).status, world.campaign(cheap).status]).toEqual(["paused", "running"]);
  });
});

describe("a lead that is too dear", () => {
  test("lets the cheaper ones behind it go, says so, and pauses the campaign when it alone is left", () => {
    const world = machineWith({ balance: 100 });
    const campaign = world.addCampaign({ leads: [DEAR, A, B], maxConcurrent: 1 });
    world.settle();
    expect(world.dialer.numbers()).toEqual([A]);
    expect(world.lead(DEAR)).toMatchObject({ status: "pending", attempts: 0 });
    world.dialer.end(A);
    world.settle();
    world.dialer.end(B);
    world.settle();
    expect(world.campaign(campaign)).toEqual({
      status: "paused",
      status_reason: `insufficient_credits: a call to ${DEAR} sets 1100.00 aside, 98.00 is left; goes on by itself after a top-up`,
    });
    world.topUp(1_002);
    world.settle();
    expect(world.dialer.numbers()).toEqual([A, B, DEAR]);
  });

  test("is told of while the others go on", () => {
    const world = machineWith({ balance: 100 });
    const campaign = world.addCampaign({ leads: [DEAR, A], maxConcurrent: 2 });
    world.settle();
    expect(world.campaign(campaign)).toMatchObject({
      status: "running",
      status_reason: expect.stringContaining(`a call to ${DEAR} sets 1100.00 aside`),
    });
  });

  test("does not pause the campaign while a cheaper one waits for its retry, which is dialed when due", () => {
    const world = machineWith({ balance: 100 });
    const campaign = world.addCampaign({ leads: [DEAR, A], retryPolicy: { backoffMinutes: 60 } });
    world.settle();
    world.dialer.end(A, busyResult);
    world.settle();
    expect(world.campaign(campaign).status).toBe("running");
    world.clock.advance(61 * MINUTE);
    expect(world.dialer.numbers()).toEqual([A, A]);
  });

  test("a hundred of them at the head of the queue make the campaign stop and say so", () => {
    const world = machineWith({ balance: 100 });
    const campaign = world.addCampaign({ leads: [...numbers(100, "+88216500"), A] });
    world.settle();
    expect(world.campaign(campaign)).toMatchObject({ status: "paused", status_reason: expect.stringContaining("insufficient_credits: ") });
    const other = world.addCampaign({ leads: [...numbers(99, "+88216600"), A] });
    world.settle();
    expect(world.campaign(other).status).toBe("running");
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test("that is on the do-not-call list ends blocked without credit", () => {
    const world = machineWith({ balance: 0 });
    world.addDnc(DEAR);
    world.addCampaign({ leads: [DEAR] });
    world.settle();
    expect(world.lead(DEAR).status).toBe("dnc_blocked");
  });
});

describe("fifty calls at once", () => {
  test("never cost more than was put in, however long each of them lasts", () => {
    const world = machineWith({ balance: 200 });
    const campaign = world.addCampaign({ leads: numbers(50), maxConcurrent: 50 });
    world.settle();
    expect(world.dialer.open().length).toBe(18);
    world.dialer.endAll({ ...completedResult, talkMs: 10 * MINUTE + 30_000 });
    world.settle();
    expect(world.credit()).toEqual([2, 0]);
    expect(world.campaign(campaign).status).toBe("paused");
  });
});

describe("whatever happens", () => {
  type Step = { do: "topUp" | "budget" | "rates" | "add" | "end" | "fault" | "crash" | "wait"; size: number };
  const steps = fc.array(
    fc.record({
      do: fc.constantFrom<Step["do"]>("topUp", "budget", "rates", "add", "end", "end", "end", "fault", "crash", "wait"),
      size: fc.nat(1_000),
    }),
    { maxLength: 40 },
  );

  test("the balance is the sum of the ledger and never below zero, nothing stays set aside, and campaigns end or say why", () => {
    const check = (course: Step[]) => {
      const world = machineWith({ balance: 40 });
      const campaigns = [
        world.addCampaign({ maxConcurrent: 3 }),
        world.addCampaign({ maxConcurrent: 50, retryPolicy: { backoffMinutes: 1 } }),
      ];
      let added = 0;
      const take: Record<Step["do"], (size: number) => void> = {
        topUp: (size) => world.topUp((size + 1) / 10),
        budget: (size) => world.setBudget(size % 7 === 0 ? undefined : size / 4),
        rates: (size) => world.setRates([rate("", (size % 4) / 2), rate("8821", size / 10)]),
        add: (size) => {
          const campaign = campaigns[size % 2] ?? "";
          const isOver = !["running", "paused"].includes(world.campaign(campaign).status);
          if (!isOver)
            world.addLeads(
              campaign,
              numbers(1 + (size % 3), `${size % 5 === 0 ? "+88217" : "+9198"}${String((added += 1)).padStart(4, "0")}`),
            );
        },
        end: (size) => {
          const order = world.dialer.open()[0];
          if (order !== undefined) world.dialer.end(order.to, size % 3 === 0 ? busyResult : { ...completedResult, talkMs: size * 630 });
        },
        fault: () => {
          const order = world.dialer.open()[0];
          if (order !== undefined) world.dialer.end(order.to, trunkBusyResult);
        },
        crash: () => world.restart(),
        wait: (size) => world.clock.advance(size * 100),
      };
      for (const step of course) {
        take[step.do](step.size);
        world.settle();
        expect(world.credit()[0]).toBeGreaterThanOrEqual(0);
      }
      for (let placed = -1; placed < world.dialer.placed.length;) {
        placed = world.dialer.placed.length;
        world.dialer.endAll();
        world.settle();
        world.clock.advance(2 * 60 * MINUTE);
      }
      world.settle();
      expect([world.dialer.open(), world.credit()[1]]).toEqual([[], 0]);
      for (const id of campaigns) {
        const waiting = (world.statuses(id).pending ?? 0) + (world.statuses(id).retry_wait ?? 0);
        if (waiting > 0)
          expect(world.campaign(id)).toMatchObject({ status: "paused", status_reason: expect.stringMatching(/^insufficient_credits: /) });
      }
    };
    fc.assert(fc.property(steps, check), { numRuns: 60 });
  }, 60_000);
});
