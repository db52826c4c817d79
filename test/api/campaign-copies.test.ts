// What is made from a campaign: a clone, a redial, and a file of its leads.

import { beforeEach, describe, expect, test } from "bun:test";
import Papa from "papaparse";
import { purgeDeletedCampaigns } from "../../src/campaigns/service.ts";
import { createWorld, insertCampaignRow, insertLeadRows, insertLine, someNumbers, type World } from "../support/world.ts";

let world: World;
beforeEach(() => {
  world = createWorld();
});

const HOUR = 3_600_000;
const post = (id: string, verb: string, body?: unknown, key?: string) =>
  world.request("POST", `/api/campaigns/${id}/${verb}`, body, key === undefined ? {} : { key });
const read = async (id: string) => (await world.request("GET", `/api/campaigns/${id}`)).body;
const leadsOf = async (id: string) => (await world.request("GET", `/api/campaigns/${id}/leads`)).body.leads;
const end = (id: string, status: string, more = "") =>
  world.db.sqlite.query(`UPDATE leads SET status = ?2, attempts = 2 ${more} WHERE id = ?1`).run(id, status);

const statuses = ["draft", "scheduled", "running", "paused", "completed", "failed"] as const;

describe("POST /api/campaigns/{id}/clone", () => {
  for (const status of statuses) {
    test(`${status}: gives a draft with its fields and without its leads, and leaves it as it is`, async () => {
      const rules = { weight: 7, contactLimits: '[{"attempts":3,"perHours":24}]', schedule: { timezone: "Europe/Paris" } };
      const { id } = insertCampaignRow(world, {
        status,
        name: "Spring",
        maxConcurrent: 9,
        webhookUrl: "https://crm.example.com",
        startedAt: 1,
        completedAt: 2,
        statusReason: "stopped by request",
        ...rules,
      });
      insertLeadRows(world, id, someNumbers(2));
      const before = await read(id);
      world.clock.advance(1_000);
      const { status: code, body } = await post(id, "clone");
      expect(code).toBe(201);
      expect(body).toEqual({
        ...before,
        id: body.id,
        name: "Spring (copy)",
        status: "draft",
        statusReason: null,
        counts: { byStatus: { ...before.counts.byStatus, pending: 0 } },
        createdAt: "2026-05-06T05:30:01.000Z",
        updatedAt: "2026-05-06T05:30:01.000Z",
        startedAt: null,
        completedAt: null,
      });
      expect(body.id).not.toBe(id);
      expect([await read(id), await read(body.id)]).toEqual([before, body]);
    });
  }

  test("keeps a start and an end that are ahead, and drops those that are past", async () => {
    const ahead = insertCampaignRow(world, { scheduledStartAt: world.clock.now() + HOUR, endAt: world.clock.now() + 2 * HOUR });
    expect((await post(ahead.id, "clone")).body).toMatchObject({
      scheduledStartAt: "2026-05-06T06:30:00.000Z",
      endAt: "2026-05-06T07:30:00.000Z",
    });
    const past = insertCampaignRow(world, { scheduledStartAt: world.clock.now() - HOUR, endAt: world.clock.now() });
    expect((await post(past.id, "clone")).body).toMatchObject({ scheduledStartAt: null, endAt: null });
  });

  test("a long name is cut so that the copy's is one too", async () => {
    const { body } = await post(insertCampaignRow(world, { name: `${"x".repeat(192)}😀${"y".repeat(6)}` }).id, "clone");
    expect(body.name).toBe(`${"x".repeat(192)} (copy)`);
    expect((await world.request("PUT", `/api/campaigns/${body.id}`, { name: body.name })).status).toBe(200);
  });
});

describe("POST /api/campaigns/{id}/redial", () => {
  for (const status of statuses) {
    test(`${status}: gives a draft with copies of the leads that stand there, as never called`, async () => {
      const { id } = insertCampaignRow(world, { status });
      const [a = "", b = "", c = "", d = ""] = insertLeadRows(world, id, someNumbers(5), { first_name: "Ana" });
      end(a, "busy");
      end(
        b,
        "no_answer",
        `, external_id = 'crm-2', priority = 40, timezone = 'Europe/Paris', zones = 'Europe/Paris', consent = '"yes"', callback_at = 7, rank = 0`,
      );
      end(c, "completed", ", disposition = 'qualified', outcome = '{}'");
      end(d, "no_answer");
      const before = await leadsOf(id);
      const { status: code, body } = await post(id, "redial", { statuses: ["no_answer", "busy"] });
      expect([code, body.status, body.name, body.counts.byStatus.pending]).toEqual([201, "draft", "Spring (redial)", 3]);
      const copies = await leadsOf(body.id);
      expect(copies.map((lead: { phoneNumber: string }) => lead.phoneNumber)).toEqual(
        [before[1], before[3], before[0]].map((lead) => lead.phoneNumber),
      );
      expect(copies[0]).toMatchObject({
        status: "pending",
        attempts: 0,
        disposition: null,
        outcome: null,
        callId: null,
        variables: { first_name: "Ana" },
        campaignId: body.id,
      });
      expect(
        world.db.sqlite
          .query("SELECT external_id, priority, timezone, zones, consent, callback_at, rank FROM leads WHERE id = ?1")
          .get(copies[0].id),
      ).toEqual({
        external_id: "crm-2",
        priority: 40,
        timezone: "Europe/Paris",
        zones: "Europe/Paris",
        consent: '"yes"',
        callback_at: null,
        rank: 60,
      });
      expect(await leadsOf(id)).toEqual(before);
    });
  }

  test("copies more than fit in one slice, and nobody sees any before all are there", async () => {
    const { id } = insertCampaignRow(world, { status: "completed" });
    insertLeadRows(world, id, someNumbers(1_234));
    world.db.sqlite.query("UPDATE leads SET status = 'failed' WHERE campaign_id = ?1").run(id);
    const answer = post(id, "redial", { statuses: ["failed"] });
    expect((await world.request("GET", "/api/campaigns")).body.total).toBe(1);
    const { body } = await answer;
    expect(body.counts.byStatus.pending).toBe(1_234);
    expect(world.db.sqlite.query("SELECT count(*) AS n FROM leads WHERE campaign_id = ?1").get(body.id)).toEqual({ n: 1_234 });
  });

  test("can be started, and again redialed", async () => {
    const { id } = insertCampaignRow(world, { status: "completed" });
    end(insertLeadRows(world, id, someNumbers(1))[0] ?? "", "busy");
    const { body } = await post(id, "redial", { statuses: ["busy"] });
    expect((await post(body.id, "start")).body.status).toBe("running");
    expect((await post(id, "redial", { statuses: ["busy"] })).status).toBe(201);
  });

  test("without such a lead is 400, and nothing is made", async () => {
    const { id } = insertCampaignRow(world, { status: "completed" });
    end(insertLeadRows(world, id, someNumbers(1))[0] ?? "", "busy");
    const answer = await post(id, "redial", { statuses: ["failed", "voicemail"] });
    expect([answer.status, answer.body.code]).toEqual([400, "validation_failed"]);
    expect(answer.body.error).toContain("no lead that is failed or voicemail");
    expect((await world.request("GET", "/api/campaigns")).body.total).toBe(1);
  });

  const bad: [body: unknown, path: string][] = [
    [{}, "statuses"],
    [{ statuses: [] }, "statuses"],
    [{ statuses: ["pending"] }, "statuses.0"],
    [{ statuses: ["retry_wait"] }, "statuses.0"],
    [{ statuses: ["busy", "busy"] }, "statuses"],
    [{ statuses: "busy" }, "statuses"],
    [{ statuses: ["busy"], name: "x" }, "name"],
  ];
  for (const [body, path] of bad) {
    test(`refuses ${JSON.stringify(body)} and names ${path}`, async () => {
      const answer = await post(insertCampaignRow(world, {}).id, "redial", body);
      expect([answer.status, answer.body.details[0].path]).toEqual([400, path]);
    });
  }

  test("of a campaign that is deleted meanwhile is 404, and leaves no leads behind", async () => {
    const { id } = insertCampaignRow(world, { status: "completed" });
    insertLeadRows(world, id, someNumbers(600));
    world.db.sqlite.query("UPDATE leads SET status = 'failed' WHERE campaign_id = ?1").run(id);
    const answer = post(id, "redial", { statuses: ["failed"] });
    await world.request("DELETE", `/api/campaigns/${id}`);
    expect((await answer).status).toBe(404);
    expect(world.db.sqlite.query("SELECT count(*) AS n FROM leads").get()).toEqual({ n: 0 });
  });

  test("what a crash left of one is removed at the next start", async () => {
    world.db.sqlite.run(
      "INSERT INTO leads (id, campaign_id, phone_number, variables, status, due_at, created_at, updated_at) VALUES ('ld_x', 'cmp_never', '+919800000000', '{}', 'pending', 1, 1, 1)",
    );
    await purgeDeletedCampaigns(world.db);
    expect(world.db.sqlite.query("SELECT count(*) AS n FROM leads").get()).toEqual({ n: 0 });
  });
});

describe("GET /api/campaigns/{id}/export.csv", () => {
  async function file(id: string): Promise<{ text: string; headers: Headers; rows: Record<string, string>[] }> {
    const response = await world.api.handle(
      new Request(`http://localhost/api/campaigns/${id}/export.csv`, { headers: { authorization: `Bearer ${world.keyFor("read")}` } }),
    );
    expect(response.status).toBe(200);
    const text = await response.text();
    return { text, headers: response.headers, rows: Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true }).data };
  }

  test("has a row for each lead in the order in which they came, and a column for each name", async () => {
    const { id } = insertCampaignRow(world, { status: "completed" });
    const [a = "", b = ""] = insertLeadRows(world, id, someNumbers(2), { first_name: "Ana", age: 30 });
    world.db.sqlite.query(`UPDATE leads SET variables = '{"city":"Köln","first_name":"Bo"}' WHERE id = ?1`).run(b);
    end(
      a,
      "completed",
      `, disposition = 'qualified', last_ending = 'completed', call_id = 'call_1', last_attempt_at = 0, external_id = 'crm-1', outcome = '{"success":true,"score":-3,"tags":["x"],"note":null}'`,
    );
    const { headers, rows, text } = await file(id);
    expect([headers.get("content-type"), headers.get("content-disposition")]).toEqual([
      "text/csv; charset=utf-8; header=present",
      `attachment; filename="${id}.csv"`,
    ]);
    expect(text.split("\r\n")[0]).toBe(
      "lead_id,phone,status,disposition,attempts,last_ending,call_id,last_attempt_at,external_id,priority,timezone,not_before,consent,created_at,updated_at,variables.first_name,variables.age,variables.city,outcome.success,outcome.score,outcome.tags,outcome.note,outcome",
    );
    expect(rows.map((row) => row.lead_id)).toEqual([a, b]);
    expect(rows[0]).toMatchObject({
      phone: "+919800000000",
      status: "completed",
      disposition: "qualified",
      attempts: "2",
      last_ending: "completed",
      call_id: "call_1",
      last_attempt_at: "1970-01-01T00:00:00.000Z",
      external_id: "crm-1",
      priority: "0",
      "variables.first_name": "Ana",
      "variables.age": "30",
      "variables.city": "",
      "outcome.success": "true",
      "outcome.tags": '["x"]',
      "outcome.note": "",
      outcome: '{"success":true,"score":-3,"tags":["x"],"note":null}',
    });
    expect(rows[1]).toMatchObject({
      status: "pending",
      disposition: "",
      "variables.first_name": "Bo",
      "variables.city": "Köln",
      outcome: "",
    });
  });

  const cells: [value: string, cell: string][] = [
    ["=1+1", "'=1+1"],
    ["+41 cmd", "'+41 cmd"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["＝1", "'＝1"],
    ["+4915112345678", "+4915112345678"],
    ['say "hi", ok', 'say "hi", ok'],
    ["two\nlines", "two\nlines"],
    ["a=b", "a=b"],
  ];
  for (const [value, cell] of cells) {
    test(`${JSON.stringify(value)} is safe to open in a spreadsheet`, async () => {
      const { id } = insertCampaignRow(world);
      insertLeadRows(world, id, someNumbers(1), { note: value });
      const { rows } = await file(id);
      expect([rows[0]?.["variables.note"], rows[0]?.phone]).toEqual([cell, "+919800000000"]);
    });
  }

  test("a name is no formula either", async () => {
    const { id } = insertCampaignRow(world);
    const [lead = ""] = insertLeadRows(world, id, someNumbers(1), { "-x": "1" });
    world.db.sqlite.query(`UPDATE leads SET outcome = '{"=cmd()":"x","a,b":"y"}' WHERE id = ?1`).run(lead);
    const { text } = await file(id);
    for (const cell of Papa.parse<string[]>(text).data[0] ?? []) expect(cell).toMatch(/^[a-z]/);
  });

  test("goes through more leads than a page, and ends", async () => {
    const { id } = insertCampaignRow(world);
    insertLeadRows(world, id, someNumbers(2_500));
    const { rows } = await file(id);
    expect([rows.length, new Set(rows.map((row) => row.phone)).size]).toEqual([2_500, 2_500]);
  });

  test("a campaign without leads has a header", async () =>
    expect((await file(insertCampaignRow(world).id)).text).toEndWith(",outcome\r\n"));

  test("an outcome that is no object is in the last column alone", async () => {
    const { id } = insertCampaignRow(world);
    const [lead = ""] = insertLeadRows(world, id, someNumbers(1));
    world.db.sqlite.query("UPDATE leads SET outcome = '[1,2]' WHERE id = ?1").run(lead);
    expect((await file(id)).rows[0]).toMatchObject({ outcome: "[1,2]" });
  });

  test("of more than 200 names the first 200 have columns, and the outcome is whole", async () => {
    const { id } = insertCampaignRow(world);
    const [lead = ""] = insertLeadRows(world, id, someNumbers(1));
    const outcome = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`n${index}`, index]));
    world.db.sqlite.query("UPDATE leads SET outcome = ?2 WHERE id = ?1").run(lead, JSON.stringify(outcome));
    const { rows } = await file(id);
    expect([Object.keys(rows[0] ?? {}).filter((name) => name.startsWith("outcome.")).length, JSON.parse(rows[0]?.outcome ?? "")]).toEqual([
      200,
      outcome,
    ]);
  });
});

describe("a campaign that is not there", () => {
  for (const [method, rest, body] of [
    ["POST", "clone", undefined],
    ["POST", "redial", { statuses: ["busy"] }],
    ["GET", "export.csv", undefined],
  ] as const) {
    test(`${method} …/${rest} is 404`, async () =>
      expect((await world.request(method, `/api/campaigns/cmp_nope/${rest}`, body)).status).toBe(404));
  }
});

describe("a key to read with", () => {
  for (const [verb, body] of [
    ["clone", undefined],
    ["redial", { statuses: ["busy"] }],
  ] as const) {
    test(`may not ${verb}`, async () =>
      expect((await post(insertCampaignRow(world, { line: insertLine(world) }).id, verb, body, world.keyFor("read"))).status).toBe(403));
  }
});
