// What bots do wrong during real calls: what each call came to, and that nothing of it is left.

import { afterAll, describe, expect, test } from "bun:test";
import type { DialResult } from "../../src/calls/ending.ts";
import { until } from "../support/until.ts";
import { type Conversation, type Heard, startBot } from "./support/bot-server.ts";
import { openPhoneLine } from "./support/phone-line.ts";

const LOUD = 0x90;
const garbage = ["", "{", '{"event":"mark"}', '{"event":"media","media":{"payload":"?"}}', "[]", "\u0000"];

const opened: { stop(): unknown }[] = [];
afterAll(async () => {
  for (const one of opened.splice(0)) await one.stop();
});

/** What each does once it knows of the call; undefined: it never gets so far. */
const faults: { name: string; url?: string; once?: (conversation: Conversation) => void; result: Partial<DialResult> }[] = [
  { name: "refuses", url: "ws://127.0.0.1:9/", result: { ending: "failed", retry: "requeue", reason: "bot_unreachable" } },
  { name: "hangs in the handshake", url: "hangs", result: { ending: "failed", retry: "requeue", reason: "bot_unreachable" } },
  {
    name: "dies mid-word, again and again",
    once(conversation) {
      conversation.speak(new Uint8Array(16_000).fill(LOUD));
      conversation.die();
    },
    result: { ending: "failed", reason: "bot_crashed" },
  },
  {
    name: "floods",
    once(conversation) {
      for (let count = 0; count < 40_000; count += 1) conversation.say({ event: "media", media: { payload: "/////w==" } });
    },
    result: { ending: "failed", reason: "bot_crashed" },
  },
  {
    name: "sends garbage, then hangs up",
    once(conversation) {
      garbage.forEach((text) => conversation.sayText(text));
      conversation.hangUp();
    },
    result: { ending: "completed", reason: "bot_hung_up" },
  },
  {
    name: "hangs up while it is heard",
    once(conversation) {
      conversation.speak(new Uint8Array(8_000).fill(LOUD));
      conversation.hangUp();
    },
    result: { ending: "completed", reason: "bot_hung_up" },
  },
];

describe("a bot that", () => {
  test("breaks, in each of its ways at once: every call has its result, the others are heard, and nothing is left", async () => {
    const hanging = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
    const known = (conversation: Conversation, { event }: Heard) =>
      event === "start" && faults[Number(conversation.path.slice(-1))]?.once?.(conversation);
    const bot = startBot({ onHeard: known });
    const line = await openPhoneLine({ calls: faults.length });
    opened.push(line, bot, { stop: () => hanging.stop(true) });

    const urlOf = (url: string | undefined, index: number) =>
      url === "hangs" ? `ws://127.0.0.1:${hanging.port}/` : (url ?? `${bot.url}/${index}`);
    const placed = faults.map(({ url }, index) => line.place({ type: "stream", url: urlOf(url, index) }));
    const results = await Promise.all(placed.map(({ ended }) => ended));
    results.forEach((result, index) =>
      expect([faults[index]?.name, result]).toEqual([faults[index]?.name, expect.objectContaining(faults[index]?.result ?? {})]),
    );

    const loudPackets = line.telephones.map(({ heard }) => heard.filter(({ payload }) => payload.every((byte) => byte === LOUD)).length);
    // The one that hung up was heard to the end of its second.
    expect(Math.max(...loudPackets)).toBe(50);
    await until("every port is free, and every connection closed", () => {
      const { sessions, freePorts } = line.media.gauges();
      return sessions === 0 && freePorts === faults.length + 1 && bot.conversations.every(({ closedWith }) => closedWith !== undefined);
    });
    // Of a bot that is lost the operator reads why.
    expect(line.log.filter((text) => text.includes('"bot.lost"')).length).toBe(4);
    expect(await line.finished).toBeUndefined();
  }, 40_000);
});
