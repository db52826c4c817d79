// A client that knows part A of the contract alone, against the compiled program and its simulated carrier. Every object that
// comes back is held against the tables; the second run of the long story goes through a relay that adds fields to them.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Client } from "../api/sdk/client.ts";
import {
  Agent,
  AgentVersion,
  Call,
  Campaign,
  DncBulk,
  DncEntry,
  Envelope,
  Lead,
  LeadCompleted,
  LeadUpload,
  PhoneNumber,
  Refusal,
  Report,
  WebhookSettings,
} from "../api/sdk/objects.ts";
import { ApiError } from "../api/sdk/transport.ts";
import { openHours } from "../support/campaign-by-http.ts";
import { createSandbox, type Serving } from "../support/executable.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Relay, startRelay } from "../support/relay.ts";
import { untilAnswer } from "../support/until.ts";

const SECRET = "a signing secret of this test";
const UNKNOWN = "00000000000000000000000000";
const sandbox = createSandbox();
let serving: Serving;
let receiver: Receiver;
let relay: Relay;
let client: Client;
let phoneNumberId: string;

beforeAll(async () => {
  receiver = startReceiver();
  serving = await sandbox.serve(sandbox.folder(), { args: ["--log", "error"], environment: { OUTDIAL_WEBHOOK_ALLOW: receiver.host } });
  relay = startRelay(serving.url);
  client = new Client({ apiKey: serving.adminKey, baseUrl: serving.url });
  phoneNumberId = await bringNumber();
});
afterAll(async () => {
  expect(await serving.end("SIGTERM")).toMatchObject({ exitCode: 0, err: "" });
  relay.stop();
  receiver.stop();
  sandbox.clean();
});

/** What an operator does before the client comes: a trunk, and a number on it. */
async function bringNumber(): Promise<string> {
  const post = async (path: string, body: object) => {
    const response = await fetch(serving.url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${serving.adminKey}` },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(201);
    return ((await response.json()) as { id: string }).id;
  };
  const trunkId = await post("/api/trunks", { name: "Carrier", driver: "simulator", simulator: { ringMs: 40, talkMs: 120 } });
  return await post("/api/phone-numbers", { phoneNumber: "+912200000001", trunkId });
}

/** The same value, once it is what the contract says. */
function see<S extends TSchema>(schema: S, value: unknown): Static<S> {
  const compiled = Compile(schema);
  expect([...compiled.Errors(value)].map(({ instancePath, message }) => `${instancePath} ${message}`)).toEqual([]);
  return value as Static<S>;
}

/** The rows of a list, each as the contract says. */
function seeList<S extends TSchema>(schema: S, name: string, list: unknown): Static<S>[] {
  see(Envelope, list);
  return (list as Record<string, unknown[]>)[name]?.map((row) => see(schema, row)) ?? [];
}

/** The refusal that a request ends in. */
async function refusalOf(asking: Promise<unknown>): Promise<ApiError> {
  const error = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`there was no refusal, but ${String(error)}`);
  see(Refusal, error.body);
  return error;
}

async function expectRefused(asking: Promise<unknown>, status: number, code: string, words: RegExp): Promise<void> {
  const error = await refusalOf(asking);
  expect([error.status, error.code, error.message]).toEqual([status, code, expect.stringMatching(words)]);
}

const waitFor = <T>(ask: () => Promise<T>, isDone: (answer: T) => boolean) => untilAnswer(ask, isDone, 20_000);

const newAgent = async (name: string) => (await client.agents.create({ name })).id;
const isMoving = ({ status }: Lead) => status === "dialing" || status === "in_progress";

test("an agent: its draft, its versions, a rollback, and its removal", async () => {
  const made = see(
    Agent,
    await client.agents.create({ name: "Ada", systemPrompt: "one {{first_name}}", voicemail: { action: "message", message: "Call us" } }),
  );
  expect(made).toMatchObject({
    currentVersion: 1,
    connection: { type: "simulated" },
    callPolicy: { ringTimeoutSeconds: 45, maxDurationSeconds: 600, silenceTimeoutSeconds: 30 },
  });
  expect(see(Agent, await client.agents.update(made.id, { systemPrompt: "two", callPolicy: { ringTimeoutSeconds: 20 } }))).toMatchObject({
    systemPrompt: "two",
    currentVersion: 1,
    callPolicy: { ringTimeoutSeconds: 20, maxDurationSeconds: 600 },
  });
  const second = see(AgentVersion, await client.agents.publishVersion(made.id, { label: "May", notes: "friendlier" }));
  expect(second).toMatchObject({ version: 2, label: "May", notes: "friendlier", snapshot: { systemPrompt: "two" } });
  expect(see(AgentVersion, await client.agents.getVersion(made.id, 1)).snapshot.systemPrompt).toBe("one {{first_name}}");
  expect(see(AgentVersion, await client.agents.rollbackToVersion(made.id, 1))).toMatchObject({
    version: 3,
    snapshot: { systemPrompt: "one {{first_name}}" },
  });
  expect(seeList(AgentVersion, "versions", await client.agents.listVersions(made.id)).map(({ version }) => version)).toEqual([3, 2, 1]);
  expect(see(Agent, await client.agents.get(made.id))).toMatchObject({ currentVersion: 3, systemPrompt: "one {{first_name}}" });
  expect(seeList(Agent, "agents", await client.agents.list()).map(({ id }) => id)).toContain(made.id);
  await expectRefused(client.agents.getVersion(made.id, 9), 404, "not_found", /no version '9'/);

  const campaign = await client.campaigns.create({ name: "Spring", agentId: made.id, phoneNumberId });
  await expectRefused(client.agents.delete(made.id), 409, "still_referenced", /in use by campaign 'Spring'/);
  await client.campaigns.delete(campaign.id);
  expect(await client.agents.delete(made.id)).toBeUndefined();
  await expectRefused(client.agents.get(made.id), 404, "not_found", /no agent with the id/);
});

test("a phone number: what is not sent stays", async () => {
  const [number] = seeList(PhoneNumber, "phoneNumbers", await client.phoneNumbers.list());
  expect(number).toMatchObject({ id: phoneNumberId, phoneNumber: "+912200000001", label: null });
  expect(see(PhoneNumber, await client.phoneNumbers.update(phoneNumberId, { label: "Front desk" }))).toEqual({
    ...number,
    label: "Front desk",
    updatedAt: expect.any(String),
  } as PhoneNumber);
  await expectRefused(client.phoneNumbers.update(phoneNumberId, { trunkId: `trk_${UNKNOWN}` }), 404, "not_found", /no trunk/);
});

test("the do-not-call list: one, many, each once, and out again", async () => {
  const entry = see(DncEntry, await client.dnc.add("+91 98111 00001", { reason: "asked us to", source: "opt_out" }));
  expect(entry).toMatchObject({ phoneNumber: "+919811100001", reason: "asked us to", source: "opt_out" });
  expect(await client.dnc.add("+919811100001", { source: "api" })).toEqual(entry);
  const bulk = see(
    DncBulk,
    await client.dnc.bulkAdd([
      { phoneNumber: "+919811100001" },
      { phoneNumber: "+919811100002", source: "registry" },
      { phoneNumber: "12" },
    ]),
  );
  expect(bulk).toMatchObject({ inserted: 1, duplicates: 1, errors: [{ index: 2, phoneNumber: "12" }] });
  expect(seeList(DncEntry, "entries", await client.dnc.list({ source: "registry" })).map(({ phoneNumber }) => phoneNumber)).toEqual([
    "+919811100002",
  ]);
  const found = await client.dnc.list({ phoneNumber: "+919811100001", limit: 1 });
  expect([found.entries, found.total]).toEqual([[entry], 1]);
  expect(await client.dnc.remove(entry.id)).toBeUndefined();
  await expectRefused(client.dnc.remove(entry.id), 404, "not_found", /no DNC entry/);
  await expectRefused(client.dnc.add("12"), 400, "validation_failed", /'12' .*E\.164/);
});

test("the webhook settings: a secret goes in and does not come out", async () => {
  see(WebhookSettings, await client.settings.getWebhook());
  const changed = see(WebhookSettings, await client.settings.updateWebhook({ url: `${receiver.url}/default`, secret: SECRET }));
  expect(changed.url).toBe(`${receiver.url}/default`);
  expect(JSON.stringify([changed, await client.settings.getWebhook()])).not.toContain(SECRET);
  await expectRefused(client.settings.updateWebhook({ url: "http://10.0.0.1/" }), 400, "validation_failed", /10\.0\.0\.1/);
});

test("a single call: placed, answered, over; another ended while it rings; a listed number left alone", async () => {
  const agentId = await newAgent("Single");
  const placed = see(
    Call,
    await client.calls.outbound({
      agentId,
      phoneNumberId,
      destination: "+91 98222 20201",
      agentVersion: 1,
      dynamicVariables: { first_name: "Asha", visits: 3, vip: true },
    }),
  );
  expect(placed).toMatchObject({
    campaignId: null,
    leadId: null,
    agentVersion: 1,
    from: "+912200000001",
    to: "+919822220201",
    attempt: 1,
    endedAt: null,
  });
  const over = see(Call, await client.calls.waitUntilEnded(placed.id));
  expect(over).toMatchObject({
    status: "ended",
    ending: "completed",
    disposition: "qualified",
    outcome: { lead_qualified: true },
    sipCode: 200,
    cost: expect.any(String),
  });
  expect([over.ringSeconds, over.talkSeconds, over.ringingAt, over.answeredAt, over.endedAt].filter((value) => value === null)).toEqual([]);
  expect(
    seeList(Call, "calls", await client.calls.list({ phoneNumber: "+919822220201", ending: "completed" })).map(({ id }) => id),
  ).toEqual([placed.id]);
  await expectRefused(client.calls.end(placed.id), 409, "wrong_state", /is ended; it must be/);

  const other = await client.calls.outbound({ agentId, phoneNumberId, destination: "+919822220200" });
  see(Call, await client.calls.end(other.id));
  expect(see(Call, await client.calls.waitUntilEnded(other.id)).hungUpBy).toBe("us");

  await client.dnc.add("+919822220202");
  await expectRefused(
    client.calls.outbound({ agentId, phoneNumberId, destination: "+919822220202" }),
    409,
    "dnc_blocked",
    /do-not-call list/,
  );
  await expectRefused(
    client.calls.outbound({ agentId, phoneNumberId: `pn_${UNKNOWN}`, destination: "+919822220203" }),
    404,
    "not_found",
    /no phone number/,
  );
  await expectRefused(client.calls.get(`call_${UNKNOWN}`), 404, "not_found", /no call/);
});

test("a campaign that is changed, scheduled, stopped and deleted", async () => {
  const agentId = await newAgent("Planner");
  const scheduledStartAt = new Date(Date.now() + 3_600_000).toISOString();
  const made = see(Campaign, await client.campaigns.create({ name: "Later", agentId, phoneNumberId, scheduledStartAt }));
  expect(made).toMatchObject({
    status: "draft",
    agentVersion: 1,
    maxConcurrent: 5,
    scheduledStartAt,
    webhookUrl: null,
    startedAt: null,
    completedAt: null,
  });
  expect(made.schedule).toMatchObject({
    timezone: "Asia/Kolkata",
    windowStart: "09:00",
    windowEnd: "19:00",
    weekdays: [0, 1, 2, 3, 4, 5, 6],
  });
  expect(made.retryPolicy).toMatchObject({ maxAttempts: 3, backoffMinutes: 60, retryOn: ["no_answer", "busy"] });
  const changed = see(Campaign, await client.campaigns.update(made.id, { name: "Much later", schedule: { windowEnd: "20:00" } }));
  expect(changed).toMatchObject({ name: "Much later", schedule: { ...made.schedule, windowEnd: "20:00" }, scheduledStartAt });

  await expectRefused(client.campaigns.start(made.id), 400, "validation_failed", /has no leads/);
  await client.campaigns.uploadLeads(made.id, [{ phoneNumber: "+919833300200" }]);
  expect(see(Campaign, await client.campaigns.start(made.id)).status).toBe("scheduled");
  await expectRefused(client.campaigns.pause(made.id), 409, "wrong_state", /cannot pause a campaign that is scheduled/);
  await expectRefused(client.campaigns.delete(made.id), 409, "wrong_state", /cannot delete a campaign that is scheduled/);
  const listed = seeList(Campaign, "campaigns", await client.campaigns.list({ status: "scheduled" }));
  expect(listed.map(({ id }) => id)).toEqual([made.id]);
  expect(see(Campaign, await client.campaigns.stop(made.id))).toMatchObject({
    status: "completed",
    statusReason: expect.stringContaining("stopped"),
    counts: { byStatus: { pending: 1 } },
  });
  await expectRefused(client.campaigns.resume(made.id), 409, "wrong_state", /cannot resume a campaign that is completed/);
  expect(await client.campaigns.delete(made.id)).toBeUndefined();
  await expectRefused(client.campaigns.get(made.id), 404, "not_found", /no campaign/);
});

test("refusals say what was wrong", async () => {
  const agentId = await newAgent("Refused");
  const error = await refusalOf(client.campaigns.create({ name: "", agentId, phoneNumberId, maxConcurrent: 51 }));
  expect([error.status, error.body.details?.map(({ path }) => path)]).toEqual([400, ["name", "maxConcurrent"]]);
  await expectRefused(client.campaigns.create({ name: "A", agentId: `agent_${UNKNOWN}`, phoneNumberId }), 404, "not_found", /no agent/);
  await expectRefused(new Client({ apiKey: "wrong", baseUrl: serving.url }).campaigns.list(), 401, "unauthorized", /key/);
});

/** The last four digits, and what they come to at the simulated carrier. */
const promised: [digits: string, status: Lead["status"], disposition: Lead["disposition"]][] = [
  ["0200", "completed", "completed"],
  ["0201", "completed", "qualified"],
  ["0202", "completed", "not_interested"],
  ["0203", "completed", "callback"],
  ["0298", "no_answer", null],
  ["0299", "voicemail", null],
  ["0404", "failed", null],
  ["0480", "no_answer", null],
  ["0486", "busy", null],
  ["0500", "failed", null],
  ["0603", "busy", null],
];
const FILLERS = 12;

describe("a campaign from a CSV to its end", () => {
  const ways: [name: string, place: number, connect: () => Client][] = [
    ["asked directly", 1, () => client],
    ["through answers full of fields that the client does not know", 2, () => new Client({ apiKey: serving.adminKey, baseUrl: relay.url })],
  ];
  test.each(ways)(
    "%s",
    async (_name, place, connect) => {
      const sdk = connect();
      const number = (digits: string) => `+91984${place}00${digits}`;
      const blocked = number("0210");
      await sdk.settings.updateWebhook({ url: `${receiver.url}/default`, secret: SECRET });
      see(DncEntry, await sdk.dnc.add(blocked, { reason: "asked us to" }));
      const agent = see(Agent, await sdk.agents.create({ name: "Anna", systemPrompt: "Greet {{first_name}}" }));
      const webhookUrl = `${receiver.url}/${place}`;
      const draft = see(
        Campaign,
        await sdk.campaigns.create({
          name: `Spring ${place}`,
          agentId: agent.id,
          phoneNumberId,
          maxConcurrent: 2,
          schedule: openHours(Date.now()),
          retryPolicy: { maxAttempts: 1 },
          webhookUrl,
        }),
      );

      const fillers = Array.from({ length: FILLERS }, (_, index) => `+9197${place}${String(index).padStart(3, "0")}0200`);
      const numbers = [...promised.map(([digits]) => number(digits)), blocked, ...fillers];
      const csv = [
        "phone,first_name,Client Name",
        ...numbers.map((phone, index) => `${phone},Asha ${index},`),
        "12,Bad,",
        `${blocked},Twice,`,
      ].join("\n");
      const upload = see(LeadUpload, await sdk.campaigns.uploadLeadsCsv(draft.id, csv));
      expect(upload).toMatchObject({ inserted: numbers.length, duplicates: 1, csvErrors: [{ row: numbers.length + 2, phone: "12" }] });

      expect(see(Campaign, await sdk.campaigns.start(draft.id))).toMatchObject({ status: "running", startedAt: expect.any(String) });
      await waitFor(
        async () => see(Report, await sdk.campaigns.report(draft.id)),
        ({ counts }) => counts.byStatus.completed > 0,
      );
      await pauseAndResume(sdk, draft.id, number("0220"));
      const report = await waitFor(
        async () => see(Report, await sdk.campaigns.report(draft.id)),
        ({ campaign }) => campaign.status === "completed",
      );
      expect(report.campaign.completedAt).not.toBeNull();
      expect(report.campaign.counts.byStatus).toEqual(report.counts.byStatus);

      const leads = await allLeads(sdk, draft.id);
      expect(leads.map(({ phoneNumber }) => phoneNumber)).toEqual([...numbers, number("0220")]);
      const ended = new Map(leads.map((lead) => [lead.phoneNumber, lead]));
      for (const [digits, status, disposition] of promised)
        expect(ended.get(number(digits))).toMatchObject({ status, disposition, attempts: 1, callId: expect.any(String) });
      expect(ended.get(blocked)).toMatchObject({
        status: "dnc_blocked",
        disposition: null,
        attempts: 0,
        callId: null,
        lastAttemptAt: null,
      });
      const tally = Object.entries(Object.groupBy(leads, ({ status }) => status)).map(([status, some]) => [status, some.length]);
      expect(report.counts.byStatus).toMatchObject({ pending: 0, dialing: 0, in_progress: 0, retry_wait: 0, ...Object.fromEntries(tally) });
      expect(leads[0]?.variables).toMatchObject({ first_name: "Asha 0" });

      const calls = seeList(Call, "calls", await sdk.calls.list({ campaignId: draft.id, limit: 1000 }));
      expect(calls.map(({ id }) => id).toSorted()).toEqual(leads.flatMap(({ callId }) => callId ?? []).toSorted());
      await expectTold(`/hook/${place}`, draft, leads);
    },
    60_000,
  );
});

/** While it is paused nobody is called, and leads may still be added. */
async function pauseAndResume(sdk: Client, id: string, another: string): Promise<void> {
  expect(see(Campaign, await sdk.campaigns.pause(id)).status).toBe("paused");
  const resting = await waitFor(
    async () => await allLeads(sdk, id),
    (leads) => !leads.some(isMoving),
  );
  const waiting = resting.filter(({ status }) => status === "pending").length;
  expect(waiting).toBeGreaterThan(0);
  expect(
    see(LeadUpload, await sdk.campaigns.uploadLeads(id, [{ phoneNumber: another, variables: { first_name: "Late", age: 40, vip: true } }])),
  ).toMatchObject({ inserted: 1, duplicates: 0, csvErrors: [] });
  // Longer than a call takes.
  await Bun.sleep(300);
  expect(seeList(Lead, "leads", await sdk.campaigns.listLeads(id, { status: "pending" }))).toHaveLength(waiting + 1);
  expect(see(Campaign, await sdk.campaigns.resume(id)).status).toBe("running");
}

/** Page by page. */
async function allLeads(sdk: Client, id: string): Promise<Lead[]> {
  const leads: Lead[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await sdk.campaigns.listLeads(id, { limit: 10, cursor });
    leads.push(...seeList(Lead, "leads", page));
    if (page.nextCursor === null) return leads;
    cursor = page.nextCursor;
  }
}

/** One event a lead, signed both ways, saying what the lead says. */
async function expectTold(path: string, { id, name }: Campaign, leads: readonly Lead[]): Promise<void> {
  const told = await waitFor(
    async () => receiver.received.filter((request) => request.path === path),
    (requests) => requests.length >= leads.length,
  );
  expect(new Set(told.map((request) => request.id)).size).toBe(leads.length);
  const byLead = new Map<string, LeadCompleted>();
  for (const { body, headers } of told) {
    expect(headers.get("x-osmtalk-signature")).toBe(`sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`);
    const event = see(
      LeadCompleted,
      new Webhook(new TextEncoder().encode(SECRET), { format: "raw" }).verify(body, Object.fromEntries(headers)),
    );
    byLead.set(event.lead.id, event);
  }
  for (const { id: leadId, phoneNumber, status, disposition, attempts, callId } of leads) {
    expect(byLead.get(leadId)).toMatchObject({
      campaign: { id, name },
      lead: { id: leadId, phoneNumber, status, disposition, attempts, callId },
    });
  }
}

test("without a URL of its own a campaign's events go to that of the settings", async () => {
  await client.settings.updateWebhook({ url: `${receiver.url}/fallback`, secret: SECRET });
  const agentId = await newAgent("Fallback");
  const { id, name } = await client.campaigns.create({ name: "Default", agentId, phoneNumberId, schedule: openHours(Date.now()) });
  await client.campaigns.uploadLeads(id, [{ phoneNumber: "+919866600201" }]);
  await client.campaigns.start(id);
  await waitFor(
    () => client.campaigns.get(id),
    ({ status }) => status === "completed",
  );
  await expectTold("/hook/fallback", see(Campaign, await client.campaigns.get(id)), await allLeads(client, id));
  expect(name).toBe("Default");
});
