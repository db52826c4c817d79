import { afterEach, describe, expect, test } from "bun:test";
import { g711 } from "../../src/media/sound/g711.ts";
import type { Codec } from "../../src/media/sound/g711.ts";
import { createSrtpReceiver, createSrtpSender, SRTP_OVERHEAD_BYTES } from "../../src/media/rtp/srtp.ts";
import { formatKeyParameter, masterOf } from "../../src/media/rtp/srtp-keys.ts";
import { bareLine } from "../../src/calls/bot.ts";
import { createEngine } from "../../src/media/engine.ts";
import { type FromWorker, NOTHING_MEASURED } from "../../src/media/protocol.ts";
import { makeSoundFile } from "../../src/media/sound/sound-file.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { systemRandom } from "../../src/runtime/random.ts";
import { plainPlan } from "../support/bot-plan.ts";
import { createPeer, type Peer, rtpBytes } from "./support/peer.ts";
import { simulated, startEngine, type TestEngine } from "./support/test-engine.ts";
import { until } from "./support/until.ts";

/** Below those of the other engines of this file. */
const PORT = 11_800 + (process.pid % 90) * 2;
const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function engineAndPeer(noRtpMs?: number): Promise<{ engine: TestEngine; peer: Peer }> {
  const engine = await startEngine(4, noRtpMs);
  const peer = await createPeer();
  open.push({ close: () => engine.engine.stop() }, peer);
  return { engine, peer };
}

/** A frame whose samples survive the codec, and which no other frame of the first 100 equals. */
function speech(codec: Codec, index: number): Int16Array {
  const bytes = Uint8Array.from({ length: 160 }, (_, place) =>
    place < 2 ? 0x20 + ((index >> (place * 4)) & 0x0f) : 0x40 + ((place * 7) % 0x30),
  );
  const frame = new Int16Array(160);
  g711[codec].decode(bytes, 0, 160, frame);
  return frame;
}

/** Whether the frame's samples came one after the other, wherever the frames that the bot got were cut. */
function hasHeard(frames: readonly Int16Array[], wanted: Int16Array): boolean {
  return `,${frames.map((frame) => frame.join()).join()},`.includes(`,${wanted.join()},`);
}

const silence = new Uint8Array(160).fill(0xff);

describe.each([
  ["PCMU", 0, 0xff],
  ["PCMA", 8, 0xd5],
] as const)("a call in %s", (codec, payloadType, quiet) => {
  test("sends what the bot says and hears what the far end echoes, sample by sample", async () => {
    const { engine, peer } = await engineAndPeer();
    const call = engine.open();
    peer.onPacket = (_, bytes, from) => {
      const echo = bytes.slice();
      echo[11] = (echo[11] ?? 0) ^ 1;
      peer.send(echo, from);
    };
    let said = 0;
    call.bot.say = () => (said < 50 ? speech(codec, (said += 1)) : undefined);
    call.connect({ port: peer.port, codec, payloadType });
    call.answer();
    const wanted = Array.from({ length: 50 }, (_, index) => speech(codec, index + 1));
    await until("the echo", () => call.bot.heard.length > 50 && hasHeard(call.bot.heard.slice(-10), speech(codec, 50)));
    // A busy machine may make the buffer wait, which inserts sound but loses none.
    expect(wanted.filter((frame) => !hasHeard(call.bot.heard, frame))).toEqual([]);
  });

  test("sends silence when the bot has nothing to say, one packet after the other", async () => {
    const { engine, peer } = await engineAndPeer();
    const call = engine.open();
    call.connect({ port: peer.port, codec, payloadType });
    await until("ten packets", () => peer.packets.length >= 10);
    const sent = peer.packets.map(({ rtp }) => rtp);
    expect(sent.every((packet) => packet.payload.every((byte) => byte === quiet) && packet.payloadType === payloadType)).toBe(true);
    expect(sent.slice(1).every((packet, index) => ((packet.sequence - (sent[index]?.sequence ?? 0)) & 0xffff) === 1)).toBe(true);
    expect(sent.slice(1).every((packet, index) => packet.timestamp - (sent[index]?.timestamp ?? 0) === 160)).toBe(true);
    expect(sent.map((packet) => packet.marker).lastIndexOf(true)).toBe(0);
  });
});

test("before the answer the bot neither hears nor speaks", async () => {
  const { engine, peer } = await engineAndPeer();
  const call = engine.open();
  call.bot.say = () => speech("PCMU", 1);
  call.connect({ port: peer.port });
  peer.onPacket = (_, __, from) => peer.sendAudio(from, new Uint8Array(160).fill(0x10));
  await until("early media", () => peer.packets.length >= 8);
  expect([call.bot.started, call.bot.heard.length]).toEqual([false, 0]);
  call.answer();
  await until("sound", () => call.bot.heard.some((frame) => frame.some(Boolean)));
  expect(call.bot.started).toBe(true);
});

test("loss and reordering are smoothed, and counted", async () => {
  const { engine, peer } = await engineAndPeer();
  const call = engine.open();
  call.connect({ port: peer.port });
  call.answer();
  // Of each ten one is lost, and two are swapped.
  let next = 0;
  const order = [0, 1, 3, 2, 4, 5, 6, 7, 9];
  peer.onPacket = (_, __, from) => {
    if (next >= 45) return;
    const place = Math.floor(next / order.length) * 10 + (order[next % order.length] ?? 0);
    next += 1;
    peer.sendAudio(from, new Uint8Array(160).fill(0x20), { sequence: 65_500 + place, timestamp: (0xffff_fff0 + place * 160) >>> 0 });
  };
  await until("45 packets", () => next >= 45 && call.bot.heard.length > 55);
  const report = call.close();
  expect(report).toMatchObject({ packetsReceived: 45, packetsLost: 5, packetsRefused: 0 });
  expect(report.packetsSent).toBeGreaterThanOrEqual(45);
  expect(report.jitterMs).toBeGreaterThan(0);
});

test("the far end may send by the other codec that was offered, and change between them", async () => {
  const { engine, peer } = await engineAndPeer();
  const call = engine.open();
  call.connect({ port: peer.port, codec: "PCMU", payloadType: 0 });
  call.answer();
  const said = (
    [
      ["PCMU", 0],
      ["PCMA", 8],
      ["PCMU", 0],
    ] as const
  ).map(([codec, payloadType], index) => {
    const payload = new Uint8Array(160);
    g711[codec].encode(speech(codec, index), payload, 0);
    peer.sendAudio(call.port, payload, { payloadType, sequence: 300 + index });
    return speech(codec, index);
  });
  await until("three frames of sound", () => said.every((frame) => hasHeard(call.bot.heard, frame)));
  expect(call.close()).toMatchObject({ packetsReceived: 3, packetsRefused: 0 });
});

describe("keys", () => {
  test("are taken under the number that we offered too, where the far end chose another for itself", async () => {
    const { engine, peer } = await engineAndPeer();
    const call = engine.open();
    call.connect({ port: peer.port, telephoneEvent: 96, offeredEvent: 101 });
    call.answer();
    peer.sendAudio(call.port, Uint8Array.from([4, 0x0a, 3, 0x20]), { payloadType: 101, sequence: 500, timestamp: 1_000 });
    peer.sendAudio(call.port, Uint8Array.from([5, 0x0a, 3, 0x20]), { payloadType: 96, sequence: 501, timestamp: 2_000 });
    await until("two keys", () => call.bot.digits.length >= 2);
    expect(call.bot.digits).toBe("45");
  });

  test("are believed of signalling or of the audio, whichever told the first", async () => {
    const { engine, peer } = await engineAndPeer();
    const [signalled, heard] = [engine.open(), engine.open()];
    for (const call of [signalled, heard]) {
      call.connect({ port: peer.port });
      call.answer();
    }
    const press = (port: number, event: number, sequence: number) =>
      peer.sendAudio(port, Uint8Array.from([event, 0x0a, 3, 0x20]), { payloadType: 101, sequence, timestamp: sequence * 1_000 });
    signalled.pressed("1");
    press(signalled.port, 1, 500);
    press(heard.port, 2, 500);
    await until("the key in the audio", () => heard.bot.digits === "2");
    heard.pressed("2");
    signalled.pressed("3");
    press(heard.port, 4, 501);
    await until("the last key", () => heard.bot.digits.endsWith("4"));
    expect([signalled.bot.digits, heard.bot.digits]).toEqual(["13", "24"]);
  });

  test("pressed by the far end reach the bot and the call once each", async () => {
    const { engine, peer } = await engineAndPeer();
    const call = engine.open();
    call.connect({ port: peer.port });
    call.answer();
    [
      [4, 1_000],
      [11, 5_000],
    ].forEach(([event = 0, timestamp = 0], index) => {
      for (let copy = 0; copy < 5; copy += 1) {
        const payload = Uint8Array.from([event, copy > 2 ? 0x8a : 0x0a, 3, 0x20]);
        peer.sendAudio(call.port, payload, { payloadType: 101, sequence: 500 + index * 5 + copy, timestamp });
      }
    });
    await until("two keys", () => call.bot.digits.length >= 2);
    expect(call.bot.digits).toBe("4#");
    expect(engine.messages.flatMap((message) => (message.type === "dtmf" ? [message.digit] : []))).toEqual(["4", "#"]);
  });

  test("pressed by us go out as events with three ends, and the audio goes on in step", async () => {
    const { engine, peer } = await engineAndPeer();
    const call = engine.open();
    call.connect({ port: peer.port });
    call.answer();
    call.sendDtmf("7");
    await until(
      "audio after the key",
      () => peer.packets.some(({ rtp }) => rtp.payloadType === 101) && peer.packets.at(-1)?.rtp.payloadType === 0,
    );
    const events = peer.packets.filter(({ rtp }) => rtp.payloadType === 101).map(({ rtp }) => rtp);
    expect(events.map((event) => event.payload[0])).toEqual(Array(11).fill(7));
    expect(events.map((event) => (event.payload[1] ?? 0) >> 7)).toEqual([...Array(8).fill(0), 1, 1, 1]);
    expect(new Set(events.map((event) => event.timestamp)).size).toBe(1);
    const after = peer.packets.find(
      ({ rtp }) => rtp.payloadType === 0 && rtp.sequence === (((events.at(-1)?.sequence ?? 0) + 1) & 0xffff),
    )?.rtp;
    expect(after).toMatchObject({ timestamp: ((events[0]?.timestamp ?? 0) + 11 * 160) >>> 0, marker: true });
  });

  test("are sent as tones where the far end takes no events", async () => {
    const { engine, peer } = await engineAndPeer();
    const call = engine.open();
    call.connect({ port: peer.port, telephoneEvent: undefined });
    call.sendDtmf("5");
    await until("a tone", () => peer.packets.filter(({ rtp }) => rtp.payload.some((byte) => byte !== 0xff)).length === 8);
    expect(peer.packets.every(({ rtp }) => rtp.payloadType === 0)).toBe(true);
  });
});

describe("hold", () => {
  test("stops what is sent, and resuming marks the first packet, whose clock ran on", async () => {
    const { engine, peer } = await engineAndPeer();
    const call = engine.open();
    call.connect({ port: peer.port });
    call.answer();
    await until("packets", () => peer.packets.length >= 3);
    call.connect({ port: peer.port, direction: "recvonly" });
    const before = call.bot.heard.length;
    await until("a hold of ten frames", () => call.bot.heard.length >= before + 10);
    call.connect({ port: peer.port, direction: "sendrecv" });
    await until("a resumed stream", () => peer.packets.findLastIndex(({ rtp }) => rtp.marker) > 0);
    const resumed = peer.packets.findLastIndex(({ rtp }) => rtp.marker);
    const [last, first] = [peer.packets[resumed - 1]?.rtp, peer.packets[resumed]?.rtp];
    expect(((first?.sequence ?? 0) - (last?.sequence ?? 0)) & 0xffff).toBe(1);
    expect((((first?.timestamp ?? 0) - (last?.timestamp ?? 0)) >>> 0) / 160).toBeGreaterThanOrEqual(10);
  });

  test.each(["sendonly", "recvonly", "inactive"] as const)(
    "that leaves us %s expects no packets, and does not count the silence",
    async (direction) => {
      const { engine, peer } = await engineAndPeer(100);
      const call = engine.open(undefined, plainPlan(undefined, { line: { ...bareLine, silenceTimeoutMs: 100 } }));
      call.connect({ port: peer.port, direction });
      call.answer();
      await until("a quarter of a second", () => call.bot.heard.length >= 13);
      expect(engine.messages.filter((message) => message.type === "botEnded")).toEqual([]);
      expect(engine.messages.some((message) => message.type === "noRtp")).toBe(false);
      call.connect({ port: peer.port, direction: "sendrecv" });
      await until("the silence", () => engine.messages.some((message) => message.type === "noRtp"));
      await until("the end", () =>
        engine.messages.some((message) => message.type === "botEnded" && message.end.reason === "silence_timeout"),
      );
    },
  );
});

test("a far end that sends nothing is told once, and only after the answer", async () => {
  const { engine, peer } = await engineAndPeer(100);
  const call = engine.open();
  call.connect({ port: peer.port });
  await until("a quarter of a second", () => peer.packets.length >= 13);
  expect(engine.messages.filter((message) => message.type === "noRtp")).toHaveLength(0);
  call.answer();
  await until("the silence", () => engine.messages.some((message) => message.type === "noRtp"));
  const told = peer.packets.length;
  await until("a quarter of a second more", () => peer.packets.length >= told + 13);
  expect(engine.messages.filter((message) => message.type === "noRtp")).toHaveLength(1);
});

describe("strangers", () => {
  const spoofed = new Uint8Array(160).fill(0x05);

  async function withStranger(latch: boolean) {
    const { engine, peer } = await engineAndPeer();
    const stranger = await createPeer();
    open.push(stranger);
    const call = engine.open();
    call.connect({ port: peer.port, latch });
    call.answer();
    return { call, peer, stranger };
  }

  const heardSpoof = (frames: readonly Int16Array[]) => {
    const loud = new Int16Array(160);
    g711.PCMU.decode(spoofed, 0, 160, loud);
    return frames.some((frame) => frame[80] === loud[80]);
  };

  test("are not heard, nor sent to, where the address is the signalled one", async () => {
    const { call, peer, stranger } = await withStranger(false);
    for (let index = 0; index < 20; index += 1) stranger.sendAudio(call.port, spoofed);
    await until("the flood", () => call.bot.heard.length >= 10);
    for (let index = 0; index < 5; index += 1) peer.sendAudio(call.port, silence);
    await until("the far end", () => call.bot.heard.length >= 20);
    expect(heardSpoof(call.bot.heard)).toBe(false);
    expect(stranger.packets).toHaveLength(0);
    expect(call.close()).toMatchObject({ packetsReceived: 5, packetsRefused: 20 });
  });

  test("do not capture an open latch with fewer packets than it asks for, nor once it is locked", async () => {
    const { call, stranger } = await withStranger(true);
    const nat = await createPeer();
    open.push(nat);
    for (let index = 0; index < 3; index += 1) stranger.sendAudio(call.port, spoofed);
    nat.onPacket = (_, __, from) => nat.sendAudio(from, silence);
    for (let index = 0; index < 4; index += 1) nat.sendAudio(call.port, silence);
    await until("the latch", () => nat.packets.length >= 3);
    for (let index = 0; index < 50; index += 1) stranger.sendAudio(call.port, spoofed);
    const before = nat.packets.length;
    await until("the far end after the attack", () => nat.packets.length >= before + 10);
    expect(heardSpoof(call.bot.heard)).toBe(false);
    expect(stranger.packets).toHaveLength(0);
  });

  test("have no second chance in a refresh that changes nothing, but a new address is believed", async () => {
    const { call, peer, stranger } = await withStranger(true);
    const nat = await createPeer();
    open.push(nat);
    for (let index = 0; index < 4; index += 1) nat.sendAudio(call.port, silence);
    await until("the latch", () => nat.packets.length >= 2);
    call.connect({ port: peer.port, latch: true });
    for (let index = 0; index < 20; index += 1) stranger.sendAudio(call.port, spoofed);
    const before = nat.packets.length;
    await until("the same far end", () => nat.packets.length >= before + 5);
    expect(stranger.packets).toHaveLength(0);
    // Moved: sent to at once, and what comes from elsewhere may be latched onto.
    const moved = await createPeer();
    open.push(moved);
    call.connect({ port: moved.port, latch: true });
    await until("the new address", () => moved.packets.length >= 3);
    for (let index = 0; index < 6; index += 1) stranger.sendAudio(call.port, silence, { ssrc: 0x99 });
    await until("the new latch", () => stranger.packets.length >= 3);
  });

  test("are refused for a wrong payload type, a wrong version, and a broken header, from the right address too", async () => {
    const { call, peer } = await withStranger(false);
    peer.sendAudio(call.port, spoofed, { payloadType: 96 });
    peer.send(
      Uint8Array.from([0x40, ...rtpBytes({ payloadType: 0, marker: false, sequence: 1, timestamp: 1, ssrc: 1 }, spoofed).subarray(1)]),
      call.port,
    );
    peer.send(Uint8Array.of(0x80), call.port);
    peer.sendAudio(call.port, new Uint8Array(1_700));
    peer.sendAudio(call.port, silence);
    await until("the good packet", () => call.bot.heard.length >= 5);
    expect(call.close()).toMatchObject({ packetsReceived: 1, packetsRefused: 4 });
  });
});

describe("SRTP", () => {
  const suite = "AES_CM_128_HMAC_SHA1_80";
  const ours = Uint8Array.from({ length: 30 }, (_, index) => index + 1);
  const theirs = Uint8Array.from({ length: 30 }, (_, index) => 200 - index);

  test("goes both ways; what was changed on its way, and what is in the clear, is refused", async () => {
    const { engine, peer } = await engineAndPeer();
    const call = engine.open({ suite, key: formatKeyParameter(ours) });
    const receiver = createSrtpReceiver(masterOf(ours), suite);
    const sender = createSrtpSender(masterOf(theirs), suite);
    const clear: Uint8Array[] = [];
    let sequence = 0;
    peer.onPacket = (_, bytes, from) => {
      const plain = receiver.unprotect(bytes.slice());
      if (plain !== undefined) clear.push(plain);
      const buffer = new Uint8Array(172 + SRTP_OVERHEAD_BYTES);
      buffer.set(
        rtpBytes(
          { payloadType: 0, marker: false, sequence: (sequence += 1), timestamp: sequence * 160, ssrc: 9 },
          new Uint8Array(160).fill(0x11),
        ),
      );
      const secured = buffer.slice(0, sender.protect(buffer, 172));
      const tampered = secured.slice();
      tampered[40] = (tampered[40] ?? 0) ^ 1;
      peer.send(tampered, from);
      peer.send(secured, from);
      peer.send(rtpBytes({ payloadType: 0, marker: false, sequence, timestamp: sequence * 160, ssrc: 9 }, silence), from);
    };
    call.bot.say = () => speech("PCMU", 3);
    call.connect({ port: peer.port, crypto: { suite, key: formatKeyParameter(theirs) } });
    call.answer();
    const expected = new Int16Array(160);
    g711.PCMU.decode(new Uint8Array(160).fill(0x11), 0, 160, expected);
    await until("their voice", () => call.bot.heard.filter((frame) => frame.join() === expected.join()).length >= 5);
    const report = call.close();
    expect(clear.length).toBe(peer.packets.length);
    const spoken = new Int16Array(160);
    g711.PCMU.decode(clear.at(-1) ?? new Uint8Array(), 12, 172, spoken);
    expect(spoken.join()).toBe(speech("PCMU", 3).join());
    expect(report.packetsRefused).toBeGreaterThanOrEqual(report.packetsReceived * 2 - 2);
  });

  test("with keys that cannot be used ends the call without a packet in the clear", async () => {
    const { engine, peer } = await engineAndPeer();
    const call = engine.open({ suite, key: formatKeyParameter(ours) });
    call.connect({ port: peer.port, crypto: { suite, key: "inline:short" } });
    call.answer();
    expect(engine.messages.at(-1)).toEqual({ type: "botEnded", session: 1, end: { reason: "srtp_failed" } });
    const other = engine.open();
    other.connect({ port: peer.port });
    await until("another call's packets", () => peer.packets.length >= 5);
    expect(peer.packets.every(({ from }) => from === other.port)).toBe(true);
  });
});

test("a call over IPv6 is one too, however its address is spelt", async () => {
  const engine = await startEngine(1, 60_000, "::");
  open.push({ close: () => engine.engine.stop() });
  const heard: number[] = [];
  const far = await Bun.udpSocket({
    hostname: "::1",
    port: 0,
    socket: {
      data(socket, bytes, port) {
        heard.push(port);
        socket.send(bytes, port, "::1");
      },
    },
  });
  open.push(far);
  const call = engine.open();
  call.bot.say = () => speech("PCMU", 1);
  call.connect({ address: "0:0:0:0:0:0:0:1", port: far.port });
  call.answer();
  await until("the echo", () => hasHeard(call.bot.heard, speech("PCMU", 1)));
  expect(new Set(heard)).toEqual(new Set([call.port]));
});

test("a bot's fault ends its call and no other", async () => {
  const { engine, peer } = await engineAndPeer();
  const [bad, good] = [engine.open(), engine.open()];
  bad.bot.nextFrame = () => {
    throw new Error("out of tune");
  };
  for (const call of [bad, good]) {
    call.connect({ port: peer.port });
    call.answer();
  }
  await until("the other call", () => good.bot.heard.length >= 5);
  expect(engine.messages.filter((message) => message.type === "botEnded")).toEqual([
    { type: "botEnded", session: 1, end: { reason: "media_failed" } },
  ]);
  expect(engine.messages.some((message) => message.type === "fault" && message.error.includes("out of tune"))).toBe(true);
});

test("a fault over a packet ends its call and no other", async () => {
  const { engine, peer } = await engineAndPeer();
  const [bad, good] = [engine.open(), engine.open()];
  bad.bot.onDtmf = () => {
    throw new Error("no such key");
  };
  for (const call of [bad, good]) {
    call.connect({ port: peer.port });
    call.answer();
    for (const sequence of [500, 501])
      peer.sendAudio(call.port, Uint8Array.of(4, 0x8a, 3, 0x20), { payloadType: 101, sequence, timestamp: 1_000 });
  }
  await until("the other call's key", () => good.bot.digits === "4");
  await until("the end", () => engine.messages.some((message) => message.type === "botEnded"));
  expect(engine.messages.filter((message) => message.type === "botEnded")).toEqual([
    { type: "botEnded", session: 1, end: { reason: "media_failed" } },
  ]);
  expect(
    engine.messages.some((message) => message.type === "fault" && message.session === 1 && message.error.includes("no such key")),
  ).toBe(true);
});

test("a call that cannot be made is told so, and gives its port back", async () => {
  const messages: FromWorker[] = [];
  const createBot = () => {
    throw new Error("no such bot");
  };
  const engine = createEngine({
    clock: systemClock,
    random: systemRandom,
    createBot,
    post: (message) => void messages.push(message),
    makeFile: makeSoundFile,
  });
  open.push({ close: () => engine.stop() });
  engine.receive({ type: "start", settings: { address: "127.0.0.1", ports: [PORT], noRtpMs: 60_000, recordings: undefined } });
  await until("binding", () => messages.length === 1);
  engine.receive({ type: "open", session: 1, port: PORT, bot: simulated, crypto: [] });
  engine.receive({ type: "close", session: 1 });
  expect(messages.slice(1)).toEqual([
    { type: "fault", session: 1, error: expect.stringContaining("no such bot") },
    { type: "botEnded", session: 1, end: { reason: "media_failed" } },
    { type: "closed", session: 1, report: NOTHING_MEASURED },
  ]);
});

test("a far end whose port is closed costs the call no other packet, and a live one is reached at once", async () => {
  const { engine, peer } = await engineAndPeer();
  const gone = await createPeer();
  gone.close();
  const call = engine.open();
  call.connect({ port: gone.port });
  call.answer();
  await until("packets into the void", () => call.bot.heard.length >= 10);
  call.connect({ port: peer.port });
  await until("packets to the living", () => peer.packets.length >= 10);
  const sequences = peer.packets.map(({ rtp }) => rtp.sequence);
  expect(sequences.slice(1).every((sequence, index) => ((sequence - (sequences[index] ?? 0)) & 0xffff) === 1)).toBe(true);
});

test("the end of a call is told by RTCP BYE, and its port is deaf until it is lent again", async () => {
  const { engine, peer } = await engineAndPeer();
  const call = engine.open();
  call.connect({ port: peer.port });
  call.answer();
  await until("packets", () => peer.packets.length >= 3);
  call.close();
  expect(call.bot.closed).toBe(true);
  await until("BYE", () => peer.reports.length === 1);
  expect(peer.reports[0]?.at(-7)).toBe(203);
  const sent = peer.packets.length;
  const next = engine.open();
  next.connect({ port: peer.port });
  await until("the next call", () => peer.packets.length >= sent + 3);
  expect(peer.packets.slice(sent).every(({ from }) => from === next.port)).toBe(true);
});
