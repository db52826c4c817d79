import { describe, expect, test } from "bun:test";
import { type BotMessage, createStreamWriter, readBotMessage } from "../../src/bots/stream-messages.ts";

const ids = { streamSid: "MZ1", accountSid: "AC1", callSid: "CA1" };

describe("what a bot is sent", () => {
  test("each message in its order, with its counters as texts", () => {
    const writer = createStreamWriter(ids);
    const frame = new Uint8Array(160).fill(0xff);
    const sent = [
      writer.connected(),
      writer.start({ lead: "Ann" }),
      writer.media(frame),
      writer.media(frame),
      writer.dtmf("5"),
      writer.mark("a:1"),
      writer.voicemail({ result: "machine", reason: "beep", atMs: 900 }),
      writer.transferFailed("busy"),
      writer.stop(),
    ];
    const payload = Buffer.from(frame).toString("base64");
    expect(sent.map((text) => JSON.parse(text))).toEqual([
      { event: "connected", protocol: "Call", version: "1.0.0" },
      {
        event: "start",
        sequenceNumber: "1",
        streamSid: "MZ1",
        start: {
          streamSid: "MZ1",
          accountSid: "AC1",
          callSid: "CA1",
          tracks: ["inbound"],
          customParameters: { lead: "Ann" },
          mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 },
        },
      },
      { event: "media", sequenceNumber: "2", streamSid: "MZ1", media: { track: "inbound", chunk: "1", timestamp: "0", payload } },
      { event: "media", sequenceNumber: "3", streamSid: "MZ1", media: { track: "inbound", chunk: "2", timestamp: "20", payload } },
      { event: "dtmf", sequenceNumber: "4", streamSid: "MZ1", dtmf: { track: "inbound_track", digit: "5" } },
      { event: "mark", sequenceNumber: "5", streamSid: "MZ1", mark: { name: "a:1" } },
      { event: "voicemail", sequenceNumber: "6", streamSid: "MZ1", voicemail: { result: "machine", reason: "beep", atMs: 900 } },
      { event: "transfer_failed", sequenceNumber: "7", streamSid: "MZ1", transfer_failed: { reason: "busy" } },
      { event: "stop", sequenceNumber: "8", streamSid: "MZ1", stop: { accountSid: "AC1", callSid: "CA1" } },
    ]);
  });
});

const word = (told: (BotMessage & { type: "word" })["word"]): BotMessage => ({ type: "word", word: told });

const understood: { says: unknown; means: BotMessage }[] = [
  { says: { event: "media", streamSid: "MZ1", media: { payload: "/w==" } }, means: { type: "media", payload: "/w==" } },
  { says: { event: "media", streamSid: null, media: { payload: "" } }, means: { type: "media", payload: "" } },
  { says: { event: "mark", streamSid: "MZ1", mark: { name: "item:20:g1" } }, means: { type: "mark", name: "item:20:g1" } },
  { says: { event: "clear" }, means: { type: "clear" } },
  { says: { event: "dtmf", dtmf: { digits: "12#" } }, means: { type: "dtmf", digits: "12#" } },
  { says: { event: "dtmf", dtmf: { digit: "5" } }, means: { type: "dtmf", digits: "5" } },
  { says: { event: "voicemail" }, means: { type: "voicemail" } },
  { says: { event: "hangup" }, means: { type: "hangup" } },
  {
    says: { event: "outcome", outcome: { analysis: { success: true }, transcript: [{ role: "user" }] } },
    means: word({ type: "outcome", analysis: { success: true }, transcript: [{ role: "user" }] }),
  },
  { says: { event: "outcome", outcome: { transcript: "Hello?" } }, means: word({ type: "outcome", transcript: "Hello?" }) },
  {
    says: { event: "outcome", outcome: { analysis: { success: false } } },
    means: word({ type: "outcome", analysis: { success: false }, transcript: undefined }),
  },
  {
    says: { event: "opt_out", opt_out: { quote: "never again" } },
    means: word({ type: "opt_out", optOut: { by: "bot", quote: "never again" } }),
  },
  { says: { event: "opt_out" }, means: word({ type: "opt_out", optOut: { by: "bot", quote: "" } }) },
  {
    says: { event: "opt_out", opt_out: { quote: "x".repeat(5_000) } },
    means: word({ type: "opt_out", optOut: { by: "bot", quote: "x".repeat(1_000) } }),
  },
  { says: { event: "transfer", transfer: { to: "+442079460000" } }, means: word({ type: "transfer", to: "+442079460000" }) },
  { says: { event: "transfer", transfer: { to: "sip:desk@10.0.0.4" } }, means: word({ type: "transfer", to: "sip:desk@10.0.0.4" }) },
];

const ignored: unknown[] = [
  { event: "mark", streamSid: "MZ1" },
  { event: "mark", mark: {} },
  { event: "mark", mark: { name: "x".repeat(1_001) } },
  { event: "media" },
  { event: "media", media: null },
  { event: "media", media: { payload: 5 } },
  { event: "dtmf", dtmf: { digits: "call me" } },
  { event: "outcome", outcome: {} },
  { event: "outcome", outcome: { analysis: "good" } },
  { event: "transfer", transfer: { to: "0800 CALL" } },
  { event: "transfer", transfer: { to: "sip:a b" } },
  { event: "transfer" },
  { event: "playAudio", media: { payload: "/w==" } },
  { event: 7 },
  {},
  [],
  null,
  "hello",
];

describe("what a bot says", () => {
  test.each(understood)("$says", ({ says, means }) => expect(readBotMessage(JSON.stringify(says))).toEqual(means));

  test.each(ignored.map((says) => ({ says })))("$says is ignored", ({ says }) =>
    expect(readBotMessage(JSON.stringify(says))).toBeUndefined(),
  );

  test("an outcome nested so deeply that no other thread could be handed it is ignored, and any usual one is not", () => {
    const nested = (levels: number) =>
      readBotMessage(`{"event":"outcome","outcome":{"analysis":{"a":${"[".repeat(levels)}${"]".repeat(levels)}}}}`);
    expect([nested(50)?.type, nested(200), nested(200_000)]).toEqual(["word", undefined, undefined]);
  });

  test.each(["", "{", "not JSON", "\u0000", `{"event":"media","media":{"payload":"${"A".repeat(6_000_000)}"}}`])(
    "no JSON, or far too much of it, is ignored",
    (text) => expect(readBotMessage(text)).toBeUndefined(),
  );
});
