import { afterEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import type { BotConnection } from "../../src/calls/bot.ts";
import { createMediaEngine, type MediaEngine, type MediaEvents, type MediaSession } from "../../src/media/media-engine.ts";
import type { RemoteMedia } from "../../src/media/protocol.ts";
import { portRangeFor } from "../../src/media/rtp/ports.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { createLog } from "../../src/runtime/log.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import type * as port from "../../src/sip/media-port.ts";
import { createPeer, type Peer } from "./support/peer.ts";
import { until } from "./support/until.ts";
import { plainPlan } from "../support/bot-plan.ts";

const open: { close(): void | Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

// Below the ports that the system gives out by itself.
let nextPort = 22_000 + (process.pid % 16) * 640;

async function startMedia({
  calls = 4,
  noRtpMs = 60_000,
  spawn,
}: { calls?: number; noRtpMs?: number; spawn?: () => Worker } = {}): Promise<{ media: MediaEngine; log: string[] }> {
  const log: string[] = [];
  const ports = portRangeFor(nextPort, calls);
  nextPort = ports.to + 1;
  const media = createMediaEngine({
    clock: systemClock,
    random: systemRandom,
    log: createLog("info", systemClock, (line) => void log.push(line)),
    settings: { address: "127.0.0.1", ports, noRtpMs },
    spawn,
  });
  open.push({ close: () => media.stop() });
  await media.ready();
  return { media, log };
}

interface Told {
  ends: Parameters<MediaEvents["botEnded"]>[0][];
  digits: string;
  noRtp: number;
}

function openCall(
  media: MediaEngine,
  connection: BotConnection = { type: "simulated", talkMs: 400 },
  srtp = false,
): { call: MediaSession; told: Told } {
  const told: Told = { ends: [], digits: "", noRtp: 0 };
  const call = media.open(
    { callId: "call_1", bot: plainPlan(connection), srtp },
    {
      botEnded: (end) => void told.ends.push(end),
      dtmf: (digit) => void (told.digits += digit),
      noRtp: () => void (told.noRtp += 1),
      told: () => undefined,
    },
  );
  if (call === undefined) throw new Error("no port is free");
  return { call, told };
}

const remoteAt = (peer: Peer): RemoteMedia => ({
  address: "127.0.0.1",
  port: peer.port,
  codec: "PCMA",
  payloadType: 8,
  telephoneEvent: 101,
  direction: "sendrecv",
  latch: false,
});

async function peerOf(): Promise<Peer> {
  const peer = await createPeer();
  open.push(peer);
  return peer;
}

const openSockets = () => readdirSync("/proc/self/fd").length;

test("the engine fits the port that signalling declares", () => {
  const fits: (engine: MediaEngine) => port.MediaEngine = (engine) => engine;
  expect(fits).toBeFunction();
});

describe("the simulated bot", () => {
  test("recognises its own tone in an echo, and ends the call when it has talked", async () => {
    const { media } = await startMedia();
    const peer = await peerOf();
    peer.onPacket = (_, bytes, from) => peer.send(bytes, from);
    const { call, told } = openCall(media);
    call.connect(remoteAt(peer));
    call.answer();
    await until("the bot's end", () => told.ends.length > 0);
    expect(told.ends).toMatchObject([{ reason: "bot_hung_up", analysis: { success: true, heard: "tone", digits: "" } }]);
    const analysis = told.ends[0]?.analysis as { toneMs: number; levelDb: number };
    expect(analysis.toneMs).toBeGreaterThanOrEqual(240);
    // A sine of 8,000 of 32,768.
    expect(analysis.levelDb).toBeCloseTo(-15.3, 0);
    expect((await call.close()).packetsSent).toBeGreaterThanOrEqual(20);
  });

  test("tells other sound from silence", async () => {
    const { media } = await startMedia();
    const [loud, quiet] = [await peerOf(), await peerOf()];
    const noise = Uint8Array.from({ length: 160 }, (_, index) => (index * 37) & 0xff);
    loud.onPacket = (_, __, from) => loud.sendAudio(from, noise, { payloadType: 8 });
    quiet.onPacket = (_, __, from) => quiet.sendAudio(from, new Uint8Array(160).fill(0xd5), { payloadType: 8 });
    const calls = [loud, quiet].map((peer) => {
      const { call, told } = openCall(media);
      call.connect(remoteAt(peer));
      call.answer();
      return told;
    });
    await until("both ends", () => calls.every((told) => told.ends.length > 0));
    expect(calls.map((told) => told.ends[0]?.analysis)).toMatchObject([
      { success: true, heard: "sound" },
      { success: false, heard: "silence", levelDb: null },
    ]);
  });
});

test("keys go both ways, and silence is told", async () => {
  const { media } = await startMedia({ noRtpMs: 200 });
  const peer = await peerOf();
  const { call, told } = openCall(media, { type: "simulated", talkMs: 60_000 });
  call.connect(remoteAt(peer));
  call.answer();
  call.sendDtmf("9");
  await until("our key", () => peer.packets.some(({ rtp }) => rtp.payloadType === 101 && rtp.payload[0] === 9));
  peer.sendAudio(call.port, Uint8Array.of(3, 0x8a, 1, 0x40), { payloadType: 101 });
  await until("their key", () => told.digits === "3");
  await until("the silence", () => told.noRtp === 1);
});

test("a kind of bot that media has not ends its call at once", async () => {
  const { media } = await startMedia();
  const { told } = openCall(media, { type: "process", command: "true" });
  await until("the end", () => told.ends.length > 0);
  expect(told.ends).toEqual([{ reason: "bot_unsupported" }]);
});

test("SRTP is offered with a fresh key each time and for each suite", async () => {
  const { media } = await startMedia();
  const keys = [openCall(media, undefined, true), openCall(media, undefined, true), openCall(media)].map(({ call }) => call.crypto);
  const key = expect.stringMatching(/^inline:[A-Za-z0-9+/]{40}$/) as unknown as string;
  expect(keys[0]).toEqual([
    { suite: "AES_CM_128_HMAC_SHA1_80", key },
    { suite: "AES_CM_128_HMAC_SHA1_32", key },
  ]);
  expect(new Set(keys.flat().map((line) => line.key)).size).toBe(4);
  expect(keys[2]).toEqual([]);
});

test("calls beyond the ports get no session, and a closed call's port serves again", async () => {
  const { media } = await startMedia({ calls: 1 });
  const { freePorts } = media.gauges();
  const calls = Array.from({ length: freePorts }, () => openCall(media).call);
  expect(new Set(calls.map((call) => call.port % 2))).toEqual(new Set([0]));
  expect(
    media.open({ callId: "call_2", bot: plainPlan(), srtp: false }, { botEnded() {}, dtmf() {}, noRtp() {}, told() {} }),
  ).toBeUndefined();
  const [first] = calls;
  expect(await first?.close()).toMatchObject({ packetsSent: 0 });
  await first?.close();
  expect(media.gauges()).toEqual({ freePorts: 1, sessions: freePorts - 1 });
});

test("a hundred calls leave no socket behind", async () => {
  const { media } = await startMedia({ calls: 100 });
  const peer = await peerOf();
  const before = openSockets();
  for (let round = 0; round < 2; round += 1) {
    const calls = Array.from({ length: 100 }, () => openCall(media).call);
    for (const call of calls) {
      call.connect(remoteAt(peer));
      call.answer();
    }
    const ports = new Set(calls.map((call) => call.port));
    await until("all of them talking", () => new Set(peer.packets.map(({ from }) => from)).isSupersetOf(ports));
    expect(openSockets()).toBeGreaterThan(before + 90);
    const reports = await Promise.all(calls.map((call) => call.close()));
    expect(reports.every((report) => report.packetsSent > 0)).toBe(true);
    await until("their sockets closing", () => openSockets() <= before);
    peer.packets.length = 0;
  }
  expect(media.gauges().sessions).toBe(0);
});

describe("a worker that dies", () => {
  const spawn = () => new Worker(new URL("./support/crashing-worker.ts", import.meta.url).href);

  test("ends its calls with a reason, and the next one takes calls on the same ports", async () => {
    const { media, log } = await startMedia({ spawn });
    const peer = await peerOf();
    const { freePorts } = media.gauges();
    const victims = [openCall(media), openCall(media)];
    const closing = victims[1]?.call;
    for (const { call } of victims) call.connect(remoteAt(peer));
    victims[0]?.call.sendDtmf("DDDD");
    const closed = closing?.close();
    await until("the loss", () => victims[0]?.told.ends.length === 1);
    expect(victims[0]?.told.ends).toEqual([{ reason: "media_lost" }]);
    expect(await closed).toMatchObject({ packetsRefused: 0 });
    expect(await victims[0]?.call.close()).toMatchObject({ packetsSent: 0 });
    expect(victims[1]?.told.ends).toEqual([]);
    await until("the next worker", () => media.gauges().freePorts === freePorts);
    const { call, told } = openCall(media, { type: "simulated", talkMs: 100 });
    call.connect(remoteAt(peer));
    call.answer();
    await until("a call on the next worker", () => told.ends.length === 1);
    expect(told.ends[0]?.reason).toBe("bot_hung_up");
    expect(log.filter((line) => line.includes("media.worker_lost"))).toHaveLength(1);
  });
});

test("a worker outlives a fault of a timer or of a promise, and so do its calls", async () => {
  const program = Bun.spawn([process.execPath, new URL("./support/stray-faults.ts", import.meta.url).pathname], { stderr: "inherit" });
  const { log, ends } = JSON.parse(await new Response(program.stdout).text()) as { log: string[]; ends: string[] };
  expect(log.sort()).toEqual([
    expect.stringMatching(/media\.fault.*a (timer|promise)'s fault/),
    expect.stringMatching(/media\.fault.*a (timer|promise)'s fault/),
  ]);
  expect(ends).toEqual(["bot_hung_up"]);
});

test("stopping ends the worker and frees every port", async () => {
  const before = openSockets();
  const { media } = await startMedia({ calls: 10 });
  openCall(media);
  await media.stop();
  await media.stop();
  expect(openSockets()).toBeLessThanOrEqual(before);
  expect(
    media.open({ callId: "call_3", bot: plainPlan(), srtp: false }, { botEnded() {}, dtmf() {}, noRtp() {}, told() {} }),
  ).toBeUndefined();
});
