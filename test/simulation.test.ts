// The whole appliance under everything at once, seeded: a fake clock, a carrier and a store that fail, a process that is
// killed between any two writes, and a person who changes everything while it dials. What it proves: docs/testing.md.

import { afterAll, describe, expect, test } from "bun:test";
import { breakages } from "./simulation/breakages.ts";
import { type DrillRecord, runDrill } from "./simulation/drill.ts";
import { HOURS, seeds, summaryOf, tell } from "./simulation/seeds.ts";

const TIMEOUT_MS = 300_000 + HOURS * 5_000;

describe("nobody is called whom, when or as often as the rules forbid, and every outcome is told", () => {
  const records: DrillRecord[] = [];
  const startedMs = performance.now();
  afterAll(() => console.log(summaryOf(records, performance.now() - startedMs)));

  test.each([...seeds])(
    "in a drill with the seed %d",
    async (seed) => {
      const record = await runDrill(seed, { hours: HOURS });
      records.push(record);
      expect(tell(record)).toBe("");
    },
    TIMEOUT_MS,
  );
});

test("a seed gives the same drill again, call by call", async () => {
  const [first, second] = [await runDrill(3, { hours: 12 }), await runDrill(3, { hours: 12 })];
  expect(first.calls).toBeGreaterThan(20);
  expect(second).toEqual(first);
}, TIMEOUT_MS);

describe("the drill notices when", () => {
  /** Within so many drills. */
  const MOST_SEEDS = 10;

  test.each([...breakages])(
    "$name",
    async ({ breakage, notices }) => {
      let problem = "nothing";
      for (let seed = 1; seed <= MOST_SEEDS && problem === "nothing"; seed += 1) {
        problem = (await runDrill(seed, { hours: 24, breakage })).problems[0] ?? "nothing";
      }
      expect(problem).toMatch(notices);
    },
    TIMEOUT_MS,
  );
});
