// The compiled program places real calls: a campaign over SIP trunks to sipp, asked over HTTP and told by webhook.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openHours } from "../support/campaign-by-http.ts";
import { createSandbox, forTests, type Serving } from "../support/executable.ts";
import { startReceiver } from "../support/receiver.ts";
import { startSipp } from "../support/sipp.ts";
import { freshPort, freshRtpPort, tool } from "../support/tools.ts";
import { untilAnswer } from "../support/until.ts";

const sandbox = createSandbox();
const receiver = startReceiver();
let app: Serving;

beforeAll(async () => {
  const environment = {
    ...forTests,
    OUTDIAL_SIP_ADDRESS: "127.0.0.1",
    OUTDIAL_SIP_PORT: "0",
    OUTDIAL_RTP_PORT: String(freshRtpPort()),
    OUTDIAL_WEBHOOK_ALLOW: receiver.host,
  };
  app = await sandbox.serve(sandbox.folder(), { environment });
});
afterAll(() => {
  sandbox.clean();
  receiver.stop();
});

async function create(path: string, body: unknown): Promise<string> {
  const answer = await app.request<{ id: string }>("POST", path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.id;
}

let numbers = 0;

interface Line {
  port: number;
  allowedPrefixes?: readonly string[];
  sip?: object;
}

/** A trunk, a number on it, an agent that talks for 3.5 s, and a campaign with one lead; not started. */
async function prepare(
  name: string,
  { port, allowedPrefixes = ["+91"], sip = {} }: Line,
): Promise<{ campaignId: string; trunkId: string; to: string }> {
  const to = `+9198760${10_000 + (numbers += 1)}`;
  const trunkId = await create("/api/trunks", {
    name,
    driver: "sip",
    allowedPrefixes,
    sip: { host: "127.0.0.1", port, codecs: ["PCMA", "PCMU"], keepAliveSeconds: 0, ...sip },
  });
  const phoneNumberId = await create("/api/phone-numbers", { phoneNumber: `+9122000${10_000 + numbers}`, trunkId });
  const agentId = await create("/api/agents", {
    name,
    connection: { type: "simulated", talkMs: 3_500 },
    callPolicy: { ringTimeoutSeconds: 5 },
  });
  const campaignId = await create("/api/campaigns", {
    name,
    agentId,
    phoneNumberId,
    schedule: openHours(Date.now()),
    retryPolicy: { maxAttempts: 1 },
    webhookUrl: receiver.url,
  });
  expect((await app.request("POST", `/api/campaigns/${campaignId}/leads`, { leads: [{ phoneNumber: to }] })).status).toBe(200);
  return { campaignId, trunkId, to };
}

interface Lead {
  id: string;
  status: string;
  disposition: string | null;
  callId: string | null;
  attempts: number;
}

const start = (campaignId: string) => app.request<{ error: string }>("POST", `/api/campaigns/${campaignId}/start?preflight=false`);
const leadOf = async (campaignId: string) =>
  (await app.request<{ leads: Lead[] }>("GET", `/api/campaigns/${campaignId}/leads`)).body.leads[0];

/** Until the lead is final: it, its call, and what the webhook said. */
async function result(campaignId: string) {
  const lead = await untilAnswer(
    () => leadOf(campaignId),
    (answer) => answer !== undefined && !["pending", "dialing", "in_progress", "retry_wait"].includes(answer.status),
    20_000,
  );
  const call = (await app.request<Record<string, unknown>>("GET", `/api/calls/${lead?.callId}`)).body;
  const told = await untilAnswer(
    async () => receiver.received.map(({ body }) => JSON.parse(body) as { lead: Lead }).find((event) => event.lead.id === lead?.id),
    (event) => event !== undefined,
    5_000,
  );
  return { lead, call, told: told?.lead };
}

describe("a campaign over a SIP trunk", () => {
  const outcomes: { scenario: string; lead: Partial<Lead>; call: Record<string, unknown>; talked: boolean; rang: boolean }[] = [
    {
      scenario: "answer",
      lead: { status: "completed", disposition: "completed" },
      call: {
        ending: "completed",
        reason: "bot_hung_up",
        sipCode: 200,
        sipReason: "OK",
        hungUpBy: "bot",
        media: expect.objectContaining({ packetsSent: expect.any(Number), packetsLost: expect.any(Number), jitterMs: expect.any(Number) }),
      },
      talked: true,
      rang: false,
    },
    {
      scenario: "busy",
      lead: { status: "busy" },
      call: { ending: "busy", reason: "busy", sipCode: 486, sipReason: "Busy Here", media: null },
      talked: false,
      rang: false,
    },
    {
      scenario: "not-found",
      lead: { status: "failed" },
      call: { ending: "failed", reason: "number_unknown", sipCode: 404 },
      talked: false,
      rang: false,
    },
    {
      scenario: "no-answer",
      lead: { status: "no_answer" },
      call: { ending: "no_answer", reason: "ring_timeout", sipCode: 487, hungUpBy: "us" },
      talked: false,
      rang: true,
    },
  ];
  test.each(outcomes)(
    "$scenario: lead $lead.status, and the call, the API and the webhook agree",
    async ({ scenario, lead, call, talked, rang }) => {
      const sipp = await startSipp(scenario, { timeoutSeconds: 20 });
      const { campaignId, to } = await prepare(scenario, sipp);
      expect((await start(campaignId)).status).toBe(200);
      const seen = await result(campaignId);
      expect(await sipp.finished).toBeUndefined();
      expect(seen.lead).toMatchObject({ ...lead, attempts: 1 });
      expect(seen.call).toMatchObject({ ...call, to, status: "ended" });
      expect(Number(seen.call.talkSeconds) >= 3).toBe(talked);
      expect(Number(seen.call.ringSeconds) >= 4).toBe(rang);
      expect(seen.told).toMatchObject({ id: seen.lead?.id ?? "", callId: String(seen.call.id), ...lead });
    },
    40_000,
  );
});

describe("where a trunk may call", () => {
  test("without allowed prefixes no campaign starts, and no single call is placed", async () => {
    const { campaignId } = await prepare("closed", { port: 9, allowedPrefixes: [] });
    expect(await start(campaignId)).toMatchObject({ status: 400, body: { error: expect.stringContaining("allows no prefix yet") } });
  });

  test("a number outside them ends failed, without a packet, and the trunk is not blamed", async () => {
    const { campaignId, trunkId } = await prepare("elsewhere", { port: 9, allowedPrefixes: ["+44"] });
    expect((await start(campaignId)).status).toBe(200);
    const { lead, call } = await result(campaignId);
    expect(lead).toMatchObject({ status: "failed" });
    expect(call).toMatchObject({ status: "ended", ending: "failed", reason: "prefix_not_allowed", sipCode: null });

    const phoneNumberId = String(call.phoneNumberId);
    const outbound = { agentId: String(call.agentId), phoneNumberId, destination: String(call.to) };
    expect(await app.request("POST", "/api/calls/outbound", outbound)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("it allows +44") },
    });
    await app.request("PUT", `/api/trunks/${trunkId}`, { allowedPrefixes: [] });
    expect(await app.request("POST", "/api/calls/outbound", outbound)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("allows no prefix yet") },
    });
  });
});

describe("POST /api/trunks/{id}/test", () => {
  test("says that nothing answers, with the address and the transport", async () => {
    const id = await create("/api/trunks", {
      name: "Nobody",
      driver: "sip",
      sip: { host: "127.0.0.1", port: freshPort(), transport: "tcp" },
    });
    const { status, body } = await app.request<{ ok: boolean; message: string }>("POST", `/api/trunks/${id}/test`);
    expect({ status, ok: body.ok }).toEqual({ status: 200, ok: false });
    expect(body.message).toMatch(/127\.0\.0\.1.*tcp/);
  });

  test("is well when OPTIONS is answered", async () => {
    const port = freshPort();
    const args = ["-sn", "uas", "-i", "127.0.0.1", "-p", String(port), "-nostdin", "-timeout", "20s"];
    // The built-in scenario answers an INVITE alone; its error answer to OPTIONS shows that somebody is there.
    const sipp = Bun.spawn([tool("sipp"), ...args, "-aa"], { stdout: "ignore", stderr: "ignore", stdin: "ignore" });
    const id = await create("/api/trunks", {
      name: "Somebody",
      driver: "sip",
      allowedPrefixes: ["+91"],
      sip: { host: "127.0.0.1", port, keepAliveSeconds: 0 },
    });
    const said = await app.request<{ ok: boolean; message: string }>("POST", `/api/trunks/${id}/test`);
    await app.request("PUT", `/api/trunks/${id}`, { allowedPrefixes: [] });
    const closed = await app.request<{ ok: boolean; message: string }>("POST", `/api/trunks/${id}/test`);
    sipp.kill();
    expect(closed.body).toEqual({
      ok: false,
      message: expect.stringMatching(/^it answers, but the trunk allows no prefix yet/) as unknown as string,
    });
    expect(said).toEqual({ status: 200, body: { ok: true, message: "calls can leave through this trunk" } });
  }, 20_000);
});
