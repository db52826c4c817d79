// /api/campaigns/dnc: the list of those who are not called, and what an addition promises.

import { describe, expect, test } from "bun:test";
import type { Db } from "../../src/database/open.ts";
import { insertDnc, isOnDnc } from "../../src/dnc/store.ts";
import type { Role } from "../../src/http/door/roles.ts";
import { readLimits, writeLimits } from "../../src/settings/store.ts";
import { createNouns, expectRefusal } from "../support/nouns.ts";

const PATH = "/api/campaigns/dnc";
const UNKNOWN = "dnc_00000000000000000000000000";

/** The `index`th of many possible numbers. */
const numberAt = (index: number) => `+9198765${String(index).padStart(5, "0")}`;
const countRows = (db: Db) => db.sqlite.query<{ n: number }, []>("SELECT count(*) AS n FROM dnc").get()?.n;

describe("adding a number", () => {
  test("a number is enough; reason and source have defaults", async () => {
    const { ask, db } = createNouns();
    const { status, json } = await ask("POST", PATH, { phoneNumber: "+91 98765-43210" });
    expect(status).toBe(201);
    expect(json).toEqual({
      id: expect.stringMatching(/^dnc_[0-9a-z]{26}$/),
      phoneNumber: "+919876543210",
      reason: null,
      source: "manual",
      createdAt: "2026-05-06T05:30:00.000Z",
    });
    expect(isOnDnc(db, "+919876543210")).toBe(true);
    expect(isOnDnc(db, "+919876543211")).toBe(false);
  });

  test.each(["manual", "opt_out", "imported", "api", "registry"])("the source %s is taken", async (source) => {
    const { ask } = createNouns();
    expect((await ask("POST", PATH, { phoneNumber: "+919876543210", reason: "asked us to", source })).json).toMatchObject({
      source,
      reason: "asked us to",
    });
  });

  test("a number that is listed gives 200 and the entry that stands, unchanged", async () => {
    const { ask, clock } = createNouns();
    const first = (await ask("POST", PATH, { phoneNumber: "+919876543210", reason: "first" })).json;
    clock.advance(1_000);
    expect(await ask("POST", PATH, { phoneNumber: "+91 98765 43210", reason: "second", source: "api" })).toEqual({
      status: 200,
      json: first,
    });
    expect((await ask("GET", PATH)).json.total).toBe(1);
  });

  test("calls to it that still ring are ended after the commit and before the answer", async () => {
    const seen: { committed: boolean; listed: boolean }[] = [];
    const { ask, hungUp } = createNouns({
      onHangUp: (db, number) => seen.push({ committed: !db.sqlite.inTransaction, listed: isOnDnc(db, number) }),
    });
    await ask("POST", PATH, { phoneNumber: "+91 98765 43210" });
    expect(hungUp).toEqual(["+919876543210"]);
    expect(seen).toEqual([{ committed: true, listed: true }]);
  });

  const wrong: [string, object, RegExp][] = [
    ["no number", {}, /phoneNumber: is required/],
    ["a number that is none", { phoneNumber: "12" }, /12/],
    ["a national number", { phoneNumber: "98765 43210" }, /98765/],
    ["a number of an impossible length", { phoneNumber: "+9198765432101234" }, /\+9198765432101234/],
    ["a JSON number", { phoneNumber: 919876543210 }, /phoneNumber: is 919876543210/],
    [
      "an unknown source",
      { phoneNumber: "+919876543210", source: "hearsay" },
      /source: is "hearsay"; it must be one of manual, opt_out, imported, api, registry/,
    ],
    ["a reason that is a number", { phoneNumber: "+919876543210", reason: 5 }, /reason: is 5/],
    [
      "an unknown field",
      { phoneNumber: "+919876543210", note: "x" },
      /note: is not a field here; the fields are phoneNumber, reason, source/,
    ],
  ];
  test.each(wrong)("%s is refused, and nothing happens", async (_, body, sentence) => {
    const { ask, db, hungUp } = createNouns();
    expectRefusal(await ask("POST", PATH, body), 400, "validation_failed", sentence);
    expect(countRows(db)).toBe(0);
    expect(hungUp).toEqual([]);
  });

  test("an empty body is refused, and a CSV where many are added as JSON", async () => {
    const { ask, api, adminKey } = createNouns();
    expectRefusal(await ask("POST", PATH), 400, "validation_failed", /body is empty/);
    const csv = new Request(`http://localhost${PATH}/bulk`, {
      method: "POST",
      body: "phone\n+919876543210",
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "text/csv" },
    });
    expect((await api.handle(csv)).status).toBe(415);
  });

  test("a number without a country code is read as the appliance's default country, here and in a query", async () => {
    const { ask, db } = createNouns();
    writeLimits(db, { ...readLimits(db), defaultCountry: "IN" });
    expect((await ask("POST", PATH, { phoneNumber: "98765 43210" })).json.phoneNumber).toBe("+919876543210");
    expect((await ask("POST", `${PATH}/bulk`, { entries: [{ phoneNumber: "98765 43211" }] })).json.inserted).toBe(1);
    expect((await ask("GET", `${PATH}?phoneNumber=9876543210`)).json.total).toBe(1);
  });
});

describe("adding many numbers", () => {
  test("the good ones go in, duplicates are counted, the others are told by place", async () => {
    const { ask, hungUp } = createNouns();
    await ask("POST", PATH, { phoneNumber: numberAt(1), reason: "stands" });
    const { status, json } = await ask("POST", `${PATH}/bulk`, {
      entries: [
        { phoneNumber: numberAt(2), source: "registry", reason: "first" },
        { phoneNumber: "12" },
        { phoneNumber: numberAt(1), reason: "again" },
        { phoneNumber: numberAt(2), reason: "second" },
        { phoneNumber: numberAt(0) },
      ],
    });
    expect(status).toBe(200);
    expect(json).toEqual({ inserted: 2, duplicates: 2, errors: [{ index: 1, phoneNumber: "12", error: expect.stringContaining("12") }] });
    const { entries } = (await ask("GET", PATH)).json;
    expect(
      entries.map((entry: { phoneNumber: string; reason: string; source: string }) => [entry.phoneNumber, entry.reason, entry.source]),
    ).toEqual([
      [numberAt(1), "stands", "manual"],
      [numberAt(0), null, "manual"],
      [numberAt(2), "first", "registry"],
    ]);
    expect(hungUp.slice(1)).toEqual([numberAt(0), numberAt(1), numberAt(2)]);
  });

  test("they are written in slices of 500 with a pause after each, and the answer comes after the last commit", async () => {
    const seen: { rows: number | undefined; committed: boolean }[] = [];
    const { ask, db } = createNouns({ onPause: (store) => seen.push({ rows: countRows(store), committed: !store.sqlite.inTransaction }) });
    const entries = Array.from({ length: 1_200 }, (_, index) => ({ phoneNumber: numberAt(1_199 - index) }));
    const { json } = await ask("POST", `${PATH}/bulk`, { entries });
    expect(json).toEqual({ inserted: 1_200, duplicates: 0, errors: [] });
    expect(countRows(db)).toBe(1_200);
    expect(seen.map((pause) => pause.rows)).toEqual([0, 0, 0, 500, 1_000, 1_200]);
    expect(seen.every((pause) => pause.committed)).toBe(true);
    expect((await ask("GET", PATH)).json.total).toBe(1_200);
  });

  test("ringing calls are ended slice by slice, after the commit of each", async () => {
    const seen: boolean[] = [];
    const { ask, hungUp } = createNouns({ onHangUp: (db, number) => seen.push(!db.sqlite.inTransaction && isOnDnc(db, number)) });
    await ask("POST", `${PATH}/bulk`, { entries: Array.from({ length: 600 }, (_, index) => ({ phoneNumber: numberAt(index) })) });
    expect(hungUp).toHaveLength(600);
    expect(seen.every(Boolean)).toBe(true);
  });

  test("another addition in a pause is a duplicate, not a mistake", async () => {
    let turn = 0;
    const { ask } = createNouns({
      onPause: (db) => {
        turn += 1;
        if (turn === 1)
          db.sqlite.run(`INSERT INTO dnc (id, phone_number, source, created_at) VALUES ('${UNKNOWN}', '${numberAt(599)}', 'api', 1)`);
      },
    });
    const { json } = await ask("POST", `${PATH}/bulk`, {
      entries: Array.from({ length: 600 }, (_, index) => ({ phoneNumber: numberAt(index) })),
    });
    expect(json).toEqual({ inserted: 599, duplicates: 1, errors: [] });
  });

  test("when the store cannot write the answer is a 503, never a success", async () => {
    let turn = 0;
    const { ask, db } = createNouns({
      onPause: (store) => {
        turn += 1;
        // After two slices read, the sorting and one slice written, the second one meets a full disk.
        if (turn === 4)
          store.sqlite.run(
            `PRAGMA max_page_count = ${store.sqlite.query<{ page_count: number }, []>("PRAGMA page_count").get()?.page_count ?? 1}`,
          );
      },
    });
    const entries = Array.from({ length: 1_000 }, (_, index) => ({ phoneNumber: numberAt(index), reason: "x".repeat(900) }));
    expectRefusal(await ask("POST", `${PATH}/bulk`, { entries }), 503, "store_unavailable", /cannot write/);
    expect(db.sqlite.inTransaction).toBe(false);
    expect(countRows(db)).toBe(500);
  });

  test("an empty list adds nothing", async () => {
    expect(await createNouns().ask("POST", `${PATH}/bulk`, { entries: [] })).toEqual({
      status: 200,
      json: { inserted: 0, duplicates: 0, errors: [] },
    });
  });

  test("50,001 entries are too many, and none goes in", async () => {
    const { ask, db } = createNouns();
    const entries = Array.from({ length: 50_001 }, (_, index) => ({ phoneNumber: numberAt(index) }));
    expectRefusal(
      await ask("POST", `${PATH}/bulk`, { entries }),
      413,
      "body_too_large",
      /entries has 50001 elements; it may have 50000 at most/,
    );
    expect(countRows(db)).toBe(0);
  });

  const wrong: [string, object, RegExp][] = [
    ["no list", {}, /entries: is required/],
    ["a list of texts", { entries: ["+919876543210"] }, /entries\.0/],
    ["an entry without a number", { entries: [{ phoneNumber: numberAt(1) }, {}] }, /entries\.1\.phoneNumber: is required/],
    ["an unknown source", { entries: [{ phoneNumber: numberAt(1), source: "x" }] }, /entries\.0\.source/],
    ["an unknown field of an entry", { entries: [{ phoneNumber: numberAt(1), x: 1 }] }, /entries\.0\.x: is not a field here/],
    ["an unknown field", { entries: [], x: 1 }, /x: is not a field here/],
  ];
  test.each(wrong)("%s is refused, and none goes in", async (_, body, sentence) => {
    const { ask, db } = createNouns();
    expectRefusal(await ask("POST", `${PATH}/bulk`, body), 400, "validation_failed", sentence);
    expect(countRows(db)).toBe(0);
  });
});

describe("listing the entries", () => {
  async function withEntries() {
    const nouns = createNouns();
    for (const [index, source] of ["manual", "api", "manual", "opt_out"].entries())
      await nouns.ask("POST", PATH, { phoneNumber: numberAt(9 - index), source });
    return nouns;
  }
  const last = (list: { entries: { phoneNumber: string }[] }) => list.entries.map((entry) => Number(entry.phoneNumber.slice(-1)));

  test("is in the order of insertion, with the total, and pages by offset or cursor", async () => {
    const { ask } = await withEntries();
    const first = (await ask("GET", `${PATH}?limit=3`)).json;
    expect(first).toMatchObject({ total: 4, limit: 3, offset: 0 });
    expect(last(first)).toEqual([9, 8, 7]);
    const second = (await ask("GET", `${PATH}?limit=3&cursor=${first.nextCursor}`)).json;
    expect(last(second)).toEqual([6]);
    expect(second).toMatchObject({ total: 4, nextCursor: null });
    expect(last((await ask("GET", `${PATH}?limit=2&offset=1`)).json)).toEqual([8, 7]);
    expect(first.entries[0]).toEqual({
      id: expect.stringMatching(/^dnc_/),
      phoneNumber: numberAt(9),
      reason: null,
      source: "manual",
      createdAt: "2026-05-06T05:30:00.000Z",
    });
  });

  test.each([
    ["?source=manual", [9, 7], 2],
    ["?source=registry", [], 0],
    ["?source=manual&limit=1&offset=1", [7], 2],
    [`?phoneNumber=${encodeURIComponent(numberAt(8))}`, [8], 1],
    [`?phoneNumber=${numberAt(8)}`, [8], 1],
    [`?phoneNumber=${encodeURIComponent("+91 98765-00008")}`, [8], 1],
    [`?phoneNumber=${encodeURIComponent(numberAt(1))}`, [], 0],
    [`?phoneNumber=${encodeURIComponent(numberAt(8))}&source=api`, [8], 1],
    [`?phoneNumber=${encodeURIComponent(numberAt(8))}&source=manual`, [], 0],
  ] as [string, number[], number][])("filters: %s", async (query, expected, total) => {
    const { ask } = await withEntries();
    const { status, json } = await ask("GET", `${PATH}${query}`);
    expect(status).toBe(200);
    expect(last(json)).toEqual(expected);
    expect(json.total).toBe(total);
  });

  test.each([
    ["?phoneNumber=12", /12/],
    ["?source=x", /source: is "x"/],
    ["?limit=0", /limit: is 0/],
    ["?limit=1001", /limit: is 1001/],
    ["?offset=-1", /offset: is -1/],
    ["?cursor=x", /must be the nextCursor/],
    ["?page=2", /page: is not a field here/],
  ] as [string, RegExp][])("refuses %s", async (query, sentence) => {
    expectRefusal(await createNouns().ask("GET", `${PATH}${query}`), 400, "validation_failed", sentence);
  });
});

describe("removing an entry", () => {
  test("frees the number; a second time is a 404", async () => {
    const { ask, db } = createNouns();
    const { id } = (await ask("POST", PATH, { phoneNumber: "+919876543210" })).json;
    expect(await ask("DELETE", `${PATH}/${id}`)).toEqual({ status: 204, json: undefined });
    expect(isOnDnc(db, "+919876543210")).toBe(false);
    expect((await ask("GET", PATH)).json).toMatchObject({ entries: [], total: 0 });
    expectRefusal(await ask("DELETE", `${PATH}/${id}`), 404, "not_found", /no DNC entry with the id/);
  });
});

describe("removing a number", () => {
  test("frees it, however it is written; a second time is a 404", async () => {
    const { ask, db } = createNouns();
    await ask("POST", PATH, { phoneNumber: "+919876543210" });
    await ask("POST", PATH, { phoneNumber: "+919876543211" });
    const path = `${PATH}?phoneNumber=${encodeURIComponent("+91 98765-43210")}`;
    expect(await ask("DELETE", path)).toEqual({ status: 204, json: undefined });
    expect([isOnDnc(db, "+919876543210"), isOnDnc(db, "+919876543211")]).toEqual([false, true]);
    expect((await ask("GET", PATH)).json.total).toBe(1);
    expectRefusal(await ask("DELETE", path), 404, "not_found", /the number \+919876543210 is not on the DNC list/);
    expect((await ask("DELETE", `${PATH}?phoneNumber=+919876543211`)).status).toBe(204);
  });

  test.each([
    ["", /phoneNumber: is required/],
    ["?phoneNumber=", /phoneNumber: is required/],
    ["?phoneNumber=12", /'12' has no country code/],
    ["?phoneNumber=%2B919876543210&source=api", /source: is not a field here/],
  ] as [string, RegExp][])("refuses '%s', and removes nothing", async (query, sentence) => {
    const { ask, db } = createNouns();
    await ask("POST", PATH, { phoneNumber: "+919876543210" });
    expectRefusal(await ask("DELETE", `${PATH}${query}`), 400, "validation_failed", sentence);
    expect(countRows(db)).toBe(1);
  });
});

describe("asking about a number", () => {
  test("says whether it is listed, and shows the entry", async () => {
    const { ask } = createNouns();
    const entry = (await ask("POST", PATH, { phoneNumber: "+919876543210", reason: "asked" })).json;
    expect(await ask("GET", `${PATH}/check?phoneNumber=%2B91+98765+43210`)).toEqual({ status: 200, json: { listed: true, entry } });
    expect((await ask("GET", `${PATH}/check?phoneNumber=+919876543210`)).json.listed).toBe(true);
    expect(await ask("GET", `${PATH}/check?phoneNumber=%2B919876543211`)).toEqual({ status: 200, json: { listed: false, entry: null } });
  });

  test.each([
    ["", /phoneNumber: is required/],
    ["?phoneNumber=12", /'12' has no country code/],
    ["?phoneNumber=%2B919876543210&x=1", /x: is not a field here/],
  ] as [string, RegExp][])("refuses '%s'", async (query, sentence) => {
    expectRefusal(await createNouns().ask("GET", `${PATH}/check${query}`), 400, "validation_failed", sentence);
  });
});

describe("the path of the list", () => {
  test("wins over that of a campaign, and takes nothing else from it", async () => {
    const { ask } = createNouns();
    expect((await ask("GET", PATH)).json).toHaveProperty("entries");
    for (const id of ["cmp_x", "dncx", "d"])
      expectRefusal(await ask("GET", `/api/campaigns/${id}`), 404, "not_found", new RegExp(`no campaign with the id '${id}'`));
  });
});

describe("who may do what with the list", () => {
  const table: [string, string, object | undefined, Role | null, number][] = [
    ["GET", PATH, undefined, null, 401],
    ["GET", PATH, undefined, "read", 200],
    ["POST", PATH, { phoneNumber: numberAt(1) }, "read", 403],
    ["POST", PATH, { phoneNumber: numberAt(1) }, "operator", 201],
    ["POST", `${PATH}/bulk`, { entries: [] }, "read", 403],
    ["POST", `${PATH}/bulk`, { entries: [] }, "operator", 200],
    ["DELETE", `${PATH}/${UNKNOWN}`, undefined, "read", 403],
    ["DELETE", `${PATH}/${UNKNOWN}`, undefined, "operator", 404],
    ["DELETE", `${PATH}?phoneNumber=%2B919876543210`, undefined, "read", 403],
    ["DELETE", `${PATH}?phoneNumber=%2B919876543210`, undefined, "operator", 404],
    ["GET", `${PATH}/check?phoneNumber=%2B919876543210`, undefined, null, 401],
    ["GET", `${PATH}/check?phoneNumber=%2B919876543210`, undefined, "read", 200],
    ["GET", `${PATH}/export.csv`, undefined, null, 401],
  ];
  test.each(table)("%s %s with %p as %p: %d", async (method, path, body, role, status) => {
    expect((await createNouns().ask(method, path, body, role)).status).toBe(status);
  });
});

describe("an entry that a person asked for in a call", () => {
  test("shows the call and their words; every other one shows neither", async () => {
    const { ask, db } = createNouns();
    const now = Date.UTC(2026, 4, 6);
    insertDnc(db, {
      id: "dnc_01jt3v9h8k4m2n6p8q0r2s4t6v",
      phoneNumber: numberAt(1),
      reason: "asked",
      source: "opt_out",
      createdAt: now,
      callId: "call_1",
      evidence: "no more, please",
    });
    insertDnc(db, {
      id: "dnc_01jt3v9h8k4m2n6p8q0r2s4t6w",
      phoneNumber: numberAt(2),
      reason: null,
      source: "opt_out",
      createdAt: now,
      callId: "call_2",
      evidence: null,
    });
    await ask("POST", PATH, { phoneNumber: numberAt(3), source: "opt_out" });
    const { entries } = (await ask("GET", PATH)).json;
    expect(entries).toMatchObject([
      { callId: "call_1", evidence: "no more, please" },
      { callId: "call_2", evidence: null },
      { phoneNumber: numberAt(3) },
    ]);
    expect(Object.keys(entries[2])).toEqual(["id", "phoneNumber", "reason", "source", "createdAt"]);
    expect((await ask("GET", `${PATH}/check?phoneNumber=${encodeURIComponent(numberAt(1))}`)).json.entry).toMatchObject({
      callId: "call_1",
      evidence: "no more, please",
    });
  });
});
