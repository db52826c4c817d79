// The process that media-calls.ts, media-stall.ts and bridge.ts measure: so many calls with a bot, until standard input ends.
//   bun bench/media-subject.ts CALLS FAR_PORT OWN_PORT [worker|inline] [STALL_MS] [URL of a bot instead of the simulated one]

import { botMaker } from "../src/bots/create-bot.ts";
import { createEngine } from "../src/media/engine.ts";
import { makeSoundFile } from "../src/media/sound/sound-file.ts";
import type { FromWorker, MediaReport } from "../src/media/protocol.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { systemRandom } from "../src/runtime/random.ts";
import { farEnd, startTalking, sumsOf, talkingBot } from "./support/talking-calls.ts";

const [calls = 0, farPort = 0, ownPort = 0] = Bun.argv.slice(2, 5).map(Number);
const [place = "worker", stallMs = "0", url] = Bun.argv.slice(5);
const bot = talkingBot(url);
const clock = systemClock;
const random = systemRandom;
const sayIdle = () => console.log(JSON.stringify({ idle: process.memoryUsage.rss() }));

/** The same engine on the main thread, to show what the worker is for. */
async function startInline(): Promise<() => Promise<MediaReport[]>> {
  const reports: MediaReport[] = [];
  const bound = Promise.withResolvers<readonly number[]>();
  const post = (message: FromWorker) => {
    if (message.type === "ready") bound.resolve(message.ports);
    if (message.type === "closed") reports.push(message.report);
  };
  const engine = createEngine({ clock, random, createBot: botMaker({ clock, random }), post, makeFile: makeSoundFile });
  engine.receive({
    type: "start",
    settings: {
      address: "127.0.0.1",
      ports: Array.from({ length: calls }, (_, index) => ownPort + index * 2),
      noRtpMs: 30_000,
      recordings: undefined,
    },
  });
  const ports = await bound.promise;
  sayIdle();
  ports.forEach((port, session) => {
    engine.receive({ type: "open", session, port, bot, crypto: [] });
    engine.receive({ type: "connect", session, remote: farEnd(farPort, session) });
    engine.receive({ type: "answer", session });
  });
  return async () => {
    engine.stop();
    return reports;
  };
}

/** Work that gives nobody else a turn, as a bad query would. */
function block(ms: number): void {
  const until = clock.monotonicMs() + ms;
  while (clock.monotonicMs() < until);
}

const end = await (place === "inline" ? startInline() : startTalking(calls, farPort, ownPort, sayIdle, bot));
const stalls = Number(stallMs) > 0 ? setInterval(() => block(Number(stallMs)), 100) : undefined;
await Bun.stdin.text();
clearInterval(stalls);
const talking = process.memoryUsage.rss();
const reports = await end();
console.log(JSON.stringify({ talking, ...sumsOf(reports) }));
process.exit(0);
