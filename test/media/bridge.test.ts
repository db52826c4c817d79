// Two lines joined in the engine: sound and keys both ways, and what each line's own bot has to say after that.

import { afterEach, describe, expect, test } from "bun:test";
import { createBridge } from "../../src/media/bridge.ts";
import { g711 } from "../../src/media/sound/g711.ts";
import { createDtmfReceiver } from "../../src/media/rtp/dtmf.ts";
import { createPeer, type Peer } from "./support/peer.ts";
import { startEngine, type TestCall, type TestEngine } from "./support/test-engine.ts";
import { until } from "./support/until.ts";

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

interface Line {
  call: TestCall;
  peer: Peer;
}

async function startLines(count: number): Promise<{ engine: TestEngine; lines: Line[] }> {
  const engine = await startEngine(count);
  open.push({ close: () => engine.engine.stop() });
  const lines: Line[] = [];
  for (let index = 0; index < count; index += 1) {
    const peer = await createPeer();
    open.push(peer);
    const call = engine.open();
    call.connect({ port: peer.port, ...(index === 0 ? {} : { codec: "PCMA", payloadType: 8 }) });
    call.answer();
    lines.push({ call, peer });
  }
  return { engine, lines };
}

/** A frame in which every sample is this loud; both codecs keep it apart from silence and from others. */
const level = (codec: "PCMU" | "PCMA", loud: number) => {
  const payload = new Uint8Array(160);
  g711[codec].encode(new Int16Array(160).fill(loud), payload, 0);
  return payload;
};

function heardLevel({ peer }: Line, codec: "PCMU" | "PCMA", loud: number): boolean {
  const samples = new Int16Array(160);
  return peer.packets.some(({ rtp }) => {
    if (rtp.payload.length !== 160) return false;
    g711[codec].decode(rtp.payload, 0, 160, samples);
    return samples.every((sample) => Math.abs(sample - loud) < loud / 8);
  });
}

/** Answers each packet with the same sound for as long as the test goes on. */
function speak({ peer }: Line, codec: "PCMU" | "PCMA", loud: number): void {
  const payload = level(codec, loud);
  peer.onPacket = (_, __, from) => peer.sendAudio(from, payload, { payloadType: codec === "PCMU" ? 0 : 8 });
}

function keysHeard({ peer }: Line): string {
  const receiver = createDtmfReceiver();
  return peer.packets
    .filter(({ rtp }) => rtp.payloadType === 101)
    .map(({ rtp }) => receiver.accept(rtp.payload, rtp.timestamp) ?? "")
    .join("");
}

/** One key press of 60 ms, whose last packet says that it is over. */
function press({ call, peer }: Line, event: number): void {
  [160, 320, 480].forEach((duration, index) => {
    const payload = Uint8Array.of(event, index === 2 ? 0x8a : 0x0a, duration >> 8, duration & 0xff);
    peer.sendAudio(call.port, payload, { payloadType: 101, timestamp: 90_000, sequence: 30_000 + event * 10 + index, marker: index === 0 });
  });
}

describe("two lines joined", () => {
  test("hear each other, each in its own codec, and no longer their bots", async () => {
    const { engine, lines } = await startLines(2);
    const [first, second] = lines as [Line, Line];
    first.call.bot.say = () => new Int16Array(160).fill(9_000);
    speak(first, "PCMU", 4_000);
    speak(second, "PCMA", 1_500);
    engine.engine.receive({ type: "bridge", session: 1, other: 2, to: "bot" });
    await until("both hear", () => heardLevel(first, "PCMU", 1_500) && heardLevel(second, "PCMA", 4_000));
    expect([first.call.bot.closed, second.call.bot.closed]).toEqual([true, true]);
    const before = first.call.bot.heard.length;
    first.call.bot.host.end({ reason: "bot_hung_up" });
    first.call.bot.host.sendDtmf("5");
    await until("more audio", () => first.peer.packets.length > 30);
    expect(first.call.bot.heard.length).toBe(before);
    expect([keysHeard(first), engine.messages.filter(({ type }) => type === "botEnded")]).toEqual(["", []]);
  });

  test("although the bot of one has ended before: they hear each other", async () => {
    const { engine, lines } = await startLines(2);
    const [first, second] = lines as [Line, Line];
    first.call.bot.host.end({ reason: "bot_hung_up" });
    speak(first, "PCMU", 4_000);
    speak(second, "PCMA", 1_500);
    engine.engine.receive({ type: "bridge", session: 1, other: 2, to: "bot" });
    await until("both hear", () => heardLevel(first, "PCMU", 1_500) && heardLevel(second, "PCMA", 4_000));
  });

  test("pass keys on, both ways", async () => {
    const { engine, lines } = await startLines(2);
    const [first, second] = lines as [Line, Line];
    engine.engine.receive({ type: "bridge", session: 1, other: 2, to: "bot" });
    press(first, 7);
    press(second, 11);
    await until("the keys", () => keysHeard(first) === "#" && keysHeard(second) === "7");
  });

  test("and one of them with a third: the second is heard no more", async () => {
    const { engine, lines } = await startLines(3);
    const [first, second, third] = lines as [Line, Line, Line];
    speak(second, "PCMA", 1_500);
    speak(third, "PCMA", 5_000);
    engine.engine.receive({ type: "bridge", session: 1, other: 2, to: "bot" });
    await until("the second", () => heardLevel(first, "PCMU", 1_500));
    engine.engine.receive({ type: "bridge", session: 1, other: 3, to: "bot" });
    await until("the third", () => heardLevel(first, "PCMU", 5_000));
    first.peer.packets.length = 0;
    await until("more audio", () => first.peer.packets.length > 20);
    expect(heardLevel(first, "PCMU", 1_500)).toBe(false);
  });

  test("one of which is gone already: nothing happens", async () => {
    const { engine, lines } = await startLines(2);
    const [first, second] = lines as [Line, Line];
    second.call.close();
    engine.engine.receive({ type: "bridge", session: 1, other: 2, to: "bot" });
    await until("it goes on", () => first.call.bot.heard.length > 5);
    expect([first.call.bot.closed, engine.messages.filter(({ type }) => type === "fault")]).toEqual([false, []]);
  });
});

test("a bot hears that its person could not be handed over; one that cannot hear it is not disturbed", async () => {
  const { engine, lines } = await startLines(1);
  const [line] = lines as [Line];
  engine.engine.receive({ type: "transferFailed", session: 1, reason: "busy" });
  const heard: string[] = [];
  line.call.bot.onTransferFailed = (reason) => void heard.push(reason);
  engine.engine.receive({ type: "transferFailed", session: 1, reason: "ring_timeout" });
  expect(heard).toEqual(["ring_timeout"]);
  expect(engine.messages.filter(({ type }) => type === "fault")).toEqual([]);
});

test("frames wait three at most between two lines, and the oldest goes", () => {
  const line = { sendDtmf: () => undefined, isOnHold: () => false };
  const [first, second] = createBridge(line, line);
  const frame = new Int16Array(160);
  for (const loud of [1, 2, 3, 4]) first.onFrame(frame.fill(loud));
  const came: number[] = [];
  while (second.nextFrame(frame)) came.push(frame[0] ?? 0);
  expect(came).toEqual([2, 3, 4]);
});

test("each line knows whether the other one is on hold", () => {
  const line = { sendDtmf: () => undefined, isOnHold: () => false };
  const [first, second] = createBridge(line, { ...line, isOnHold: () => true });
  expect([first.isOnHold?.(), second.isOnHold?.()]).toEqual([true, false]);
});
