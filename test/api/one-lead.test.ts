// /api/campaigns/{id}/leads/{leadId}: the story of a lead, and what may be done with one.

import { beforeEach, describe, expect, test } from "bun:test";
import { leadStatuses } from "../../src/leads/status.ts";
import { createWorld, insertCampaignRow, insertLeadRows, type World } from "../support/world.ts";

const NOW = Date.UTC(2026, 4, 6, 5, 30);
const HOUR = 3_600_000;
const NUMBER = "+919876540486";

let world: World;
let id: string;
let lead: string;
beforeEach(() => {
  world = createWorld();
  id = insertCampaignRow(world, { status: "running" }).id;
  [lead = ""] = insertLeadRows(world, id, [NUMBER], { name: "Ann", plan: "a" });
});

const path = (leadId = lead, campaignId = id) => `/api/campaigns/${campaignId}/leads/${leadId}`;
const get = () => world.request("GET", path());
const patch = (body: unknown) => world.request("PATCH", path(), body);
const remove = () => world.request("DELETE", path());
const retry = () => world.request("POST", `${path()}/retry`);
const run = (sql: string) => world.db.sqlite.run(sql);
const set = (columns: string) => world.db.sqlite.query(`UPDATE leads SET ${columns} WHERE id = ?1`).run(lead);
const row = () => world.db.sqlite.query<any, [string]>("SELECT * FROM leads WHERE id = ?1").get(lead);
const at = (hours: number) => new Date(NOW + hours * HOUR).toISOString();
const setCampaign = (status: string) => world.db.sqlite.query("UPDATE campaigns SET status = ?2 WHERE id = ?1").run(id, status);
const listNumber = () => run(`INSERT INTO dnc (id, phone_number, source, created_at) VALUES ('dnc_1', '${NUMBER}', 'manual', 0)`);

const open = ["dialing", "in_progress"];
const waiting = ["pending", "retry_wait"];
const finals = leadStatuses.filter((status) => !open.includes(status) && !waiting.includes(status));

/** Counters equal rows. */
function expectCounts() {
  const sql = "SELECT status, coalesce(disposition, '') AS disposition, count(*) AS count FROM leads GROUP BY 1, 2 ORDER BY 1";
  expect(world.db.sqlite.query("SELECT status, disposition, count FROM lead_counts WHERE count <> 0 ORDER BY 1").all()).toEqual(
    world.db.sqlite.query(sql).all(),
  );
}

describe("GET: the story of a lead", () => {
  test("never called: the lead, its zones, when it is due, and nothing more", async () => {
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(body).toEqual({
      id: lead,
      campaignId: id,
      phoneNumber: NUMBER,
      variables: { name: "Ann", plan: "a" },
      status: "pending",
      disposition: null,
      attempts: 0,
      callId: null,
      outcome: null,
      lastAttemptAt: null,
      nextAttemptAt: null,
      createdAt: at(0),
      updatedAt: at(0),
      zones: [],
      dueAt: at(0),
      calls: [],
      decisions: [],
    });
  });

  test("tells its calls with what was known, and its decisions, oldest first", async () => {
    const call = (callId: string, columns: string, values: string) =>
      run(`INSERT INTO calls (id, boot_id, campaign_id, lead_id, agent_id, agent_version, phone_number_id, trunk_id, from_number, to_number, attempt, ${columns})
           VALUES ('${callId}', 'boot_1', '${id}', '${lead}', 'agent_1', 2, 'pn_1', 'trk_1', '+912200000001', '${NUMBER}', 1, ${values})`);
    call(
      "call_1",
      "status, ending, reason, sip_code, hung_up_by, placed_at, ended_at, ring_ms, talk_ms, uses_attempt",
      `'ended', 'failed', 'trunk_busy', 503, 'them', ${NOW}, ${NOW + 5}, 1500, 0, 0`,
    );
    call(
      "call_2",
      "status, ending, reason, q850_cause, placed_at, ringing_at, answered_at, ended_at, ring_ms, talk_ms, disposition, outcome, facts",
      `'ended', 'completed', 'hangup', 16, ${NOW + HOUR}, ${NOW + HOUR}, ${NOW + HOUR}, ${NOW + 2 * HOUR}, 1000, 62500, 'qualified', '{"success":true}', '{"localTime":"11:00","zone":"Asia/Kolkata"}'`,
    );
    const decide = (kind: string, reason: string, until: string, facts: string) =>
      run(
        `INSERT INTO decisions (lead_id, decided_at, kind, reason, until, facts) VALUES ('${lead}', ${NOW}, '${kind}', '${reason}', ${until}, ${facts})`,
      );
    decide("wait", "zone_closed", String(NOW + HOUR), '\'{"zone":"Asia/Kolkata"}\'');
    decide("block", "dnc", "NULL", "NULL");
    run(`INSERT INTO decisions (lead_id, decided_at, kind, reason) VALUES ('ld_other', 1, 'wait', 'x')`);
    set(`status = 'completed', disposition = 'qualified', attempts = 1, zones = 'America/Denver|America/Phoenix', external_id = 'crm-17'`);

    const { body } = await get();
    expect(body).toMatchObject({
      status: "completed",
      attempts: 1,
      externalId: "crm-17",
      zones: ["America/Denver", "America/Phoenix"],
      dueAt: null,
    });
    expect(body.calls).toEqual([
      {
        id: "call_1",
        attempt: 1,
        usesAttempt: false,
        agentId: "agent_1",
        agentVersion: 2,
        phoneNumberId: "pn_1",
        from: "+912200000001",
        to: NUMBER,
        status: "ended",
        ending: "failed",
        reason: "trunk_busy",
        sipCode: 503,
        q850Cause: null,
        hungUpBy: "them",
        placedAt: at(0),
        ringingAt: null,
        answeredAt: null,
        endedAt: "2026-05-06T05:30:00.005Z",
        ringSeconds: 1.5,
        talkSeconds: 0,
        disposition: null,
        outcome: null,
        facts: null,
      },
      {
        id: "call_2",
        attempt: 1,
        usesAttempt: true,
        agentId: "agent_1",
        agentVersion: 2,
        phoneNumberId: "pn_1",
        from: "+912200000001",
        to: NUMBER,
        status: "ended",
        ending: "completed",
        reason: "hangup",
        sipCode: null,
        q850Cause: 16,
        hungUpBy: null,
        placedAt: at(1),
        ringingAt: at(1),
        answeredAt: at(1),
        endedAt: at(2),
        ringSeconds: 1,
        talkSeconds: 62.5,
        disposition: "qualified",
        outcome: { success: true },
        facts: { localTime: "11:00", zone: "Asia/Kolkata" },
      },
    ]);
    expect(body.decisions).toEqual([
      { decidedAt: at(0), kind: "wait", reason: "zone_closed", until: at(1), facts: { zone: "Asia/Kolkata" } },
      { decidedAt: at(0), kind: "block", reason: "dnc", until: null, facts: null },
    ]);
  });

  test("of more than a thousand decisions the newest are told", async () => {
    run(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1005) INSERT INTO decisions (lead_id, decided_at, kind, reason) SELECT '${lead}', i, 'wait', 'r' || i FROM n`,
    );
    const { decisions } = (await get()).body;
    expect([decisions.length, decisions[0].reason, decisions.at(-1).reason]).toEqual([1_000, "r6", "r1005"]);
  });
});

describe("PATCH: changing a lead", () => {
  test("merges variables; null takes one away", async () => {
    world.clock.advance(1_000);
    const { status, body } = await patch({ variables: { plan: "b", age: 42, name: null } });
    expect([status, body.variables, body.updatedAt]).toEqual([200, { plan: "b", age: 42 }, "2026-05-06T05:30:01.000Z"]);
    expect((await get()).body.variables).toEqual({ plan: "b", age: 42 });
    expect(world.control.nudges).toBe(1);
  });

  test("__proto__ is a name like any other", async () => {
    await world.request("PATCH", path(), '{"variables":{"__proto__":"x"}}');
    expect(row().variables).toBe('{"name":"Ann","plan":"a","__proto__":"x"}');
  });

  test("an empty change changes nothing", async () => {
    expect((await patch({})).body).toMatchObject({ variables: { name: "Ann", plan: "a" }, status: "pending" });
    expect(row().due_at).toBe(NOW);
  });

  test("priority, zone, notBefore and number are seen by the queue", async () => {
    const { body } = await patch({ priority: 60, timezone: "Europe/Paris", notBefore: at(3), phoneNumber: "+91 98000-00001" });
    expect(body).toMatchObject({ priority: 60, timezone: "Europe/Paris", notBefore: at(3), phoneNumber: "+919800000001" });
    expect(row()).toMatchObject({ rank: 40, zones: "Europe/Paris", due_at: NOW + 3 * HOUR });
    expect((await patch({ timezone: null, notBefore: null, priority: 0 })).body).not.toHaveProperty("timezone");
    expect(row()).toMatchObject({ rank: 100, zones: "Asia/Kolkata", due_at: NOW, not_before: null });
  });

  test("a callback puts a waiting lead ahead of all others, at its time", async () => {
    set("status = 'retry_wait', attempts = 1, due_at = 1");
    expect((await patch({ callbackAt: "2026-05-06T14:00:00+05:30" })).body).toMatchObject({
      status: "retry_wait",
      callbackAt: at(3),
      nextAttemptAt: at(3),
    });
    expect(row()).toMatchObject({ rank: 0, due_at: NOW + 3 * HOUR });
    expect((await patch({ callbackAt: null })).body).not.toHaveProperty("callbackAt");
    expect(row()).toMatchObject({ rank: 100, due_at: NOW + 3 * HOUR });
  });

  test.each(finals)("a callback sends a lead that is %s back to the queue", async (status) => {
    set(
      `status = '${status}', attempts = 2, last_ending = 'busy', requeues = 3 ${status === "completed" ? ", disposition = 'callback', outcome = '{}'" : ""}`,
    );
    const { body } = await patch({ callbackAt: at(3) });
    expect(body).toMatchObject({
      status: "retry_wait",
      attempts: 2,
      disposition: null,
      outcome: null,
      callbackAt: at(3),
      nextAttemptAt: at(3),
    });
    expect(row()).toMatchObject({ rank: 0, requeues: 0, last_ending: "busy", attempts_granted: 3 });
    expectCounts();
  });

  test("a callback of a final lead heeds the notBefore that comes with it", async () => {
    set("status = 'busy', attempts = 1");
    expect((await patch({ callbackAt: at(3), notBefore: at(5) })).body).toMatchObject({
      status: "retry_wait",
      callbackAt: at(3),
      nextAttemptAt: at(5),
    });
  });

  test("a final lead may be changed in a campaign that is over, but not called", async () => {
    set("status = 'busy', attempts = 1");
    setCampaign("completed");
    expect((await patch({ variables: { plan: "b" }, notBefore: at(1) })).body).toMatchObject({ status: "busy", variables: { plan: "b" } });
    const refused = await patch({ variables: { plan: "c" }, callbackAt: at(3) });
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: "wrong_state",
        error: "cannot call leads again in a campaign that is completed; it must be draft or scheduled or running or paused",
      },
    });
    expect((await get()).body).toMatchObject({ status: "busy", variables: { plan: "b" } });
  });

  test.each(open)("while it is %s: 409", async (status) => {
    set(`status = '${status}'`);
    expect(await patch({ priority: 1 })).toMatchObject({
      status: 409,
      body: { code: "wrong_state", error: `the lead is ${status}; it can be changed once its call is over` },
    });
  });

  test.each(leadStatuses.filter((status) => status !== "pending"))("the number of a lead that is %s: 409", async (status) => {
    set(`status = '${status}', attempts = 1`);
    expect(await patch({ phoneNumber: "+919800000001" })).toMatchObject({ status: 409, body: { code: "wrong_state" } });
    expect(row().phone_number).toBe(NUMBER);
  });

  test("the number of another lead: 409", async () => {
    insertLeadRows(world, id, ["+919800000001"]);
    expect(await patch({ phoneNumber: "+919800000001" })).toMatchObject({
      status: 409,
      body: { code: "already_exists", error: "another lead of the campaign has the number +919800000001; each may be there once" },
    });
    expect((await patch({ phoneNumber: NUMBER })).status).toBe(200);
  });

  test("a number without a country code is read as the campaign's default country", async () => {
    world.db.sqlite.query("UPDATE campaigns SET default_country = 'FR' WHERE id = ?1").run(id);
    expect((await patch({ phoneNumber: "06 12 34 56 78" })).body.phoneNumber).toBe("+33612345678");
  });

  test("a callback to a number on the DNC list: 409", async () => {
    set("status = 'completed', attempts = 1, disposition = 'callback'");
    listNumber();
    expect(await patch({ callbackAt: at(3) })).toMatchObject({
      status: 409,
      body: {
        code: "dnc_blocked",
        error: `the number ${NUMBER} is on the DNC list; the lead cannot be called unless the entry is removed`,
      },
    });
    expect(row()).toMatchObject({ status: "completed", callback_at: null });
  });

  test("more than 50 variables after the merge: 400", async () => {
    const many = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`v${index}`, index]));
    expect(await patch({ variables: many })).toMatchObject({
      status: 400,
      body: { details: [{ path: "variables", message: "the lead would have 51 variables; it may have 50" }] },
    });
    expect((await patch({ variables: { ...many, name: null } })).status).toBe(200);
  });

  const bad: [what: string, body: unknown, path: string][] = [
    ["an unknown field", { status: "pending" }, "status"],
    ["an externalId", { externalId: "x" }, "externalId"],
    ["a priority of 101", { priority: 101 }, "priority"],
    ["no priority", { priority: null }, "priority"],
    ["a zone that is none", { timezone: "Mars/Phobos" }, "timezone"],
    ["a zone that is a number", { timezone: 5 }, "timezone"],
    ["a local time", { notBefore: "2026-05-07T09:00:00" }, "notBefore"],
    ["a callback at a word", { callbackAt: "tomorrow" }, "callbackAt"],
    ["a callback that is a number", { callbackAt: 5 }, "callbackAt"],
    ["a number that is none", { phoneNumber: "12" }, "phoneNumber"],
    ["no number", { phoneNumber: null }, "phoneNumber"],
    ["variables that are a list", { variables: ["a"] }, "variables"],
    ["a variable that is an object", { variables: { a: {} } }, "variables.a"],
    ["a name that is none", { variables: { "a/b": 1 } }, "variables.a/b"],
    ["a text of more than 4,000 characters", { variables: { a: "x".repeat(4_001) } }, "variables.a"],
  ];
  test.each(bad)("%s: 400, and nothing is changed", async (_, body, where) => {
    const answer = await patch(body);
    expect([answer.status, answer.body.code, answer.body.details.map((detail: { path: string }) => detail.path)]).toEqual([
      400,
      "validation_failed",
      [where],
    ]);
    expect((await get()).body).toMatchObject({ phoneNumber: NUMBER, variables: { name: "Ann", plan: "a" }, updatedAt: at(0) });
  });

  test("an empty body: 400", async () =>
    expect(await patch(undefined)).toMatchObject({ status: 400, body: { error: expect.stringContaining("the body is empty") } }));
});

describe("DELETE: taking a lead out", () => {
  test.each(leadStatuses.filter((status) => !open.includes(status)))(
    "that is %s: its decisions go, its calls stay, the counters follow",
    async (status) => {
      set(`status = '${status}'`);
      run(`INSERT INTO decisions (lead_id, decided_at, kind, reason) VALUES ('${lead}', 1, 'wait', 'x'), ('ld_other', 1, 'wait', 'x')`);
      run(
        `INSERT INTO calls (id, boot_id, campaign_id, lead_id, agent_id, agent_version, phone_number_id, trunk_id, from_number, to_number, attempt, status, placed_at) VALUES ('call_1', 'b', '${id}', '${lead}', 'a', 1, 'p', 't', '+1', '+2', 1, 'ended', 1)`,
      );
      expect(await remove()).toMatchObject({ status: 204, body: undefined });
      expect((await get()).status).toBe(404);
      expect(
        world.db.sqlite
          .query("SELECT (SELECT count(*) FROM calls) AS calls, (SELECT group_concat(lead_id) FROM decisions) AS decisions")
          .get(),
      ).toEqual({ calls: 1, decisions: "ld_other" });
      expect(world.control.nudges).toBe(1);
      expectCounts();
    },
  );

  test.each(open)("that is %s: 409", async (status) => {
    set(`status = '${status}'`);
    expect(await remove()).toMatchObject({
      status: 409,
      body: { code: "wrong_state", error: `the lead is ${status}; it can be deleted once its call is over` },
    });
    expect(row()).not.toBeNull();
  });

  test("frees its number", async () => {
    await remove();
    expect((await world.request("POST", `/api/campaigns/${id}/leads`, { leads: [{ phoneNumber: NUMBER }] })).body.inserted).toBe(1);
  });
});

describe("POST retry: calling a final lead again", () => {
  test.each(finals)("that is %s: it is due now, keeps its attempts, and what it had come to is forgotten", async (status) => {
    set(
      `status = '${status}', attempts = 3, last_ending = 'busy', requeues = 2, priority = 20, rank = 0, callback_at = 5 ${status === "completed" ? ", disposition = 'qualified', outcome = '{}'" : ""}`,
    );
    world.clock.advance(HOUR);
    const { status: answered, body } = await retry();
    expect(answered).toBe(200);
    expect(body).toMatchObject({
      status: "retry_wait",
      attempts: 3,
      disposition: null,
      outcome: null,
      nextAttemptAt: at(1),
      updatedAt: at(1),
    });
    expect(row()).toMatchObject({ due_at: NOW + HOUR, rank: 80, requeues: 0, callback_at: null, last_ending: "busy", attempts_granted: 4 });
    expect(world.control.nudges).toBe(1);
    expectCounts();
  });

  test("that was never called waits as a fresh lead does", async () => {
    set("status = 'dnc_blocked'");
    expect((await retry()).body).toMatchObject({ status: "pending", attempts: 0, nextAttemptAt: null });
    expectCounts();
  });

  test("not before its notBefore", async () => {
    set(`status = 'busy', attempts = 1, not_before = ${NOW + HOUR}`);
    expect((await retry()).body.nextAttemptAt).toBe(at(1));
  });

  test.each([...open, ...waiting])("that is %s: 409", async (status) => {
    set(`status = '${status}'`);
    expect(await retry()).toMatchObject({
      status: 409,
      body: {
        code: "wrong_state",
        error: `cannot retry a lead that is ${status}; it must be completed or voicemail or no_answer or busy or failed or dnc_blocked`,
      },
    });
  });

  test.each(["draft", "scheduled", "running", "paused"])("in a campaign that is %s: goes", async (status) => {
    set("status = 'busy', attempts = 1");
    setCampaign(status);
    expect((await retry()).status).toBe(200);
  });

  test.each(["completed", "failed"])("in a campaign that is %s: 409", async (status) => {
    set("status = 'busy', attempts = 1");
    setCampaign(status);
    expect(await retry()).toMatchObject({
      status: 409,
      body: {
        code: "wrong_state",
        error: `cannot call leads again in a campaign that is ${status}; it must be draft or scheduled or running or paused`,
      },
    });
    expect(row().status).toBe("busy");
  });

  test("whose number is on the DNC list: 409, it would only be blocked again", async () => {
    set("status = 'dnc_blocked'");
    listNumber();
    expect(await retry()).toMatchObject({ status: 409, body: { code: "dnc_blocked" } });
    expect(row().status).toBe("dnc_blocked");
  });
});

describe("who may do what with a lead that is not there", () => {
  const asks: [method: string, suffix: string, body: unknown][] = [
    ["GET", "", undefined],
    ["PATCH", "", { priority: 1 }],
    ["DELETE", "", undefined],
    ["POST", "/retry", undefined],
  ];
  for (const [method, suffix, body] of asks) {
    test(`${method} ${suffix}: 404 for a lead, for a campaign, and for a lead of another campaign`, async () => {
      const other = insertCampaignRow(world).id;
      expect(await world.request(method, path("ld_x") + suffix, body)).toMatchObject({
        status: 404,
        body: { code: "not_found", error: `the campaign '${id}' has no lead with the id 'ld_x'` },
      });
      expect(await world.request(method, path(lead, "cmp_x") + suffix, body)).toMatchObject({
        status: 404,
        body: { error: "there is no campaign with the id 'cmp_x'" },
      });
      expect((await world.request(method, path(lead, other) + suffix, body)).status).toBe(404);
      expect(row()).toMatchObject({ status: "pending", priority: 0 });
    });

    test(`${method} ${suffix}: 401 without a key, ${method === "GET" ? "open to" : "403 for"} a reader`, async () => {
      expect((await world.request(method, path() + suffix, body, { key: null })).status).toBe(401);
      expect((await world.request(method, path() + suffix, body, { key: world.keyFor("read") })).status).toBe(method === "GET" ? 200 : 403);
    });
  }
});
