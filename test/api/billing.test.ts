// /api/billing: the balance, its ledger, and the price list.

import { describe, expect, test } from "bun:test";
import { addEntry } from "../../src/credits/store.ts";
import type { Role } from "../../src/http/door/roles.ts";
import { createNouns, expectRefusal } from "../support/nouns.ts";

const BALANCE = "/api/billing/balance";
const LEDGER = "/api/billing/ledger";
const TOP_UP = "/api/billing/top-up";
const BUDGET = "/api/billing/budget";
const PRICES = "/api/billing/rates";
const MILLION = 1_000_000;

const entryId = (sequence: number) => `crd_${String(sequence).padStart(26, "0")}`;

describe("the balance", () => {
  test("is unlimited until a budget is set", async () => {
    expect(await createNouns().ask("GET", BALANCE)).toEqual({
      status: 200,
      json: { unlimited: true, balance: null, balanceMicros: null, reserved: "0.00", reservedMicros: 0, spent: "0.00", spentMicros: 0 },
    });
  });

  test("tells what is left, what is set aside and what was spent, as text and in micro-units", async () => {
    const { ask, db } = createNouns();
    await ask("POST", TOP_UP, { amount: "100.00" });
    addEntry(db, { kind: "reserve", amount: -11 * MILLION, callId: "call_1", campaignId: "cmp_1" }, 1);
    addEntry(db, { kind: "release", amount: 11 * MILLION, callId: "call_1", campaignId: "cmp_1" }, 2);
    addEntry(db, { kind: "charge", amount: -1_500_000, callId: "call_1", campaignId: "cmp_1" }, 2);
    addEntry(db, { kind: "reserve", amount: -4 * MILLION, callId: "call_2" }, 3);
    expect((await ask("GET", BALANCE)).json).toEqual({
      unlimited: false,
      balance: "94.50",
      balanceMicros: 94_500_000,
      reserved: "4.00",
      reservedMicros: 4_000_000,
      spent: "1.50",
      spentMicros: 1_500_000,
    });
  });
});

describe("a top-up", () => {
  test("sets the budget, adds to it, and answers with its entry", async () => {
    const { ask, nudges } = createNouns();
    const first = await ask("POST", TOP_UP, { amount: "250.50", note: "May" });
    expect(first).toEqual({
      status: 201,
      json: {
        id: entryId(1),
        kind: "top_up",
        amount: "250.50",
        amountMicros: 250_500_000,
        balance: "250.50",
        balanceMicros: 250_500_000,
        callId: null,
        campaignId: null,
        note: "May",
        createdAt: "2026-05-06T05:30:00.000Z",
      },
    });
    expect((await ask("POST", TOP_UP, { amount: 0.1, note: null })).json).toMatchObject({
      id: entryId(2),
      amount: "0.10",
      balance: "250.60",
      note: null,
    });
    expect((await ask("GET", BALANCE)).json).toMatchObject({ unlimited: false, balance: "250.60" });
    expect(nudges()).toBe(2);
  });

  const wrong: [string, object, RegExp][] = [
    ["no amount", {}, /amount: is required/],
    ["nothing", { amount: 0 }, /amount is 0; a top-up must be more than 0/],
    ["nothing, as text", { amount: "0.00" }, /a top-up must be more than 0/],
    ["less than nothing", { amount: -5 }, /amount: is -5; it must be an amount from 0 to 1000000000/],
    ["less than nothing, as text", { amount: "-5" }, /amount: is "-5"/],
    ["a comma", { amount: "1,5" }, /amount: is "1,5"/],
    ["words", { amount: "ten" }, /such as "250\.00"/],
    ["an exponent", { amount: "1e3" }, /amount: is "1e3"/],
    ["seven decimals", { amount: "0.0000001" }, /amount: is "0\.0000001"/],
    ["a number that is too fine", { amount: 1e-7 }, /amount is '1e-7'; it must be an amount/],
    ["a number that is too large", { amount: 1e12 }, /amount is '1000000000000'; it must be an amount/],
    ["text that is too large", { amount: "1000000000.01" }, /amount is '1000000000.01'/],
    ["null", { amount: null }, /amount: is null/],
    ["a note that is a number", { amount: 1, note: 5 }, /note: is 5/],
    ["a note that is too long", { amount: 1, note: "x".repeat(501) }, /note: is .* text of 500 characters/],
    ["an unknown field", { amount: 1, currency: "INR" }, /currency: is not a field here; the fields are amount, note/],
  ];
  test.each(wrong)("of %s is refused, and the budget stays unset", async (_, body, sentence) => {
    const { ask, nudges } = createNouns();
    expectRefusal(await ask("POST", TOP_UP, body), 400, "validation_failed", sentence);
    expect((await ask("GET", BALANCE)).json.unlimited).toBe(true);
    expect(nudges()).toBe(0);
  });

  test("that makes the balance too large is refused", async () => {
    const { ask } = createNouns();
    await ask("POST", TOP_UP, { amount: "999999999" });
    expectRefusal(
      await ask("POST", TOP_UP, { amount: "1.000001" }),
      400,
      "validation_failed",
      /amount is 1\.000001 and the balance 999999999\.00; together they must be 1000000000\.00 at most/,
    );
    expect((await ask("POST", TOP_UP, { amount: "1" })).json.balance).toBe("1000000000.00");
  });
});

describe("the budget", () => {
  test("replaces the balance by an entry of the difference, up or down", async () => {
    const { ask, nudges } = createNouns();
    expect((await ask("PUT", BUDGET, { amount: "100" })).json).toMatchObject({ unlimited: false, balance: "100.00" });
    expect((await ask("PUT", BUDGET, { amount: 30, note: "less" })).json).toMatchObject({ balance: "30.00" });
    expect((await ask("PUT", BUDGET, { amount: 30 })).json).toMatchObject({ balance: "30.00" });
    const { entries } = (await ask("GET", LEDGER)).json;
    expect(entries.map((entry: { kind: string; amount: string; note: string }) => [entry.kind, entry.amount, entry.note])).toEqual([
      ["adjustment", "-70.00", "less"],
      ["adjustment", "100.00", null],
    ]);
    expect(nudges()).toBe(3);
  });

  test("of null takes the limit away, and a top-up brings it back with what was left", async () => {
    const { ask } = createNouns();
    await ask("PUT", BUDGET, { amount: "100" });
    expect(await ask("PUT", BUDGET, { amount: null })).toMatchObject({ status: 200, json: { unlimited: true, balance: null } });
    await ask("POST", TOP_UP, { amount: 5 });
    expect((await ask("GET", BALANCE)).json).toMatchObject({ unlimited: false, balance: "105.00" });
  });

  test("of 0 stops every call that costs", async () => {
    expect((await createNouns().ask("PUT", BUDGET, { amount: 0 })).json).toMatchObject({
      unlimited: false,
      balance: "0.00",
      balanceMicros: 0,
    });
  });

  test.each([
    ["no amount", {}, /amount: is required/],
    ["less than nothing", { amount: -1 }, /amount: is -1; it must be an amount .* or null for no limit/],
    ["too much", { amount: 1e10 }, /amount is '10000000000'/],
    ["an unknown field", { amount: 1, x: 1 }, /x: is not a field here/],
  ] as [string, object, RegExp][])("of %s is refused", async (_, body, sentence) => {
    expectRefusal(await createNouns().ask("PUT", BUDGET, body), 400, "validation_failed", sentence);
  });
});

describe("the ledger", () => {
  async function withEntries() {
    const nouns = createNouns();
    await nouns.ask("POST", TOP_UP, { amount: 100 });
    for (const call of [1, 2, 3]) {
      const entry = { callId: `call_${call}`, campaignId: call === 3 ? null : "cmp_1" };
      addEntry(nouns.db, { kind: "reserve", amount: -10, ...entry }, 1);
      addEntry(nouns.db, { kind: "release", amount: 10, ...entry }, 1);
      if (call !== 2) addEntry(nouns.db, { kind: "charge", amount: -4, ...entry }, 1);
    }
    return nouns;
  }
  const places = (list: { entries: { id: string }[] }) => list.entries.map((entry) => Number(entry.id.slice(4)));

  test("is newest first, with the total, and pages by cursor or offset", async () => {
    const { ask } = await withEntries();
    const first = (await ask("GET", `${LEDGER}?limit=5`)).json;
    expect(first).toMatchObject({ total: 9, limit: 5, offset: 0 });
    expect(places(first)).toEqual([9, 8, 7, 6, 5]);
    const second = (await ask("GET", `${LEDGER}?limit=5&cursor=${first.nextCursor}`)).json;
    expect(places(second)).toEqual([4, 3, 2, 1]);
    expect(second).toMatchObject({ total: 9, nextCursor: null });
    expect(places((await ask("GET", `${LEDGER}?limit=2&offset=3`)).json)).toEqual([6, 5]);
  });

  test.each([
    ["?kind=reserve", [7, 5, 2], 3],
    ["?kind=top_up", [1], 1],
    ["?kind=adjustment", [], 0],
    ["?campaignId=cmp_1", [6, 5, 4, 3, 2], 5],
    ["?campaignId=cmp_1&kind=charge", [4], 1],
    ["?campaignId=cmp_9", [], 0],
    ["?callId=call_1", [4, 3, 2], 3],
    ["?callId=call_1&kind=charge", [4], 1],
    ["?callId=call_3&campaignId=cmp_1", [], 0],
    ["?kind=release&limit=1&offset=1", [6], 3],
  ] as [string, number[], number][])("filters: %s", async (query, expected, total) => {
    const { ask } = await withEntries();
    const { status, json } = await ask("GET", `${LEDGER}${query}`);
    expect(status).toBe(200);
    expect(places(json)).toEqual(expected);
    expect(json.total).toBe(total);
  });

  test.each([
    ["?kind=gift", /kind: is "gift"; it must be one of top_up, reserve, release, charge, adjustment/],
    ["?limit=0", /limit: is 0/],
    ["?offset=-1", /offset: is -1/],
    ["?cursor=x", /must be the nextCursor/],
    ["?note=x", /note: is not a field here/],
  ] as [string, RegExp][])("refuses %s", async (query, sentence) => {
    expectRefusal(await createNouns().ask("GET", `${LEDGER}${query}`), 400, "validation_failed", sentence);
  });
});

describe("the price list", () => {
  test("is empty at first", async () => {
    expect(await createNouns().ask("GET", PRICES)).toEqual({ status: 200, json: { rates: [] } });
  });

  test("is replaced as a whole, with defaults, and may be sent back as it came", async () => {
    const { ask, nudges } = createNouns();
    const rates = [
      { prefix: "", pricePerMinute: "1.50" },
      { prefix: "+91", pricePerMinute: 0.85, connectionFee: "0.1", firstSeconds: 30, nextSeconds: 6 },
      { prefix: "9198", pricePerMinute: "0.8" },
    ];
    const { status, json } = await ask("PUT", PRICES, { rates });
    expect(status).toBe(200);
    expect(json).toEqual({
      rates: [
        { prefix: "", pricePerMinute: "1.50", connectionFee: "0.00", firstSeconds: 60, nextSeconds: 60 },
        { prefix: "91", pricePerMinute: "0.85", connectionFee: "0.10", firstSeconds: 30, nextSeconds: 6 },
        { prefix: "9198", pricePerMinute: "0.80", connectionFee: "0.00", firstSeconds: 60, nextSeconds: 60 },
      ],
    });
    expect((await ask("PUT", PRICES, json)).json).toEqual(json);
    expect((await ask("GET", PRICES)).json).toEqual(json);
    expect((await ask("PUT", PRICES, { rates: [] })).json).toEqual({ rates: [] });
    expect(nudges()).toBe(3);
  });

  const free = { prefix: "", pricePerMinute: 0 };
  const wrong: [string, object, RegExp][] = [
    ["no list", {}, /rates: is required/],
    [
      "a list that leaves numbers without a price",
      { rates: [{ prefix: "91", pricePerMinute: 1 }] },
      /rates has no price for numbers that none of its prefixes fits; add a rate with the prefix ""/,
    ],
    [
      "a prefix twice",
      { rates: [free, { prefix: "91", pricePerMinute: 1 }, { prefix: "+91", pricePerMinute: 2 }] },
      /rates\.2\.prefix is '91', which comes twice/,
    ],
    ["a prefix of letters", { rates: [{ prefix: "x", pricePerMinute: 1 }] }, /rates\.0\.prefix: is "x"; it must be digits/],
    ["a prefix that is too long", { rates: [{ prefix: "1234567890123456", pricePerMinute: 1 }] }, /rates\.0\.prefix/],
    ["a lone plus", { rates: [{ prefix: "+", pricePerMinute: 1 }] }, /rates\.0\.prefix/],
    ["no price", { rates: [{ prefix: "" }] }, /rates\.0\.pricePerMinute: is required/],
    ["a price below zero", { rates: [{ prefix: "", pricePerMinute: -1 }] }, /rates\.0\.pricePerMinute: is -1/],
    [
      "a price that is too high",
      { rates: [{ prefix: "", pricePerMinute: 1_000_001 }] },
      /rates\.0\.pricePerMinute is '1000001'; it must be 1000000\.00 at most/,
    ],
    ["a fee that is too high", { rates: [{ ...free, connectionFee: "1000000.000001" }] }, /rates\.0\.connectionFee is '1000000\.000001'/],
    [
      "a step of nothing",
      { rates: [{ ...free, nextSeconds: 0 }] },
      /rates\.0\.nextSeconds: is 0; it must be a whole number from 1 to 3600/,
    ],
    ["a step that is too long", { rates: [{ ...free, firstSeconds: 3_601 }] }, /rates\.0\.firstSeconds: is 3601/],
    ["half a second", { rates: [{ ...free, firstSeconds: 0.5 }] }, /rates\.0\.firstSeconds: is 0\.5/],
    [
      "too many",
      { rates: Array.from({ length: 5_001 }, (_, index) => ({ prefix: index === 0 ? "" : String(index), pricePerMinute: 1 })) },
      /rates: is .* it must be a list of 5000 rates at most/,
    ],
    ["an unknown field of a rate", { rates: [{ ...free, currency: "INR" }] }, /rates\.0\.currency: is not a field here/],
    ["an unknown field", { rates: [], x: 1 }, /x: is not a field here/],
  ];
  test.each(wrong)("with %s is refused, and the one before stays", async (_, body, sentence) => {
    const { ask, nudges } = createNouns();
    await ask("PUT", PRICES, { rates: [{ prefix: "", pricePerMinute: 5 }] });
    expectRefusal(await ask("PUT", PRICES, body), 400, "validation_failed", sentence);
    expect((await ask("GET", PRICES)).json.rates).toMatchObject([{ prefix: "", pricePerMinute: "5.00" }]);
    expect(nudges()).toBe(1);
  });

  test("of five thousand prefixes is taken", async () => {
    const { ask } = createNouns();
    const rates = Array.from({ length: 5_000 }, (_, index) => ({ prefix: index === 0 ? "" : String(index), pricePerMinute: "0.5" }));
    expect((await ask("PUT", PRICES, { rates })).json.rates).toHaveLength(5_000);
  });
});

describe("who may do what with credits", () => {
  const list = { rates: [] };
  const table: [string, string, object | undefined, Role | null, number][] = [
    ["GET", BALANCE, undefined, null, 401],
    ["GET", BALANCE, undefined, "read", 200],
    ["GET", LEDGER, undefined, null, 401],
    ["GET", LEDGER, undefined, "read", 200],
    ["GET", PRICES, undefined, null, 401],
    ["GET", PRICES, undefined, "read", 200],
    ["POST", TOP_UP, { amount: 1 }, null, 401],
    ["POST", TOP_UP, { amount: 1 }, "read", 403],
    ["POST", TOP_UP, { amount: 1 }, "operator", 403],
    ["POST", TOP_UP, { amount: 1 }, "admin", 201],
    ["PUT", BUDGET, { amount: 1 }, null, 401],
    ["PUT", BUDGET, { amount: 1 }, "operator", 403],
    ["PUT", BUDGET, { amount: 1 }, "admin", 200],
    ["PUT", PRICES, list, null, 401],
    ["PUT", PRICES, list, "operator", 403],
    ["PUT", PRICES, list, "admin", 200],
  ];
  test.each(table)("%s %s with %p as %p: %d", async (method, path, body, role, status) => {
    expect((await createNouns().ask(method, path, body, role)).status).toBe(status);
  });
});
