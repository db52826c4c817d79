import { describe, expect, test } from "bun:test";
import { createAnnouncementBot } from "../../src/bots/announcement-bot.ts";
import type { BotWord, KeyAction } from "../../src/calls/bot.ts";
import type { BotEnd } from "../../src/media/media-bot.ts";

const samples = Int16Array.from({ length: 400 }, (_, index) => index + 1);

function start({
  keys = {},
  waitSeconds = 1,
  repeats = 1,
  isGone = false,
}: { keys?: Record<string, KeyAction>; waitSeconds?: number; repeats?: number; isGone?: boolean } = {}) {
  const ends: BotEnd[] = [];
  const words: BotWord[] = [];
  const host = {
    end: (end: BotEnd) => void (ends.length === 0 && ends.push(end)),
    sendDtmf: () => undefined,
    tell: (word: BotWord) => void words.push(word),
  };
  const bot = createAnnouncementBot(
    host,
    { type: "announcement", audio: "aud_1", keys, waitSeconds, repeats },
    isGone ? undefined : samples,
  );
  bot.start();
  return {
    bot,
    ends,
    words,
    /** What is heard in so many frames; dots for silent ones, letters for those with sound. */
    play: (frames: number) =>
      Array.from({ length: frames }, () => (ends.length === 0 && bot.nextFrame(new Int16Array(160)) ? "a" : ".")).join(""),
  };
}

describe("an announcement", () => {
  test("is played sample by sample, and its last frame is filled with silence", () => {
    const { bot } = start();
    const heard = Array.from({ length: 3 }, () => {
      const frame = new Int16Array(160).fill(-1);
      bot.nextFrame(frame);
      return [...frame];
    }).flat();
    expect(heard).toEqual([...samples, ...new Array(80).fill(0)]);
  });

  test("waits for a key, is repeated, and hangs up with no key noted", () => {
    const { play, ends } = start({ repeats: 2 });
    expect(play(3 + 50)).toBe(`aaa${".".repeat(50)}`);
    expect(play(1 + 3 + 50)).toBe(`.aaa${".".repeat(50)}`);
    expect(ends).toEqual([]);
    play(1);
    expect(ends).toEqual([{ reason: "bot_hung_up", analysis: { key: null } }]);
  });

  test("without its recording fails at once", () => {
    const { ends } = start({ isGone: true });
    expect(ends).toEqual([{ reason: "bot_unreachable", detail: "the recording aud_1 is not there" }]);
  });
});

describe("a key", () => {
  const keys: Record<string, KeyAction> = { "1": { outcome: { success: true } }, "9": "opt_out", "0": { transfer: "+15550100009" } };

  test.each(["while it plays", "after it"])("of an outcome, %s, tells it with the key and hangs up", (when) => {
    const { bot, play, words, ends } = start({ keys });
    play(when === "after it" ? 10 : 1);
    bot.onDtmf("1");
    expect([words, ends]).toEqual([[{ type: "outcome", analysis: { success: true, key: "1" } }], [{ reason: "key_pressed" }]]);
  });

  test("of an opt-out tells the evidence and ends the call", () => {
    const { bot, play, words, ends } = start({ keys });
    play(1);
    bot.onDtmf("9");
    expect(words).toEqual([{ type: "opt_out", optOut: { by: "key", quote: "key 9" } }]);
    expect(ends).toEqual([{ reason: "opted_out", analysis: { key: "9", next_action: "not_interested" } }]);
  });

  test("of a transfer silences the recording and holds the line for a minute", () => {
    const { bot, play, words, ends } = start({ keys });
    play(1);
    bot.onDtmf("0");
    expect(words).toEqual([
      { type: "outcome", analysis: { key: "0" } },
      { type: "transfer", to: "+15550100009" },
    ]);
    expect(play(3_000)).toBe(".".repeat(3_000));
    expect(ends).toEqual([]);
    play(1);
    expect(ends).toEqual([{ reason: "bot_hung_up" }]);
  });

  test("of a transfer that came to nothing ends the call", () => {
    const { bot, ends } = start({ keys });
    bot.onDtmf("0");
    bot.onTransferFailed?.("busy");
    expect(ends).toEqual([{ reason: "bot_hung_up" }]);
  });

  test("of a transfer is one thing, what somebody else asked for another: when that fails the recording goes on", () => {
    const { bot, play, ends } = start({ keys });
    play(1);
    bot.onTransferFailed?.("busy");
    play(1);
    expect(ends).toEqual([]);
  });

  test("that the agent does not name changes nothing, and neither does a second one", () => {
    const { bot, play, words, ends } = start({ keys });
    for (const key of ["5", "#", "D"]) bot.onDtmf(key);
    expect([words, ends, play(2)]).toEqual([[], [], "aa"]);
    bot.onDtmf("1");
    bot.onDtmf("9");
    expect([words.length, ends.length]).toEqual([1, 1]);
  });
});
