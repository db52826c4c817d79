// 0008_conversations over a database of the schema before it that has rows in every table it changes.

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { migrations } from "../../migrations/index.ts";
import { migrate } from "../../src/database/migrate.ts";

test("calls, trunks and entries of the list that were there before stay as they were, with nothing known of what is new", () => {
  const sqlite = new Database(":memory:");
  sqlite.run("PRAGMA foreign_keys = ON");
  const place = migrations.findIndex(({ name }) => name === "0008_conversations");
  migrate(sqlite, migrations.slice(0, place));
  sqlite.run(
    "INSERT INTO trunks (id, name, driver, allowed_prefixes, options, created_at, updated_at) VALUES ('trk_1', 'Main', 'simulator', '[]', '{}', 1, 1)",
  );
  sqlite.run("INSERT INTO agents (id, name, draft, current_version, created_at, updated_at) VALUES ('agent_1', 'Anna', '{}', 1, 1, 1)");
  sqlite.run("INSERT INTO dnc (id, phone_number, reason, source, created_at) VALUES ('dnc_1', '+14155550101', 'asked', 'opt_out', 1)");
  const call = sqlite.query(
    "INSERT INTO calls (id, boot_id, agent_id, agent_version, phone_number_id, trunk_id, from_number, to_number, attempt, status, ending, disposition, ended_at, placed_at) VALUES (?, 'boot_1', 'agent_1', 1, 'pn_1', 'trk_1', '+1', '+2', 1, ?, ?, ?, ?, 1)",
  );
  call.run("call_over", "ended", "completed", "completed", 5);
  call.run("call_open", "answered", null, null, null);
  const before = sqlite.query("SELECT * FROM calls ORDER BY id").all() as object[];

  migrate(sqlite, migrations);

  const unknown = {
    sip_reason: null,
    media: null,
    amd: null,
    transferred_to: null,
    awaits_analysis: 0,
    analysis_due_at: null,
    analysis_failed: null,
  };
  expect(sqlite.query("SELECT * FROM calls ORDER BY id").all()).toEqual(before.map((row) => ({ ...row, ...unknown })));
  expect(sqlite.query("SELECT phone_number, reason, source, call_id, evidence FROM dnc").all()).toEqual([
    { phone_number: "+14155550101", reason: "asked", source: "opt_out", call_id: null, evidence: null },
  ]);
  expect(sqlite.query("SELECT id, name, fallback_trunk_id FROM trunks").all()).toEqual([
    { id: "trk_1", name: "Main", fallback_trunk_id: null },
  ]);
  expect(sqlite.query("PRAGMA foreign_key_check").all()).toEqual([]);

  expect(() => sqlite.run("UPDATE trunks SET fallback_trunk_id = 'trk_none'")).toThrow("FOREIGN KEY");
  sqlite.run(
    "INSERT INTO agent_audio (id, agent_id, name, duration_ms, samples, created_at) VALUES ('aud_1', 'agent_1', 'Hello', 1000, x'0000', 1)",
  );
  sqlite.run("DELETE FROM agents");
  expect(sqlite.query("SELECT id FROM agent_audio").all()).toEqual([]);
});
