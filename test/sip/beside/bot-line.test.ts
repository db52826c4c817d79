// A bot behind SIP over real signalling and real audio: sipp is the carrier, sipp or a scenario of it the bot's engine.

import { afterEach, describe, expect, test } from "bun:test";
import type { BotConnection, BotWord } from "../../../src/calls/bot.ts";
import { g711 } from "../../../src/media/sound/g711.ts";
import { createMediaEngine } from "../../../src/media/media-engine.ts";
import { portRangeFor } from "../../../src/media/rtp/ports.ts";
import { createTone, meanSquare, toneShare } from "../../../src/media/sound/tone.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { createLog } from "../../../src/runtime/log.ts";
import { systemRandom } from "../../../src/runtime/random.ts";
import { readLines } from "../../../src/sip/call/call-trace.ts";
import { createPeer, type Peer } from "../../media/support/peer.ts";
import { until } from "../../media/support/until.ts";
import { startBaresip } from "../../support/baresip.ts";
import { plainPlan } from "../../support/bot-plan.ts";
import { openTestDialer, placeCall, sipTrunk, type TestDialer, testOrder } from "../../support/sip-call.ts";
import { startKamailio } from "../../support/kamailio.ts";
import { startSipp } from "../../support/sipp.ts";
import { startSippBot } from "../../support/sipp-bot.ts";
import { freshPort, whenBound } from "../../support/tools.ts";

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function openDialer(noRtpMs = 30_000): Promise<TestDialer> {
  const log = createLog("silent", systemClock, () => undefined);
  const first = freshPort();
  const ports = portRangeFor(first, 2);
  while (freshPort() < ports.to);
  const media = createMediaEngine({ clock: systemClock, random: systemRandom, log, settings: { address: "127.0.0.1", ports, noRtpMs } });
  await media.ready();
  const peer = await openTestDialer({ media });
  open.push(
    () => media.stop(),
    () => peer.dialer.stop(),
  );
  return peer;
}

const botPlan = (uri: string) =>
  plainPlan({ type: "sip", uri } satisfies BotConnection, {
    variables: { first_name: "Zoë", "order no.": 7 },
    outcomeUrl: "http://127.0.0.1/outcome",
    outcomeToken: "oct_1",
  });

async function calleeAudio(): Promise<Peer> {
  const peer = await createPeer();
  open.push(() => peer.close());
  return peer;
}

/** Says a tone from the first packet on, and tells how much of it has come back since. */
function speakTone(peer: Peer, hz: number): { heardMs: () => number } {
  const tone = createTone([hz], 8_000);
  const frame = new Int16Array(160);
  const payload = new Uint8Array(160);
  let heard = 0;
  peer.onPacket = (rtp, _, from) => {
    tone.fill(frame);
    g711.PCMA.encode(frame, payload, 0);
    peer.sendAudio(from, payload, { payloadType: 8 });
    if (rtp.payloadType !== 8) return;
    const came = new Int16Array(160);
    g711.PCMA.decode(rtp.payload, 0, 160, came);
    const power = meanSquare(came);
    if (power > 10_000 && toneShare(came, hz, power) > 0.9) heard += 20;
  };
  return { heardMs: () => heard };
}

describe("a bot behind SIP", () => {
  test("hears the person and is heard, though the two speak other codecs; our end ends both", async () => {
    const audio = await calleeAudio();
    const carrier = await startSipp("callee", { args: ["-key", "audio", String(audio.port)] });
    const bot = await startSippBot();
    open.push(bot.kill);
    const { heardMs } = speakTone(audio, 700);
    const peer = await openDialer();
    const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier.port }), { bot: botPlan(bot.uri) }));
    await until("the tone's return", () => heardMs() >= 1_000, 10_000);
    placed.call.hangUp("enough");
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "enough", hungUpBy: "us" });
    expect(await carrier.finished).toBeUndefined();
    await until("the bot's BYE", () => /^BYE /m.test(bot.messages()));
    const invite = bot.messages().split(/^INVITE /m)[1] ?? "";
    expect(invite).toContain("m=audio");
    for (const line of [
      "X-Call-ID: call_1",
      "X-first-name: Zoë",
      "X-order-no-: 7",
      "X-Outcome-Token: oct_1",
      "From: <sip:+15550100001@127.0.0.1>",
    ])
      expect(invite).toContain(line);
  }, 20_000);

  test("may be a softphone: what it hears comes back to the person", async () => {
    const audio = await calleeAudio();
    const carrier = await startSipp("callee", { args: ["-key", "audio", String(audio.port)] });
    const port = freshPort();
    const phone = startBaresip(port);
    open.push(phone.stop);
    await whenBound("udp", port);
    const { heardMs } = speakTone(audio, 900);
    const peer = await openDialer();
    const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier.port }), { bot: botPlan(`sip:phone@127.0.0.1:${port}`) }));
    await until("the tone's return", () => heardMs() >= 1_000, 10_000);
    placed.call.hangUp("enough");
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "enough" });
    expect(await carrier.finished).toBeUndefined();
  }, 20_000);

  test("hangs up: so do we, and say that it did", async () => {
    const carrier = await startSipp("answer");
    const bot = await startSipp("remote-bye");
    const peer = await openDialer();
    const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier.port }), { bot: botPlan(`sip:bot@127.0.0.1:${bot.port}`) }));
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "bot_hung_up", hungUpBy: "bot" });
    expect([await carrier.finished, await bot.finished]).toEqual([undefined, undefined]);
  }, 20_000);

  test("asks who calls: it is told the name and the password", async () => {
    const carrier = await startSipp("answer");
    const bot = await startSipp("challenge-407");
    const peer = await openTestDialer();
    open.push(() => peer.dialer.stop());
    const plan = plainPlan({ type: "sip", uri: `sip:bot@127.0.0.1:${bot.port}`, username: "alice", password: "se,cret" });
    const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier.port }), { bot: plan }));
    await until("they are joined", () => peer.media.sessions[0]?.bridgedWith !== undefined);
    placed.call.hangUp("enough");
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "enough" });
    expect([await carrier.finished, await bot.finished]).toEqual([undefined, undefined]);
  }, 20_000);

  test("asks who calls, and was given no password: bot_unreachable", async () => {
    const carrier = await startSipp("answer");
    const bot = await startSipp("challenge-407");
    const peer = await openTestDialer();
    open.push(() => peer.dialer.stop(), bot.kill);
    const placed = placeCall(
      peer,
      testOrder(sipTrunk({ port: carrier.port }), {
        bot: plainPlan({ type: "sip", uri: `sip:bot@127.0.0.1:${bot.port}`, username: "alice" }),
      }),
    );
    expect(await placed.ended).toMatchObject({ ending: "failed", reason: "bot_unreachable" });
    expect(await carrier.finished).toBeUndefined();
  }, 20_000);

  test("over TLS, with a certificate of its own authority: believed when that is named, and not otherwise", async () => {
    const behind = await startSipp("proxied");
    const engine = await startKamailio({ carrierPort: behind.port });
    open.push(behind.kill, engine.stop);
    const peer = await openTestDialer();
    open.push(() => peer.dialer.stop());
    const connection = {
      type: "sip",
      uri: `sip:bot@127.0.0.1:${engine.tlsPort}`,
      transport: "tls",
      username: "alice",
      password: "se,cret",
    } as const;
    const call = async (bot: BotConnection, whileTalking: (placed: ReturnType<typeof placeCall>) => Promise<void>) => {
      const carrier = await startSipp("answer");
      const trunk = sipTrunk({ port: carrier.port });
      const placed = placeCall(peer, testOrder(trunk, { bot: plainPlan(bot) }));
      await whileTalking(placed);
      const result = await placed.ended;
      expect(await carrier.finished).toBeUndefined();
      return result;
    };
    expect(await call(connection, () => Promise.resolve())).toMatchObject({ ending: "failed", reason: "bot_unreachable" });
    const trusting = await call({ ...connection, tls: { ca: engine.ca } }, async (placed) => {
      await until("they are joined", () => peer.media.sessions.some(({ bridgedWith }) => bridgedWith !== undefined));
      // After a crash the line could be ended: what it is believed by is stored with it.
      expect(placed.traces.flatMap((trace) => readLines(trace)).at(-1)?.tls).toMatchObject({ verify: true, ca: engine.ca });
      placed.call.hangUp("enough");
    });
    expect(trusting).toMatchObject({ ending: "completed", reason: "enough" });
    // Its ACK and BYE came through.
    expect(await behind.finished).toBeUndefined();
  }, 30_000);

  test("is hung up on when the person leaves", async () => {
    const carrier = await startSipp("remote-bye");
    const bot = await startSipp("ring-answer");
    const peer = await openDialer();
    const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier.port }), { bot: botPlan(`sip:127.0.0.1:${bot.port}`) }));
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "normal_clearing", hungUpBy: "them" });
    expect([await carrier.finished, await bot.finished]).toEqual([undefined, undefined]);
  }, 20_000);

  test("falls silent for good: bot_crashed, and both lines are ended", async () => {
    const audio = await calleeAudio();
    const carrier = await startSipp("callee", { args: ["-key", "audio", String(audio.port)] });
    const bot = await startSipp("ring-answer");
    speakTone(audio, 700);
    const peer = await openDialer(600);
    const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier.port }), { bot: botPlan(`sip:bot@127.0.0.1:${bot.port}`) }));
    expect(await placed.ended).toMatchObject({ ending: "failed", reason: "bot_crashed", hungUpBy: "bot" });
    expect([await carrier.finished, await bot.finished]).toEqual([undefined, undefined]);
  }, 20_000);

  test("over TCP", async () => {
    const carrier = await startSipp("answer");
    const bot = await startSipp("ring-answer", { transport: "tcp" });
    const peer = await openDialer();
    const placed = placeCall(
      peer,
      testOrder(sipTrunk({ port: carrier.port }), {
        bot: plainPlan({ type: "sip", uri: `sip:bot@127.0.0.1:${bot.port}`, transport: "tcp" }),
      }),
    );
    await until("both talk", () =>
      placed.traces.some((trace) => readLines(trace).some(({ trace: line }) => line.dialogs.some(({ confirmed }) => confirmed))),
    );
    placed.call.hangUp("enough");
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "enough" });
    expect([await carrier.finished, await bot.finished]).toEqual([undefined, undefined]);
  }, 20_000);

  test.each(["busy", "not-found", "unavailable"])(
    "refuses (%s): bot_unreachable, and the person is not kept waiting",
    async (scenario) => {
      const carrier = await startSipp("answer");
      const bot = await startSipp(scenario);
      const peer = await openDialer();
      const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier.port }), { bot: botPlan(`sip:bot@127.0.0.1:${bot.port}`) }));
      expect(await placed.ended).toMatchObject({ ending: "failed", reason: "bot_unreachable", hungUpBy: "bot", sipCode: 200 });
      expect([await carrier.finished, await bot.finished]).toEqual([undefined, undefined]);
    },
    20_000,
  );
});

describe("a person who is handed over", () => {
  test("talks to whoever answered, and no longer to the bot", async () => {
    const audio = await calleeAudio();
    const carrier = await startSipp("callee", { args: ["-key", "audio", String(audio.port)] });
    const desk = await startSippBot();
    open.push(desk.kill);
    const { heardMs } = speakTone(audio, 1_800);
    const peer = await openDialer();
    // The simulated bot's own tone is another one, and it would hang up after four seconds.
    const placed = placeCall(
      peer,
      testOrder(sipTrunk({ port: carrier.port })),
      (event, call) => event === "answered" && call.transfer?.(desk.uri),
    );
    await until("the tone's return", () => heardMs() >= 4_500, 15_000);
    placed.call.hangUp("enough");
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "transferred", hungUpBy: "us" });
    expect(await carrier.finished).toBeUndefined();
    await until("the other line's BYE", () => /^BYE /m.test(desk.messages()));
  }, 30_000);

  test.each([
    { scenario: "busy", reason: "busy" },
    { scenario: "declined", reason: "declined" },
    { scenario: "no-answer", reason: "ring_timeout" },
  ])(
    "stays with the bot where the other end is $scenario, which is told",
    async ({ scenario, reason }) => {
      const carrier = await startSipp("answer");
      const desk = await startSipp(scenario);
      const peer = await openDialer();
      const to = `sip:desk@127.0.0.1:${desk.port}`;
      const words: BotWord[] = [];
      const order = testOrder(sipTrunk({ port: carrier.port }), {
        ringTimeoutMs: 1_000,
        bot: plainPlan({ type: "simulated", talkMs: 2_500 }),
      });
      const placed = placeCall(
        peer,
        order,
        (event, call) => event === "answered" && call.transfer?.(to),
        (word) => void words.push(word),
      );
      expect(await placed.ended).toMatchObject({ ending: "completed", reason: "bot_hung_up", hungUpBy: "bot" });
      expect(words).toEqual([{ type: "transfer_failed", to, reason }]);
      expect([await carrier.finished, await desk.finished]).toEqual([undefined, undefined]);
    },
    20_000,
  );

  test("through the same carrier: two calls there, and both are ended", async () => {
    const carrier = await startSipp("ring-answer", { calls: 2 });
    const peer = await openDialer();
    const placed = placeCall(
      peer,
      testOrder(sipTrunk({ port: carrier.port })),
      (event, call) => event === "answered" && call.transfer?.("+15550100007"),
    );
    await until("both talk", () =>
      placed.traces.some((trace) => readLines(trace).some(({ trace: line }) => line.dialogs.some(({ confirmed }) => confirmed))),
    );
    placed.call.hangUp("enough");
    expect(await placed.ended).toMatchObject({ reason: "transferred" });
    expect(await carrier.finished).toBeUndefined();
  }, 20_000);
});
