// The whole appliance under everything at once, seeded: a fake clock, a carrier and a store that fail, a process that is
// killed between any two writes, and a person who changes everything while it dials. What it proves: docs/testing.md.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { breakages } from "./simulation/breakages.ts";
import { type DrillRecord, runDrill } from "./simulation/drill.ts";
import { createPool } from "./simulation/pool.ts";
import { HOURS, seeds, summaryOf, tell } from "./simulation/seeds.ts";

const TIMEOUT_MS = 300_000 + HOURS * 5_000;

const pool = createPool();
afterAll(() => pool.close());

describe("nobody is called whom, when or as often as the rules forbid, and every outcome is told", () => {
  const drills = new Map<number, Promise<DrillRecord>>();
  const records: DrillRecord[] = [];
  let startedMs = 0;
  beforeAll(() => {
    startedMs = performance.now();
    for (const seed of seeds) drills.set(seed, pool.run({ seed, hours: HOURS }));
  });
  afterAll(() => console.log(summaryOf(records, performance.now() - startedMs)));

  test.each([...seeds])(
    "in a drill with the seed %d",
    async (seed) => {
      const record = await drills.get(seed);
      if (record === undefined) throw new Error(`no drill was begun with the seed ${seed}`);
      records.push(record);
      expect(tell(record)).toBe("");
    },
    TIMEOUT_MS,
  );
});

test(
  "a seed gives the same drill again, call by call, in this process and in another",
  async () => {
    const elsewhere = pool.run({ seed: 3, hours: 12 });
    const [first, second] = [await runDrill(3, { hours: 12 }), await runDrill(3, { hours: 12 })];
    expect(first.calls).toBeGreaterThan(20);
    expect(second).toEqual(first);
    expect(await elsewhere).toEqual(first);
  },
  TIMEOUT_MS,
);

describe("the drill notices when", () => {
  /** Within so many drills. */
  const MOST_SEEDS = 10;
  const noticed = new Map<string, Promise<string>>();

  const firstProblem = async (without: string): Promise<string> => {
    for (let seed = 1; seed <= MOST_SEEDS; seed += 1) {
      const [problem] = (await pool.run({ seed, hours: 24, without })).problems;
      if (problem !== undefined) return problem;
    }
    return "nothing";
  };
  beforeAll(() => breakages.forEach(({ name }) => noticed.set(name, firstProblem(name))));

  test.each([...breakages])("$name", async ({ name, notices }) => expect(await noticed.get(name)).toMatch(notices), TIMEOUT_MS);
});
