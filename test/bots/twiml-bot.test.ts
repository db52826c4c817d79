// A call whose bot says what happens in TwiML: real HTTP and WebSockets on the loopback, and a clock that the test moves.

import { afterEach, describe, expect, test } from "bun:test";
import { botMaker } from "../../src/bots/create-bot.ts";
import type { BotConnection, BotWord } from "../../src/calls/bot.ts";
import type { BotEnd, MediaBot } from "../../src/media/media-bot.ts";
import { writeWav } from "../../src/media/sound/wav.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { plainPlan } from "../support/bot-plan.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { until } from "../support/until.ts";
import { startBot } from "./support/bot-server.ts";
import { AUTH_TOKEN, startVoiceApp, type VoiceApp } from "./support/voice-app.ts";

const opened: { stop(): void }[] = [];
afterEach(() => opened.splice(0).forEach((one) => one.stop()));

function app(answer: Parameters<typeof startVoiceApp>[0]): VoiceApp {
  const server = startVoiceApp(answer);
  opened.push(server);
  return server;
}

const response = (inner: string) => `<?xml version="1.0" encoding="UTF-8"?><Response>${inner}</Response>`;
const account = { accountSid: `AC${"1".repeat(32)}`, callSid: `CA${"2".repeat(32)}`, authToken: AUTH_TOKEN };

interface Call {
  bot: MediaBot;
  ends: BotEnd[];
  words: BotWord[];
  notes: string[];
  digits: string[];
  advance(ms: number): void;
  /** The first samples of the next so many frames; undefined for silence. */
  hear(frames: number): (number | undefined)[];
  /** That of the next frame, in no time: for waiting, which must not use up what a request has. */
  listen(): number | undefined;
}

/** Answered. */
function call(connection: BotConnection): Call {
  const clock = createFakeClock();
  const [ends, words, notes, digits]: [BotEnd[], BotWord[], string[], string[]] = [[], [], [], []];
  const host = {
    end: (end: BotEnd) => void (ends.length === 0 && ends.push(end)),
    sendDtmf: (keys: string) => void digits.push(keys),
    tell: (word: BotWord) => void words.push(word),
    note: (what: string) => void notes.push(what),
  };
  const bot = botMaker({ clock, random: seededRandom(5) })(plainPlan(connection, { account }), host, () => undefined);
  if (bot === undefined) throw new Error("no bot was made");
  opened.push({ stop: () => bot.close() });
  bot.start();
  const frame = new Int16Array(160);
  const listen = () => {
    bot.onFrame(frame.fill(0));
    return bot.nextFrame(frame) ? frame[0] : undefined;
  };
  return {
    listen,
    bot,
    ends,
    words,
    notes,
    digits,
    advance: (ms) => clock.advance(ms),
    hear: (frames) =>
      Array.from({ length: frames }, () => {
        clock.advance(20);
        return listen();
      }),
  };
}

const sound = (level: number, frames: number) => new Response(writeWav(new Int16Array(frames * 160).fill(level)));
const ended = (one: Call) => until("the call ends", () => one.ends.length === 1);

describe("the first question", () => {
  test("is a signed form that says what Twilio would", async () => {
    const bot = app(() => response("<Hangup/>"));
    const one = call({ type: "twiml", url: `${bot.url}/voice?tenant=7` });
    await ended(one);
    expect(one.ends).toEqual([{ reason: "bot_hung_up" }]);
    expect(bot.asked).toEqual([
      {
        method: "POST",
        path: "/voice?tenant=7",
        isSigned: true,
        form: {
          CallSid: account.callSid,
          AccountSid: account.accountSid,
          From: "+15550100001",
          To: "+15550100002",
          Caller: "+15550100001",
          Called: "+15550100002",
          CallStatus: "in-progress",
          Direction: "outbound-api",
          ApiVersion: "2010-04-01",
        },
      },
    ]);
  });

  test.each<[string, (path: string) => string | Response, RegExp]>([
    ["an error", () => new Response("no", { status: 503 }), /^127\.0\.0\.1:\d+ answered 503$/],
    ["what is no TwiML", () => "<html></html>", /begins with <html>/],
    ["nothing", () => "", /not well-formed/],
    ["too much", () => response(`<Say>${"a".repeat(300_000)}</Say>`), /more than 262144 bytes/],
  ])("answered with %s: the bot is not there", async (_, answer, detail) => {
    const one = call({ type: "twiml", url: `${app(answer).url}/voice?token=secret` });
    await ended(one);
    expect(one.ends[0]).toEqual({ reason: "bot_unreachable", detail: expect.stringMatching(detail) });
    expect(one.ends[0]?.detail).not.toContain("secret");
  });

  test("that is not answered within 10 s: the bot is not there", async () => {
    const bot = app(() => new Promise<Response>(() => undefined));
    const one = call({ type: "twiml", url: bot.url });
    await until("it is asked", () => bot.asked.length === 1);
    one.advance(10_000);
    await ended(one);
    expect(one.ends[0]).toMatchObject({ reason: "bot_unreachable", detail: expect.stringContaining("did not answer within 10 s") });
  });

  test("that nobody takes: the bot is not there", async () => {
    const bot = startVoiceApp(() => "");
    bot.stop();
    const one = call({ type: "twiml", url: bot.url });
    await ended(one);
    expect(one.ends[0]).toMatchObject({ reason: "bot_unreachable", detail: expect.stringContaining("cannot be asked: ECONNREFUSED") });
  });
});

describe("the verbs", () => {
  test("Connect/Stream: the bot hears and speaks with its own parameters, and the next verb follows when it hangs up", async () => {
    const stream = startBot();
    opened.push(stream);
    const bot = app(() =>
      response(`<Connect><Stream url="${stream.url}"><Parameter name="tenant" value="7"/></Stream></Connect><Play digits="9"/>`),
    );
    const one = call({ type: "twiml", url: bot.url });
    await until("the bot knows of the call", () => stream.conversations[0]?.heard.length === 2);
    const [conversation] = stream.conversations;
    expect(conversation?.heard[1]?.start).toMatchObject({
      callSid: account.callSid,
      customParameters: { tenant: "7", call_id: "call_1", to_number: "+15550100002" },
    });
    one.bot.onDtmf("5");
    await until("the key arrives", () => conversation?.heard.some(({ dtmf }) => dtmf?.digit === "5") === true);
    conversation?.speak(new Uint8Array(160).fill(0x80));
    await until("the bot is heard", () => one.listen() === 32_124);
    conversation?.hangUp();
    await until("the call ends", () => {
      one.listen();
      return one.ends.length === 1;
    });
    expect([one.digits, one.ends]).toEqual([["9"], [{ reason: "bot_hung_up" }]]);
  });

  test("a stream that cannot be opened ends the call: the bot is not there", async () => {
    const one = call({
      type: "twiml",
      url: app(() => response('<Connect><Stream url="ws://127.0.0.1:1/"/></Connect><Pause length="60"/>')).url,
    });
    await ended(one);
    expect(one.ends[0]?.reason).toBe("bot_unreachable");
  });

  test("Play, its loop, and Pause take as long as they say", async () => {
    const bot = app((path) =>
      path === "/voice"
        ? response('<Play loop="2">a.wav</Play><Pause length="1"/><Play>/b.wav</Play>')
        : sound(path === "/a.wav" ? 1_000 : 2_000, 3),
    );
    const one = call({ type: "twiml", url: `${bot.url}/voice` });
    await until("the sound is there", () => bot.asked.length === 2 && one.listen() !== undefined);
    expect(one.hear(5)).toEqual(new Array(5).fill(1_000));
    expect(one.hear(50)).toEqual(new Array(50).fill(undefined));
    await until("the other sound is there", () => one.listen() === 2_000);
    expect(one.hear(2)).toEqual([2_000, 2_000]);
    expect(one.ends).toEqual([{ reason: "bot_hung_up" }]);
    expect(bot.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /voice", "GET /a.wav", "GET /b.wav"]);
  });

  test("a sound that is not to be had, and what is not done here, are skipped with a note", async () => {
    const bot = app((path) =>
      path === "/voice"
        ? response("<Say>hello</Say><Play>/gone.wav</Play><Play>/text.wav</Play>")
        : new Response("nothing", { status: path === "/gone.wav" ? 404 : 200 }),
    );
    const one = call({ type: "twiml", url: `${bot.url}/voice` });
    await ended(one);
    expect(one.notes).toEqual([
      expect.stringContaining("<Say> is not spoken"),
      expect.stringMatching(/^<Play> is skipped: 127.0.0.1:\d+ answered 404$/),
      expect.stringContaining("<Play> is skipped: the file is no WAV file"),
    ]);
  });

  test("Dial hands the person over, and the next verb follows when that fails", async () => {
    const one = call({
      type: "twiml",
      url: app(() => response("<Dial>+15550100199</Dial><Play digits='1'/><Dial><Sip>sip:desk@10.0.5.9</Sip></Dial>")).url,
    });
    await until("a transfer is asked for", () => one.words.length === 1);
    one.hear(100);
    expect([one.words, one.ends]).toEqual([[{ type: "transfer", to: "+15550100199" }], []]);
    one.bot.onTransferFailed?.("busy");
    expect([one.digits, one.words.at(-1)]).toEqual([["1"], { type: "transfer", to: "sip:desk@10.0.5.9" }]);
    one.bot.onTransferFailed?.("busy");
    expect(one.ends).toEqual([{ reason: "bot_hung_up" }]);
  });

  test.each<[string, string, (one: Call) => void]>([
    ["somebody else asked for", '<Pause length="600"/><Play digits="2"/>', () => undefined],
    [
      "an earlier document asked for",
      "<Dial>+15550100199</Dial>",
      (one) => one.bot.redirect?.({ twiml: response('<Pause length="600"/><Play digits="2"/>') }),
    ],
  ])("a hand-over that %s, and that fails, leaves the verb that goes on alone", async (_, verbs, meanwhile) => {
    const one = call({ type: "twiml", url: app(() => response(`<Play digits="1"/>${verbs}`)).url });
    await until("the verb has begun", () => one.digits.length === 1);
    meanwhile(one);
    one.bot.onTransferFailed?.("busy");
    one.bot.onTransferFailed?.("busy");
    expect([one.digits, one.ends]).toEqual([["1"], []]);
  });

  test("Redirect asks again, relative to where the document came from, with GET where it says so", async () => {
    const bot = app((path) =>
      path === "/calls/voice" ? response('<Redirect method="GET">next?step=2</Redirect><Play digits="1"/>') : response("<Hangup/>"),
    );
    const one = call({ type: "twiml", url: `${bot.url}/calls/voice` });
    one.bot.onMachine?.({ result: "machine", reason: "beep", atMs: 3_000 });
    await ended(one);
    const second = new URL(bot.asked[1]?.path ?? "", bot.url);
    expect([
      bot.asked[1]?.method,
      second.pathname,
      second.searchParams.get("step"),
      second.searchParams.get("CallStatus"),
      second.searchParams.get("AnsweredBy"),
      bot.asked[1]?.isSigned,
    ]).toEqual(["GET", "/calls/next", "2", "in-progress", "machine_start", true]);
    expect(one.digits).toEqual([]);
  });

  test("a bot that redirects in circles is stopped", async () => {
    const bot = app(() => response("<Redirect>/voice</Redirect>"));
    const one = call({ type: "twiml", url: `${bot.url}/voice` });
    await ended(one);
    expect([bot.asked.length, one.ends[0]?.reason]).toEqual([50, "bot_unreachable"]);
  });

  test("a document that is missing after something was done is a crash", async () => {
    const bot = app((path) =>
      path === "/voice" ? response("<Play digits='1'/><Redirect>/next</Redirect>") : new Response("", { status: 500 }),
    );
    const one = call({ type: "twiml", url: `${bot.url}/voice` });
    await ended(one);
    expect(one.ends[0]?.reason).toBe("bot_crashed");
  });
});

describe("a new document for a call in progress", () => {
  test("takes over from the verb that goes on", async () => {
    const bot = app((path) => (path === "/voice" ? response('<Pause length="600"/><Play digits="1"/>') : response("<Play digits='2'/>")));
    const one = call({ type: "twiml", url: `${bot.url}/voice` });
    await until("it is asked", () => bot.asked.length === 1);
    one.bot.redirect?.({ twiml: response("<Play digits='3'/><Pause length='600'/>") });
    expect([one.digits, one.ends]).toEqual([["3"], []]);
    one.bot.redirect?.({ url: `${bot.url}/other`, method: "POST" });
    await ended(one);
    expect(one.digits).toEqual(["3", "2"]);
  });

  test("takes a call away from a bot that is a stream", async () => {
    const stream = startBot();
    opened.push(stream);
    const one = call({ type: "stream", url: stream.url });
    await until("the bot knows of the call", () => stream.conversations[0]?.heard.length === 2);
    one.bot.redirect?.({ twiml: response("<Dial>+15550100199</Dial>") });
    await until("the stream is closed", () => stream.conversations[0]?.closedWith === 1_000);
    expect([one.words, one.ends]).toEqual([[{ type: "transfer", to: "+15550100199" }], []]);
    expect(stream.conversations[0]?.heard.at(-1)?.event).toBe("stop");
  });

  test("that is no TwiML ends the call", () => {
    const stream = startBot();
    opened.push(stream);
    const one = call({ type: "stream", url: stream.url });
    one.bot.redirect?.({ twiml: "hello" });
    expect(one.ends[0]).toMatchObject({ reason: "bot_crashed", detail: expect.stringContaining("well-formed") });
  });

  test("after the end does nothing", () => {
    const one = call({ type: "stream", url: "ws://127.0.0.1:1/" });
    one.bot.close();
    one.bot.redirect?.({ twiml: response("<Dial>+15550100199</Dial>") });
    expect([one.words, one.ends]).toEqual([[], []]);
  });
});
