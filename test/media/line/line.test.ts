// What is done on the line beside the bot, frame by frame: who picked up, messages, quiet calls, the key, the exchange of bots.

import { describe, expect, test } from "bun:test";
import { bareLine, type BotConnection, type BotWord, type LinePlan, type MachineVerdict } from "../../../src/calls/bot.ts";
import { createLine } from "../../../src/media/line/line.ts";
import type { BotEnd, BotHost } from "../../../src/media/media-bot.ts";
import { plainPlan } from "../../support/bot-plan.ts";
import { framesOf, joined, silence, speech, tone } from "../support/line-sounds.ts";
import { createRecordingBot, type RecordingBot } from "../support/test-engine.ts";

const message = Int16Array.from({ length: 800 }, () => 1_000);
const hangup = voicemail({ action: "hangup" });
const leaveAudio = voicemail({ action: "message", audio: "aud_1" });

function voicemail(policy: Partial<LinePlan["voicemail"]>): Partial<LinePlan> {
  return { voicemail: { detect: true, action: "hangup", audio: undefined, message: "", ...policy } };
}

function start(line: Partial<LinePlan>, connection: BotConnection = { type: "simulated" }) {
  const ends: BotEnd[] = [];
  const words: BotWord[] = [];
  const told: MachineVerdict[] = [];
  const bots: RecordingBot[] = [];
  const host: BotHost = {
    end: (end) => void (ends.length === 0 && ends.push(end)),
    sendDtmf: () => undefined,
    tell: (word) => void words.push(word),
  };
  const made = createLine(plainPlan(connection, { line: { ...bareLine, ...line } }), host, {
    createBot(_plan, own) {
      const bot = Object.assign(createRecordingBot(own), { onMachine: (verdict: MachineVerdict) => void told.push(verdict) });
      bots.push(bot);
      return bot;
    },
    audioOf: (id) => (id === "aud_1" ? message : undefined),
    record: () => undefined,
  });
  const [bot] = bots;
  if (made === undefined || bot === undefined) throw new Error("no line was made");
  made.start();
  let frames = 0;
  /** Until the call ends: what was said in each frame, undefined for silence. */
  const hear = (sound: Int16Array) => {
    const said: (number | undefined)[] = [];
    for (const frame of framesOf(sound)) {
      if (ends.length > 0) break;
      frames += 1;
      made.onFrame(frame);
      const out = new Int16Array(160);
      said.push(made.nextFrame(out) ? (out[0] ?? 0) : undefined);
    }
    return said;
  };
  return {
    line: made,
    bot,
    ends,
    words,
    told,
    hear,
    atMs: () => frames * 20,
    results: () => words.flatMap((word) => (word.type === "machine" ? [`${word.verdict.result} by ${word.verdict.reason}`] : [])),
  };
}

const greeting = joined(silence(400), speech(4_000), silence(300), tone(1_000, 400));
const human = joined(silence(300), speech(800), silence(1_500));

describe("a machine that answers", () => {
  test("is hung up on, and what was heard is told first", () => {
    const call = start(hangup);
    call.hear(joined(greeting, silence(2_000)));
    expect([call.results(), call.ends]).toEqual([["machine by beep"], [{ reason: "machine_answered" }]]);
  });

  test("gets the message once, after the beep and not before", () => {
    const call = start(leaveAudio);
    call.bot.say = () => new Int16Array(160).fill(7);
    expect(call.hear(greeting)).not.toContain(1_000);
    const after = call.hear(silence(4_000));
    const first = after.indexOf(1_000);
    expect(first).toBeLessThan(25);
    expect(after.slice(first, first + 5)).toEqual(new Array(5).fill(1_000));
    expect(after.filter((sample) => sample === 1_000)).toHaveLength(5);
    expect([call.results(), call.ends, call.bot.closed]).toEqual([["machine by beep"], [{ reason: "voicemail" }], true]);
  });

  test("without a recording to leave is the bot's to speak to, and the call is a voicemail all the same", () => {
    const call = start(voicemail({ action: "message", message: "Please call us." }));
    call.hear(joined(greeting, silence(2_000)));
    expect([call.ends, call.told.map(({ reason }) => reason), call.bot.closed]).toEqual([[], ["beep"], false]);
    call.bot.host.end({ reason: "bot_hung_up" });
    expect(call.ends).toEqual([{ reason: "voicemail" }]);
  });

  test("is the bot's alone where the agent goes on", () => {
    const call = start(voicemail({ action: "continue" }));
    call.hear(joined(greeting, silence(2_000)));
    call.bot.host.end({ reason: "bot_hung_up", analysis: { left: true } });
    expect([call.results(), call.told.length, call.ends]).toEqual([
      ["machine by beep"],
      1,
      [{ reason: "bot_hung_up", analysis: { left: true } }],
    ]);
  });

  test("is not looked for where the agent does not ask", () => {
    const call = start(voicemail({ detect: false }));
    call.hear(joined(greeting, silence(2_000)));
    expect([call.words, call.ends]).toEqual([[], []]);
  });
});

describe("a person who answers", () => {
  test("is told to the bot, which was never held up", () => {
    const call = start(hangup);
    const frames = call.hear(human).length;
    expect([call.results(), call.told.length, call.ends, call.bot.heard.length]).toEqual([["human by pause_after_speech"], 1, [], frames]);
  });
});

describe("the bot's word", () => {
  const says = (result: MachineVerdict["result"]): BotWord => ({ type: "machine", verdict: { result, reason: "bot", atMs: 900 } });

  test("that it is a machine is acted on before our own ear knows", () => {
    const call = start(hangup);
    call.hear(speech(900));
    call.bot.host.tell(says("machine"));
    expect([call.results(), call.ends]).toEqual([["machine by bot"], [{ reason: "machine_answered" }]]);
  });

  test("is believed over the timing of speech", () => {
    const call = start(hangup);
    call.hear(human);
    call.bot.host.tell(says("machine"));
    expect([call.results(), call.ends]).toEqual([["human by pause_after_speech", "machine by bot"], [{ reason: "machine_answered" }]]);
  });

  test("that it is a person is believed before a beep", () => {
    const call = start(hangup);
    call.hear(speech(900));
    call.bot.host.tell(says("human"));
    call.hear(joined(greeting, silence(2_000)));
    expect([call.results(), call.ends]).toEqual([["human by bot"], []]);
  });

  test("is only noted where the agent does not look for machines", () => {
    const call = start(voicemail({ detect: false }));
    call.bot.host.tell(says("machine"));
    expect([call.results(), call.ends]).toEqual([["machine by bot"], []]);
  });
});

describe("what is no call at all", () => {
  test.each<[string, Int16Array, string, BotEnd]>([
    ["a fax", joined(silence(500), tone(2_100, 4_000)), "fax by fax_answering", { reason: "fax" }],
    [
      "the network's three tones",
      joined(silence(200), tone(985, 380), tone(1_428, 380), tone(1_777, 380), silence(2_000)),
      "unobtainable by sit",
      { reason: "number_unknown" },
    ],
  ])("%s ends the call", (_name, sound, result, end) => {
    const call = start(voicemail({ action: "continue" }));
    call.hear(sound);
    expect([call.results().at(-1), call.ends]).toEqual([result, [end]]);
  });
});

describe("a quiet call", () => {
  const quiet = { silenceTimeoutMs: 3_000 };

  test("is ended when neither side has spoken for as long as allowed", () => {
    const call = start(quiet);
    call.hear(joined(speech(1_000), silence(10_000)));
    expect(call.ends).toEqual([{ reason: "silence_timeout" }]);
    expect(Math.abs(call.atMs() - 4_000)).toBeLessThanOrEqual(100);
  });

  test("goes on while the bot speaks, a voice is heard or a key is pressed", () => {
    const call = start(quiet);
    call.bot.say = () => new Int16Array(160).fill(500);
    call.hear(silence(5_000));
    call.bot.say = () => new Int16Array(160);
    call.hear(joined(silence(2_500), speech(500), silence(2_500)));
    call.line.onDtmf("4");
    call.hear(silence(2_900));
    expect(call.ends).toEqual([]);
    call.hear(silence(200));
    expect(call.ends).toEqual([{ reason: "silence_timeout" }]);
  });

  test("goes on while the person holds it, and for as long again once they are back", () => {
    const call = start(quiet);
    call.line.hold(true);
    call.hear(silence(60_000));
    call.line.hold(false);
    call.hear(silence(2_900));
    expect(call.ends).toEqual([]);
    call.hear(silence(200));
    expect(call.ends).toEqual([{ reason: "silence_timeout" }]);
  });

  test("goes on while whoever the person was handed over to holds it", () => {
    const call = start(quiet);
    let isOnHold = true;
    call.line.replace(Object.assign(createRecordingBot(call.bot.host), { isOnHold: () => isOnHold }), true);
    call.hear(silence(60_000));
    expect(call.ends).toEqual([]);
    isOnHold = false;
    call.hear(silence(3_100));
    expect(call.ends).toEqual([{ reason: "silence_timeout" }]);
  });

  test("is left alone where there is no limit", () => {
    const call = start({ silenceTimeoutMs: 0 });
    call.hear(silence(60_000));
    expect(call.ends).toEqual([]);
  });
});

describe("the key of who wants no more calls", () => {
  test("is evidence, and ends the call; other keys are the bot's", () => {
    const call = start({ optOutKey: "9" });
    call.line.onDtmf("1");
    call.line.onDtmf("9");
    expect([call.bot.digits, call.words]).toEqual(["1", [{ type: "opt_out", optOut: { by: "key", quote: "key 9" } }]]);
    expect(call.ends).toEqual([{ reason: "opted_out", analysis: { key: "9", next_action: "not_interested" } }]);
  });

  test("is what an announcement says of it, where it says something", () => {
    const call = start(
      { optOutKey: "9" },
      { type: "announcement", audio: "aud_1", keys: { "9": { outcome: { success: true } } }, waitSeconds: 8, repeats: 1 },
    );
    call.line.onDtmf("9");
    expect([call.bot.digits, call.words, call.ends]).toEqual(["9", [], []]);
  });
});

describe("an exchange of bots", () => {
  test("closes the first, which has no say in the call any more, and the line goes on listening", () => {
    const call = start({ ...hangup, silenceTimeoutMs: 60_000 });
    const other = createRecordingBot(call.bot.host);
    call.line.replace(other, false);
    call.bot.host.end({ reason: "bot_hung_up" });
    call.bot.host.tell({ type: "outcome", analysis: {} });
    expect([call.bot.closed, call.ends, call.words]).toEqual([true, [], []]);
    call.hear(joined(greeting, silence(2_000)));
    expect([other.heard.length > 0, call.ends]).toEqual([true, [{ reason: "machine_answered" }]]);
  });

  test("for whoever the person is handed over to ends the listening for machines: a beep does no harm", () => {
    const call = start({ ...hangup, silenceTimeoutMs: 60_000, optOutKey: "9" });
    const other = createRecordingBot(call.bot.host);
    call.hear(human);
    call.line.replace(other, true);
    call.hear(joined(greeting, silence(2_000)));
    expect([call.results(), other.heard.length > 0, call.ends]).toEqual([["human by pause_after_speech"], true, []]);
    call.line.onDtmf("9");
    expect(call.ends).toMatchObject([{ reason: "opted_out" }]);
  });
});
