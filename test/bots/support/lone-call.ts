// A stream bot without a call around it: the test is the media engine, and moves its frames and its clock.

import { openBotSocket, type OpenSocket } from "../../../src/bots/bot-socket.ts";
import { createStreamBot } from "../../../src/bots/stream-bot.ts";
import { streamOrder, type StreamSettings } from "../../../src/bots/stream-order.ts";
import type { BotPlan, BotWord } from "../../../src/calls/bot.ts";
import { g711 } from "../../../src/media/sound/g711.ts";
import type { BotEnd, MediaBot } from "../../../src/media/media-bot.ts";
import { seededRandom } from "../../../src/runtime/random.ts";
import { plainPlan } from "../../support/bot-plan.ts";
import { createFakeClock, type FakeClock } from "../../support/fake-clock.ts";

export interface LoneCall {
  bot: MediaBot;
  clock: FakeClock;
  ends: BotEnd[];
  words: BotWord[];
  digits: string[];
  /** For the log. */
  notes: string[];
  isUp(): boolean;
  /** How many messages have come from the bot. */
  came(): number;
  /** One step: the bot hears these µ-law bytes; what it says, as µ-law bytes, or undefined for silence. */
  step(bytes?: Uint8Array): Uint8Array | undefined;
}

/** Answered, if `start` is called on its bot. */
export function loneCall(settings: StreamSettings, more: Partial<BotPlan> = {}): LoneCall {
  const clock = createFakeClock();
  const ends: BotEnd[] = [];
  const words: BotWord[] = [];
  const digits: string[] = [];
  const notes: string[] = [];
  const host = {
    end: (end: BotEnd) => void (ends.length === 0 && ends.push(end)),
    sendDtmf: (keys: string) => void digits.push(keys),
    tell: (word: BotWord) => void words.push(word),
    note: (what: string) => void notes.push(what),
  };
  const plan = plainPlan({ type: "stream", url: settings.url }, more);
  let isUp = false;
  let came = 0;
  const connect: OpenSocket = (url, headers, events) =>
    openBotSocket(url, headers, {
      ...events,
      opened() {
        isUp = true;
        events.opened();
      },
      message(text) {
        came += 1;
        events.message(text);
      },
    });
  const bot = createStreamBot(streamOrder(plan, settings, seededRandom(5)), host, { clock, connect });
  const frame = new Int16Array(160);
  const silence = new Uint8Array(160).fill(0xff);
  return {
    bot,
    clock,
    ends,
    words,
    digits,
    notes,
    isUp: () => isUp,
    came: () => came,
    step(bytes = silence) {
      g711.PCMU.decode(bytes, 0, 160, frame);
      bot.onFrame(frame);
      if (!bot.nextFrame(frame)) return undefined;
      const said = new Uint8Array(160);
      g711.PCMU.encode(frame, said, 0);
      return said;
    },
  };
}
