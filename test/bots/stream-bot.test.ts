// A stream bot against a real WebSocket server on the loopback, with a clock that the test moves.

import { afterEach, describe, expect, test } from "bun:test";
import { twilioSignature } from "../../src/bots/twilio-signature.ts";
import { until } from "../support/until.ts";
import { type Conversation, startBot, type TestBot } from "./support/bot-server.ts";
import { type LoneCall, loneCall } from "./support/lone-call.ts";

const opened: { stop(): void }[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.stop()));

function bot(...options: Parameters<typeof startBot>): TestBot {
  const server = startBot(...options);
  opened.push(server);
  return server;
}

/** A call whose bot has been told of the start. */
async function talking(
  server: TestBot,
  more: Parameters<typeof loneCall>[1] = {},
): Promise<{ call: LoneCall; conversation: Conversation }> {
  const before = server.conversations.length;
  const call = loneCall({ url: server.url }, more);
  opened.push({ stop: () => call.bot.close() });
  call.bot.start();
  await until("the bot knows of the call", () => server.conversations[before]?.heard.length === 2);
  const conversation = server.conversations[before];
  if (conversation === undefined) throw new Error("nobody called the bot");
  return { call, conversation };
}

/** Byte `index` of a sound in which no two neighbours are alike; 0x7f is left out, which linear samples have no room for. */
const sound = (from: number, length: number) => Uint8Array.from({ length }, (_, index) => 0x80 + ((from + index) % 100));
const events = ({ heard }: Conversation) => heard.map(({ event }) => event);

describe("a call that is answered", () => {
  test("tells its bot nothing before", () => {
    const server = bot();
    loneCall({ url: server.url }).bot.close();
    expect(server.conversations).toHaveLength(0);
  });

  test("tells of the connection, then of the start, signed and without a subprotocol", async () => {
    const server = bot();
    const url = `${server.url}?agent=7`;
    const call = loneCall({ url }, { account: { accountSid: "AC1", callSid: "CA1", authToken: "secret" }, variables: { name: "Ann" } });
    call.bot.start();
    await until("the bot knows of the call", () => server.conversations[0]?.heard.length === 2);
    const { path, headers, heard } = server.conversations[0] as Conversation;
    expect(path).toBe("/stream?agent=7");
    expect(headers.get("x-twilio-signature")).toBe(twilioSignature("secret", url));
    expect(headers.get("sec-websocket-protocol")).toBeNull();
    expect(heard[0]).toEqual({ event: "connected", protocol: "Call", version: "1.0.0" } as never);
    expect(heard[1]?.start).toMatchObject({
      accountSid: "AC1",
      callSid: "CA1",
      streamSid: heard[1]?.streamSid ?? "",
      customParameters: { name: "Ann", call_id: "call_1", attempt: "1" },
    });
    call.bot.close();
  });

  test("lets its bot hear every frame, in order, and every key", async () => {
    const { call, conversation } = await talking(bot());
    for (let index = 0; index < 5; index += 1) call.step(sound(index * 160, 160));
    call.bot.onDtmf("7");
    await until("all was heard", () => conversation.heard.length === 8);
    expect(events(conversation).slice(2)).toEqual(["media", "media", "media", "media", "media", "dtmf"]);
    expect(conversation.heard.slice(2, 7).map(({ media }) => media?.timestamp)).toEqual(["0", "20", "40", "60", "80"]);
    expect(Buffer.concat(conversation.heard.slice(2, 7).map(({ media }) => Buffer.from(media?.payload ?? "", "base64")))).toEqual(
      Buffer.from(sound(0, 800)),
    );
    expect(conversation.heard[7]?.dtmf?.digit).toBe("7");
  });

  test("says stop when it is over, and closes the connection", async () => {
    const { call, conversation } = await talking(bot());
    call.bot.close();
    await until("the connection is closed", () => conversation.closedWith !== undefined);
    expect(events(conversation)).toEqual(["connected", "start", "stop"]);
    expect(conversation.closedWith).toBe(1_000);
    expect(call.ends).toEqual([]);
  });

  test("tells its bot what answered, also one that connects later, and that nobody took the person over", async () => {
    const { call, conversation } = await talking(bot());
    const verdict = { result: "machine", reason: "beep", atMs: 2_100 } as const;
    call.bot.onMachine?.(verdict);
    call.bot.onTransferFailed?.("busy");
    await until("it was told", () => conversation.heard.length === 4);
    expect(conversation.heard.slice(2)).toMatchObject([
      { event: "voicemail", voicemail: verdict },
      { event: "transfer_failed", transfer_failed: { reason: "busy" } },
    ]);
    const server = opened[0] as TestBot;
    conversation.die();
    await until("the next one was told", () => server.conversations[1]?.heard.length === 3);
    expect(server.conversations[1]?.heard[2]).toMatchObject({ event: "voicemail", voicemail: verdict });
  });
});

describe("what the bot says", () => {
  test("is played in frames, whatever its pieces; marks come back as it is heard", async () => {
    const { call, conversation } = await talking(bot());
    let said = 0;
    for (const size of [1_599, 1, 1_600, 8_000, 1_100]) {
      conversation.speak(sound(said, size));
      said += size;
      conversation.say({ event: "mark", streamSid: conversation.heard[1]?.streamSid, mark: { name: `after ${said}` } });
    }
    conversation.say({ event: "dtmf", dtmf: { digits: "1" } });
    await until("all of it has come", () => call.digits.length === 1);
    const heard: number[] = [];
    while (heard.length < said) heard.push(...(call.step() ?? []));
    expect(heard.slice(0, said)).toEqual([...sound(0, said)]);
    const marks = () => conversation.heard.filter(({ event }) => event === "mark").map(({ mark }) => mark?.name);
    await until("all marks came back", () => marks().length === 5);
    expect(marks()).toEqual(["after 1599", "after 1600", "after 3200", "after 11200", "after 12300"]);
    // The first mark came back with the frame that held its last byte, not before.
    const place = conversation.heard.findIndex(({ event }) => event === "mark");
    expect(conversation.heard.slice(0, place).filter(({ event }) => event === "media")).toHaveLength(10);
  });

  test("is silenced by clear within one frame, and every mark that waited comes back at once", async () => {
    const { call, conversation } = await talking(bot());
    conversation.speak(sound(0, 80_000));
    conversation.say({ event: "mark", mark: { name: "a" } });
    conversation.say({ event: "mark", mark: { name: "b" } });
    conversation.say({ event: "dtmf", dtmf: { digits: "1" } });
    await until("all of it has come", () => call.digits.length === 1);
    expect(call.step()).toEqual(sound(0, 160));
    conversation.say({ event: "clear" });
    await until("the marks came back", () => conversation.heard.filter(({ event }) => event === "mark").length === 2);
    expect(call.step()).toBeUndefined();
    conversation.say({ event: "clear" });
    conversation.speak(sound(7, 160));
    conversation.say({ event: "dtmf", dtmf: { digits: "2" } });
    await until("the next has come", () => call.digits.length === 2);
    expect(call.step()).toEqual(sound(7, 160));
  });

  test("may be nonsense, or meant for somebody else", async () => {
    const { call, conversation } = await talking(bot());
    for (const text of [
      "",
      "{",
      "[1]",
      '{"event":"mark","streamSid":null}',
      '{"event":"playAudio"}',
      '{"event":"media","media":{"payload":"%%%"}}',
      "\u{1F600}",
    ])
      conversation.sayText(text);
    conversation.say({ event: "dtmf", dtmf: { digits: "1" } });
    await until("it was read", () => call.digits.length === 1);
    expect(call.ends).toEqual([]);
    expect(call.step()).toBeUndefined();
  });

  test("reaches the one who wants to know: outcome, opt-out, transfer, and that a machine answered", async () => {
    const { call, conversation } = await talking(bot());
    call.clock.advance(20);
    conversation.say({ event: "outcome", outcome: { analysis: { success: true } } });
    conversation.say({ event: "opt_out", opt_out: { quote: "stop" } });
    conversation.say({ event: "transfer", transfer: { to: "+442079460000" } });
    conversation.say({ event: "voicemail" });
    await until("four words were told", () => call.words.length === 4);
    expect(call.words).toEqual([
      { type: "outcome", analysis: { success: true }, transcript: undefined },
      { type: "opt_out", optOut: { by: "bot", quote: "stop" } },
      { type: "transfer", to: "+442079460000" },
      { type: "machine", verdict: { result: "machine", reason: "bot", atMs: 20 } },
    ]);
  });

  test("is dropped beyond ten minutes, and the log says so once", async () => {
    const { call, conversation } = await talking(bot());
    for (let minute = 0; minute < 12; minute += 1) conversation.speak(new Uint8Array(60 * 8_000));
    conversation.say({ event: "dtmf", dtmf: { digits: "1" } });
    await until("all of it has come", () => call.digits.length === 1);
    expect(call.notes).toHaveLength(1);
  });

  test("is not listened to for ever", async () => {
    const { call, conversation } = await talking(bot());
    for (let count = 0; count < 200; count += 1) conversation.say({ event: "voicemail" });
    conversation.say({ event: "dtmf", dtmf: { digits: "1" } });
    await until("all of it has come", () => call.digits.length === 1);
    expect(call.words).toHaveLength(100);
  });
});

describe("a bot that hangs up", () => {
  test.each(["a close", "a hangup"])("by %s is heard out, then the call ends", async (way) => {
    const { call, conversation } = await talking(bot());
    conversation.speak(sound(0, 400));
    if (way === "a close") conversation.hangUp();
    else conversation.say({ event: "hangup" });
    const heard: number[] = [];
    await until("the end", () => {
      heard.push(...(call.step() ?? []));
      return call.ends.length > 0;
    });
    expect(call.ends).toEqual([{ reason: "bot_hung_up" }]);
    expect(heard.slice(0, 400)).toEqual([...sound(0, 400)]);
  });

  test("is heard for ten seconds at most", async () => {
    const { call, conversation } = await talking(bot());
    conversation.speak(sound(0, 160_000));
    conversation.hangUp();
    await until("the connection is closed", () => conversation.closedWith !== undefined);
    let frames = 0;
    await until("the end", () => {
      if (call.step() !== undefined) frames += 1;
      return call.ends.length > 0;
    });
    expect(call.ends).toEqual([{ reason: "bot_hung_up" }]);
    expect(frames).toBeLessThan(1_000);
    expect(frames).toBeGreaterThanOrEqual(500);
  });

  test("after a clear has nothing left to say", async () => {
    const { call, conversation } = await talking(bot());
    conversation.speak(sound(0, 80_000));
    conversation.say({ event: "clear" });
    conversation.hangUp();
    await until("the end", () => call.step() === undefined && call.ends.length > 0);
    expect(call.ends).toEqual([{ reason: "bot_hung_up" }]);
  });
});
