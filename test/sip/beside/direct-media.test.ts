// Audio between the person's end and the bot's without us: sipp is the carrier and the bot's engine, and the person's telephone is
// a socket of the test's own, so that it can be seen where each packet comes from.

import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bareLine } from "../../../src/calls/bot.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { seededRandom } from "../../../src/runtime/random.ts";
import type { CallMedia } from "../../../src/sip/call/call-media.ts";
import { openCarrier } from "../../../src/sip/carrier.ts";
import { createDirectMedia } from "../../../src/sip/beside/direct-media.ts";
import { audioProblem, isSameAudio, passOn } from "../../../src/sip/beside/direct-sdp.ts";
import type { IncomingResponse } from "../../../src/sip/message/message.ts";
import { createPeer } from "../../media/support/peer.ts";
import { plainPlan } from "../../support/bot-plan.ts";
import { hastened, openTestDialer, placeCall, sipTrunk, testOrder } from "../../support/sip-call.ts";
import { startSipp } from "../../support/sipp.ts";
import { startSippBot } from "../../support/sipp-bot.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { until } from "../../support/until.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const direct = (uri: string) => plainPlan({ type: "sip", uri, media: "direct" });
const audioPorts = (messages: string) => [...messages.matchAll(/^m=audio (\d+)/gm)].map(([, port]) => Number(port));

describe("a bot behind SIP with direct media", () => {
  test("each end is told the other's description, audio flows between them, and our end ends both", async () => {
    const folder = temporaryFolder();
    open.push(folder.remove);
    const log = join(folder.path, "carrier.log");
    const audio = await createPeer();
    open.push(() => audio.close());
    const carrier = await startSipp("direct-callee", { args: ["-key", "audio", String(audio.port), "-trace_msg", "-message_file", log] });
    const bot = await startSippBot();
    open.push(bot.kill);
    const peer = await openTestDialer();
    open.push(() => peer.dialer.stop());
    const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier.port }), { bot: direct(bot.uri) }));
    await until("the person's end was told", () => peer.media.sessions[0]?.closed === true);

    // INVITE and its answer; then the bot's port to the person, whose answer is the same as before.
    const [offered = 0, ...told] = audioPorts(readFileSync(log, "utf8"));
    const [botHeard, botPort = 0] = audioPorts(bot.messages());
    expect(offered).toBeGreaterThanOrEqual(40_000);
    expect({ told, botHeard }).toEqual({ told: [audio.port, botPort, audio.port], botHeard: audio.port });
    const origins = [...readFileSync(log, "utf8").matchAll(/^o=outdial (\d+) (\d+)/gm)].map(([, id, version]) => ({
      id,
      version: Number(version),
    }));
    expect(origins[1]?.id).toBe(origins[0]?.id as string);
    expect(origins[1]?.version).toBeGreaterThan(origins[0]?.version ?? Infinity);

    const before = audio.packets.length;
    audio.sendAudio(botPort, new Uint8Array(160).fill(0x55), { payloadType: 8 });
    await until("the bot's echo", () => audio.packets.slice(before).some(({ from }) => from === botPort));

    placed.call.transfer?.("+15550100007");
    placed.call.hangUp("enough");
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "enough", hungUpBy: "us" });
    expect(await carrier.finished).toBeUndefined();
    await until("the bot's BYE", () => /^BYE /m.test(bot.messages()));
    // The person's session alone: no line of such a call takes a second port.
    expect(peer.media.sessions.length).toBe(1);
  }, 20_000);

  test("hangs up: so do we", async () => {
    const carrier = await startSipp("direct-callee", { args: ["-key", "audio", "41000"] });
    const bot = await startSipp("remote-bye");
    const peer = await openTestDialer();
    open.push(() => peer.dialer.stop());
    const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier.port }), { bot: direct(`sip:bot@127.0.0.1:${bot.port}`) }));
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "bot_hung_up", hungUpBy: "bot" });
    expect([await carrier.finished, await bot.finished]).toEqual([undefined, undefined]);
  }, 20_000);

  test("is neither recorded nor listened to, not even before it is joined", async () => {
    const peer = await openTestDialer({ clock: hastened(20) });
    open.push(() => peer.dialer.stop());
    const line = { ...bareLine, record: true, optOutKey: "9", voicemail: { ...bareLine.voicemail, detect: true } };
    const placed = placeCall(peer, testOrder(sipTrunk({ port: 9 }), { bot: { ...direct("sip:bot@127.0.0.1:1"), line } }));
    expect(peer.media.sessions.map(({ order }) => order.bot.line)).toEqual([bareLine]);
    placed.call.hangUp("enough");
  });

  test("refuses: it is unreachable", async () => {
    const carrier = await startSipp("answer");
    const bot = await startSipp("busy");
    const peer = await openTestDialer();
    open.push(() => peer.dialer.stop());
    const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier.port }), { bot: direct(`sip:bot@127.0.0.1:${bot.port}`) }));
    expect(await placed.ended).toMatchObject({ ending: "failed", reason: "bot_unreachable" });
    expect([await carrier.finished, await bot.finished]).toEqual([undefined, undefined]);
  }, 20_000);

  test("whose person's end does not take the new description: both lines are ended", async () => {
    // The built-in carrier answers a re-INVITE without a description.
    const stays = { rings: true, answers: true, ringMs: 10, talkMs: 3_600_000, status: 200 };
    const carriers = await Promise.all(
      [41_000, 41_002].map((port) =>
        openCarrier({
          clock: systemClock,
          random: seededRandom(port),
          bind: { address: "127.0.0.1", port: 0 },
          courseOf: () => stays,
          media: () => ({ address: "127.0.0.1", port }),
        }),
      ),
    );
    open.push(...carriers.map(({ stop }) => stop));
    const peer = await openTestDialer();
    open.push(() => peer.dialer.stop());
    const [carrier, bot] = carriers;
    const placed = placeCall(peer, testOrder(sipTrunk({ port: carrier?.port }), { bot: direct(`sip:127.0.0.1:${bot?.port}`) }));
    expect(await placed.ended).toMatchObject({ ending: "failed", reason: "bot_crashed" });
    await until("both are ended", () => carriers.every((each) => each.open() === 0));
    expect(peer.log.some((line) => line.includes("bot.direct_refused"))).toBe(true);
  });

  test("hands nobody over: the person's audio is not ours to give", async () => {
    const peer = await openTestDialer({ clock: hastened(20) });
    open.push(() => peer.dialer.stop());
    const placed = placeCall(peer, testOrder(sipTrunk({ port: 9 }), { bot: direct("sip:127.0.0.1:9") }));
    expect(placed.call.transfer?.("+15550100007")).toMatch(/^the audio of the call flows directly/);
    placed.call.hangUp("enough");
  });
});

describe("two ends whose audio is their own", () => {
  const side = (address: string, direction = "sendrecv") =>
    `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio 30000 RTP/AVP 8\r\na=${direction}\r\n`;
  const response = (sdp: string) => ({ body: Buffer.from(sdp), headers: [] }) as unknown as IncomingResponse;

  /** Both answered; `offers` are what each is told, `answers` what they say to it. */
  function joinedEnds() {
    const offers: string[] = [];
    const answers = { person: side("192.0.2.1"), bot: side("192.0.2.2") };
    const media = createDirectMedia({ secureOnly: false });
    const parts = { sessionId: 7, source: () => ({ protocol: "udp" as const, address: "192.0.2.1", port: 5_060, name: "" }) };
    const relay: CallMedia = {
      offer: () => "",
      description: () => "relay",
      early: () => undefined,
      answered: () => undefined,
      renegotiate: () => ({ sdp: "relay" }),
      lateAnswer: () => undefined,
      close: () => undefined,
    };
    const person = media.person.media(relay, parts);
    const bot = media.bot.media(relay, parts);
    person.answered(response(answers.person));
    bot.offer("192.0.2.9");
    bot.answered(response(answers.bot));
    const callOf = (name: "person" | "bot") => ({
      offer(sdp: string, done: (answer: string | undefined) => void) {
        offers.push(`${name} ${/c=IN IP4 (\S+)/.exec(sdp)?.[1]} ${/a=(send\w+|recv\w+|inactive)/.exec(sdp)?.[1]}`);
        done(answers[name]);
      },
    });
    const problems: unknown[] = [];
    media.join({ person: callOf("person"), bot: callOf("bot") }, (problem) => problems.push(problem));
    return { person, bot, offers, answers, problems };
  }

  test("are told of each other once when nothing is new", () => {
    const { offers, problems, person } = joinedEnds();
    expect([offers, problems]).toEqual([["person 192.0.2.2 sendrecv"], [undefined]]);
    // A refresh of the session says the same again.
    expect(person.renegotiate(side("192.0.2.1"))).toEqual({ sdp: person.description() });
    expect(offers.length).toBe(1);
  });

  test("one that offers video beside the audio is declined it, in its place and from then on; the other hears nothing of it", () => {
    const { person, bot, offers } = joinedEnds();
    const withVideo = side("192.0.2.1").replace("m=audio", "m=video 5000 RTP/AVP 96\r\nm=audio");
    const answered = person.renegotiate(withVideo);
    expect("sdp" in answered && answered.sdp.match(/^m=.*/gm)).toEqual(["m=video 0 RTP/AVP 96", "m=audio 30000 RTP/AVP 8"]);
    expect(person.description()).toBe("sdp" in answered ? answered.sdp : "");
    expect([offers.length, bot.description().match(/^m=.*/gm)]).toEqual([1, ["m=audio 30000 RTP/AVP 8"]]);
    person.renegotiate(withVideo.replaceAll("192.0.2.1", "192.0.2.5"));
    expect([offers.length, bot.description().match(/^m=.*/gm)]).toEqual([2, ["m=audio 30000 RTP/AVP 8"]]);
  });

  test("one that moves or holds: the other is told, and the answer fits", () => {
    const { person, offers, answers } = joinedEnds();
    answers.bot = side("192.0.2.2", "recvonly");
    const held = person.renegotiate(side("192.0.2.3", "sendonly"));
    expect("sdp" in held && held.sdp).toContain("a=recvonly");
    expect(offers.slice(1)).toEqual(["bot 192.0.2.3 sendonly"]);
    answers.bot = side("192.0.2.4");
    answers.person = side("192.0.2.3");
    const resumed = person.renegotiate(answers.person);
    expect("sdp" in resumed && resumed.sdp).toContain("a=sendrecv");
    // The bot took the occasion to move.
    expect(offers.slice(2)).toEqual(["bot 192.0.2.3 sendrecv", "person 192.0.2.4 sendrecv"]);
  });

  test("that never agree are left alone in the end", () => {
    const { bot, offers, answers } = joinedEnds();
    let moves = 0;
    const restless = () => side(`192.0.2.${(moves += 1) % 200}`);
    Object.defineProperty(answers, "person", { get: restless });
    Object.defineProperty(answers, "bot", { get: restless });
    bot.renegotiate(side("192.0.2.250"));
    expect(offers.length).toBeLessThanOrEqual(51);
  });
});

describe("a trunk that requires SRTP", () => {
  const side = (profile: string, lines: string) =>
    `v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 30000 ${profile} 8\r\n${lines}`;
  const key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n";

  test.each([
    ["has a key", side("RTP/SAVP", key), undefined],
    ["has a key, but may do without", side("RTP/AVP", key), "the trunk requires SRTP, and the other end has no key for it"],
    ["has none", side("RTP/AVP", ""), "the trunk requires SRTP, and the other end has no key for it"],
  ])("takes a bot that %s so: %#", (_what, sdp, problem) => {
    expect(audioProblem(sdp, true)).toBe(problem as string);
    expect(audioProblem(sdp, false)).toBeUndefined();
  });

  test("and no trunk takes one that declines the stream, or describes none", () => {
    expect([audioProblem(side("RTP/AVP", "").replace("30000", "0"), false), audioProblem(undefined, false)]).toEqual([
      "the stream was declined",
      "the answer has no description of audio",
    ]);
  });
});

describe("a description that is passed on", () => {
  const sdp = [
    "v=0",
    "o=- 77 3 IN IP4 192.0.2.7",
    "s=call",
    "c=IN IP4 192.0.2.7",
    "t=0 0",
    "m=audio 30000 RTP/AVP 8 101",
    "a=rtpmap:8 PCMA/8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=sendrecv",
    "",
  ].join("\r\n");

  test("keeps the audio as it was, under our own origin", () => {
    const told = passOn(sdp, { sessionId: 5, version: 9 });
    expect(told).toBe(sdp.replace("o=- 77 3", "o=outdial 5 9"));
    expect(isSameAudio(told, sdp)).toBe(true);
  });

  test.each([
    ["sendonly", "recvonly"],
    ["recvonly", "sendonly"],
    ["inactive", "inactive"],
    ["sendrecv", "sendrecv"],
  ] as const)("answers a far end that is %s with %s", (theirs, ours) => {
    expect(passOn(sdp, { sessionId: 5, version: 9 }, theirs)).toContain(`\r\na=${ours}\r\n`);
  });

  test("is news when its address, port, codec or direction is another", () => {
    const changes = [
      ["192.0.2.7", "192.0.2.8"],
      ["audio 30000", "audio 30002"],
      ["AVP 8 ", "AVP 0 "],
      ["sendrecv", "sendonly"],
    ] as const;
    expect(changes.map(([from, to]) => isSameAudio(sdp, sdp.replaceAll(from, to)))).toEqual([false, false, false, false]);
    expect(isSameAudio(sdp, sdp.replace("a=sendrecv\r\n", "").replace("s=call", "s=-"))).toBe(true);
  });
});
