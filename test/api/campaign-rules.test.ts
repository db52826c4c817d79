// The fields of campaigns beyond the reference: hours, limits, numbers, the hook, and finer retries.

import { beforeEach, describe, expect, test } from "bun:test";
import { createWorld, insertCampaignRow, insertLeadRows, insertLine, type Line, someNumbers, type World } from "../support/world.ts";

let world: World;
let line: Line;
let other: Line;
beforeEach(() => {
  world = createWorld();
  line = insertLine(world);
  other = insertLine(world, { from: "+14155550177" });
});

const create = (more: object = {}) =>
  world.request("POST", "/api/campaigns", { name: "Spring", agentId: line.agentId, phoneNumberId: line.phoneNumberId, ...more });
const put = (id: string, change: object) => world.request("PUT", `/api/campaigns/${id}`, change);
const read = async (id: string) => (await world.request("GET", `/api/campaigns/${id}`)).body;

const france = [
  { weekdays: [1, 2, 3, 4, 5], start: "10:00", end: "13:00" },
  { weekdays: [1, 2, 3, 4, 5], start: "14:00", end: "20:00" },
];

const whole = () => ({
  schedule: {
    timezone: "Europe/Paris",
    windows: france,
    timezoneMode: "recipient",
    holidays: { country: "FR" },
    blackoutDates: ["2026-12-24", "2026-12-31"],
  },
  retryPolicy: {
    maxAttempts: 6,
    backoffMinutes: [10, 60, 1_440],
    retryOn: ["no_answer", "busy"],
    perStatus: { busy: { maxAttempts: 3, backoffMinutes: 5 }, no_answer: { backoffMinutes: [30, 60] } },
    jitterPercent: 20,
  },
  endAt: "2026-12-31T18:00:00.000Z",
  callsPerSecond: 10,
  weight: 7,
  phoneNumberIds: [other.phoneNumberId],
  defaultCountry: "FR",
  contactLimits: [
    { attempts: 4, perHours: 720 },
    { attempts: 2, perHours: 24 },
  ],
  restAfterConversationHours: 1_440,
  preDialHook: { url: "https://crm.example.com/eligible", timeoutSeconds: 5 },
});

describe("a campaign with every rule", () => {
  test("shows each as it was sent", async () => {
    const { status, body } = await create(whole());
    expect(status).toBe(201);
    expect(body).toMatchObject(whole());
    expect(body.schedule).toEqual(whole().schedule);
    expect(body.retryPolicy).toEqual(whole().retryPolicy);
    expect(await read(body.id)).toEqual(body);
  });

  test("may be sent back as it was read", async () => {
    const { body } = await create(whole());
    const { id, status, statusReason, counts, createdAt, updatedAt, startedAt, completedAt, ...fields } = body;
    const again = await put(id, fields);
    expect([again.status, again.body]).toEqual([200, { ...body, updatedAt: again.body.updatedAt }]);
    expect([status, statusReason, counts, createdAt, updatedAt, startedAt, completedAt]).not.toContain(undefined);
  });

  test("keeps what is not sent", async () => {
    const { body } = await create(whole());
    const changed = (await put(body.id, { name: "Summer", schedule: { timezone: "UTC" }, retryPolicy: { maxAttempts: 9 } })).body;
    expect(changed).toEqual({
      ...body,
      name: "Summer",
      schedule: { ...body.schedule, timezone: "UTC" },
      retryPolicy: { ...body.retryPolicy, maxAttempts: 9 },
      updatedAt: changed.updatedAt,
    });
  });

  test("loses each by null, and is then what it would have been without", async () => {
    const { body: plain } = await create();
    const { body } = await create(whole());
    const nothing = {
      endAt: null,
      callsPerSecond: null,
      weight: null,
      phoneNumberIds: null,
      defaultCountry: null,
      contactLimits: null,
      restAfterConversationHours: null,
      preDialHook: null,
    };
    const cleared = await put(body.id, {
      ...nothing,
      schedule: { timezone: "Asia/Kolkata", windows: null, timezoneMode: null, holidays: null, blackoutDates: null },
      retryPolicy: { maxAttempts: 3, backoffMinutes: 60, perStatus: null, jitterPercent: null },
    });
    expect(cleared.body).toEqual({ ...plain, id: body.id });
  });
});

describe("a client of the reference", () => {
  test("gets back the schedule and the retry policy that it sent, and no field inside them that it does not know", async () => {
    const { body } = await create({
      schedule: { timezone: "UTC", windowStart: "09:00", windowEnd: "19:00", weekdays: [1] },
      retryPolicy: { maxAttempts: 2, backoffMinutes: 5, retryOn: ["busy"] },
    });
    expect(body.schedule).toEqual({ timezone: "UTC", windowStart: "09:00", windowEnd: "19:00", weekdays: [1] });
    expect(body.retryPolicy).toEqual({ maxAttempts: 2, backoffMinutes: 5, retryOn: ["busy"] });
  });
});

describe("one window or several", () => {
  test("several take the place of the one", async () => {
    const { body } = await create({ schedule: { windowEnd: "18:00" } });
    expect((await put(body.id, { schedule: { windows: france } })).body.schedule).toEqual({ timezone: "Asia/Kolkata", windows: france });
  });

  test("a window without weekdays is every day's", async () => {
    const { body } = await create({ schedule: { windows: [{ start: "22:00", end: "06:00" }] } });
    expect(body.schedule.windows).toEqual([{ weekdays: [0, 1, 2, 3, 4, 5, 6], start: "22:00", end: "06:00" }]);
  });

  test("windows: null goes back to one, and takes what is sent with it", async () => {
    const { body } = await create({ schedule: { windows: france } });
    expect((await put(body.id, { schedule: { windows: null, windowStart: "10:00" } })).body.schedule).toEqual({
      timezone: "Asia/Kolkata",
      windowStart: "10:00",
      windowEnd: "19:00",
      weekdays: [0, 1, 2, 3, 4, 5, 6],
    });
  });

  for (const single of [{ windowStart: "10:00" }, { windowEnd: "10:00" }, { weekdays: [1] }]) {
    test(`both given is 400: windows and ${Object.keys(single)[0]}`, async () => {
      expect(await create({ schedule: { windows: france, ...single } })).toMatchObject({
        status: 400,
        body: { details: [{ path: "schedule.windows" }] },
      });
    });
    test(`${Object.keys(single)[0]} would not change several, and is refused`, async () => {
      const { body } = await create({ schedule: { windows: france } });
      const answer = await put(body.id, { schedule: single });
      expect(answer).toMatchObject({ status: 400, body: { details: [{ path: `schedule.${Object.keys(single)[0]}` }] } });
      expect(answer.body.error).toContain("windows: null");
    });
  }

  test("decides when a running campaign may call", async () => {
    // 2026-05-06T05:30Z is 07:30 in Paris.
    const { id } = insertCampaignRow(world, {
      line,
      status: "running",
      schedule: { timezone: "Europe/Paris", windowStart: undefined, windowEnd: undefined, weekdays: undefined, windows: france },
    });
    insertLeadRows(world, id, someNumbers(1));
    expect((await read(id)).statusReason).toBe("outside the dialing window; opens at 2026-05-06T08:00:00.000Z");
  });
});

describe("merging the retry policy", () => {
  test("goes into the rules of single endings, field by field; null takes one back", async () => {
    const { body } = await create(whole());
    const perStatus = async (change: object) => (await put(body.id, { retryPolicy: { perStatus: change } })).body.retryPolicy.perStatus;
    expect(await perStatus({ busy: { maxAttempts: 2 } })).toEqual({
      busy: { maxAttempts: 2, backoffMinutes: 5 },
      no_answer: { backoffMinutes: [30, 60] },
    });
    expect(await perStatus({ busy: { backoffMinutes: null } })).toEqual({
      busy: { maxAttempts: 2 },
      no_answer: { backoffMinutes: [30, 60] },
    });
    expect(await perStatus({ no_answer: null, voicemail: { maxAttempts: 1 } })).toEqual({
      busy: { maxAttempts: 2 },
      voicemail: { maxAttempts: 1 },
    });
    expect(await perStatus({ busy: null, voicemail: null })).toBeUndefined();
  });
});

describe("refusals", () => {
  const fifty = Array.from({ length: 51 }, () => france[0]);
  const bad: [fields: object, path: string][] = [
    [{ schedule: { windows: [] } }, "schedule.windows"],
    [{ schedule: { windows: fifty } }, "schedule.windows"],
    [{ schedule: { windows: "09:00-10:00" } }, "schedule.windows"],
    [{ schedule: { windows: [{ start: "09:00" }] } }, "schedule.windows.0.end"],
    [{ schedule: { windows: [{ start: "9", end: "10:00" }] } }, "schedule.windows.0.start"],
    [{ schedule: { windows: [{ start: "09:00", end: "10:00", weekdays: [] }] } }, "schedule.windows.0.weekdays"],
    [{ schedule: { windows: [{ start: "09:00", end: "10:00", weekdays: [7] }] } }, "schedule.windows.0.weekdays.0"],
    [{ schedule: { windows: [{ start: "09:00", end: "10:00", days: [1] }] } }, "schedule.windows.0.days"],
    [{ schedule: { windows: [france[0], { start: "09:00", end: "09:00" }] } }, "schedule.windows.1.end"],
    [{ schedule: { timezoneMode: "lead" } }, "schedule.timezoneMode"],
    [{ schedule: { holidays: { country: "XX" } } }, "schedule.holidays.country"],
    [{ schedule: { holidays: { country: "fr" } } }, "schedule.holidays.country"],
    [{ schedule: { holidays: { country: "US", region: "ZZ" } } }, "schedule.holidays.region"],
    [{ schedule: { holidays: {} } }, "schedule.holidays.country"],
    [{ schedule: { blackoutDates: ["2026-02-30"] } }, "schedule.blackoutDates.0"],
    [{ schedule: { blackoutDates: ["24.12.2026"] } }, "schedule.blackoutDates.0"],
    [{ schedule: { blackoutDates: ["2026-12-24", "2026-12-24"] } }, "schedule.blackoutDates"],
    [{ endAt: "2026-12-31T18:00:00" }, "endAt"],
    [{ endAt: "2026-12-31T18:00:00Z", scheduledStartAt: "2026-12-31T18:00:00Z" }, "endAt"],
    [{ callsPerSecond: 0 }, "callsPerSecond"],
    [{ callsPerSecond: 1_001 }, "callsPerSecond"],
    [{ callsPerSecond: 0.5 }, "callsPerSecond"],
    [{ weight: 0 }, "weight"],
    [{ weight: 101 }, "weight"],
    [{ phoneNumberIds: "pn_x" }, "phoneNumberIds"],
    [{ phoneNumberIds: ["a", "a"] }, "phoneNumberIds"],
    [{ phoneNumberIds: Array.from({ length: 51 }, (_, index) => `pn_${index}`) }, "phoneNumberIds"],
    [{ defaultCountry: "India" }, "defaultCountry"],
    [{ defaultCountry: "in" }, "defaultCountry"],
    [{ defaultCountry: "XX" }, "defaultCountry"],
    [{ contactLimits: [{ attempts: 0, perHours: 24 }] }, "contactLimits.0.attempts"],
    [{ contactLimits: [{ attempts: 101, perHours: 24 }] }, "contactLimits.0.attempts"],
    [{ contactLimits: [{ attempts: 1, perHours: 8_761 }] }, "contactLimits.0.perHours"],
    [{ contactLimits: [{ attempts: 1 }] }, "contactLimits.0.perHours"],
    [{ contactLimits: Array.from({ length: 6 }, () => ({ attempts: 1, perHours: 1 })) }, "contactLimits"],
    [{ restAfterConversationHours: -1 }, "restAfterConversationHours"],
    [{ restAfterConversationHours: 8_761 }, "restAfterConversationHours"],
    [{ preDialHook: {} }, "preDialHook.url"],
    [{ preDialHook: { url: "crm.example.com" } }, "preDialHook.url"],
    [{ preDialHook: { url: "ftp://crm.example.com" } }, "preDialHook.url"],
    [{ preDialHook: { url: "http://private.example/" } }, "preDialHook.url"],
    [{ preDialHook: { url: "https://crm.example.com", timeoutSeconds: 11 } }, "preDialHook.timeoutSeconds"],
    [{ preDialHook: { url: "https://crm.example.com", timeoutSeconds: 0 } }, "preDialHook.timeoutSeconds"],
    [{ retryPolicy: { backoffMinutes: [] } }, "retryPolicy.backoffMinutes"],
    [{ retryPolicy: { backoffMinutes: Array.from({ length: 11 }, () => 1) } }, "retryPolicy.backoffMinutes"],
    [{ retryPolicy: { jitterPercent: 51 } }, "retryPolicy.jitterPercent"],
    [{ retryPolicy: { jitterPercent: -1 } }, "retryPolicy.jitterPercent"],
    [{ retryPolicy: { perStatus: { completed: { maxAttempts: 1 } } } }, "retryPolicy.perStatus.completed"],
    [{ retryPolicy: { perStatus: { busy: { maxAttempts: 11 } } } }, "retryPolicy.perStatus.busy.maxAttempts"],
    [{ retryPolicy: { perStatus: { busy: { backoffMinutes: 0 } } } }, "retryPolicy.perStatus.busy.backoffMinutes"],
    [{ retryPolicy: { perStatus: { busy: { retries: 1 } } } }, "retryPolicy.perStatus.busy.retries"],
  ];
  for (const [fields, path] of bad) {
    test(`${JSON.stringify(fields).slice(0, 90)}: names ${path}`, async () => {
      const { status, body } = await create(fields);
      expect([status, body.code, body.details.map((detail: { path: string }) => detail.path)]).toEqual([400, "validation_failed", [path]]);
      expect(world.db.sqlite.query("SELECT count(*) AS n FROM campaigns").get()).toEqual({ n: 0 });
    });
  }

  test("says what would be right, also of what may be null or one of two", async () => {
    const { body } = await create({
      callsPerSecond: 0,
      weight: "heavy",
      retryPolicy: { backoffMinutes: [10, 0], perStatus: { busy: { backoffMinutes: 0 } } },
    });
    expect(body.details).toEqual([
      { path: "retryPolicy.backoffMinutes.1", message: "is 0; it must be a whole number from 1 to 10080" },
      { path: "retryPolicy.backoffMinutes", message: "is [10,0]; it must be a whole number from 1 to 10080, or a list of 1 to 10 of them" },
      {
        path: "retryPolicy.perStatus.busy.backoffMinutes",
        message: "is 0; it must be a whole number from 1 to 10080, or a list of 1 to 10 of them, or null",
      },
      { path: "callsPerSecond", message: "is 0; it must be a whole number from 1 to 1000" },
      { path: "weight", message: 'is "heavy"; it must be a whole number from 1 to 100' },
    ]);
  });

  test("the number of the campaign is no other number", async () => {
    expect(await create({ phoneNumberIds: [other.phoneNumberId, line.phoneNumberId] })).toMatchObject({
      status: 400,
      body: { details: [{ path: "phoneNumberIds.1" }] },
    });
  });
  test("a pool with a number that is not there is 404", async () => {
    expect(await create({ phoneNumberIds: [other.phoneNumberId, "pn_nope"] })).toMatchObject({
      status: 404,
      body: { error: "there is no phone number with the id 'pn_nope'" },
    });
  });
  test("the hook's timeout alone changes a hook that is there", async () => {
    const { body } = await create(whole());
    expect((await put(body.id, { preDialHook: { timeoutSeconds: 9 } })).body.preDialHook).toEqual({
      url: "https://crm.example.com/eligible",
      timeoutSeconds: 9,
    });
    expect((await create({ preDialHook: { url: "https://crm.example.com" } })).body.preDialHook).toEqual({
      url: "https://crm.example.com",
      timeoutSeconds: 3,
    });
  });
});

describe("while it runs", () => {
  const adjustable = {
    endAt: "2026-12-31T18:00:00.000Z",
    callsPerSecond: 3,
    weight: 9,
    contactLimits: [{ attempts: 1, perHours: 1 }],
    restAfterConversationHours: 0,
    preDialHook: { url: "https://crm.example.com/", timeoutSeconds: 3 },
  };
  for (const status of ["running", "paused"] as const) {
    for (const [field, value] of Object.entries(adjustable)) {
      test(`${status}: ${field} may change, and the machine is told`, async () => {
        const { id } = insertCampaignRow(world, { line, status });
        const answer = await put(id, { [field]: value });
        expect([answer.status, answer.body[field], world.control.nudges]).toEqual([200, value, 1]);
      });
    }
    for (const [field, value] of Object.entries({ phoneNumberIds: [], defaultCountry: "IN" })) {
      test(`${status}: ${field} may not`, async () => {
        const { id } = insertCampaignRow(world, { line, status });
        expect(await put(id, { [field]: value })).toMatchObject({ status: 409, body: { code: "wrong_state" } });
      });
    }
  }
});

describe("endAt", () => {
  test("in the past keeps a campaign from starting; it may be written before", async () => {
    const { body } = await create({ endAt: "2026-05-06T05:30:00Z" });
    insertLeadRows(world, body.id, someNumbers(1));
    const answer = await world.request("POST", `/api/campaigns/${body.id}/start`);
    expect(answer).toMatchObject({ status: 400, body: { details: [{ path: "endAt" }] } });
    expect((await read(body.id)).status).toBe("draft");
    await put(body.id, { endAt: "2026-05-06T05:30:00.001Z" });
    expect((await world.request("POST", `/api/campaigns/${body.id}/start`)).status).toBe(200);
  });

  test("is checked against a start that was written before", async () => {
    const { body } = await create({ scheduledStartAt: "2026-06-01T00:00:00Z" });
    expect((await put(body.id, { endAt: "2026-05-31T00:00:00Z" })).body.details[0].path).toBe("endAt");
  });
});

describe("start", () => {
  test("is 404 when a number of the pool is gone", async () => {
    const { body } = await create({ phoneNumberIds: [other.phoneNumberId] });
    insertLeadRows(world, body.id, someNumbers(1));
    world.db.sqlite.query("DELETE FROM phone_numbers WHERE id = ?1").run(other.phoneNumberId);
    expect(await world.request("POST", `/api/campaigns/${body.id}/start`)).toMatchObject({ status: 404, body: { code: "not_found" } });
  });
});
