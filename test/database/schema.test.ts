import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { CallEnding, callStatuses } from "../../src/calls/call.ts";
import { dispositions } from "../../src/calls/disposition.ts";
import { campaignStatuses } from "../../src/campaigns/lifecycle.ts";
import { entryKinds } from "../../src/credits/ledger.ts";
import { databasePath, openDatabase } from "../../src/database/open.ts";
import * as tables from "../../src/database/tables.ts";
import { roles } from "../../src/http/door/roles.ts";
import { leadStatuses } from "../../src/leads/status.ts";
import { DeliveryStatus } from "../../src/webhooks/delivery-status.ts";

const folder = mkdtempSync(join(tmpdir(), "outdial-schema-"));
const db = openDatabase({ path: databasePath(folder) });
afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

interface Column {
  name: string;
  type: string;
  required: boolean;
  key: boolean;
}

function columnsInDatabase(table: string): Column[] {
  return db.sqlite
    .query<{ name: string; type: string; notnull: number; pk: number }, [string]>(
      'SELECT name, type, "notnull", pk FROM pragma_table_info(?1)',
    )
    .all(table)
    .map(({ name, type, notnull, pk }) => ({ name, type, required: notnull === 1 || pk > 0, key: pk > 0 }));
}

function columnsInCode(table: SQLiteTable): Omit<Column, "key">[] {
  return getTableConfig(table).columns.map((column) => ({
    name: column.name,
    type: column.getSQLType().toUpperCase(),
    required: column.notNull || column.primary,
  }));
}

const pictures = Object.values(tables).filter((value): value is (typeof tables)[keyof typeof tables] => is(value, SQLiteTable));

describe("tables.ts", () => {
  test("has a picture of every table that the migrations make", () => {
    const made = db.sqlite
      .query<{ name: string }, []>("SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' ORDER BY name")
      .all();
    expect(pictures.map((table) => getTableConfig(table).name).sort()).toEqual(made.map((row) => row.name));
  });

  test.each(pictures.map((table) => [getTableConfig(table).name, table] as const))(
    "%s has the columns, types and nullability of the migrations",
    (name, table) => {
      expect(columnsInCode(table)).toEqual(columnsInDatabase(name).map(({ key: _, ...column }) => column));
    },
  );
});

describe("the migrations", () => {
  test("make strict tables only: a text in a number's column is an error", () => {
    const loose = db.sqlite
      .query<{ name: string }, []>(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'",
      )
      .all();
    expect(loose).toEqual([]);
  });

  const checks: [table: string, column: string, words: readonly string[]][] = [
    ["campaigns", "status", campaignStatuses],
    ["leads", "status", leadStatuses],
    ["leads", "disposition", dispositions],
    ["calls", "status", callStatuses],
    ["calls", "ending", Object.values(CallEnding)],
    ["credit_ledger", "kind", entryKinds],
    ["deliveries", "status", Object.values(DeliveryStatus)],
    ["keys", "role", roles],
  ];
  test.each(checks)("%s.%s takes exactly the words of its pure file", (table, column, words) => {
    expect(checkedWords(table, column)).toEqual([...words]);
  });
});

/** The words of `CHECK (column IN (…))`, in their order. */
function checkedWords(table: string, column: string): string[] {
  const made =
    db.sqlite.query<{ sql: string }, [string]>("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1").get(table)?.sql ?? "";
  const list = new RegExp(`CHECK \\(${column} IN \\(([^)]*)\\)`).exec(made)?.[1] ?? "";
  return [...list.matchAll(/'([^']*)'/g)].map((found) => found[1] ?? "");
}

describe("openDatabase", () => {
  const pragmas: [name: string, value: string | number][] = [
    ["journal_mode", "wal"],
    ["synchronous", 2],
    ["foreign_keys", 1],
    ["busy_timeout", 5000],
    ["trusted_schema", 0],
    ["cell_size_check", 1],
    ["temp_store", 2],
    ["journal_size_limit", 67_108_864],
    ["cache_size", -65_536],
  ];
  test.each(pragmas)("sets %s to %p", (name, value) => {
    const row = db.sqlite.query<Record<string, string | number>, []>(`PRAGMA ${name}`).get();
    expect(Object.values(row ?? {})).toEqual([value]);
  });

  test("makes a file that only its owner may read", () => {
    expect(statSync(databasePath(folder)).mode & 0o777).toBe(0o600);
  });

  test("after reopen the same rows and pragmas are there, through a new connection", () => {
    db.sqlite.run("INSERT INTO settings (name, value) VALUES ('kept', '1')");
    const before = db.sqlite;
    db.reopen();
    expect(db.sqlite).not.toBe(before);
    expect(db.sqlite.query("SELECT value FROM settings WHERE name = 'kept'").get()).toEqual({ value: "1" });
    expect(db.sqlite.query("PRAGMA foreign_keys").get()).toEqual({ foreign_keys: 1 });
  });
});
