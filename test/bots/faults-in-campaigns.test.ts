// What a bot's faults come to in campaigns of the compiled program: the lead, the call, and what is left of either.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type PracticeCarrier, startPracticeCarrier } from "../../src/practice-carrier.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { ADMIN_KEY } from "../support/ask.ts";
import { openHours } from "../support/campaign-by-http.ts";
import { createSandbox, forTests, type Serving } from "../support/executable.ts";
import { freshRtpPort } from "../support/tools.ts";
import { untilAnswer } from "../support/until.ts";
import { type Conversation, startBot, type TestBot } from "./support/bot-server.ts";

const sandbox = createSandbox();
let app: Serving;
let carrier: PracticeCarrier;
let bot: TestBot;
let phoneNumberId: string;
/** Connections of the server that hangs. */
let hung = 0;
const hanging = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: { open: () => void (hung += 1), data: () => undefined, close: () => void (hung -= 1) },
});

/** What each does when it is told of the start. The first never gets so far: its server takes connections and says nothing. */
const faults: { name: string; once?: (conversation: Conversation) => void; lead: object; call: object }[] = [
  { name: "hangs in the handshake", lead: { status: "pending", attempts: 0 }, call: { ending: "failed", reason: "bot_unreachable" } },
  {
    name: "dies mid-word, again and again",
    once: dieTalking,
    lead: { status: "failed", attempts: 1 },
    call: { ending: "failed", reason: "bot_crashed" },
  },
  { name: "floods", once: flood, lead: { status: "failed", attempts: 1 }, call: { ending: "failed", reason: "bot_crashed" } },
  {
    name: "hangs up while it is heard",
    once: speakAndHangUp,
    lead: { status: "completed", disposition: "completed", attempts: 1 },
    call: { ending: "completed", reason: "bot_hung_up" },
  },
];

function dieTalking(conversation: Conversation): void {
  conversation.speak(new Uint8Array(16_000).fill(0x90));
  conversation.die();
}

function flood(conversation: Conversation): void {
  for (let count = 0; count < 40_000; count += 1) conversation.say({ event: "media", media: { payload: "/////w==" } });
}

/** Longer than the three seconds under which a conversation counts as none. */
function speakAndHangUp(conversation: Conversation): void {
  for (const text of ["", "{", '{"event":"mark"}', "[]"]) conversation.sayText(text);
  conversation.speak(new Uint8Array(32_000).fill(0x90));
  conversation.hangUp();
}

beforeAll(async () => {
  bot = startBot({
    onHeard: (conversation, { event }) =>
      event === "start" ? faults[Number(conversation.path.slice(-1))]?.once?.(conversation) : undefined,
  });
  carrier = await startPracticeCarrier(systemClock, systemRandom, { seed: 1, ringMs: 50, talkMs: 30_000, answerRate: 1 });
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
  bot.stop();
  hanging.stop(true);
  await carrier.stop();
});

async function create(path: string, body: unknown): Promise<string> {
  const answer = await app.request<{ id: string }>("POST", path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.id;
}

interface Lead {
  status: string;
  callId: string | null;
}

async function startCampaign(index: number): Promise<string> {
  const url = index === 0 ? `ws://127.0.0.1:${hanging.port}/` : `${bot.url}/${index}`;
  const agentId = await create("/api/agents", { name: "Anna", connection: { type: "stream", url }, voicemail: { detect: false } });
  const campaignId = await create("/api/campaigns", {
    name: "Spring",
    agentId,
    phoneNumberId,
    schedule: openHours(Date.now()),
    retryPolicy: { maxAttempts: 1 },
  });
  await app.request("POST", `/api/campaigns/${campaignId}/leads`, { leads: [{ phoneNumber: `+9198765${index}0200` }] });
  expect((await app.request("POST", `/api/campaigns/${campaignId}/start?preflight=false`)).status).toBe(200);
  return campaignId;
}

describe("a bot's faults, all at once", () => {
  test("each leaves its lead as it should, and nothing else behind", async () => {
    const campaigns = await Promise.all(faults.map((_, index) => startCampaign(index)));
    const leadOf = async (campaignId: string) =>
      (await app.request<{ leads: Lead[] }>("GET", `/api/campaigns/${campaignId}/leads`)).body.leads[0];
    for (const [index, { name, lead, call }] of faults.entries()) {
      const seen = await untilAnswer(
        () => leadOf(campaigns[index] ?? ""),
        (answer) => answer?.callId != null && !["dialing", "in_progress"].includes(answer.status),
        30_000,
      );
      expect([name, seen]).toEqual([name, expect.objectContaining(lead)]);
      if (seen?.callId != null) expect((await app.request("GET", `/api/calls/${seen.callId}`)).body).toMatchObject(call);
    }
    const metrics = async () => (await app.get("/metrics", ADMIN_KEY)).text();
    await untilAnswer(
      metrics,
      (text) => text.includes("TYPE outdial_calls_open") && !/outdial_calls_open\{[^}]*\} [1-9]/.test(text),
      10_000,
    );
    await untilAnswer(
      async () => [hung, ...bot.conversations.map(({ closedWith }) => (closedWith === undefined ? 1 : 0))],
      (open) => open.every((count) => count === 0),
      10_000,
    );
  }, 90_000);
});
