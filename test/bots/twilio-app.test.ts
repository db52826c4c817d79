// An application written for Twilio is the bot of real SIP calls of the compiled program: it answers its voice URL with TwiML,
// talks over a stream, and ends or redirects its calls by the REST API, knowing nothing of whose it is.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { twilioSignature } from "../../src/bots/twilio-signature.ts";
import { writeWav } from "../../src/media/sound/wav.ts";
import { type PracticeCarrier, startPracticeCarrier } from "../../src/practice-carrier.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { openHours } from "../support/campaign-by-http.ts";
import { createSandbox, forTests, type Serving } from "../support/executable.ts";
import { freshPort, freshRtpPort } from "../support/tools.ts";
import { until, untilAnswer } from "../support/until.ts";
import { startBot, type TestBot } from "./support/bot-server.ts";
import { startVoiceApp } from "./support/voice-app.ts";

const sandbox = createSandbox();
let app: Serving;
let carrier: PracticeCarrier;
let phoneNumberId: string;
const opened: { stop(): void }[] = [];

beforeAll(async () => {
  carrier = await startPracticeCarrier(systemClock, systemRandom, { seed: 1, ringMs: 50, talkMs: 20_000, answerRate: 1 });
  app = await sandbox.serve(sandbox.folder(), {
    environment: { ...forTests, OUTDIAL_SIP_ADDRESS: "127.0.0.1", OUTDIAL_SIP_PORT: "0", OUTDIAL_RTP_PORT: String(freshRtpPort()) },
  });
  const trunkId = await create("/api/trunks", {
    name: "Practice",
    driver: "sip",
    allowedPrefixes: ["+91"],
    sip: { host: "127.0.0.1", port: carrier.port, keepAliveSeconds: 0 },
  });
  phoneNumberId = await create("/api/phone-numbers", { phoneNumber: "+912200010001", trunkId });
});
afterAll(async () => {
  sandbox.clean();
  for (const one of opened) one.stop();
  await carrier.stop();
});

async function create(path: string, body: unknown): Promise<string> {
  const answer = await app.request<{ id: string }>("POST", path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.id;
}

const createAgent = (connection: object) => create("/api/agents", { name: "Anna", connection, voicemail: { detect: false } });

/** What an operator copies into the application's settings. */
async function settingsOf(agentId: string): Promise<{ accountSid: string; authToken: string; apiBaseUrl: string }> {
  return (await app.request<{ accountSid: string; authToken: string; apiBaseUrl: string }>("GET", `/api/agents/${agentId}/credentials`))
    .body;
}

let numbers = 0;
const nextNumber = () => `+9198765${String((numbers += 1)).padStart(1, "0")}0200`;
const place = (agentId: string) =>
  app.request<{ id: string; error: string; code: string }>("POST", "/api/calls/outbound", {
    agentId,
    phoneNumberId,
    destination: nextNumber(),
  });
const callOf = async (callId: string) => (await app.request<Record<string, unknown>>("GET", `/api/calls/${callId}`)).body;
const over = (callId: string) =>
  untilAnswer(
    () => callOf(callId),
    ({ status }) => status === "ended",
    15_000,
  );

/** As a client library of Twilio's sends it. */
function rest(
  { accountSid, authToken, apiBaseUrl }: Awaited<ReturnType<typeof settingsOf>>,
  callSid: string,
  form: Record<string, string>,
): Promise<Response> {
  return fetch(`${apiBaseUrl}/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`, {
    method: "POST",
    body: new URLSearchParams(form),
    headers: { authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` },
  });
}

/** Messages of the call so far; 50 of them are a second. */
const hasHeard = (stream: TestBot, messages: number) =>
  untilAnswer(
    async () => stream.conversations[0]?.heard.length ?? 0,
    (count) => count >= messages,
    15_000,
  );

const response = (inner: string) => `<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`;

describe("an application written for Twilio", () => {
  test("hands the call to its stream by TwiML, hears the person, and hangs up by the REST API", async () => {
    const stream = startBot();
    const voice = startVoiceApp(() =>
      response(`<Connect><Stream url="${stream.url}"><Parameter name="tenant" value="7"/></Stream></Connect>`),
    );
    opened.push(stream, voice);
    const agentId = await createAgent({ type: "twiml", url: `${voice.url}/voice` });
    const settings = await settingsOf(agentId);
    const callId = (await place(agentId)).body.id;
    await hasHeard(stream, 2);
    const [conversation] = stream.conversations;
    const [question] = voice.asked;
    const { callSid = "", accountSid } = conversation?.heard[1]?.start ?? {};
    expect(conversation?.heard[1]?.start).toMatchObject({
      accountSid: settings.accountSid,
      customParameters: { tenant: "7", call_id: callId },
    });
    expect(question?.form).toMatchObject({
      CallSid: callSid,
      AccountSid: accountSid ?? "",
      From: "+912200010001",
      CallStatus: "in-progress",
      Direction: "outbound-api",
    });
    expect(conversation?.headers.get("x-twilio-signature")).toBe(twilioSignature(settings.authToken, stream.url));
    // The practice carrier sends everybody's sound back.
    conversation?.speak(new Uint8Array(8_000).fill(0x90));
    await until(
      "the bot hears itself",
      () => conversation?.heard.some(({ media }) => Buffer.from(media?.payload ?? "", "base64").includes(0x90)) === true,
    );
    // As long as a conversation: a shorter one would be taken for none.
    await hasHeard(stream, 155);
    const ended = await rest(settings, callSid, { Status: "completed" });
    expect([ended.status, await ended.json()]).toEqual([200, expect.objectContaining({ sid: callSid, status: "completed" })]);
    expect(await over(callId)).toMatchObject({ ending: "completed", reason: "bot_hung_up" });
    expect(conversation?.heard.at(-1)?.event).toBe("stop");
    const again = await rest(settings, callSid, { Status: "completed" });
    expect([again.status, ((await again.json()) as { code: number }).code]).toEqual([404, 20404]);
  }, 30_000);

  test("takes a call away from its stream by new TwiML, which plays a sound and hangs up", async () => {
    const stream = startBot();
    const voice = startVoiceApp((path) =>
      path === "/bye.wav" ? new Response(writeWav(new Int16Array(1_600).fill(3_000))) : response("<Play>/bye.wav</Play>"),
    );
    opened.push(stream, voice);
    const agentId = await createAgent({ type: "stream", url: stream.url });
    const settings = await settingsOf(agentId);
    const callId = (await place(agentId)).body.id;
    await hasHeard(stream, 155);
    const callSid = stream.conversations[0]?.heard[1]?.start?.callSid ?? "";
    expect((await rest({ ...settings, authToken: `${settings.authToken}0` }, callSid, { Status: "completed" })).status).toBe(401);
    expect((await rest(settings, callSid, { Url: `${voice.url}/bye` })).status).toBe(200);
    expect(await over(callId)).toMatchObject({ ending: "completed", reason: "bot_hung_up" });
    expect([stream.conversations[0]?.closedWith, voice.asked.map(({ method, path }) => `${method} ${path}`)]).toEqual([
      1_000,
      ["POST /bye", "GET /bye.wav"],
    ]);
    expect(voice.asked[0]?.form.CallSid).toBe(callSid);
  }, 30_000);

  test("hands the person over to a desk behind SIP, and the call ends when the desk hangs up", async () => {
    const desk = await startPracticeCarrier(systemClock, systemRandom, { seed: 1, ringMs: 50, talkMs: 1_500, answerRate: 1 });
    opened.push({ stop: () => void desk.stop() });
    const voice = startVoiceApp(() => response(`<Dial><Sip>sip:+919876500200@127.0.0.1:${desk.port}</Sip></Dial>`));
    opened.push(voice);
    const callId = (await place(await createAgent({ type: "twiml", url: voice.url }))).body.id;
    expect(await over(callId)).toMatchObject({
      reason: expect.stringMatching(/^(transferred|too_short)$/),
      transferredTo: `sip:+919876500200@127.0.0.1:${desk.port}`,
    });
  }, 30_000);

  test("whose voice URL fails is no fault of the lead's", async () => {
    const voice = startVoiceApp(() => new Response("broken", { status: 500 }));
    opened.push(voice);
    const callId = (await place(await createAgent({ type: "twiml", url: voice.url }))).body.id;
    expect(await over(callId)).toMatchObject({ ending: "failed", reason: "bot_unreachable" });
  }, 30_000);
});

describe("a bot that is not there", () => {
  test("is found out behind a SIP address by OPTIONS, which one that is there answers", async () => {
    const test = async (uri: string) =>
      (await app.request<{ ok: boolean; message: string }>("POST", `/api/agents/${await createAgent({ type: "sip", uri })}/test`)).body;
    expect(await test(`sip:bot@127.0.0.1:${carrier.port}`)).toEqual({ ok: true, message: "the bot can be reached" });
    const port = freshPort();
    expect(await test(`sip:bot@127.0.0.1:${port}`)).toEqual({ ok: false, message: `127.0.0.1:${port} did not answer within 3 s` });
  }, 20_000);

  test("refuses the start and the single call, holds the campaign, and lets it go on when it comes up", async () => {
    const port = freshPort();
    const agentId = await createAgent({ type: "stream", url: `ws://127.0.0.1:${port}/stream?token=secret` });
    const sentence = `the bot of agent 'Anna' cannot be reached: 127.0.0.1:${port} cannot be connected to: ECONNREFUSED`;
    const single = await place(agentId);
    expect([single.status, single.body]).toMatchObject([500, { code: "bot_unreachable", error: expect.stringContaining(sentence) }]);
    const campaignId = await create("/api/campaigns", { name: "Spring", agentId, phoneNumberId, schedule: openHours(Date.now()) });
    await app.request("POST", `/api/campaigns/${campaignId}/leads`, { leads: [{ phoneNumber: nextNumber() }] });
    expect(await app.request("POST", `/api/campaigns/${campaignId}/start`)).toMatchObject({
      status: 500,
      body: { code: "bot_unreachable", error: `the campaign was not started: ${sentence}` },
    });
    expect((await app.request("POST", `/api/campaigns/${campaignId}/start?preflight=false`)).status).toBe(200);
    const campaign = async () =>
      (await app.request<{ status: string; statusReason: string | null }>("GET", `/api/campaigns/${campaignId}`)).body;
    await untilAnswer(campaign, ({ statusReason }) => statusReason === `bot_unreachable: ${sentence}`, 5_000);
    const stream = startBot({ port, onHeard: (conversation, { event }) => (event === "start" ? conversation.hangUp() : undefined) });
    opened.push(stream);
    await untilAnswer(
      async () => stream.conversations.length,
      (count) => count === 1,
      20_000,
    );
    expect((await campaign()).statusReason ?? "").not.toContain("bot_unreachable");
  }, 40_000);
});
