import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databasePath, type Db, openDatabase } from "../../src/database/open.ts";

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** The verifier's words and exit code about a database that `write` has filled; one campaign is there. */
function verify(write: (db: Db) => void): { words: string; exitCode: number } {
  const folder = mkdtempSync(join(tmpdir(), "outdial-verify-"));
  folders.push(folder);
  const db = openDatabase({ path: databasePath(folder) });
  db.sqlite.run(`
    INSERT INTO agents (id, name, draft, current_version, created_at, updated_at) VALUES ('agent_1', 'a', '{}', 1, 0, 0);
    INSERT INTO trunks (id, name, driver, allowed_prefixes, options, created_at, updated_at) VALUES ('trk_1', 't', 'simulator', '[]', '{}', 0, 0);
    INSERT INTO phone_numbers (id, phone_number, trunk_id, created_at, updated_at) VALUES ('pn_1', '+442079460001', 'trk_1', 0, 0);
    INSERT INTO campaigns (id, name, agent_id, agent_version, phone_number_id, status, max_concurrent, schedule, retry_policy, created_at, updated_at)
    VALUES ('cmp_1', 'c', 'agent_1', 1, 'pn_1', 'draft', 5, '{}', '{}', 0, 0);
    INSERT INTO lead_counts (campaign_id, status, disposition, count) VALUES ('cmp_1', 'pending', '', 2);
    INSERT INTO leads (id, campaign_id, phone_number, variables, status, due_at, created_at, updated_at)
    VALUES ('ld_1', 'cmp_1', '+442079460101', '{}', 'pending', 0, 0, 0), ('ld_2', 'cmp_1', '+442079460102', '{}', 'pending', 0, 0, 0);
    INSERT INTO dnc (id, phone_number, source, created_at) VALUES ('dnc_1', '+442079460103', 'manual', 0);
  `);
  write(db);
  db.close();
  const run = Bun.spawnSync([process.execPath, "scripts/verify-database.ts", databasePath(folder)]);
  return { words: run.stdout.toString() + run.stderr.toString(), exitCode: run.exitCode };
}

describe("scripts/verify-database.ts", () => {
  test("finds nothing wrong with a database that only the program wrote", () => {
    const { words, exitCode } = verify((db) => db.sqlite.run("UPDATE leads SET status = 'dnc_blocked' WHERE id = 'ld_1'; DELETE FROM dnc"));
    expect(words).toEndWith("everything holds\n");
    expect(exitCode).toBe(0);
  });

  const wrongs: [what: string, sql: string, told: string][] = [
    ["a count of leads that is off by one", "UPDATE lead_counts SET count = 3", "told cmp_1 pending : 3"],
    ["leads that no count knows", "DELETE FROM lead_counts", "counted cmp_1 pending : 2"],
    ["a count of DNC entries that is off", "UPDATE dnc_counts SET count = 0", "counted manual: 1"],
    ["a number of no trunk", "PRAGMA foreign_keys = OFF; UPDATE phone_numbers SET trunk_id = 'trk_9'", "phone_numbers row"],
    ["an attempt without its call", "UPDATE leads SET attempts = 1 WHERE id = 'ld_2'", "ld_2 has 1 attempts and 0 calls"],
    ["a balance that is off", "UPDATE credit_account SET balance = 5", "the balance is 5, the entries sum to 0"],
    [
      "credit that is set aside for nothing",
      "INSERT INTO credit_ledger (kind, amount, balance, call_id, created_at) VALUES ('reserve', -7, -7, 'call_9', 0)",
      "7 is set aside for call_9, which is not open",
    ],
    ["an account that has set aside too much", "UPDATE credit_account SET reserved = 3", "set aside are 3, for calls 0"],
    ["a lead being called without a call", "UPDATE leads SET status = 'dialing' WHERE id = 'ld_2'", "ld_2 is dialing without an open call"],
  ];
  test.each(wrongs)("tells %s", (_, sql, told) => {
    const { words, exitCode } = verify((db) => db.sqlite.run(sql));
    expect(words).toContain(told);
    expect(exitCode).toBe(1);
  });

  test("tells a file that is not there", () => {
    const run = Bun.spawnSync([process.execPath, "scripts/verify-database.ts", "/nowhere/outdial.db"]);
    expect(run.stderr.toString()).toContain("/nowhere/outdial.db cannot be read");
    expect(run.exitCode).toBe(1);
  });
});
