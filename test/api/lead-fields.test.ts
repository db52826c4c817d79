// What an upload may say about its leads besides number and variables, and leads that come again under their external id.

import { beforeEach, describe, expect, test } from "bun:test";
import { resumeUploads } from "../../src/leads/upload/import.ts";
import { countLeads } from "../../src/leads/store.ts";
import { completeUpload, insertUpload, stageLeads } from "../../src/leads/upload/waiting-rows.ts";
import { readLimits, writeLimits } from "../../src/settings/store.ts";
import { createWorld, insertCampaignRow, someNumbers, type World } from "../support/world.ts";

let world: World;
let id: string;
beforeEach(() => {
  world = createWorld();
  id = insertCampaignRow(world).id;
});

const NOW = "2026-05-06T05:30:00.000Z";
const NUMBER = "+919876540486";
const add = (...leads: object[]) => world.request("POST", `/api/campaigns/${id}/leads`, { leads });
const send = (csv: string, campaignId = id) =>
  world.request("POST", `/api/campaigns/${campaignId}/leads`, csv, { headers: { "content-type": "text/csv" } });
const list = async (campaignId = id) => (await world.request("GET", `/api/campaigns/${campaignId}/leads?limit=1000`)).body.leads;
const stored = (number: string) =>
  world.db.sqlite.query<any, [string, string]>("SELECT * FROM leads WHERE campaign_id = ?1 AND phone_number = ?2").get(id, number);
const setStatus = (number: string, status: string) =>
  world.db.sqlite.query("UPDATE leads SET status = ?2, attempts = 1 WHERE phone_number = ?1").run(number, status);
const setMode = (timezoneMode: string) =>
  world.db.sqlite.query("UPDATE campaigns SET schedule = json_set(schedule, '$.timezoneMode', ?2) WHERE id = ?1").run(id, timezoneMode);

describe("a lead in JSON", () => {
  const fields = {
    externalId: "crm-17",
    priority: 30,
    timezone: "America/New_York",
    notBefore: "2026-05-07T09:00:00+05:30",
    consent: { form: 12, signed: true },
  };

  test("is shown with what was said of it, and waits accordingly", async () => {
    expect((await add({ phoneNumber: NUMBER, ...fields })).body).toEqual({ inserted: 1, csvErrors: [], duplicates: 0 });
    expect((await list())[0]).toMatchObject({ ...fields, notBefore: "2026-05-07T03:30:00.000Z", variables: {} });
    expect(stored(NUMBER)).toMatchObject({
      rank: 70,
      zones: "America/New_York",
      due_at: Date.UTC(2026, 4, 7, 3, 30),
      not_before: Date.UTC(2026, 4, 7, 3, 30),
    });
  });

  test("about which nothing is said has the zones of its number and waits for nothing", async () => {
    await add({ phoneNumber: NUMBER }, { phoneNumber: "+4915200000486" });
    expect(stored(NUMBER)).toMatchObject({ rank: 100, priority: 0, zones: "Asia/Kolkata", due_at: Date.parse(NOW) });
    expect(stored("+4915200000486")).toMatchObject({ zones: "?" });
    for (const name of Object.keys(fields)) expect((await list())[0]).not.toHaveProperty(name);
  });

  test("a notBefore that has passed changes nothing", async () => {
    await add({ phoneNumber: NUMBER, notBefore: "2020-01-01T00:00:00Z" });
    expect(stored(NUMBER).due_at).toBe(Date.parse(NOW));
  });

  const bad: [what: string, lead: object, path: string][] = [
    ["an empty externalId", { externalId: "" }, "externalId"],
    ["an externalId of 201 characters", { externalId: "x".repeat(201) }, "externalId"],
    ["an externalId that is a number", { externalId: 17 }, "externalId"],
    ["a priority of 101", { priority: 101 }, "priority"],
    ["a priority of -1", { priority: -1 }, "priority"],
    ["a priority with a fraction", { priority: 1.5 }, "priority"],
    ["a priority in words", { priority: "high" }, "priority"],
    ["a zone that is none", { timezone: "Mars/Phobos" }, "timezone"],
    ["an offset for a zone", { timezone: "+05:30" }, "timezone"],
    ["a local time", { notBefore: "2026-05-07T09:00:00" }, "notBefore"],
    ["a time that is a number", { notBefore: 1_778_050_000_000 }, "notBefore"],
    ["a consent that is a list", { consent: ["x"] }, "consent"],
    ["an empty consent", { consent: "" }, "consent"],
    ["a consent of more than 4,000 characters", { consent: { text: "x".repeat(4_000) } }, "consent"],
    ["a callbackAt, which is said later", { callbackAt: "2026-05-07T09:00:00Z" }, "callbackAt"],
  ];
  test.each(bad)("%s: 400, and nothing of the list is taken", async (_, lead, path) => {
    const { status, body } = await add({ phoneNumber: "+919800000001" }, { phoneNumber: NUMBER, ...lead });
    expect([status, body.code, body.details.map((detail: { path: string }) => detail.path)]).toEqual([
      400,
      "validation_failed",
      [`leads.1.${path}`],
    ]);
    expect(countLeads(world.db, id)).toBe(0);
  });

  test("the same externalId twice: 400, naming both places", async () => {
    const { status, body } = await add(
      { phoneNumber: NUMBER, externalId: "a" },
      { phoneNumber: "+919800000001", externalId: "b" },
      { phoneNumber: "+919800000002", externalId: "a" },
    );
    expect([status, body.error]).toEqual([400, "leads.2.externalId is 'a', as in leads.0; each may be there once"]);
    expect(countLeads(world.db, id)).toBe(0);
  });
});

describe("the columns of a CSV", () => {
  const header = "phone,external_id,priority,timezone,not_before,consent\n";

  test("are read, and are variables all the same", async () => {
    await send(`${header}${NUMBER},crm-17,30,America/New_York,2026-05-07T09:00:00+05:30,form 12\n`);
    expect((await list())[0]).toMatchObject({
      externalId: "crm-17",
      priority: 30,
      timezone: "America/New_York",
      notBefore: "2026-05-07T03:30:00.000Z",
      consent: "form 12",
      variables: {
        external_id: "crm-17",
        priority: "30",
        timezone: "America/New_York",
        not_before: "2026-05-07T09:00:00+05:30",
        consent: "form 12",
      },
    });
  });

  test("that mean something else in somebody's list are only variables", async () => {
    expect((await send(`phone,priority,timezone\n${NUMBER},high,IST\n`)).body).toEqual({ inserted: 1, csvErrors: [], duplicates: 0 });
    const [lead] = await list();
    expect(lead.variables).toEqual({ priority: "high", timezone: "IST" });
    expect(lead).not.toHaveProperty("priority");
    expect(lead).not.toHaveProperty("timezone");
  });

  test("with a zone that is none are bad rows where the recipients' own hours are kept", async () => {
    setMode("recipient");
    const { body } = await send(`phone,timezone\n${NUMBER},IST\n+919800000001,Asia/Kolkata\n+919800000002,\n`);
    expect(body).toEqual({
      inserted: 2,
      csvErrors: [{ row: 2, phone: NUMBER, error: "timezone is 'IST'; it must be an IANA time zone, such as Asia/Kolkata" }],
      duplicates: 0,
    });
    setMode("campaign");
    expect((await send(`phone,timezone\n${NUMBER},IST\n`)).body.inserted).toBe(1);
  });

  test("with a not_before that cannot be read are bad rows everywhere", async () => {
    const { body } = await send(`phone,not_before\n${NUMBER},next week\n+919800000001,2026-05-07T09:00:00Z\n`);
    expect(body).toMatchObject({
      inserted: 1,
      csvErrors: [{ row: 2, phone: NUMBER, error: expect.stringContaining("not_before is 'next week'") }],
    });
  });

  test("are kept through the staging of a long upload", async () => {
    const rows = someNumbers(1_200).map((number, index) => `${number},id-${index},${index % 101},Europe/Paris,2026-05-07T09:00:00Z,yes\n`);
    expect((await send(header + rows.join(""))).body).toEqual({ inserted: 1_200, csvErrors: [], duplicates: 0 });
    const [number = ""] = someNumbers(1_200).slice(1_150);
    expect(stored(number)).toMatchObject({
      external_id: "id-1150",
      priority: 39,
      rank: 61,
      timezone: "Europe/Paris",
      zones: "Europe/Paris",
      not_before: Date.UTC(2026, 4, 7, 9),
      consent: '"yes"',
    });
  });
});

describe("a number without a country code", () => {
  test("is read as the campaign's default country, else the appliance's, else refused", async () => {
    expect((await add({ phoneNumber: "98765 40486" })).body).toMatchObject({
      inserted: 0,
      csvErrors: [{ error: expect.stringContaining("has no country code") }],
    });
    writeLimits(world.db, { ...readLimits(world.db), defaultCountry: "IN" });
    expect((await add({ phoneNumber: "98765 40486" })).body.inserted).toBe(1);
    world.db.sqlite.query("UPDATE campaigns SET default_country = 'FR' WHERE id = ?1").run(id);
    expect((await send("phone\n06 12 34 56 78\n")).body.inserted).toBe(1);
    expect((await list()).map((lead: { phoneNumber: string }) => lead.phoneNumber)).toEqual([NUMBER, "+33612345678"]);
  });
});

describe("a lead that comes again under its external id", () => {
  const before = {
    phoneNumber: NUMBER,
    externalId: "crm-17",
    priority: 10,
    timezone: "Asia/Kolkata",
    consent: "form 12",
    variables: { name: "Ann", plan: "a" },
  };
  beforeEach(async () => void (await add(before)));

  test("is changed: variables as a whole, number, priority, zone, notBefore, consent", async () => {
    const [{ id: leadId }] = await list();
    world.clock.advance(60_000);
    const { body } = await add({
      phoneNumber: "+919800000001",
      externalId: "crm-17",
      priority: 90,
      timezone: "Europe/Paris",
      notBefore: "2026-05-07T09:00:00Z",
      consent: { form: 13 },
      variables: { name: "Ana" },
    });
    expect(body).toEqual({ inserted: 0, updated: 1, csvErrors: [], duplicates: 0 });
    const leads = await list();
    expect(leads).toHaveLength(1);
    expect(leads[0]).toMatchObject({
      id: leadId,
      phoneNumber: "+919800000001",
      priority: 90,
      timezone: "Europe/Paris",
      notBefore: "2026-05-07T09:00:00.000Z",
      consent: { form: 13 },
      variables: { name: "Ana" },
      updatedAt: "2026-05-06T05:31:00.000Z",
    });
    expect(stored("+919800000001")).toMatchObject({ rank: 10, zones: "Europe/Paris", due_at: Date.UTC(2026, 4, 7, 9) });
    expect(countLeads(world.db, id)).toBe(1);
  });

  test("keeps what the row is silent about", async () => {
    expect((await add({ phoneNumber: NUMBER, externalId: "crm-17", priority: 11 })).body.updated).toBe(1);
    expect((await list())[0]).toMatchObject({ ...before, priority: 11 });
  });

  test("and says nothing new is a duplicate: nothing is written, and the answer is as it always was", async () => {
    world.clock.advance(60_000);
    expect((await add(before)).body).toEqual({ inserted: 0, csvErrors: [], duplicates: 1 });
    expect((await list())[0].updatedAt).toBe(NOW);
  });

  test("wakes the machine when it was changed", async () => {
    const { nudges } = world.control;
    await add({ phoneNumber: NUMBER, externalId: "crm-17", priority: 11 });
    expect(world.control.nudges).toBe(nudges + 1);
  });

  test.each(["retry_wait", "completed", "voicemail", "no_answer", "busy", "failed", "dnc_blocked"])(
    "when it is %s: is changed, and stays where it is",
    async (status) => {
      setStatus(NUMBER, status);
      expect((await add({ phoneNumber: NUMBER, externalId: "crm-17", variables: { plan: "b" } })).body.updated).toBe(1);
      expect((await list())[0]).toMatchObject({ status, variables: { plan: "b" } });
    },
  );

  test.each(["dialing", "in_progress"])("when it is %s: is left alone, and its row is a duplicate", async (status) => {
    setStatus(NUMBER, status);
    expect((await add({ phoneNumber: NUMBER, externalId: "crm-17", variables: { plan: "b" } })).body).toEqual({
      inserted: 0,
      csvErrors: [],
      duplicates: 1,
    });
    expect((await list())[0].variables).toEqual(before.variables);
  });

  test.each([
    ["dialing", "externalId 'crm-17': the lead is dialing; it can be changed once its call is over"],
    [
      "retry_wait",
      `externalId 'crm-17': the lead is retry_wait: its number ${NUMBER} stays, because its story is about that number; add the other one as a lead of its own`,
    ],
    [
      "completed",
      `externalId 'crm-17': the lead is completed: its number ${NUMBER} stays, because its story is about that number; add the other one as a lead of its own`,
    ],
  ])("when it is %s: another number is reported, and nothing of the row is taken", async (status, error) => {
    setStatus(NUMBER, status);
    expect(
      (await add({ phoneNumber: "+919800000009" }, { phoneNumber: "+919800000001", externalId: "crm-17", priority: 99 })).body,
    ).toEqual({
      inserted: 1,
      csvErrors: [{ row: 2, phone: "+919800000001", error }],
      duplicates: 0,
    });
    expect(stored(NUMBER)).toMatchObject({ priority: 10 });
    expect(countLeads(world.db, id)).toBe(2);
  });

  test("with the number of another lead is a duplicate", async () => {
    await add({ phoneNumber: "+919800000001" });
    expect((await add({ phoneNumber: "+919800000001", externalId: "crm-17", priority: 99 })).body).toEqual({
      inserted: 0,
      csvErrors: [],
      duplicates: 1,
    });
    expect(stored(NUMBER)).toMatchObject({ priority: 10 });
  });

  test("in another campaign is another lead", async () => {
    id = insertCampaignRow(world).id;
    expect((await add(before)).body.inserted).toBe(1);
  });

  test("a number that the campaign has under no id stays as it is: the first one wins", async () => {
    await add({ phoneNumber: "+919800000001", variables: { a: 1 } });
    expect((await add({ phoneNumber: "+919800000001", externalId: "new", variables: { a: 2 } })).body).toEqual({
      inserted: 0,
      csvErrors: [],
      duplicates: 1,
    });
    expect(stored("+919800000001")).toMatchObject({ external_id: null, variables: '{"a":1}' });
  });
});

describe("external ids in a CSV", () => {
  test("change the leads of earlier uploads; the same file again changes nothing", async () => {
    const file = "phone,external_id,plan\n+919800000001,a,1\n+919800000002,b,1\n";
    await send(file);
    expect((await send(file)).body).toEqual({ inserted: 0, csvErrors: [], duplicates: 2 });
    expect((await send("phone,external_id,plan\n+919800000001,a,1\n+919800000009,b,2\n+919800000003,c,1\n")).body).toEqual({
      inserted: 1,
      updated: 1,
      csvErrors: [],
      duplicates: 1,
    });
    expect((await list()).map((lead: any) => [lead.phoneNumber, lead.externalId, lead.variables.plan])).toEqual([
      ["+919800000001", "a", "1"],
      ["+919800000009", "b", "2"],
      ["+919800000003", "c", "1"],
    ]);
  });

  test("that come twice in one file are two people to call; the first keeps the id", async () => {
    expect((await send("phone,external_id\n+919800000002,a\n+919800000001,a\n+919800000002,a\n")).body).toEqual({
      inserted: 2,
      csvErrors: [],
      duplicates: 1,
    });
    expect((await list()).map((lead: any) => [lead.phoneNumber, lead.externalId, lead.variables.external_id])).toEqual([
      ["+919800000002", "a", "a"],
      ["+919800000001", undefined, "a"],
    ]);
  });

  test("work the same in an upload of many slices, and late refusals are told in the order of the rows", async () => {
    const numbers = someNumbers(1_300);
    const file = (plan: string) => `phone,external_id,plan\n${numbers.map((number, index) => `${number},id-${index},${plan}\n`).join("")}`;
    await send(file("a"));
    world.db.sqlite.query("UPDATE leads SET status = 'busy', attempts = 1 WHERE external_id = 'id-700'").run();
    const changed = file("b")
      .replace(`${numbers[700]},id-700`, "+4915200000486,id-700")
      .replace("phone,external_id,plan\n", "phone,external_id,plan\n12,x,b\n");
    const { body } = await send(`${changed}34,y,b\n`);
    expect([body.inserted, body.updated, body.duplicates]).toEqual([0, 1_299, 0]);
    expect(body.csvErrors.map((problem: { row: number }) => problem.row)).toEqual([2, 703, 1_303]);
    expect(world.db.sqlite.query("SELECT count(*) AS n FROM leads WHERE json_extract(variables, '$.plan') = 'b'").get()).toEqual({
      n: 1_299,
    });
    expect(countLeads(world.db, id)).toBe(1_300);
  });

  test("are honoured when a crash made the upload move at the next start", async () => {
    await send("phone,external_id,plan\n+919800000001,a,1\n");
    const uploadId = world.newId("upl");
    insertUpload(world.db, { id: uploadId, campaignId: id }, 1);
    const staged = (phoneNumber: string, externalId: string, row: number) => ({
      id: world.newId("ld"),
      phoneNumber,
      variables: '{"plan":"2"}',
      externalId,
      zones: "?",
      row,
    });
    stageLeads(world.db, uploadId, [staged("+919800000001", "a", 2), staged("+919800000002", "b", 3)]);
    completeUpload(world.db, uploadId);
    await resumeUploads(world);
    expect((await list()).map((lead: any) => [lead.phoneNumber, lead.externalId, lead.variables.plan])).toEqual([
      ["+919800000001", "a", "2"],
      ["+919800000002", "b", "2"],
    ]);
  });
});

test("the counters agree with the leads after all of it", async () => {
  await send("phone,external_id\n+919800000001,a\n+919800000002,b\n+919800000003,\n");
  await send("phone,external_id\n+919800000007,a\n+919800000004,\n+919800000005,c\n");
  const counted = world.db.sqlite.query("SELECT status, count FROM lead_counts WHERE count > 0").all();
  expect(counted).toEqual(world.db.sqlite.query("SELECT status, count(*) AS count FROM leads GROUP BY status").all());
});
