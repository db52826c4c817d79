import { beforeEach, describe, expect, test } from "bun:test";
import { countLeads } from "../../src/leads/store.ts";
import { createWorld, insertCampaignRow, insertLeadRows, someNumbers, type World } from "../support/world.ts";

let world: World;
let id: string;
beforeEach(() => {
  world = createWorld();
  id = insertCampaignRow(world).id;
});

const add = (body: unknown, campaignId = id) => world.request("POST", `/api/campaigns/${campaignId}/leads`, body);
const list = (query = "") => world.request("GET", `/api/campaigns/${id}/leads?${query}`);
const numbersOf = (answer: { body: { leads: { phoneNumber: string }[] } }) => answer.body.leads.map((lead) => lead.phoneNumber);

describe("adding leads as a list", () => {
  test("takes them with their variables, and tells the machine", async () => {
    const { status, body } = await add({
      leads: [
        { phoneNumber: "+91 98765-40486", variables: { first_name: "Arjun", age: 42, vip: true } },
        { phoneNumber: "+4915200000486" },
      ],
    });
    expect([status, body]).toEqual([200, { inserted: 2, csvErrors: [], duplicates: 0 }]);
    expect(world.control.nudges).toBe(1);
    expect((await list()).body).toEqual({
      leads: [
        {
          id: expect.stringMatching(/^ld_/),
          campaignId: id,
          phoneNumber: "+919876540486",
          variables: { first_name: "Arjun", age: 42, vip: true },
          status: "pending",
          disposition: null,
          attempts: 0,
          callId: null,
          outcome: null,
          lastAttemptAt: null,
          nextAttemptAt: null,
          createdAt: "2026-05-06T05:30:00.000Z",
          updatedAt: "2026-05-06T05:30:00.000Z",
        },
        expect.objectContaining({ phoneNumber: "+4915200000486", variables: {} }),
      ],
      total: 2,
      limit: 200,
      offset: 0,
      nextCursor: null,
    });
  });

  test("reports bad numbers by their place from 1, and takes the others", async () => {
    const { body } = await add({ leads: [{ phoneNumber: "12" }, { phoneNumber: "+919876540486" }, { phoneNumber: "" }] });
    expect(body).toEqual({
      inserted: 1,
      csvErrors: [
        { row: 1, phone: "12", error: "'12' has no country code; it must be in E.164 form, such as +919876543210" },
        { row: 3, phone: "", error: "the phone number is empty" },
      ],
      duplicates: 0,
    });
  });

  test("counts what the list or the campaign already has; the first one wins", async () => {
    await add({ leads: [{ phoneNumber: "+919876540486", variables: { from: "before" } }] });
    const { body } = await add({
      leads: [
        { phoneNumber: "+919876540486", variables: { from: "later" } },
        { phoneNumber: "+919876540000", variables: { from: "first" } },
        { phoneNumber: "+91 98765 40000", variables: { from: "second" } },
      ],
    });
    expect(body).toEqual({ inserted: 1, csvErrors: [], duplicates: 2 });
    expect((await list()).body.leads.map((lead: { variables: object }) => lead.variables)).toEqual([{ from: "before" }, { from: "first" }]);
  });

  test("the same number may be in another campaign", async () => {
    const other = insertCampaignRow(world).id;
    await add({ leads: [{ phoneNumber: "+919876540486" }] });
    expect((await add({ leads: [{ phoneNumber: "+919876540486" }] }, other)).body.inserted).toBe(1);
  });

  test("an empty list adds nothing and wakes nobody", async () => {
    expect((await add({ leads: [] })).body).toEqual({ inserted: 0, csvErrors: [], duplicates: 0 });
    expect(world.control.nudges).toBe(0);
  });

  test("__proto__ and constructor are names like any other", async () => {
    await world.request(
      "POST",
      `/api/campaigns/${id}/leads`,
      '{"leads":[{"phoneNumber":"+919876540486","variables":{"__proto__":"a","constructor":"b"}}]}',
    );
    const stored = world.db.sqlite.query<{ variables: string }, []>("SELECT variables FROM leads").get()?.variables;
    expect(stored).toBe('{"__proto__":"a","constructor":"b"}');
    expect(Object.entries((await list()).body.leads[0].variables)).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });

  const lead = { phoneNumber: "+919876540486" };
  const withVariables = (variables: unknown) => ({ leads: [lead, { ...lead, variables }] });
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${index}`, index]));

  test("takes 50 variables, and texts of 4,000 characters", async () => {
    expect((await add(withVariables({ ...many(49), long: "😀".repeat(4_000) }))).status).toBe(200);
  });

  const bad: [what: string, body: unknown, path: string][] = [
    ["a lead without a number", { leads: [{ variables: {} }] }, "leads.0.phoneNumber"],
    ["a number that is no text", { leads: [{ phoneNumber: 919876540486 }] }, "leads.0.phoneNumber"],
    ["an unknown field of a lead", { leads: [{ ...lead, name: "Ann" }] }, "leads.0.name"],
    ["leads that are no list", { leads: lead }, "leads"],
    ["a lead that is no object", { leads: ["+919876540486"] }, "leads.0"],
    ["an unknown field", { leads: [], dryRun: true }, "dryRun"],
    ["a csv that is no text", { csv: 1 }, "csv"],
    ["a variable that is an object", withVariables({ a: {} }), "leads.1.variables.a"],
    ["a variable that is null", withVariables({ a: null }), "leads.1.variables.a"],
    ["variables that are a list", withVariables(["a"]), "leads.1.variables"],
    ["more than 50 variables", withVariables(many(51)), "leads.1.variables"],
    ["a name that is none", withVariables({ "a/b": 1 }), "leads.1.variables.a/b"],
    ["an empty name", withVariables({ "": 1 }), "leads.1.variables."],
    ["a name that is too long", withVariables({ ["x".repeat(65)]: 1 }), `leads.1.variables.${"x".repeat(65)}`],
    ["a text of more than 4,000 characters", withVariables({ a: "x".repeat(4_001) }), "leads.1.variables.a"],
  ];
  for (const [what, body, path] of bad) {
    test(`refuses ${what}, and takes nothing of the list`, async () => {
      const answer = await add(body);
      expect([answer.status, answer.body.code]).toEqual([400, "validation_failed"]);
      expect(answer.body.details.map((detail: { path: string }) => detail.path)).toEqual([path]);
      expect(countLeads(world.db, id)).toBe(0);
    });
  }

  const shapeless: [what: string, body: unknown, sentence: string][] = [
    ["nothing", undefined, "the body is empty"],
    ["an empty object", {}, "exactly one of leads and csv"],
    ["both forms at once", { leads: [], csv: "phone" }, "exactly one of leads and csv"],
    ["a list", [lead], "must be object"],
    ["a text", '"phone"', "must be object"],
    ["null", "null", "must be object"],
    ["broken JSON", '{"leads":', "not valid JSON"],
    ["a CSV under the wrong type", "phone\n+919876540486", "not valid JSON"],
  ];
  for (const [what, body, sentence] of shapeless) {
    test(`refuses ${what}`, async () => {
      const answer = await add(body);
      expect([answer.status, answer.body.code]).toEqual([400, "validation_failed"]);
      expect(answer.body.error).toContain(sentence);
    });
  }

  test("takes 50,000, and is 413 above without keeping any", async () => {
    const leads = someNumbers(50_001).map((phoneNumber) => ({ phoneNumber }));
    expect(await add({ leads })).toMatchObject({
      status: 413,
      body: { code: "body_too_large", error: "leads has 50001 entries; a JSON body may have 50000, send more as text/csv" },
    });
    expect(countLeads(world.db, id)).toBe(0);
    expect((await add({ leads: leads.slice(1) })).body).toEqual({ inserted: 50_000, csvErrors: [], duplicates: 0 });
    expect(countLeads(world.db, id)).toBe(50_000);
  });
});

describe("adding leads in every status", () => {
  for (const status of ["draft", "scheduled", "running", "paused"] as const) {
    test(`${status} takes them`, async () => {
      expect((await add({ leads: [{ phoneNumber: "+919876540486" }] }, insertCampaignRow(world, { status }).id)).body.inserted).toBe(1);
    });
  }
  for (const status of ["completed", "failed"] as const) {
    test(`${status} is 409, whatever the body`, async () => {
      const closed = insertCampaignRow(world, { status }).id;
      const refused = {
        status: 409,
        body: {
          code: "wrong_state",
          error: `cannot add leads to a campaign that is ${status}; it must be draft or scheduled or running or paused`,
        },
      };
      expect(await add({ leads: [{ phoneNumber: "+919876540486" }] }, closed)).toMatchObject(refused);
      expect(
        await world.request("POST", `/api/campaigns/${closed}/leads`, "phone\n+919876540486", { headers: { "content-type": "text/csv" } }),
      ).toMatchObject(refused);
      expect(countLeads(world.db, closed)).toBe(0);
    });
  }
});

describe("GET /api/campaigns/{id}/leads", () => {
  test("lists in the order in which they came, whatever their numbers", async () => {
    const numbers = ["+919800000003", "+919800000001", "+919800000002"];
    await add({ leads: numbers.map((phoneNumber) => ({ phoneNumber })) });
    expect(numbersOf(await list())).toEqual(numbers);
  });

  test("pages by offset and by cursor, knowing the total", async () => {
    insertLeadRows(world, id, someNumbers(5));
    expect(numbersOf(await list("limit=2&offset=3"))).toEqual(someNumbers(5).slice(3));
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page = await list(`limit=2&cursor=${cursor}`);
      seen.push(...numbersOf(page));
      expect(page.body.total).toBe(5);
      cursor = page.body.nextCursor;
    }
    expect(seen).toEqual(someNumbers(5));
  });

  test("filters by status, and counts only those", async () => {
    const [first = "", second = ""] = insertLeadRows(world, id, someNumbers(4));
    world.db.sqlite.query("UPDATE leads SET status = 'busy' WHERE id IN (?1, ?2)").run(first, second);
    const { body } = await list("status=busy&limit=1");
    expect([body.leads.length, body.total, body.leads[0].id]).toEqual([1, 2, first]);
    expect(numbersOf(await list(`status=busy&limit=1&cursor=${body.nextCursor}`))).toEqual([someNumbers(2)[1] ?? ""]);
    expect((await list("status=voicemail")).body).toMatchObject({ leads: [], total: 0 });
    expect((await list("status=&limit=&offset=")).body.total).toBe(4);
  });

  test("shows what became of a lead, and nextAttemptAt only while it waits for a retry", async () => {
    const [lead = ""] = insertLeadRows(world, id, ["+919876540486"]);
    const set = (columns: string) => world.db.sqlite.query(`UPDATE leads SET ${columns} WHERE id = ?1`).run(lead);
    set("status = 'retry_wait', attempts = 1, due_at = 1778050000000, last_attempt_at = 1778046000000, call_id = 'call_1'");
    expect((await list()).body.leads[0]).toMatchObject({
      status: "retry_wait",
      attempts: 1,
      callId: "call_1",
      lastAttemptAt: "2026-05-06T05:40:00.000Z",
      nextAttemptAt: "2026-05-06T06:46:40.000Z",
    });
    set(`status = 'completed', disposition = 'qualified', outcome = '{"lead_qualified":true}'`);
    expect((await list()).body.leads[0]).toMatchObject({
      status: "completed",
      disposition: "qualified",
      outcome: { lead_qualified: true },
      nextAttemptAt: null,
    });
  });

  test("shows nothing of another campaign", async () => {
    const other = insertCampaignRow(world).id;
    insertLeadRows(world, other, someNumbers(3));
    expect((await list()).body).toMatchObject({ leads: [], total: 0 });
  });

  for (const query of ["status=done", "limit=0", "limit=1001", "offset=-1", "cursor=x", "phoneNumber=1"]) {
    test(`refuses ?${query}`, async () => {
      const { status, body } = await list(query);
      expect([status, body.details[0].path]).toEqual([400, query.split("=")[0]]);
    });
  }

  test("walks an index in id order, whatever the status", () => {
    const plan = (sql: string) =>
      world.db.sqlite
        .query<{ detail: string }, []>(`EXPLAIN QUERY PLAN ${sql}`)
        .all()
        .map((row) => row.detail)
        .join();
    expect(plan("SELECT * FROM leads INDEXED BY leads_list WHERE campaign_id = 'a' AND id > 'b' ORDER BY id LIMIT 9")).not.toContain(
      "TEMP B-TREE",
    );
    expect(
      plan(
        "SELECT * FROM leads INDEXED BY leads_list_by_status WHERE campaign_id = 'a' AND status = 'busy' AND id > 'b' ORDER BY id LIMIT 9",
      ),
    ).not.toContain("TEMP B-TREE");
  });
});
