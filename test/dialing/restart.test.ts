// What a process that has just started must not forget: the rates of the second before, and the calls that may ring on.

import { describe, expect, test } from "bun:test";
import type { OrphanCall } from "../../src/calls/dialer.ts";
import { createTestMachine } from "../support/machine.ts";
import { createScriptedDialer } from "../support/scripted-dialer.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `+91987650${String(1000 + index)}`);

describe("calls per second", () => {
  test("hold over a restart: a process that starts within the second waits until it is over", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(10), maxConcurrent: 10, trunk: { callsPerSecond: 2 } });
    world.settle();
    world.clock.advance(300);
    world.restart();
    world.settle();
    expect(world.dialer.placed.length).toBe(2);
    world.clock.advance(999);
    expect(world.dialer.placed.length).toBe(2);
    world.clock.advance(1);
    expect(world.dialer.placed.length).toBe(4);
  });

  test("hold although every call has ended and the wall clock was set back before the restart", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(10), maxConcurrent: 10, trunk: { callsPerSecond: 2 } });
    world.settle();
    world.dialer.endAll();
    world.settle();
    world.clock.jumpTo(world.clock.now() - 3_600_000);
    world.db.sqlite.run("UPDATE leads SET due_at = 0 WHERE status = 'pending'");
    world.restart();
    world.clock.advance(999);
    expect(world.dialer.placed.length).toBe(2);
    world.clock.advance(1);
    expect(world.dialer.placed.length).toBe(4);
  });

  test("cost nothing when the last call is long past", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: numbers(2), maxConcurrent: 10, trunk: { callsPerSecond: 2 } });
    world.settle();
    world.dialer.endAll();
    world.clock.advance(1_000);
    world.restart();
    world.addCampaign({ leads: numbers(4).slice(2), trunk: { callsPerSecond: 2 } });
    world.settle();
    expect(world.dialer.placed.length).toBe(4);
  });

  test("count the calls of the last second when they are set anew", () => {
    const world = createTestMachine();
    const campaign = world.addCampaign({ leads: numbers(20), maxConcurrent: 20, trunk: { callsPerSecond: 4 } });
    const setRate = (rate: number | null) => world.db.sqlite.query("UPDATE trunks SET calls_per_second = ?").run(rate);
    world.settle();
    setRate(5);
    world.machine.dispatcher.nudge();
    world.settle();
    expect(world.dialer.placed.length).toBe(5);
    setRate(null);
    world.setStatus(campaign, "paused");
    world.clock.advance(1_000);
    world.setStatus(campaign, "running");
    world.settle();
    expect(world.dialer.placed.length).toBe(20);
    world.addLeads(campaign, numbers(21).slice(20));
    world.dialer.endAll();
    setRate(1);
    world.clock.advance(999);
    expect(world.dialer.placed.length).toBe(20);
    world.clock.advance(1);
    expect(world.dialer.placed.length).toBe(21);
  });
});

describe("calls that a dead process left open", () => {
  test("are told to end again by the next process when the one that found them died while it told them", () => {
    const told: string[] = [];
    let dies = true;
    const makeDialer = (clock: { now(): number }) => ({
      ...createScriptedDialer(clock.now),
      endOrphan({ to }: OrphanCall) {
        if (dies) throw new Error("killed");
        told.push(to);
        return Promise.resolve();
      },
    });
    const world = createTestMachine({ makeDialer });
    world.addCampaign({ leads: numbers(2) });
    world.settle();
    expect(() => world.restart()).toThrow("killed");
    dies = false;
    world.restart();
    expect(told.sort()).toEqual(numbers(2));
    world.settle();
    expect(world.statuses()).toEqual({ failed: 2 });
  });

  test("are told to end when their trunk was deleted meanwhile, if anything was stored of them", () => {
    const told: OrphanCall[] = [];
    const makeDialer = (clock: { now(): number }) => ({
      ...createScriptedDialer(clock.now),
      endOrphan: async (orphan: OrphanCall) => void told.push(orphan),
    });
    const world = createTestMachine({ makeDialer });
    world.addCampaign({ leads: numbers(2) });
    world.settle();
    const [first = "", second = ""] = numbers(2);
    world.db.sqlite.query("UPDATE calls SET dialer_trace = 'the way there', trunk_id = 'trk_gone' WHERE to_number = ?").run(first);
    world.db.sqlite.query("UPDATE calls SET trunk_id = 'trk_gone' WHERE to_number = ?").run(second);
    world.restart();
    expect(told).toMatchObject([{ to: first, trace: "the way there" }]);
    expect(told[0]?.trunk).toBeUndefined();
    expect(world.statuses()).toEqual({ failed: 2 });
  });
});
