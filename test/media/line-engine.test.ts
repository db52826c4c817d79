// The line as the engine runs it: an agent's recording sent ahead and played, a key, a machine, a recording on the disk.

import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { WaveFile } from "wavefile";
import { botMaker } from "../../src/bots/create-bot.ts";
import { bareLine } from "../../src/calls/bot.ts";
import { createEngine } from "../../src/media/engine.ts";
import { g711 } from "../../src/media/sound/g711.ts";
import type { FromWorker } from "../../src/media/protocol.ts";
import { makeSoundFile } from "../../src/media/sound/sound-file.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { plainPlan } from "../support/bot-plan.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createPeer } from "./support/peer.ts";
import { startEngine } from "./support/test-engine.ts";
import { until } from "./support/until.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

describe("a call in the engine", () => {
  test("plays what was sent ahead, and records both sides to the disk", async () => {
    const { engine, messages, open } = await startEngine(1, 60_000, "127.0.0.1", folder.path);
    const peer = await createPeer();
    peer.onPacket = (rtp, _, from) => peer.sendAudio(from, rtp.payload);
    const call = open(
      undefined,
      plainPlan(undefined, { call: { ...plainPlan().call, id: "call_1abc" }, line: { ...bareLine, record: true } }),
    );
    call.bot.say = () => new Int16Array(160).fill(1_000);
    call.connect({ port: peer.port });
    call.answer();
    await until("half a second was heard", () => call.bot.heard.length >= 25);
    call.close();
    engine.receive({ type: "finish" });
    await until("the file is whole", () => messages.some(({ type }) => type === "finished"));
    const recorded = messages.find((message) => message.type === "recorded");
    const bytes = readFileSync(join(folder.path, "call_1abc.wav"));
    expect(recorded).toEqual({ type: "recorded", callId: "call_1abc", bytes: bytes.length, durationMs: (bytes.length - 44) / 32 });
    const [left, right] = new WaveFile(bytes).getSamples() as unknown as [Float64Array, Float64Array];
    const near = (sample: number) => Math.abs(sample - 1_000) < 40;
    expect(right.every((sample) => sample === 1_000)).toBe(true);
    expect(left.filter(near).length).toBeGreaterThan(2_000);
    engine.stop();
    peer.close();
  });

  test.each([
    ["call_../../x", folder.path, "the call's id is no name for a file"],
    ["call_2", undefined, "there is no folder for recordings"],
    ["call_3", join(folder.path, "nowhere"), "ENOENT"],
  ])("of the id %s in the folder %s goes on without a recording, and says why", async (id, recordings, why) => {
    const { engine, messages, open } = await startEngine(1, 60_000, "127.0.0.1", recordings);
    const peer = await createPeer();
    const call = open(undefined, plainPlan(undefined, { call: { ...plainPlan().call, id }, line: { ...bareLine, record: true } }));
    call.connect({ port: peer.port });
    call.answer();
    await until("it is told", () => messages.some(({ type }) => type === "recordingFailed"));
    expect(messages.find((message) => message.type === "recordingFailed")).toMatchObject({
      callId: id,
      error: expect.stringContaining(why),
    });
    await until("the call goes on", () => call.bot.heard.length > 3);
    call.close();
    expect(messages.filter(({ type }) => type === "recorded" || type === "botEnded" || type === "fault")).toEqual([]);
    engine.stop();
    peer.close();
  });

  test("takes the key of who wants no more calls even after the bot has left, while another line is being called", async () => {
    const { engine, messages, open } = await startEngine(1);
    const peer = await createPeer();
    const call = open(undefined, plainPlan(undefined, { line: { ...bareLine, optOutKey: "9" } }));
    call.connect({ port: peer.port });
    call.answer();
    call.bot.host.end({ reason: "bot_hung_up" });
    const press = (digit: number, timestamp: number) =>
      peer.sendAudio(call.port, Uint8Array.of(digit, 0x8a, 0, 160), { payloadType: 101, timestamp });
    press(1, 1_000);
    press(9, 2_000);
    await until("both keys were heard", () => messages.filter(({ type }) => type === "dtmf").length === 2);
    expect(messages.flatMap((message) => (message.type === "told" ? [message.word] : []))).toEqual([
      { type: "opt_out", optOut: { by: "key", quote: "key 9" } },
    ]);
    expect(messages.flatMap((message) => (message.type === "botEnded" ? [message.end.reason] : []))).toEqual(["bot_hung_up", "opted_out"]);
    call.close();
    engine.stop();
    peer.close();
  });

  test("announces, with the bots that the worker has", async () => {
    const messages: FromWorker[] = [];
    const engine = createEngine({
      clock: systemClock,
      random: systemRandom,
      createBot: botMaker({ clock: systemClock, random: systemRandom }),
      post: (message) => void messages.push(message),
      makeFile: makeSoundFile,
    });
    engine.receive({
      type: "start",
      settings: {
        address: "127.0.0.1",
        ports: Array.from({ length: 20 }, (_, index) => 10_000 + (process.pid % 50) * 40 + index * 2),
        noRtpMs: 60_000,
        recordings: undefined,
      },
    });
    await until("binding", () => messages.length > 0);
    const [ready] = messages;
    const port = (ready?.type === "ready" ? ready.ports[0] : undefined) ?? 0;
    const peer = await createPeer();
    engine.receive({ type: "audio", id: "aud_1", samples: new Int16Array(800).fill(5_000) });
    engine.receive({
      type: "open",
      session: 1,
      port,
      bot: plainPlan({ type: "announcement", audio: "aud_1", keys: {}, waitSeconds: 0, repeats: 1 }),
      crypto: [],
    });
    engine.receive({ type: "forgetAudio", id: "aud_1" });
    engine.receive({
      type: "connect",
      session: 1,
      remote: { address: "127.0.0.1", port: peer.port, codec: "PCMU", payloadType: 0, direction: "sendrecv", latch: false },
    });
    engine.receive({ type: "answer", session: 1 });
    await until("it has hung up", () => messages.some(({ type }) => type === "botEnded"));
    expect(messages.find((message) => message.type === "botEnded")).toMatchObject({
      end: { reason: "bot_hung_up", analysis: { key: null } },
    });
    const loud = peer.packets.filter(({ rtp }) => rtp.payload.some((byte) => byte !== g711.PCMU.silence));
    expect(loud).toHaveLength(5);
    engine.stop();
    peer.close();
  });
});
