// Handing a person over, on the wire: a second line through the same trunk or to a SIP address, and the two ends of it.

import { afterEach, describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { bareLine, type BotWord } from "../../../src/calls/bot.ts";
import type { ActiveCall, CallOrder } from "../../../src/calls/dialer.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { seededRandom } from "../../../src/runtime/random.ts";
import { type Carrier, type CarrierCourse, openCarrier } from "../../../src/sip/carrier.ts";
import { type CallTrace, readLines, readTrace } from "../../../src/sip/call/call-trace.ts";
import { plainPlan } from "../../support/bot-plan.ts";
import { hastened, openTestDialer, placeCall, sipTrunk, type TestDialer, testOrder } from "../../support/sip-call.ts";
import { freshPort } from "../../support/tools.ts";
import { until } from "../../support/until.ts";

const PERSON = "+15550100002";
const stays: CarrierCourse = { rings: true, answers: true, ringMs: 20, talkMs: 3_600_000, status: 200 };
/** By number, whom a person may be handed over to. */
const targets: Record<string, CarrierCourse> = {
  "+15550100007": stays,
  "+15550100008": { ...stays, talkMs: 60 },
  "+15550100009": { ...stays, answers: false, ringMs: 3_600_000 },
};

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Stage extends TestDialer {
  carrier: Carrier;
  words: BotWord[];
  place(on: (call: ActiveCall) => unknown, more?: Partial<CallOrder>): ReturnType<typeof placeCall>;
}

async function openStage(courseOf: (number: string) => CarrierCourse = (number) => targets[number] ?? stays): Promise<Stage> {
  const carrier = await openCarrier({
    clock: systemClock,
    random: seededRandom(3),
    bind: { address: "127.0.0.1", port: 0 },
    courseOf,
    media: () => ({ address: "127.0.0.1", port: 41_000 }),
  });
  const peer = await openTestDialer();
  const trunk = sipTrunk({ port: carrier.port });
  await peer.dialer.prepare(trunk);
  open.push(carrier.stop, () => peer.dialer.stop());
  const words: BotWord[] = [];
  return {
    ...peer,
    carrier,
    words,
    place: (on, more) =>
      placeCall(
        peer,
        testOrder(trunk, { to: PERSON, ...more }),
        (event, call) => event === "answered" && on(call),
        (word) => void words.push(word),
      ),
  };
}

const byes = ({ carrier }: { carrier: Carrier }) => carrier.seen().filter((line) => line === "BYE carrier").length;
const sentTo = ({ carrier }: Stage, number: string) =>
  carrier
    .seen()
    .filter((line) => line.endsWith(number))
    .map((line) => line.split(" ")[0]);

describe("a person who is handed over", () => {
  test("to a number: the lines are joined, and when that end hangs up theirs is ended", async () => {
    const stage = await openStage();
    const { ended } = stage.place((call) => call.transfer?.("+15550100008"));
    expect(await ended).toMatchObject({ ending: "completed", reason: "transferred", hungUpBy: "us" });
    const [person, other] = stage.media.sessions;
    expect([person?.bridgedWith, person?.bridgedTo, other?.answered, other?.closed, person?.closed]).toEqual([
      2,
      "hand_over",
      true,
      true,
      true,
    ]);
    expect([byes(stage), stage.carrier.open()]).toEqual([1, 0]);
    expect(stage.words).toEqual([]);
  });

  test("hangs up: so is whoever they were handed over to", async () => {
    const stage = await openStage((number) => (number === PERSON ? { ...stays, talkMs: 2_000 } : stays));
    const { ended } = stage.place((call) => call.transfer?.("+15550100007"));
    expect(await ended).toMatchObject({ ending: "completed", reason: "transferred", hungUpBy: "them" });
    await until("the other line is ended", () => stage.carrier.open() === 0);
    expect(byes(stage)).toBe(1);
  });

  test("to a SIP address that is no trunk of ours", async () => {
    const stage = await openStage();
    const desk = await openCarrier({
      clock: systemClock,
      random: seededRandom(4),
      bind: { address: "127.0.0.1", port: 0 },
      courseOf: () => ({ ...stays, talkMs: 60 }),
      media: () => ({ address: "127.0.0.1", port: 41_002 }),
    });
    open.push(desk.stop);
    const { ended } = stage.place((call) => call.transfer?.(`sip:desk@127.0.0.1:${desk.port}`));
    expect(await ended).toMatchObject({ ending: "completed", reason: "transferred" });
    expect(desk.seen()).toEqual(["INVITE desk"]);
  });

  test("is told by their bot again when nobody answers in time; the other telephone stops ringing", async () => {
    const stage = await openStage();
    const placed = stage.place((call) => call.transfer?.("+15550100009"), { ringTimeoutMs: 1_500 });
    await until("the transfer failed", () => stage.words.length > 0);
    expect(stage.words).toEqual([{ type: "transfer_failed", to: "+15550100009", reason: "ring_timeout" }]);
    expect(stage.media.sessions[0]).toMatchObject({ failedTransfers: ["ring_timeout"], bridgedWith: undefined, closed: false });
    await until("the CANCEL", () => sentTo(stage, "+15550100009").includes("CANCEL"));
    expect(placed.call.transfer?.("+15550100008")).toBeUndefined();
    expect(await placed.ended).toMatchObject({ reason: "transferred" });
  });

  test("leaves while the other telephone rings: it stops, and nobody was handed over", async () => {
    const stage = await openStage();
    const placed = stage.place((call) => call.transfer?.("+15550100009"));
    await until("it rings there", () => sentTo(stage, "+15550100009").includes("INVITE"));
    placed.call.hangUp("stopped");
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "stopped" });
    expect(stage.words).toEqual([{ type: "transfer_failed", to: "+15550100009", reason: "hung_up" }]);
    await until("the CANCEL", () => sentTo(stage, "+15550100009").includes("CANCEL"));
  });

  test("leaves just before the other telephone is answered: nobody was handed over, and the call ends as it was ended", async () => {
    const stage = await openStage((number) => (number === PERSON ? stays : { ...stays, ringMs: 300 }));
    const measured = Promise.withResolvers<void>();
    const { open: openSession } = stage.media;
    stage.media.open = (order, events) => {
      const session = openSession(order, events);
      return session && { ...session, close: () => measured.promise.then(session.close) };
    };
    const placed = stage.place((call) => {
      call.transfer?.("+15550100007");
      call.hangUp("stopped");
    });
    await until(
      "the other line was answered, and ended",
      () => sentTo(stage, "+15550100007").includes("INVITE") && stage.carrier.open() === 0,
    );
    measured.resolve();
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "stopped" });
    expect(stage.words).toEqual([{ type: "transfer_failed", to: "+15550100007", reason: "hung_up" }]);
  });

  test("by a bot that leaves at once: they wait in silence, are joined, and what the bot made of the call is kept", async () => {
    const stage = await openStage();
    const { ended } = stage.place((call) => {
      call.transfer?.("+15550100008");
      stage.media.sessions[0]?.events.botEnded({ reason: "bot_hung_up", analysis: { lead_qualified: true } });
    });
    expect(await ended).toMatchObject({ ending: "completed", reason: "transferred", analysis: { lead_qualified: true } });
    expect(stage.media.sessions[0]?.bridgedWith).toBe(2);
  });

  test("by a bot that leaves, and where nobody answers: the call ends as the bot ended it", async () => {
    const stage = await openStage();
    const { ended } = stage.place(
      (call) => {
        call.transfer?.("+15550100009");
        stage.media.sessions[0]?.events.botEnded({ reason: "bot_hung_up" });
      },
      { ringTimeoutMs: 1_500 },
    );
    expect(await ended).toMatchObject({ ending: "completed", reason: "bot_hung_up", hungUpBy: "bot" });
    expect(stage.words).toEqual([{ type: "transfer_failed", to: "+15550100009", reason: "ring_timeout" }]);
  });

  test("is ended all the same by what is no bot's to say", async () => {
    const stage = await openStage();
    const { ended } = stage.place((call) => {
      call.transfer?.("+15550100009");
      stage.media.sessions[0]?.events.botEnded({ reason: "opted_out" });
    });
    expect(await ended).toMatchObject({ reason: "opted_out" });
  });

  test("and then says nothing: the end after silence holds for the two as well", async () => {
    const stage = await openStage();
    const { ended } = stage.place((call) => call.transfer?.("+15550100007"));
    await until("it is joined", () => stage.media.sessions[0]?.bridgedWith !== undefined);
    // The bot's own end was on its way when it was let go.
    stage.media.sessions[0]?.events.botEnded({ reason: "bot_hung_up" });
    stage.media.sessions[0]?.events.botEnded({ reason: "silence_timeout" });
    expect(await ended).toMatchObject({ ending: "completed", reason: "transferred", hungUpBy: "us" });
  });

  test("without a port for another line, or to what is no address, goes on as before", async () => {
    const stage = await openStage();
    const refused: unknown[] = [];
    const placed = stage.place((call) => {
      refused.push(call.transfer?.("sip:"));
      stage.media.exhausted = true;
      refused.push(call.transfer?.("+15550100008"));
      call.hangUp("stopped");
    });
    expect(await placed.ended).toMatchObject({ reason: "stopped" });
    expect(refused).toEqual(["'sip:' is neither a number nor a SIP address", "no port for the audio of another line is free"]);
    expect(sentTo(stage, "+15550100008")).toEqual([]);
  });

  test("is in the stored trace with both lines before the second INVITE leaves", async () => {
    const stage = await openStage();
    const placed = stage.place((call) => call.transfer?.("+15550100007"));
    await until("it is joined", () => stage.media.sessions[0]?.bridgedWith !== undefined);
    const named = placed.traces.map((trace) =>
      readLines(trace).map(({ id, ofTrunk, trace: line }) => ({
        id: id.replace(/^.*\//, ""),
        ofTrunk,
        answered: line.dialogs.some(({ confirmed }) => confirmed),
      })),
    );
    const first = named.find((lines) => lines.length > 0);
    expect(first).toEqual([{ id: "transfer1", ofTrunk: true, answered: false }]);
    expect(named.at(-1)).toEqual([{ id: "transfer1", ofTrunk: true, answered: true }]);
    placed.call.hangUp("stopped");
    await placed.ended;
  });
});

describe("a bot behind SIP that hands its person over", () => {
  test("keeps them until that is answered", async () => {
    const bot = await openCarrier({
      clock: systemClock,
      random: seededRandom(5),
      bind: { address: "127.0.0.1", port: 0 },
      courseOf: () => stays,
      media: () => ({ address: "127.0.0.1", port: 41_004 }),
    });
    open.push(bot.stop);
    const stage = await openStage();
    const placed = stage.place(() => undefined, { bot: plainPlan({ type: "sip", uri: `sip:bot@127.0.0.1:${bot.port}` }) });
    await until("the bot talks", () => stage.media.sessions[0]?.bridgedWith === 2);
    placed.call.transfer?.("+15550100009");
    await until("it rings there", () => sentTo(stage, "+15550100009").includes("INVITE"));
    expect(bot.seen()).toEqual(["INVITE bot"]);
    placed.call.hangUp("stopped");
    expect(await placed.ended).toMatchObject({ reason: "stopped" });
    await until("the bot is told", () => bot.open() === 0);
    expect(byes({ carrier: bot })).toBe(1);
  });

  test("is let go when that is answered", async () => {
    const bot = await openCarrier({
      clock: systemClock,
      random: seededRandom(5),
      bind: { address: "127.0.0.1", port: 0 },
      courseOf: () => stays,
      media: () => ({ address: "127.0.0.1", port: 41_004 }),
    });
    open.push(bot.stop);
    const stage = await openStage();
    const placed = stage.place(() => undefined, { bot: plainPlan({ type: "sip", uri: `sip:bot@127.0.0.1:${bot.port}` }) });
    await until("the bot talks", () => stage.media.sessions[0]?.bridgedWith === 2);
    expect(stage.media.sessions[0]?.bridgedTo).toBe("bot");
    placed.call.transfer?.("+15550100007");
    await until("the bot is told", () => bot.open() === 0);
    expect(stage.media.sessions[0]).toMatchObject({ bridgedWith: 3, bridgedTo: "hand_over", closed: false });
    expect(stage.carrier.open()).toBe(2);
    placed.call.hangUp("stopped");
    expect(await placed.ended).toMatchObject({ reason: "transferred" });
  });

  test("may speak of its own line, and of no other", async () => {
    const bot = await openCarrier({
      clock: systemClock,
      random: seededRandom(6),
      bind: { address: "127.0.0.2", port: 0 },
      courseOf: () => ({ ...stays, talkMs: 1_500 }),
      media: () => ({ address: "127.0.0.2", port: 41_004 }),
    });
    const scanner = createSocket("udp4");
    open.push(bot.stop, () => scanner.close());
    const stage = await openStage();
    const placed = stage.place(() => undefined, { bot: plainPlan({ type: "sip", uri: `sip:bot@127.0.0.2:${bot.port}` }) });
    await until("the bot talks", () => stage.media.sessions[0]?.bridgedWith === 2);
    const { facts, dialogs } = readTrace(placed.traces.at(-1)) as CallTrace;
    const [dialog] = dialogs;
    const bye = [
      `BYE ${facts.contact.slice(1, -1)} SIP/2.0`,
      "Via: SIP/2.0/UDP 127.0.0.2:9;branch=z9hG4bKx",
      `From: ${dialog?.to}`,
      `To: ${dialog?.from}`,
      `Call-ID: ${facts.callId}`,
      "CSeq: 1 BYE",
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n");
    await new Promise<void>((resolve) => scanner.bind(0, "127.0.0.2", resolve));
    scanner.send(bye, Number(facts.sentBy.split(":")[1]), "127.0.0.1");
    await until("it was dropped", () => stage.log.some((line) => line.includes("sip.stranger")));
    // The bot's own BYE is heard, from the same address.
    expect(await placed.ended).toMatchObject({ reason: "bot_hung_up" });
  });

  test("that never answers: bot_unreachable after 10 s, and its line is taken back", async () => {
    const silent = freshPort();
    const peer = await openTestDialer({ clock: hastened(10) });
    const carrier = await openCarrier({
      clock: systemClock,
      random: seededRandom(3),
      bind: { address: "127.0.0.1", port: 0 },
      courseOf: () => stays,
      media: () => ({ address: "127.0.0.1", port: 41_000 }),
    });
    open.push(carrier.stop, () => peer.dialer.stop());
    const trunk = sipTrunk({ port: carrier.port });
    const placed = placeCall(
      peer,
      testOrder(trunk, {
        ringTimeoutMs: 100_000,
        maxDurationMs: 600_000,
        bot: plainPlan({ type: "sip", uri: `sip:secret-project@127.0.0.1:${silent};key=secret` }),
      }),
    );
    expect(await placed.ended).toMatchObject({ ending: "failed", reason: "bot_unreachable" });
    // The log names the host; whoever has the rest of the address may be able to call the bot.
    expect(peer.log.filter((line) => line.includes("bot.unreachable"))).toEqual([expect.stringContaining("127.0.0.1")]);
    expect(peer.log.join()).not.toContain("secret");
    expect(peer.media.sessions.map(({ closed }) => closed)).toEqual([true, true]);
  });
});

describe("a bot behind SIP, and a machine that answers", () => {
  test("is let go when the line leaves a recording, which its end must not cut off", async () => {
    const bot = await openCarrier({
      clock: systemClock,
      random: seededRandom(5),
      bind: { address: "127.0.0.1", port: 0 },
      courseOf: () => stays,
      media: () => ({ address: "127.0.0.1", port: 41_004 }),
    });
    open.push(bot.stop);
    const stage = await openStage();
    const voicemail = { detect: true, action: "message", audio: "aud_1", message: "" } as const;
    const placed = stage.place(() => undefined, {
      bot: plainPlan({ type: "sip", uri: `sip:bot@127.0.0.1:${bot.port}` }, { line: { ...bareLine, voicemail } }),
    });
    await until("the bot talks", () => stage.media.sessions[0]?.bridgedWith === 2);
    stage.media.sessions[0]?.events.told({ type: "machine", verdict: { result: "machine", reason: "beep", atMs: 3_000 } });
    await until("the bot is told", () => bot.open() === 0);
    expect([byes({ carrier: bot }), stage.carrier.open(), stage.media.sessions[0]?.closed]).toEqual([1, 1, false]);
    stage.media.sessions[0]?.events.botEnded({ reason: "voicemail" });
    expect(await placed.ended).toMatchObject({ ending: "voicemail", reason: "voicemail" });
  });
});

describe("a bot behind SIP that is asked whether it is there", () => {
  test("is heard from an address that no trunk has", async () => {
    const bot = await openCarrier({
      clock: systemClock,
      random: seededRandom(8),
      bind: { address: "127.0.0.2", port: 0 },
      courseOf: () => stays,
      media: () => ({ address: "127.0.0.2", port: 41_004 }),
    });
    open.push(bot.stop);
    const { dialer } = await openStage();
    expect(await dialer.askBot({ type: "sip", uri: `sip:bot@127.0.0.2:${bot.port}` })).toBeUndefined();
  });
});
