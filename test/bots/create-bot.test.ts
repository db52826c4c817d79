import { afterEach, expect, test } from "bun:test";
import { botMaker } from "../../src/bots/create-bot.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { plainPlan } from "../support/bot-plan.ts";
import { until } from "../support/until.ts";

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

test("each message of a bot is told, after the bot has heard it", async () => {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, listener) => (listener.upgrade(request) ? undefined : new Response()),
    websocket: {
      open(socket) {
        socket.send('{"event":"dtmf","dtmf":{"digits":"1"}}');
        socket.send('{"event":"dtmf","dtmf":{"digits":"2"}}');
      },
      message: () => undefined,
    },
  });
  const told: string[] = [];
  const host = { end: () => undefined, tell: () => undefined, sendDtmf: (digits: string) => void told.push(digits) };
  const make = botMaker({ clock: systemClock, random: seededRandom(1), heard: () => void told.push("heard") });
  const bot = make(plainPlan({ type: "stream", url: `ws://127.0.0.1:${server.port}/` }), host, () => undefined);
  open.push({ close: () => bot?.close() }, { close: () => void server.stop(true) });
  bot?.start();
  await until("both messages", () => told.length >= 4);
  expect(told).toEqual(["1", "heard", "2", "heard"]);
});
