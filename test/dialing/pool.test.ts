// A campaign that calls from several numbers, each on a trunk of its own.

import { describe, expect, test } from "bun:test";
import { createTestMachine, type TestMachine } from "../support/machine.ts";
import { trunkBusyResult } from "../support/scripted-dialer.ts";

const SECOND = 1_000;
const indian = (count: number) => Array.from({ length: count }, (_, index) => `+91987650${String(1000 + index)}`);
const british = (count: number) => Array.from({ length: count }, (_, index) => `+442079460${String(100 + index)}`);
const lines = ({ dialer }: TestMachine) => dialer.placed.map(({ from, trunk }) => `${from} ${trunk.id}`);
const openOn = ({ dialer }: TestMachine, trunkId: string) => dialer.open().filter(({ trunk }) => trunk.id === trunkId).length;

/** The campaign's own number, in India, is on trk_1. */
const OWN = "+91220005";
const LONDON = "+442079460001";

describe("a call leaves through the trunk of the number that was chosen", () => {
  test("and that is the one of the person's country", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [...indian(1), ...british(1)], pool: { [LONDON]: { trunk: { id: "trk_2" } } } });
    world.settle();
    const from = Object.fromEntries(world.dialer.placed.map(({ to, from, trunk }) => [to.slice(0, 3), `${from.slice(0, 3)} ${trunk.id}`]));
    expect(from).toEqual({ "+91": "+91 trk_1", "+44": "+44 trk_2" });
    expect(
      world.db.sqlite.query("SELECT phone_number_id AS number, trunk_id AS trunk FROM calls WHERE to_number LIKE '+44%'").get(),
    ).toEqual({ number: `pn_${LONDON}`, trunk: "trk_2" });
  });

  test("with that trunk's cap, and the other number where it is full", () => {
    const world = createTestMachine();
    world.addCampaign({
      leads: british(9),
      maxConcurrent: 50,
      trunk: { maxConcurrent: 3 },
      pool: { [LONDON]: { trunk: { id: "trk_2", maxConcurrent: 2 } } },
    });
    world.settle();
    expect([openOn(world, "trk_1"), openOn(world, "trk_2")]).toEqual([3, 2]);
    world.dialer.end(world.dialer.open().find(({ trunk }) => trunk.id === "trk_2")?.to ?? "");
    world.settle();
    expect([openOn(world, "trk_1"), openOn(world, "trk_2")]).toEqual([3, 2]);
    expect(lines(world).at(-1)).toBe(`${LONDON} trk_2`);
  });

  test("with that trunk's rate", () => {
    const world = createTestMachine();
    world.addCampaign({
      leads: british(12),
      maxConcurrent: 50,
      trunk: { callsPerSecond: 1 },
      pool: { [LONDON]: { trunk: { id: "trk_2", callsPerSecond: 3 } } },
    });
    world.settle();
    expect([openOn(world, "trk_1"), openOn(world, "trk_2")]).toEqual([1, 3]);
    world.clock.advance(SECOND);
    expect([openOn(world, "trk_1"), openOn(world, "trk_2")]).toEqual([2, 6]);
  });

  test("with the number's own cap, which two campaigns share", () => {
    const world = createTestMachine();
    const pool = { [LONDON]: { trunk: { id: "trk_2" }, maxConcurrent: 1 } };
    world.addCampaign({ leads: british(6), trunk: { maxConcurrent: 1 }, pool });
    world.addCampaign({ leads: british(12).slice(6), trunk: { maxConcurrent: 1 }, pool });
    world.settle();
    expect([openOn(world, "trk_1"), openOn(world, "trk_2")]).toEqual([1, 1]);
    world.dialer.endAll();
    world.settle();
    expect([openOn(world, "trk_1"), openOn(world, "trk_2")]).toEqual([1, 1]);
  });
});

describe("whom only one trunk of the pool may call", () => {
  const pool = { [LONDON]: { trunk: { id: "trk_2", allowedPrefixes: ["+44"], maxConcurrent: 1, callsPerSecond: 1 } } };
  const trunk = { allowedPrefixes: ["+91"] };

  test("is called through that one, whichever number is of their country", () => {
    const world = createTestMachine();
    world.addCampaign({
      leads: [...british(1), ...indian(1)],
      trunk: { allowedPrefixes: ["+44"] },
      pool: { [LONDON]: { trunk: { id: "trk_2", allowedPrefixes: ["+91"] } } },
    });
    world.settle();
    expect(world.dialer.placed.map(({ to, trunk: { id } }) => `${to.slice(0, 3)} ${id}`).sort()).toEqual(["+44 trk_1", "+91 trk_2"]);
  });

  test("waits for it at the head of the queue, and holds up nobody else", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: [...british(3), ...indian(2)], trunk, pool });
    world.settle();
    expect(world.dialer.numbers()).toEqual([british(1)[0] ?? "", ...indian(2)]);
    expect(world.lead(british(2)[1] ?? "")).toMatchObject({ status: "pending", attempts: 0 });
    world.dialer.end(british(1)[0] ?? "");
    world.settle();
    expect(world.dialer.numbers()).toHaveLength(3);
    // The trunk's rate gives way by time alone.
    world.clock.advance(SECOND);
    expect(world.dialer.numbers().at(-1)).toBe(british(2)[1] ?? "");
  });

  test("is not called at all where none may", () => {
    const world = createTestMachine();
    world.addCampaign({ leads: ["+33612345678"], trunk, pool });
    world.settle();
    expect(world.dialer.placed).toEqual([]);
    expect(world.lead("+33612345678")).toMatchObject({ status: "failed", attempts: 1 });
  });
});

describe("a trunk of the pool that is held", () => {
  function heldWorld() {
    const world = createTestMachine();
    const campaignId = world.addCampaign({ leads: british(40), maxConcurrent: 5, pool: { [LONDON]: { trunk: { id: "trk_2" } } } });
    world.settle();
    expect(new Set(lines(world))).toEqual(new Set([`${LONDON} trk_2`]));
    world.dialer.endAll(trunkBusyResult);
    world.settle();
    return { ...world, campaignId };
  }

  test("leaves the calls to the others, and says so", () => {
    const world = heldWorld();
    expect([openOn(world, "trk_1"), openOn(world, "trk_2")]).toEqual([5, 0]);
    expect(world.campaign(world.campaignId).status_reason).toContain("calls through trunk 'Main' failed (trunk_busy)");
  });

  test("is tried again with one call when its time has come, though the others have work enough", () => {
    const world = heldWorld();
    world.clock.advance(30 * SECOND);
    world.dialer.endAll();
    world.settle();
    expect([openOn(world, "trk_1"), openOn(world, "trk_2")]).toEqual([4, 1]);
    expect(OWN).toBe(
      world.dialer
        .open()
        .find(({ trunk }) => trunk.id === "trk_1")
        ?.from.slice(0, OWN.length) ?? "",
    );
  });

  test("holds the campaign once all of them are", () => {
    const world = heldWorld();
    world.dialer.endAll(trunkBusyResult);
    world.settle();
    expect(world.dialer.open()).toEqual([]);
    expect(world.db.sqlite.query("SELECT sum(attempts) AS attempts FROM leads").get()).toEqual({ attempts: 0 });
    world.clock.advance(31 * SECOND);
    expect([openOn(world, "trk_1"), openOn(world, "trk_2")]).toEqual([1, 1]);
  });
});
