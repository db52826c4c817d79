// The trunk's list of allowed prefixes in the machine: what ends, what pauses, and that the trunk is not blamed.

import { describe, expect, test } from "bun:test";
import { forbiddenBy } from "../../../src/dialing/rules/forbidden.ts";
import { createTestMachine } from "../../support/machine.ts";

describe("forbiddenBy", () => {
  const cases: [what: string, driver: "simulator" | "sip", allowedPrefixes: string[], result: object | undefined][] = [
    ["a simulated trunk is open", "simulator", [], undefined],
    ["an allowed prefix", "sip", ["+91"], undefined],
    ["another prefix ends the lead", "sip", ["+44"], { ending: "failed", retry: "never", reason: "prefix_not_allowed" }],
    ["no prefix at all needs a person", "sip", [], { ending: "failed", retry: "halt", reason: "trunk_allows_no_prefix" }],
  ];
  test.each(cases)("%s", (_, driver, allowedPrefixes, result) => {
    const found = forbiddenBy({ driver, allowedPrefixes }, "+919876500001");
    expect(found).toEqual(result === undefined ? undefined : ({ ...result, ringMs: 0, talkMs: 0 } as typeof found));
  });
});

describe("a list with leads elsewhere", () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => `+91987650${String(1000 + index)}`);

  function machineWith(allowedPrefixes: string) {
    const world = createTestMachine();
    world.addCampaign({ leads: [...numbers(6), "+447700900001"], maxConcurrent: 10 });
    world.db.sqlite.run("UPDATE trunks SET driver = 'sip', allowed_prefixes = ?", [allowedPrefixes]);
    world.settle();
    return world;
  }

  test("calls those inside, ends those outside without a packet, and holds nothing against the trunk", () => {
    const world = machineWith('["+44"]');
    expect(world.dialer.numbers()).toEqual(["+447700900001"]);
    expect(world.statuses()).toEqual({ failed: 6, dialing: 1 });
    expect(world.db.sqlite.query("SELECT DISTINCT reason, uses_attempt FROM calls WHERE status = 'ended'").all()).toEqual([
      { reason: "prefix_not_allowed", uses_attempt: 1 },
    ]);
    expect(world.db.sqlite.query("SELECT status, status_reason FROM campaigns").all()).toEqual([
      { status: "running", status_reason: null },
    ]);
  });

  test("a list that was emptied pauses the campaign, and the leads keep their attempts", () => {
    const world = machineWith("[]");
    expect(world.dialer.numbers()).toEqual([]);
    expect(world.statuses()).toEqual({ pending: 7 });
    expect(
      world.db.sqlite.query<{ status: string; status_reason: string }, []>("SELECT status, status_reason FROM campaigns").get(),
    ).toMatchObject({ status: "paused", status_reason: expect.stringContaining("trunk_allows_no_prefix") });
  });
});
