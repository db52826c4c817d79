// The machine before bots that may not be there: real questions about them, whose answers the test gives.

import { describe, expect, test } from "bun:test";
import { createReachability } from "../../../src/bots/reachability.ts";
import { createLog } from "../../../src/runtime/log.ts";
import { createFakeClock } from "../../support/fake-clock.ts";
import { type CampaignSpec, createTestMachine } from "../../support/machine.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `+91987650${String(1000 + index)}`);
const [A = "", B = ""] = numbers(2);
const BOT = { id: "agent_1", connection: { type: "stream" as const, url: "wss://bot.example:8443/ws/secret?token=secret" } };
const SPEC: CampaignSpec = { agent: BOT, trunk: { allowedPrefixes: ["+"] } };

function createBotWorld() {
  const clock = createFakeClock();
  const log = createLog("silent", clock, () => undefined);
  const open: ((problem: string | undefined) => void)[] = [];
  let asked = 0;
  const probe = () => {
    asked += 1;
    return new Promise<string | undefined>((answer) => void open.push(answer));
  };
  const world = createTestMachine({ clock, reach: (onChange) => createReachability({ clock, log, probe, onChange }) });
  return {
    ...world,
    asked: () => asked,
    /** The oldest open question gets its answer, and all that follows happens. */
    async reply(problem?: string) {
      const answer = open.shift();
      if (answer === undefined) throw new Error("nobody asks");
      answer(problem);
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      world.settle();
    },
  };
}

describe("a campaign whose bot may not be there", () => {
  test("calls nobody before the bot was found, and at once when it was", async () => {
    const world = createBotWorld();
    world.addCampaign({ ...SPEC, leads: [A] });
    world.settle();
    expect([world.dialer.numbers(), world.asked()]).toEqual([[], 1]);
    await world.reply();
    expect(world.dialer.numbers()).toEqual([A]);
  });

  test("does not wait while an answer is fresh, and has it renewed ahead of time", async () => {
    const world = createBotWorld();
    world.addCampaign({ ...SPEC, leads: numbers(4), maxConcurrent: 1 });
    world.settle();
    await world.reply();
    world.clock.advance(4_999);
    world.dialer.endAll();
    world.settle();
    expect([world.dialer.numbers().length, world.asked()]).toEqual([2, 1]);
    world.clock.advance(1);
    world.dialer.endAll();
    world.settle();
    expect([world.dialer.numbers().length, world.asked()]).toEqual([3, 2]);
    await world.reply();
    world.clock.advance(5_001);
    world.dialer.endAll();
    world.settle();
    expect(world.dialer.numbers()).toHaveLength(4);
  });

  test("waits for a new answer once the last one is older than 10 s", async () => {
    const world = createBotWorld();
    world.addCampaign({ ...SPEC, leads: numbers(2), maxConcurrent: 1 });
    world.settle();
    await world.reply();
    world.clock.advance(10_001);
    world.dialer.endAll();
    world.settle();
    expect([world.dialer.numbers().length, world.asked()]).toEqual([1, 2]);
    await world.reply();
    expect(world.dialer.numbers()).toHaveLength(2);
  });

  test("is held while the bot is not there, says so without its path, and goes on by itself", async () => {
    const world = createBotWorld();
    const id = world.addCampaign({ ...SPEC, leads: [A] });
    world.settle();
    await world.reply("bot.example:8443 cannot be connected to: ECONNREFUSED");
    expect(world.campaign(id)).toEqual({
      status: "running",
      status_reason: "bot_unreachable: the bot of agent 'Anna' cannot be reached: bot.example:8443 cannot be connected to: ECONNREFUSED",
    });
    expect(world.lead(A)).toMatchObject({ status: "pending", attempts: 0 });
    world.clock.advance(5_000);
    expect(world.asked()).toBe(2);
    expect(world.campaign(id).status_reason).toContain("bot_unreachable");
    await world.reply();
    expect(world.dialer.numbers()).toEqual([A]);
    expect(world.campaign(id).status_reason).toBeNull();
  });

  test("has it asked again later and later, at most once a minute", async () => {
    const world = createBotWorld();
    world.addCampaign({ ...SPEC, leads: [A] });
    world.settle();
    const waits: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      await world.reply("it is gone");
      const [before, since] = [world.asked(), world.clock.now()];
      while (world.asked() === before) world.clock.advance(1_000);
      waits.push((world.clock.now() - since) / 1_000);
    }
    expect(waits).toEqual([5, 10, 20, 40, 60, 60]);
  });

  test("asks about no bot while there is nobody to call", () => {
    const world = createBotWorld();
    world.addCampaign({ ...SPEC, leads: [A], schedule: { windowStart: "20:00", windowEnd: "21:00" } });
    world.addCampaign({ ...SPEC, leads: [], id: "cmp_empty" });
    world.settle();
    expect(world.asked()).toBe(0);
  });

  test("asks once for all the campaigns of a bot", async () => {
    const world = createBotWorld();
    world.addCampaign({ ...SPEC, leads: [A] });
    world.addCampaign({ ...SPEC, leads: [B] });
    world.settle();
    expect(world.asked()).toBe(1);
    await world.reply();
    expect(world.dialer.numbers()).toEqual([A, B]);
  });

  test("an answer that does not come within 3 s is a no", () => {
    const world = createBotWorld();
    const id = world.addCampaign({ ...SPEC, leads: [A] });
    world.settle();
    world.clock.advance(3_000);
    return Promise.resolve().then(async () => {
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      world.settle();
      expect(world.campaign(id).status_reason).toContain("bot.example:8443 did not answer within 3 s");
    });
  });

  test("through the simulated carrier no bot is connected, and none is asked about", () => {
    const world = createBotWorld();
    world.addCampaign({ agent: BOT, leads: [A] });
    world.settle();
    expect([world.dialer.numbers(), world.asked()]).toEqual([[A], 0]);
  });
});
