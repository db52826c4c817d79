import { beforeEach, describe, expect, test } from "bun:test";
import { calls } from "../../src/database/tables.ts";
import { createWorld, insertCampaignRow, insertLeadRows, insertLine, type Line, someNumbers, type World } from "../support/world.ts";

let world: World;
let line: Line;
beforeEach(() => {
  world = createWorld();
  line = insertLine(world, { versions: 2 });
});

const named = () => ({ name: "Spring", agentId: line.agentId, phoneNumberId: line.phoneNumberId });
const create = (more: object = {}) => world.request("POST", "/api/campaigns", { ...named(), ...more });
const put = (id: string, change: object) => world.request("PUT", `/api/campaigns/${id}`, change);

const noLeads = {
  pending: 0,
  dialing: 0,
  in_progress: 0,
  retry_wait: 0,
  completed: 0,
  voicemail: 0,
  no_answer: 0,
  busy: 0,
  failed: 0,
  dnc_blocked: 0,
};

describe("POST /api/campaigns", () => {
  test("makes a draft with the contract's defaults", async () => {
    const { status, body } = await create();
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^cmp_/),
      ...named(),
      agentVersion: 2,
      maxConcurrent: 5,
      scheduledStartAt: null,
      schedule: { timezone: "Asia/Kolkata", windowStart: "09:00", windowEnd: "19:00", weekdays: [0, 1, 2, 3, 4, 5, 6] },
      retryPolicy: { maxAttempts: 3, backoffMinutes: 60, retryOn: ["no_answer", "busy"] },
      webhookUrl: null,
      endAt: null,
      callsPerSecond: null,
      weight: 1,
      phoneNumberIds: [],
      defaultCountry: null,
      contactLimits: [],
      restAfterConversationHours: null,
      preDialHook: null,
      status: "draft",
      statusReason: null,
      counts: { byStatus: noLeads },
      createdAt: "2026-05-06T05:30:00.000Z",
      updatedAt: "2026-05-06T05:30:00.000Z",
      startedAt: null,
      completedAt: null,
    });
    expect((await world.request("GET", `/api/campaigns/${body.id}`)).body).toEqual(body);
  });

  test("keeps every field as it was sent, and fills the rest of nested objects", async () => {
    const { body } = await create({
      agentVersion: 1,
      maxConcurrent: 50,
      scheduledStartAt: "2026-05-07T09:00:00+05:30",
      schedule: { timezone: "America/New_York", windowStart: "22:00", windowEnd: "06:00" },
      retryPolicy: { retryOn: ["voicemail", "failed"] },
      webhookUrl: "https://crm.example.com/hook?a=1",
    });
    expect(body).toMatchObject({
      agentVersion: 1,
      maxConcurrent: 50,
      scheduledStartAt: "2026-05-07T03:30:00.000Z",
      schedule: { timezone: "America/New_York", windowStart: "22:00", windowEnd: "06:00", weekdays: [0, 1, 2, 3, 4, 5, 6] },
      retryPolicy: { maxAttempts: 3, backoffMinutes: 60, retryOn: ["voicemail", "failed"] },
      webhookUrl: "https://crm.example.com/hook?a=1",
    });
  });

  test("keeps the version that was current, whatever is published later", async () => {
    const { body } = await create();
    world.db.sqlite.query("UPDATE agents SET current_version = 3 WHERE id = ?1").run(line.agentId);
    expect((await world.request("GET", `/api/campaigns/${body.id}`)).body.agentVersion).toBe(2);
  });

  test("takes an empty retryOn: nobody is tried again", async () => {
    expect((await create({ retryPolicy: { retryOn: [] } })).body.retryPolicy.retryOn).toEqual([]);
  });

  const edges: object[] = [
    { maxConcurrent: 1 },
    { retryPolicy: { maxAttempts: 10, backoffMinutes: 10_080 } },
    { retryPolicy: { maxAttempts: 1, backoffMinutes: 1 } },
    { name: "x".repeat(200) },
    { schedule: { weekdays: [6] } },
    { schedule: { windowStart: "00:00", windowEnd: "23:59" } },
    { webhookUrl: null, scheduledStartAt: null },
    { scheduledStartAt: "2026-05-06T11:23Z" },
  ];
  for (const fields of edges)
    test(`takes ${JSON.stringify(fields).slice(0, 80)}`, async () => expect((await create(fields)).status).toBe(201));

  const bad: [fields: object, path: string][] = [
    [{ name: undefined }, "name"],
    [{ name: "" }, "name"],
    [{ name: "   " }, "name"],
    [{ name: "x".repeat(201) }, "name"],
    [{ name: 7 }, "name"],
    [{ agentId: undefined }, "agentId"],
    [{ agentId: null }, "agentId"],
    [{ phoneNumberId: undefined }, "phoneNumberId"],
    [{ agentVersion: 0 }, "agentVersion"],
    [{ agentVersion: "1" }, "agentVersion"],
    [{ maxConcurrent: 0 }, "maxConcurrent"],
    [{ maxConcurrent: 51 }, "maxConcurrent"],
    [{ maxConcurrent: 2.5 }, "maxConcurrent"],
    [{ maxConcurrent: "5" }, "maxConcurrent"],
    [{ maxConcurrent: null }, "maxConcurrent"],
    [{ scheduledStartAt: "2026-05-07T09:00:00" }, "scheduledStartAt"],
    [{ scheduledStartAt: "2026-02-30T09:00:00Z" }, "scheduledStartAt"],
    [{ scheduledStartAt: "tomorrow" }, "scheduledStartAt"],
    [{ scheduledStartAt: 1_778_000_000_000 }, "scheduledStartAt"],
    [{ schedule: null }, "schedule"],
    [{ schedule: { timezone: "Mars/Olympus" } }, "schedule.timezone"],
    [{ schedule: { timezone: "+05:30" } }, "schedule.timezone"],
    [{ schedule: { windowStart: "9:00" } }, "schedule.windowStart"],
    [{ schedule: { windowEnd: "24:00" } }, "schedule.windowEnd"],
    [{ schedule: { windowEnd: "18:60" } }, "schedule.windowEnd"],
    [{ schedule: { windowStart: "10:00", windowEnd: "10:00" } }, "schedule.windowEnd"],
    [{ schedule: { windowStart: "19:00" } }, "schedule.windowEnd"],
    [{ schedule: { weekdays: [] } }, "schedule.weekdays"],
    [{ schedule: { weekdays: [1, 1] } }, "schedule.weekdays"],
    [{ schedule: { weekdays: [7] } }, "schedule.weekdays.0"],
    [{ schedule: { weekdays: "all" } }, "schedule.weekdays"],
    [{ schedule: { zone: "UTC" } }, "schedule.zone"],
    [{ retryPolicy: { maxAttempts: 0 } }, "retryPolicy.maxAttempts"],
    [{ retryPolicy: { maxAttempts: 11 } }, "retryPolicy.maxAttempts"],
    [{ retryPolicy: { backoffMinutes: 0 } }, "retryPolicy.backoffMinutes"],
    [{ retryPolicy: { backoffMinutes: 10_081 } }, "retryPolicy.backoffMinutes"],
    [{ retryPolicy: { retryOn: ["completed"] } }, "retryPolicy.retryOn.0"],
    [{ retryPolicy: { retryOn: ["busy", "busy"] } }, "retryPolicy.retryOn"],
    [{ retryPolicy: { jitter: 1 } }, "retryPolicy.jitter"],
    [{ webhookUrl: "" }, "webhookUrl"],
    [{ webhookUrl: "crm.example.com/hook" }, "webhookUrl"],
    [{ webhookUrl: "ftp://crm.example.com" }, "webhookUrl"],
    [{ webhookUrl: "javascript:alert(1)" }, "webhookUrl"],
    [{ webhookUrl: "http://private.example/hook" }, "webhookUrl"],
    [{ status: "running" }, "status"],
    [{ id: "cmp_mine" }, "id"],
    [{ max_concurrent: 5 }, "max_concurrent"],
  ];
  for (const [fields, path] of bad) {
    test(`refuses ${JSON.stringify(fields, (_, value) => (value === undefined ? "(none)" : value)).slice(0, 80)} and names ${path}`, async () => {
      const { status, body } = await create(fields);
      expect(status).toBe(400);
      expect(body.code).toBe("validation_failed");
      expect(body.details.map((detail: { path: string }) => detail.path)).toEqual([path]);
      expect(body.error).toContain(path.split(".").at(0) ?? "");
    });
  }

  test("names every place that is wrong at once, with the value and the rule", async () => {
    const { body } = await create({ maxConcurrent: 99, schedule: { windowStart: "9am" } });
    expect(body.details).toEqual([
      { path: "maxConcurrent", message: "is 99; it must be a whole number from 1 to 50" },
      { path: "schedule.windowStart", message: 'is "9am"; it must be a time of day as HH:MM, from 00:00 to 23:59' },
    ]);
    expect(body.error).toBe(
      'maxConcurrent: is 99; it must be a whole number from 1 to 50; schedule.windowStart: is "9am"; it must be a time of day as HH:MM, from 00:00 to 23:59',
    );
  });

  const missing: [fields: () => object, sentence: string][] = [
    [() => ({ agentId: "agent_nope" }), "there is no agent with the id 'agent_nope'"],
    [() => ({ phoneNumberId: "pn_nope" }), "there is no phone number with the id 'pn_nope'"],
    [() => ({ agentVersion: 3 }), "has no version 3; its current version is 2"],
  ];
  for (const [fields, sentence] of missing) {
    test(`is 404 when ${sentence}`, async () => {
      const { status, body } = await create(fields());
      expect(status).toBe(404);
      expect(body.code).toBe("not_found");
      expect(body.error).toContain(sentence);
      expect(world.db.sqlite.query("SELECT count(*) AS n FROM campaigns").get()).toEqual({ n: 0 });
    });
  }
});

describe("GET /api/campaigns", () => {
  test("lists newest first, and pages by offset and by cursor", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) insertCampaignRow(world, { name, line });
    const names = async (query: string) =>
      (await world.request("GET", `/api/campaigns?${query}`)).body.campaigns.map((campaign: { name: string }) => campaign.name);
    expect(await names("")).toEqual(["e", "d", "c", "b", "a"]);
    expect(await names("limit=2&offset=1")).toEqual(["d", "c"]);
    const first = (await world.request("GET", "/api/campaigns?limit=2")).body;
    expect({ ...first, campaigns: first.campaigns.length }).toEqual({
      campaigns: 2,
      total: 5,
      limit: 2,
      offset: 0,
      nextCursor: expect.any(String),
    });
    expect(await names(`limit=2&cursor=${first.nextCursor}`)).toEqual(["c", "b"]);
    expect((await world.request("GET", "/api/campaigns?limit=200")).body.nextCursor).toBeNull();
  });

  test("filters by status", async () => {
    insertCampaignRow(world, { name: "a", line, status: "running" });
    insertCampaignRow(world, { name: "b", line });
    const { body } = await world.request("GET", "/api/campaigns?status=running");
    expect([body.campaigns.map((campaign: { name: string }) => campaign.name), body.total]).toEqual([["a"], 1]);
    expect((await world.request("GET", "/api/campaigns?status=")).body.total).toBe(2);
  });

  for (const query of ["status=dialing", "limit=0", "limit=1001", "limit=x", "offset=-1", "cursor=abc", "page=2"]) {
    test(`refuses ?${query}`, async () => {
      const { status, body } = await world.request("GET", `/api/campaigns?${query}`);
      expect([status, body.code, body.details[0].path]).toEqual([400, "validation_failed", query.split("=")[0]]);
    });
  }
});

describe("PUT /api/campaigns/{id}", () => {
  test("changes what is sent, merging nested objects field by field", async () => {
    const { body: before } = await create({ schedule: { timezone: "UTC" }, retryPolicy: { maxAttempts: 7 } });
    world.clock.advance(1_000);
    const { status, body } = await put(before.id, { name: "Summer", schedule: { windowEnd: "20:30" }, retryPolicy: { backoffMinutes: 5 } });
    expect(status).toBe(200);
    expect(body).toEqual({
      ...before,
      name: "Summer",
      schedule: { ...before.schedule, windowEnd: "20:30" },
      retryPolicy: { ...before.retryPolicy, backoffMinutes: 5 },
      updatedAt: "2026-05-06T05:30:01.000Z",
    });
    expect((await world.request("GET", `/api/campaigns/${before.id}`)).body).toEqual(body);
  });

  test("null clears webhookUrl and scheduledStartAt; what is not sent stays", async () => {
    const { body } = await create({ webhookUrl: "https://crm.example.com", scheduledStartAt: "2027-01-01T00:00:00Z" });
    expect((await put(body.id, { name: "x" })).body).toMatchObject({
      webhookUrl: "https://crm.example.com",
      scheduledStartAt: "2027-01-01T00:00:00.000Z",
    });
    expect((await put(body.id, { webhookUrl: null, scheduledStartAt: null })).body).toMatchObject({
      webhookUrl: null,
      scheduledStartAt: null,
    });
  });

  test("checks the schedule after the merge", async () => {
    const { body } = await create();
    expect(await put(body.id, { schedule: { windowStart: "19:00" } })).toMatchObject({
      status: 400,
      body: { details: [{ path: "schedule.windowEnd" }] },
    });
    expect((await put(body.id, { schedule: { windowStart: "19:00", windowEnd: "21:00" } })).status).toBe(200);
  });

  test("another agent without a version takes that agent's current one", async () => {
    const { body } = await create({ agentVersion: 1 });
    const other = insertLine(world, { from: "+14155550199" });
    expect((await put(body.id, { agentId: line.agentId })).body.agentVersion).toBe(1);
    expect((await put(body.id, { agentId: other.agentId })).body).toMatchObject({ agentId: other.agentId, agentVersion: 1 });
    expect((await put(body.id, { agentId: line.agentId })).body.agentVersion).toBe(2);
    expect((await put(body.id, { agentVersion: 1 })).body.agentVersion).toBe(1);
  });

  const adjustable = {
    name: "x",
    maxConcurrent: 7,
    schedule: { windowEnd: "18:00" },
    retryPolicy: { maxAttempts: 2 },
    webhookUrl: "https://crm.example.com",
  };
  const fixed = (): Record<string, unknown> => ({
    agentId: line.agentId,
    agentVersion: 1,
    phoneNumberId: line.phoneNumberId,
    scheduledStartAt: "2027-01-01T00:00:00Z",
  });

  for (const status of ["draft", "scheduled", "running", "paused"] as const) {
    test(`${status}: ${Object.keys(adjustable).join(", ")} may change, and the machine is told`, async () => {
      const { id } = insertCampaignRow(world, { line, status, scheduledStartAt: world.clock.now() });
      for (const [field, value] of Object.entries(adjustable)) {
        const answer = await put(id, { [field]: value });
        expect([answer.status, answer.body.status]).toEqual([200, status]);
        expect(answer.body[field]).toEqual(typeof value === "object" ? expect.objectContaining(value) : value);
      }
      expect(world.control.nudges).toBe(5);
    });
  }

  for (const status of ["draft", "scheduled"] as const) {
    test(`${status}: every field may change`, async () => {
      const { id } = insertCampaignRow(world, { line, status, scheduledStartAt: world.clock.now() });
      expect((await put(id, { ...adjustable, ...fixed() })).body).toMatchObject({
        agentVersion: 1,
        scheduledStartAt: "2027-01-01T00:00:00.000Z",
      });
    });
  }

  for (const status of ["running", "paused"] as const) {
    for (const field of ["agentId", "agentVersion", "phoneNumberId", "scheduledStartAt"]) {
      test(`${status}: ${field} may not change, and nothing of the request is taken`, async () => {
        const { id } = insertCampaignRow(world, { line, status });
        const { status: code, body } = await put(id, { [field]: fixed()[field], name: "Summer" });
        expect([code, body.code, body.error]).toEqual([
          409,
          "wrong_state",
          `cannot change these fields of a campaign that is ${status}; it must be draft or scheduled`,
        ]);
        expect((await world.request("GET", `/api/campaigns/${id}`)).body.name).toBe("Spring");
      });
    }
  }

  for (const status of ["completed", "failed"] as const) {
    test(`${status}: nothing may change`, async () => {
      const { id } = insertCampaignRow(world, { line, status });
      for (const [field, value] of Object.entries({ ...adjustable, ...fixed() })) {
        expect(await put(id, { [field]: value })).toMatchObject({ status: 409, body: { code: "wrong_state" } });
      }
      expect((await put(id, {})).status).toBe(409);
    });
  }

  test("a scheduled campaign keeps a start", async () => {
    const { id } = insertCampaignRow(world, { line, status: "scheduled", scheduledStartAt: world.clock.now() + 60_000 });
    expect(await put(id, { scheduledStartAt: null })).toMatchObject({ status: 400, body: { details: [{ path: "scheduledStartAt" }] } });
  });

  const bad: [change: object, status: number][] = [
    [{ name: "" }, 400],
    [{ name: null }, 400],
    [{ maxConcurrent: 51 }, 400],
    [{ schedule: { timezone: "Nowhere" } }, 400],
    [{ webhookUrl: "http://private.example/" }, 400],
    [{ status: "running" }, 400],
    [{ counts: {} }, 400],
    [{ agentId: "agent_nope" }, 404],
    [{ agentVersion: 9 }, 404],
    [{ phoneNumberId: "pn_nope" }, 404],
  ];
  for (const [change, status] of bad) {
    test(`${JSON.stringify(change)} is ${status} and changes nothing`, async () => {
      const { body: before } = await create();
      expect((await put(before.id, change)).status).toBe(status);
      expect((await world.request("GET", `/api/campaigns/${before.id}`)).body).toEqual(before);
    });
  }
});

describe("DELETE /api/campaigns/{id}", () => {
  for (const status of ["draft", "completed", "failed"] as const) {
    test(`${status}: removes the campaign and its leads; its calls stay`, async () => {
      const { id } = insertCampaignRow(world, { line, status });
      const other = insertCampaignRow(world, { line });
      const [leadId = ""] = insertLeadRows(world, id, someNumbers(1_200));
      insertLeadRows(world, other.id, someNumbers(3));
      world.db.sqlite.query("UPDATE leads SET status = 'dialing' WHERE id = ?1").run(leadId);
      insertCall(id, leadId);
      expect(await world.request("DELETE", `/api/campaigns/${id}`)).toMatchObject({ status: 204, body: undefined });
      expect((await world.request("GET", `/api/campaigns/${id}`)).status).toBe(404);
      expect(world.db.sqlite.query("SELECT campaign_id AS id, count(*) AS n FROM leads GROUP BY 1").all()).toEqual([
        { id: other.id, n: 3 },
      ]);
      expect(world.db.sqlite.query("SELECT campaign_id AS id, sum(count) AS n FROM lead_counts GROUP BY 1").all()).toEqual([
        { id: other.id, n: 3 },
      ]);
      expect(world.db.sqlite.query("SELECT count(*) AS n FROM calls WHERE campaign_id = ?1").get(id)).toEqual({ n: 1 });
    });
  }

  for (const status of ["scheduled", "running", "paused"] as const) {
    test(`${status}: is refused and nothing goes`, async () => {
      const { id } = insertCampaignRow(world, { line, status });
      insertLeadRows(world, id, someNumbers(2));
      expect(await world.request("DELETE", `/api/campaigns/${id}`)).toMatchObject({
        status: 409,
        body: { code: "wrong_state", error: `cannot delete a campaign that is ${status}; it must be draft or completed or failed` },
      });
      expect((await world.request("GET", `/api/campaigns/${id}`)).body.counts.byStatus.pending).toBe(2);
    });
  }

  function insertCall(campaignId: string, leadId: string) {
    const nothing = {
      ending: null,
      reason: null,
      sipCode: null,
      q850Cause: null,
      hungUpBy: null,
      ringingAt: null,
      answeredAt: null,
      endedAt: null,
      ringMs: null,
      talkMs: null,
      disposition: null,
      outcome: null,
    };
    const from = {
      agentId: line.agentId,
      agentVersion: 1,
      phoneNumberId: line.phoneNumberId,
      trunkId: line.trunkId,
      fromNumber: "+14155550100",
      toNumber: "+919800000000",
    };
    world.db.orm
      .insert(calls)
      .values({
        id: "call_1",
        bootId: "boot_1",
        campaignId,
        leadId,
        ...from,
        attempt: 1,
        usesAttempt: 1,
        status: "answered",
        placedAt: 1,
        ...nothing,
      })
      .run();
  }
});

describe("GET /api/campaigns/{id}/report", () => {
  test("counts every status and every disposition, 0 included", async () => {
    const { id } = insertCampaignRow(world, { line, status: "running" });
    const ids = insertLeadRows(world, id, someNumbers(7));
    const ended: [status: string, disposition: string | null][] = [
      ["completed", "qualified"],
      ["completed", "qualified"],
      ["completed", "callback"],
      ["busy", null],
      ["dnc_blocked", null],
    ];
    for (const [index, [status, disposition]] of ended.entries()) {
      world.db.sqlite.query("UPDATE leads SET status = ?2, disposition = ?3 WHERE id = ?1").run(ids[index] ?? "", status, disposition);
    }
    const { status, body } = await world.request("GET", `/api/campaigns/${id}/report`);
    expect(status).toBe(200);
    expect(body).toEqual({
      campaign: (await world.request("GET", `/api/campaigns/${id}`)).body,
      counts: {
        byStatus: { ...noLeads, pending: 2, completed: 3, busy: 1, dnc_blocked: 1 },
        byDisposition: { qualified: 2, not_interested: 0, callback: 1, completed: 0 },
      },
    });
    expect(body.campaign.counts.byStatus).toEqual(body.counts.byStatus);
  });
});

describe("a campaign that is not there", () => {
  const routes = [
    ["GET", ""],
    ["PUT", ""],
    ["DELETE", ""],
    ["GET", "/report"],
    ["GET", "/leads"],
    ["POST", "/leads"],
    ["POST", "/start"],
    ["POST", "/pause"],
    ["POST", "/resume"],
    ["POST", "/stop"],
  ] as const;
  for (const [method, rest] of routes) {
    test(`${method} …${rest} is 404 and names it`, async () => {
      const body = method === "PUT" ? { name: "x" } : undefined;
      expect(await world.request(method, `/api/campaigns/cmp_nope${rest}`, body)).toMatchObject({
        status: 404,
        body: { error: "there is no campaign with the id 'cmp_nope'", code: "not_found" },
      });
    });
  }
});
