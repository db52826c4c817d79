import { expect, test } from "bun:test";
import { nextDueAt, readLanes } from "../../src/leads/lanes.ts";
import { createTestMachine } from "../support/machine.ts";

/** A campaign whose leads stand in the given lanes. */
function withLanes(lanes: readonly [zones: string, rank: number, dueInMs: number][]) {
  const world = createTestMachine();
  const campaignId = world.addCampaign({ status: "draft", leads: lanes.map((_, index) => `+91987650${1_000 + index}`) });
  const now = world.clock.now();
  for (const [index, [zones, rank, dueInMs]] of lanes.entries()) {
    world.db.sqlite
      .query("UPDATE leads SET zones = ?, rank = ?, due_at = ? WHERE phone_number = ?")
      .run(zones, rank, now + dueInMs, `+91987650${1_000 + index}`);
  }
  return { world, campaignId, now };
}

test("lanes come by zones, then rank, each with the time of its first lead", () => {
  const { world, campaignId, now } = withLanes([
    ["b", 100, 5],
    ["a", 100, 9],
    ["a", 20, 7],
    ["a", 100, 3],
    ["?", 0, 1],
    ["b", 100, 4],
  ]);
  expect(readLanes(world.db, campaignId)).toEqual([
    { zones: "?", rank: 0, dueAt: now + 1 },
    { zones: "a", rank: 20, dueAt: now + 7 },
    { zones: "a", rank: 100, dueAt: now + 3 },
    { zones: "b", rank: 100, dueAt: now + 4 },
  ]);
  expect(nextDueAt(world.db, campaignId)).toBe(now + 1);
});

test("an empty queue has none, and nothing falls due", () => {
  const { world, campaignId } = withLanes([]);
  expect(readLanes(world.db, campaignId)).toEqual([]);
  expect(nextDueAt(world.db, campaignId)).toBeUndefined();
});

test("each step is a search of the index, not a walk through the lane", () => {
  const { world } = withLanes([]);
  const queue = "FROM leads INDEXED BY leads_queue WHERE campaign_id = '' AND status IN ('pending', 'retry_wait')";
  const plan = (sql: string) =>
    world.db.sqlite
      .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => row.detail)
      .join("; ");
  expect(plan(`SELECT rowid ${queue} AND zones = '' AND rank > 1 ORDER BY rank, due_at, id LIMIT 1`)).toBe(
    "SEARCH leads USING INDEX leads_queue (campaign_id=? AND zones=? AND rank>?)",
  );
  expect(plan(`SELECT rowid ${queue} AND zones > '' ORDER BY zones, rank, due_at, id LIMIT 1`)).toBe(
    "SEARCH leads USING INDEX leads_queue (campaign_id=? AND zones>?)",
  );
});
