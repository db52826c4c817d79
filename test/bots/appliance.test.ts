// The bots of examples/ on calls of the compiled program, from the campaign to the webhook.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { resolve } from "node:path";
import { openHours } from "../support/campaign-by-http.ts";
import { createSandbox, forTests, type Serving } from "../support/executable.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { type Sipp, startSipp } from "../support/sipp.ts";
import { freshRtpPort } from "../support/tools.ts";
import { untilAnswer } from "../support/until.ts";
import { type ExampleBot, startExample } from "./support/example-bot.ts";
import { openTelephones, type Telephone } from "./support/phone-line.ts";

const sandbox = createSandbox();
const telephones: Telephone[] = [];
let socket: Awaited<ReturnType<typeof openTelephones>>;
let receiver: Receiver;
let sipp: Sipp;
let survey: ExampleBot;
let app: Serving;
let phoneNumberId: string;

beforeAll(async () => {
  receiver = startReceiver();
  survey = await startExample("survey-bot");
  socket = await openTelephones(telephones);
  sipp = await startSipp("talk", { calls: 2, timeoutSeconds: 60, args: ["-key", "peer_port", String(socket.port)] });
  const environment = {
    ...forTests,
    OUTDIAL_SIP_ADDRESS: "127.0.0.1",
    OUTDIAL_SIP_PORT: "0",
    OUTDIAL_RTP_PORT: String(freshRtpPort()),
    OUTDIAL_WEBHOOK_ALLOW: receiver.host,
  };
  app = await sandbox.serve(sandbox.folder(), { environment });
  const trunkId = await create("/api/trunks", {
    name: "Carrier",
    driver: "sip",
    allowedPrefixes: ["+91"],
    sip: { host: "127.0.0.1", port: sipp.port, codecs: ["PCMU"], keepAliveSeconds: 0 },
  });
  phoneNumberId = await create("/api/phone-numbers", { phoneNumber: "+912200010001", trunkId });
});
afterAll(async () => {
  sandbox.clean();
  await sipp.kill();
  socket.close();
  receiver.stop();
  await survey.stop();
});

async function create(path: string, body: unknown): Promise<string> {
  const answer = await app.request<{ id: string }>("POST", path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.id;
}

const createAgent = (connection: object) => create("/api/agents", { name: "Anna", connection, voicemail: { detect: false } });
const callOf = async (id: string) => (await app.request<Record<string, unknown>>("GET", `/api/calls/${id}`)).body;
/** Of 20 ms each. A conversation of under three seconds counts as none. */
const PACKETS_OF_A_TALK = 160;

async function talkTo(index: number): Promise<Telephone> {
  await untilAnswer(
    async () => telephones[index]?.heard.length ?? 0,
    (count) => count >= PACKETS_OF_A_TALK,
    20_000,
  );
  return telephones[index] as Telephone;
}

test("a lead who answers the survey bot's question is qualified, and the webhook carries the answer", async () => {
  const agentId = await createAgent({ type: "stream", url: `${survey.url}?campaign={{campaign_name}}` });
  const campaignId = await create("/api/campaigns", {
    name: "Spring",
    agentId,
    phoneNumberId,
    schedule: openHours(Date.now()),
    webhookUrl: receiver.url,
  });
  await app.request("POST", `/api/campaigns/${campaignId}/leads`, { leads: [{ phoneNumber: "+919876501001" }] });
  expect((await app.request("POST", `/api/campaigns/${campaignId}/start?preflight=false`)).status).toBe(200);
  const telephone = await talkTo(0);
  expect(telephone.heard.filter(({ payload }) => payload.some((byte) => byte !== 0xff)).length).toBeGreaterThan(25);
  telephone.press("1", 8_000);
  const events = () => receiver.received.map(({ body }) => JSON.parse(body) as { event: string; lead: Record<string, unknown> });
  const told = await untilAnswer(
    async () => events().find(({ event }) => event === "campaign.lead_completed"),
    (event) => event !== undefined,
    20_000,
  );
  const lead = told?.lead ?? {};
  expect(lead).toMatchObject({
    phoneNumber: "+919876501001",
    status: "completed",
    disposition: "qualified",
    outcome: { success: true, answer: "yes" },
  });
  expect(await callOf(String(lead.callId))).toMatchObject({ ending: "completed", reason: "bot_hung_up", hungUpBy: "bot" });
}, 60_000);

test("a program of the machine is started for its call, hears a key, hangs up, and is gone", async () => {
  const mark = `of-appliance-${process.pid}`;
  const isRunning = () => Bun.spawnSync(["pgrep", "-f", `echo-bot.ts ${mark}`]).exitCode === 0;
  const agentId = await createAgent({ type: "process", command: process.execPath, args: [resolve("examples/echo-bot.ts"), mark] });
  const placed = await app.request<{ id: string }>("POST", "/api/calls/outbound", { agentId, phoneNumberId, destination: "+919876501002" });
  expect(placed.status).toBeLessThan(300);
  const telephone = await talkTo(1);
  expect(isRunning()).toBe(true);
  telephone.press("#", 8_000);
  const call = await untilAnswer(
    () => callOf(placed.body.id),
    ({ status }) => status === "ended",
    20_000,
  );
  expect(call).toMatchObject({ ending: "completed", reason: "bot_hung_up", hungUpBy: "bot" });
  await untilAnswer(
    async () => isRunning(),
    (running) => !running,
    10_000,
  );
  expect(await sipp.finished).toBeUndefined();
}, 60_000);
