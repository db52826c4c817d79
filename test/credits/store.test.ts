import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { migrations } from "../../migrations/index.ts";
import { freeRate } from "../../src/credits/ledger.ts";
import { addEntry, findRate, listRates, readAccount, type RateRow, replaceRates } from "../../src/credits/store.ts";
import { migrate } from "../../src/database/migrate.ts";
import { openDatabase } from "../../src/database/open.ts";

const open = () => openDatabase({ path: ":memory:" });
const rate = (prefix: string, pricePerMinute: number): RateRow => ({
  prefix,
  pricePerMinute,
  connectionFee: 0,
  firstSeconds: 60,
  nextSeconds: 60,
});

describe("findRate", () => {
  test.each([
    ["+14155550100", 1],
    ["+912276501000", 91],
    ["+919899001000", 9198990],
    ["+919899101000", 9198],
    ["+9", 1],
  ])("of %s is that of the longest prefix that fits", (number, price) => {
    const db = open();
    replaceRates(db, [rate("", 1), rate("91", 91), rate("9198", 9198), rate("9198990", 9198990), rate("9199", 9199)]);
    expect(findRate(db, number).pricePerMinute).toBe(price);
  });

  test("is free without a price list", () => {
    expect(findRate(open(), "+919876501000")).toEqual(freeRate);
  });

  test("is what a look at every prefix finds, whatever the list", () => {
    const db = open();
    const digits = fc.string({ unit: fc.constantFrom("1", "2"), maxLength: 4 });
    const check = (prefixes: string[], number: string) => {
      replaceRates(
        db,
        [...new Set(["", ...prefixes])].map((prefix) => rate(prefix, Number(`1${prefix}`))),
      );
      const longest = ["", ...prefixes].filter((prefix) => number.startsWith(prefix)).sort((a, b) => b.length - a.length)[0];
      expect(findRate(db, `+${number}`).pricePerMinute).toBe(Number(`1${longest}`));
    };
    fc.assert(fc.property(fc.array(digits), digits, check), { numRuns: 300 });
  });
});

describe("replaceRates", () => {
  test("leaves nothing of the list before", () => {
    const db = open();
    replaceRates(db, [rate("", 1), rate("91", 2)]);
    replaceRates(db, [rate("44", 3), rate("", 4)]);
    expect(listRates(db)).toEqual([rate("", 4), rate("44", 3)]);
  });
});

describe("the ledger", () => {
  test("moves the balance with each entry, and what is set aside with reserves and releases", () => {
    const db = open();
    const after = [
      addEntry(db, { kind: "top_up", amount: 100 }, 1),
      addEntry(db, { kind: "reserve", amount: -60, callId: "call_1", campaignId: "cmp_1" }, 2),
      addEntry(db, { kind: "release", amount: 60, callId: "call_1", campaignId: "cmp_1" }, 3),
      addEntry(db, { kind: "charge", amount: -25, callId: "call_1", campaignId: "cmp_1" }, 3),
      addEntry(db, { kind: "reserve", amount: -10, callId: "call_2" }, 4),
    ];
    expect(after.map((entry) => [entry.sequence, entry.balance])).toEqual([
      [1, 100],
      [2, 40],
      [3, 100],
      [4, 75],
      [5, 65],
    ]);
    expect(readAccount(db)).toEqual({ isLimited: false, balance: 65, reserved: 10 });
  });

  test.each(["reserve", "release", "charge"] as const)("takes one %s of a call", (kind) => {
    const db = open();
    const entry = { kind, amount: kind === "release" ? 5 : -5, callId: "call_1" };
    addEntry(db, { kind: "reserve", amount: -5, callId: "call_0" }, 1);
    addEntry(db, entry, 1);
    const before = readAccount(db);
    expect(() => addEntry(db, entry, 1)).toThrow("UNIQUE");
    expect(readAccount(db)).toEqual(before);
  });

  test.each([
    ["a top-up below zero", { kind: "top_up", amount: -1 }],
    ["a reserve above zero", { kind: "reserve", amount: 1, callId: "call_1" }],
    ["a charge of nothing", { kind: "charge", amount: 0, callId: "call_1" }],
    ["a charge without a call", { kind: "charge", amount: -1 }],
    ["a top-up of a call", { kind: "top_up", amount: 1, callId: "call_1" }],
    ["a release of what was not set aside", { kind: "release", amount: 1, callId: "call_1" }],
  ] as const)("refuses %s", (_, entry) => {
    const db = open();
    expect(() => addEntry(db, entry, 1)).toThrow("CHECK");
    expect(readAccount(db)).toEqual({ isLimited: false, balance: 0, reserved: 0 });
  });

  test.each([
    ["a change", "UPDATE credit_ledger SET amount = 5", "append-only"],
    ["a removal", "DELETE FROM credit_ledger", "append-only"],
    [
      "a balance that does not follow",
      "INSERT INTO credit_ledger (kind, amount, balance, created_at) VALUES ('top_up', 5, 6, 1)",
      "must follow",
    ],
    ["a second account", "INSERT INTO credit_account (id) VALUES (2)", "CHECK"],
  ])("refuses %s", (_, sql, words) => {
    const db = open();
    addEntry(db, { kind: "top_up", amount: 100 }, 1);
    expect(() => db.sqlite.run(sql)).toThrow(words);
    expect(readAccount(db).balance).toBe(100);
  });
});

describe("the migration", () => {
  test("keeps the calls of an older program, without a cost, and limits nothing", () => {
    const sqlite = new Database(":memory:", { strict: true });
    migrate(sqlite, migrations.slice(0, 1));
    sqlite.run(`INSERT INTO calls (id, boot_id, agent_id, agent_version, phone_number_id, trunk_id, from_number, to_number, attempt, status, placed_at, talk_ms)
      VALUES ('call_1', 'boot_1', 'agent_1', 1, 'pn_1', 'trk_1', '+1', '+2', 1, 'ended', 5, 60000)`);
    migrate(sqlite);
    expect(sqlite.query("SELECT id, talk_ms, cost_micros, reserve_micros, rate FROM calls").all()).toEqual([
      { id: "call_1", talk_ms: 60_000, cost_micros: null, reserve_micros: null, rate: null },
    ]);
    expect(sqlite.query("SELECT is_limited, balance, reserved FROM credit_account").all()).toEqual([
      { is_limited: 0, balance: 0, reserved: 0 },
    ]);
  });
});
