// 0004_calls over a database of the first schema that has calls in it.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { migrations } from "../../migrations/index.ts";
import { migrate } from "../../src/database/migrate.ts";

test("calls that are over are counted by campaign, status and ending; those in progress are not", () => {
  const sqlite = new Database(":memory:");
  const place = migrations.findIndex(({ name }) => name === "0004_calls");
  migrate(sqlite, migrations.slice(0, place));
  const rows: [string | null, string, string | null][] = [
    ["cmp_1", "ended", "busy"],
    ["cmp_1", "ended", "busy"],
    ["cmp_1", "ended", "completed"],
    ["cmp_2", "unknown", "failed"],
    [null, "ended", "completed"],
    ["cmp_1", "ringing", null],
  ];
  for (const [index, [campaignId, status, ending]] of rows.entries()) {
    sqlite
      .query(
        "INSERT INTO calls (id, boot_id, campaign_id, agent_id, agent_version, phone_number_id, trunk_id, from_number, to_number, attempt, status, ending, placed_at) VALUES (?, 'b', ?, 'a', 1, 'p', 't', '+1', '+2', 1, ?, ?, 0)",
      )
      .run(`call_${index}`, campaignId, status, ending);
  }
  migrate(sqlite, migrations);
  expect(sqlite.query("SELECT campaign_id, status, ending, count FROM call_counts ORDER BY campaign_id, status, ending").all()).toEqual([
    { campaign_id: "", status: "ended", ending: "completed", count: 1 },
    { campaign_id: "cmp_1", status: "ended", ending: "busy", count: 2 },
    { campaign_id: "cmp_1", status: "ended", ending: "completed", count: 1 },
    { campaign_id: "cmp_2", status: "unknown", ending: "failed", count: 1 },
  ]);
  sqlite.query("UPDATE calls SET status = 'ended', ending = 'busy' WHERE status = 'ringing'").run();
  expect(sqlite.query("SELECT count FROM call_counts WHERE campaign_id = 'cmp_1' AND ending = 'busy'").get()).toEqual({ count: 3 });
});
