// What is done on the line of real calls: the appliance in this process, sipp as the carrier, and real audio both ways.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { WaveFile } from "wavefile";
import { type App, startApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { g711 } from "../../src/media/sound/g711.ts";
import { meanSquare, toneShare } from "../../src/media/sound/tone.ts";
import { writeWav } from "../../src/media/sound/wav.ts";
import { cronAlarm } from "../../src/runtime/alarm.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { createLog } from "../../src/runtime/log.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { createPeer, type Peer } from "../media/support/peer.ts";
import { framesOf, joined, silence, speech, tone } from "../media/support/line-sounds.ts";
import { ADMIN_KEY, type Ask, createAsk } from "../support/ask.ts";
import { openHours } from "../support/campaign-by-http.ts";
import { startSipp } from "../support/sipp.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { freshPort, freshRtpPort } from "../support/tools.ts";
import { untilAnswer } from "../support/until.ts";

const folder = temporaryFolder();
const open: Peer[] = [];
let app: App;
let ask: Ask;

beforeAll(async () => {
  const config = readConfig(
    ["--data", folder.path, "--port", "0", "--sip-address", "127.0.0.1", "--sip-port", "0", "--rtp-port", String(freshRtpPort())],
    { OUTDIAL_ADMIN_KEY: ADMIN_KEY },
  );
  app = await startApp({
    config,
    clock: systemClock,
    alarm: cronAlarm(systemClock),
    random: systemRandom,
    log: createLog("error", systemClock, (line) => console.error(line)),
  });
  ask = createAsk(app.url, ADMIN_KEY);
});
afterAll(async () => {
  await app.stop();
  for (const peer of open) peer.close();
  folder.remove();
});

async function create(path: string, body: unknown): Promise<string> {
  const answer = await ask<{ id: string }>("POST", path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.id;
}

async function upload(agentId: string, sound: Int16Array): Promise<string> {
  const response = await fetch(`${app.url}/api/agents/${agentId}/audio`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "audio/wav" },
    body: writeWav(sound),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { id: string }).id;
}

let numbers = 0;

/** A campaign of one lead over a trunk to `port`, with an agent that plays `sound`; `more` is told the agent's id. */
async function call(
  port: number,
  sound: Int16Array,
  more: (agentId: string) => Promise<object>,
): Promise<() => Promise<Record<string, unknown>>> {
  const to = `+9198761${10_000 + (numbers += 1)}`;
  const agentId = await create("/api/agents", { name: "Ada" });
  const connection = {
    type: "announcement",
    audio: await upload(agentId, sound),
    keys: { "1": { outcome: { success: true } }, "9": "opt_out" },
  };
  expect(await ask("PUT", `/api/agents/${agentId}`, { connection, recording: { enabled: true }, ...(await more(agentId)) })).toMatchObject({
    status: 200,
  });
  expect((await ask("POST", `/api/agents/${agentId}/versions`, {})).status).toBe(201);
  const trunkId = await create("/api/trunks", {
    name: "Carrier",
    driver: "sip",
    allowedPrefixes: ["+91"],
    sip: { host: "127.0.0.1", port, codecs: ["PCMA"], keepAliveSeconds: 0 },
  });
  const phoneNumberId = await create("/api/phone-numbers", { phoneNumber: `+9122001${10_000 + numbers}`, trunkId });
  const campaignId = await create("/api/campaigns", {
    name: "Spring",
    agentId,
    phoneNumberId,
    schedule: openHours(Date.now()),
    retryPolicy: { maxAttempts: 1 },
  });
  expect((await ask("POST", `/api/campaigns/${campaignId}/leads`, { leads: [{ phoneNumber: to }] })).status).toBe(200);
  expect((await ask("POST", `/api/campaigns/${campaignId}/start?preflight=false`)).status).toBe(200);
  const find = async () => (await ask<{ calls: Record<string, unknown>[] }>("GET", `/api/calls?campaignId=${campaignId}`)).body.calls[0];
  return async () => (await untilAnswer(find, (found) => found?.status === "ended" && found.recordingSeconds !== null, 30_000)) ?? {};
}

/** Both sides of the call's recording. */
async function recordingOf(callId: unknown): Promise<[Int16Array<ArrayBuffer>, Int16Array<ArrayBuffer>]> {
  const response = await fetch(`${app.url}/api/calls/${String(callId)}/recording`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "audio/wav"]);
  const file = new WaveFile(new Uint8Array(await response.arrayBuffer()));
  expect(file.fmt).toMatchObject({ numChannels: 2, sampleRate: 8_000, bitsPerSample: 16 });
  const [left, right] = file.getSamples() as unknown as [Float64Array, Float64Array];
  return [Int16Array.from(left), Int16Array.from(right)];
}

const isTone = (frame: Int16Array, hz: number) => meanSquare(frame) > 10_000 && toneShare(frame, hz, meanSquare(frame)) > 0.8;

/** How long a tone lasts in it, and when it begins, in ms. */
function toneIn(sound: Int16Array, hz: number): { ms: number; fromMs: number } {
  const heard = framesOf(sound).map((frame) => isTone(frame, hz));
  return { ms: heard.filter(Boolean).length * 20, fromMs: heard.indexOf(true) * 20 };
}

/** A far end that says `sound`, a packet for each that it gets, and keeps what it got in the same frames. */
async function speaker(sound: Int16Array): Promise<{ port: number; heard: Int16Array[] }> {
  const peer = await createPeer();
  open.push(peer);
  const frames = framesOf(sound);
  const heard: Int16Array[] = [];
  const payload = new Uint8Array(160);
  peer.onPacket = ({ payloadType, payload: came }, _, from) => {
    if (payloadType !== 8) return;
    const frame = new Int16Array(160);
    g711.PCMA.decode(came, 0, 160, frame);
    g711.PCMA.encode(frames[heard.length] ?? new Int16Array(160), payload, 0);
    heard.push(frame);
    peer.sendAudio(from, payload, { payloadType: 8 });
  };
  return { port: peer.port, heard };
}

describe("a machine that answers", () => {
  test("is left the agent's recording after its beep, and the call's recording has both", async () => {
    const beepHz = 1_300;
    const greeting = joined(silence(500), speech(3_000), silence(200), tone(beepHz, 400));
    const far = await speaker(greeting);
    const carrier = await startSipp("callee", { args: ["-key", "audio", String(far.port)], timeoutSeconds: 25 });
    const over = await call(carrier.port, tone(800, 20_000), async (agentId) => ({
      voicemail: { action: "message", audio: await upload(agentId, tone(500, 1_500)) },
    }));
    const ended = await over();
    expect(await carrier.finished).toBeUndefined();
    expect(ended).toMatchObject({ ending: "voicemail", reason: "voicemail", hungUpBy: "us", amd: { result: "machine", reason: "beep" } });

    const heard = joined(...far.heard);
    const message = toneIn(heard, 500);
    expect(message.fromMs).toBeGreaterThanOrEqual(4_100);
    expect(message.fromMs).toBeLessThan(5_500);
    expect(Math.abs(message.ms - 1_500)).toBeLessThanOrEqual(60);
    expect(toneIn(heard.subarray(message.fromMs * 8), 800).ms).toBe(0);
    expect(toneIn(heard.subarray(0, 3_000 * 8), 800).ms).toBeGreaterThan(2_500);

    const [left, right] = await recordingOf(ended.id);
    const [beep, ours] = [toneIn(left, beepHz), toneIn(right, 500)];
    expect(Math.abs(beep.ms - 400)).toBeLessThanOrEqual(60);
    expect(ours.fromMs).toBeGreaterThanOrEqual(beep.fromMs + 400);
    expect(Math.abs(ours.ms - 1_500)).toBeLessThanOrEqual(40);
    expect(Math.abs(Number(ended.recordingSeconds) - left.length / 8_000)).toBeLessThan(0.01);
    expect(Math.abs(Number(ended.talkSeconds) - Number(ended.recordingSeconds))).toBeLessThan(1);
  }, 60_000);
});

describe("a person who hears an announcement", () => {
  test.each([
    {
      key: "9",
      expected: { ending: "completed", disposition: "not_interested", reason: "opted_out", hungUpBy: "us", outcome: { key: "9" } },
    },
    {
      key: "1",
      expected: {
        ending: "completed",
        disposition: "qualified",
        reason: "key_pressed",
        hungUpBy: "bot",
        outcome: { success: true, key: "1" },
      },
    },
  ])(
    "presses $key on a real telephone",
    async ({ key, expected }) => {
      const pcap = `/usr/share/sip-tester/dtmf_2833_${key}.pcap`;
      // sipp binds two pairs of ports.
      const [media] = [freshPort(), freshPort()];
      const carrier = await startSipp("press-key", { args: ["-mp", String(media), "-key", "pcap", pcap], timeoutSeconds: 25 });
      const over = await call(carrier.port, tone(800, 20_000), async () => ({}));
      const ended = await over();
      expect(await carrier.finished).toBeUndefined();
      expect(ended).toMatchObject(expected);
      const [, right] = await recordingOf(ended.id);
      expect(toneIn(right, 800).ms).toBeGreaterThan(700);
      const { body } = await ask<{ entries: { phoneNumber: string; source: string; evidence?: string; callId?: string }[] }>(
        "GET",
        "/api/campaigns/dnc",
      );
      const entries = body.entries
        .filter(({ phoneNumber }) => phoneNumber === ended.to)
        .map(({ source, evidence, callId }) => [source, evidence, callId]);
      expect(entries).toEqual(key === "9" ? [["opt_out", "key 9", String(ended.id)]] : []);
    },
    60_000,
  );
});
