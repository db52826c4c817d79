import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { migrations } from "../../migrations/index.ts";
import { migrate } from "../../src/database/migrate.ts";

const first = { name: "0001_first", sql: "CREATE TABLE people (name TEXT NOT NULL) STRICT" };
const second = { name: "0002_second", sql: "ALTER TABLE people ADD COLUMN age INTEGER; UPDATE people SET age = 7" };
const broken = { name: "0003_broken", sql: "CREATE TABLE half (x TEXT); CREATE TABLE people (x TEXT)" };

function versionOf(sqlite: Database): number {
  return sqlite.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? -1;
}

function tablesOf(sqlite: Database): string[] {
  return sqlite
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map((row) => row.name);
}

describe("migrate", () => {
  test("brings an empty file through every migration, in order", () => {
    const sqlite = new Database(":memory:");
    migrate(sqlite, [first, second]);
    expect(versionOf(sqlite)).toBe(2);
    expect(sqlite.query("SELECT name, age FROM people").all()).toEqual([]);
  });

  test("a file of an older program keeps its rows and gets what is missing", () => {
    const sqlite = new Database(":memory:");
    migrate(sqlite, [first]);
    sqlite.run("INSERT INTO people (name) VALUES ('Zoë')");
    migrate(sqlite, [first, second]);
    expect(sqlite.query("SELECT name, age FROM people").all()).toEqual([{ name: "Zoë", age: 7 }]);
  });

  test("a second start applies nothing again", () => {
    const sqlite = new Database(":memory:");
    migrate(sqlite, [first, second]);
    sqlite.run("INSERT INTO people (name, age) VALUES ('Ana', 40)");
    migrate(sqlite, [first, second]);
    expect(sqlite.query("SELECT age FROM people").all()).toEqual([{ age: 40 }]);
  });

  test("a file of a newer program is refused and left as it is", () => {
    const sqlite = new Database(":memory:");
    migrate(sqlite, [first, second]);
    expect(() => migrate(sqlite, [first])).toThrow("the database is at version 2, this program knows 1: use a newer outdial");
    expect(versionOf(sqlite)).toBe(2);
  });

  test("a migration that fails leaves nothing of itself and all of the ones before", () => {
    const sqlite = new Database(":memory:");
    expect(() => migrate(sqlite, [first, second, broken])).toThrow();
    expect(versionOf(sqlite)).toBe(2);
    expect(tablesOf(sqlite)).toEqual(["people"]);
  });
});

describe("the list of migrations", () => {
  test("names every file of the folder, in the order of their numbers", () => {
    const files = readdirSync("migrations")
      .filter((name) => name.endsWith(".sql"))
      .sort();
    expect(migrations.map((migration) => `${migration.name}.sql`)).toEqual(files);
  });
});

describe("0007_people", () => {
  test("keeps the uploads and deliveries of an older program, and takes the story of a lead away with it", () => {
    const sqlite = new Database(":memory:");
    migrate(
      sqlite,
      migrations.slice(
        0,
        migrations.findIndex(({ name }) => name === "0007_people"),
      ),
    );
    sqlite.run(`
      INSERT INTO lead_upload_rows (upload_id, lead_id, phone_number, variables) VALUES ('upl_1', 'ld_1', '+919876540486', '{}');
      INSERT INTO deliveries (id, event, url, body, status, next_attempt_at, created_at) VALUES ('whd_1', 'webhook.test', 'https://x.example', '{}', 'dead', 0, 0);
      INSERT INTO leads (id, campaign_id, phone_number, variables, status, due_at, created_at, updated_at) VALUES ('ld_2', 'cmp_1', '+919876540486', '{}', 'pending', 0, 0, 0);
      INSERT INTO decisions (lead_id, decided_at, kind, reason) VALUES ('ld_2', 0, 'wait', 'x'), ('ld_3', 0, 'wait', 'x');
    `);
    migrate(sqlite, migrations);
    expect(sqlite.query("SELECT * FROM lead_upload_rows").all()).toEqual([
      {
        upload_id: "upl_1",
        lead_id: "ld_1",
        phone_number: "+919876540486",
        variables: "{}",
        external_id: null,
        priority: null,
        timezone: null,
        zones: "?",
        not_before: null,
        consent: null,
        row: 0,
      },
    ]);
    expect(sqlite.query("SELECT id FROM deliveries INDEXED BY deliveries_status WHERE status = 'dead'").all()).toEqual([{ id: "whd_1" }]);
    sqlite.run("DELETE FROM leads WHERE id = 'ld_2'");
    expect(sqlite.query("SELECT lead_id FROM decisions").all()).toEqual([{ lead_id: "ld_3" }]);
  });
});
