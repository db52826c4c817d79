// The process that media-calls.ts, media-stall.ts and bridge.ts measure: so many calls with a bot, until standard input ends.
//   bun bench/media-subject.ts CALLS FAR_PORT OWN_PORT [worker|inline] [STALL_MS] [URL of a bot instead of the simulated one]

import { botMaker } from "../src/bots/create-bot.ts";
import { createEngine } from "../src/media/engine.ts";
import { createMediaEngine } from "../src/media/media-engine.ts";
import { makeSoundFile } from "../src/media/sound-file.ts";
import type { FromWorker, MediaReport, RemoteMedia } from "../src/media/protocol.ts";
import { systemClock } from "../src/runtime/clock.ts";
import { createLog } from "../src/runtime/log.ts";
import { systemRandom } from "../src/runtime/random.ts";
import { plainPlan } from "../test/support/bot-plan.ts";

const [calls = 0, farPort = 0, ownPort = 0] = Bun.argv.slice(2, 5).map(Number);
const [place = "worker", stallMs = "0", url] = Bun.argv.slice(5);
const bot = plainPlan(url === undefined ? { type: "simulated", talkMs: 3_600_000 } : { type: "stream", url });
const remoteOf = (index: number): RemoteMedia => ({ address: "127.0.0.1", port: farPort + index * 2, codec: "PCMU", payloadType: 0, direction: "sendrecv", latch: false });
const clock = systemClock;
const random = systemRandom;

/** Resolves with a function that ends the calls and gives their reports. */
async function startWorker(): Promise<() => Promise<MediaReport[]>> {
  const log = createLog("warn", clock, (line) => console.error(line));
  const media = createMediaEngine({ clock, random, log, settings: { address: "127.0.0.1", ports: { from: ownPort, to: ownPort + calls * 2 - 1 } } });
  await media.ready();
  console.log(JSON.stringify({ idle: process.memoryUsage.rss() }));
  const ignore = { botEnded: (end: unknown) => console.error(end), dtmf: () => undefined, noRtp: () => console.error("no RTP"), told: () => undefined };
  const sessions = Array.from({ length: calls }, () => media.open({ callId: "bench", bot, srtp: false }, ignore));
  sessions.forEach((session, index) => {
    session?.connect(remoteOf(index));
    session?.answer();
  });
  return async () => {
    const reports = await Promise.all(sessions.flatMap((session) => session?.close() ?? []));
    await media.stop();
    return reports;
  };
}

/** The same engine on the main thread, to show what the worker is for. */
async function startInline(): Promise<() => Promise<MediaReport[]>> {
  const reports: MediaReport[] = [];
  const bound = Promise.withResolvers<readonly number[]>();
  const post = (message: FromWorker) => {
    if (message.type === "ready") bound.resolve(message.ports);
    if (message.type === "closed") reports.push(message.report);
  };
  const engine = createEngine({ clock, random, createBot: botMaker({ clock, random }), post, makeFile: makeSoundFile });
  engine.receive({ type: "start", settings: { address: "127.0.0.1", ports: Array.from({ length: calls }, (_, index) => ownPort + index * 2), noRtpMs: 30_000, recordings: undefined } });
  const ports = await bound.promise;
  console.log(JSON.stringify({ idle: process.memoryUsage.rss() }));
  ports.forEach((port, session) => {
    engine.receive({ type: "open", session, port, bot, crypto: undefined });
    engine.receive({ type: "connect", session, remote: remoteOf(session) });
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

const end = await (place === "inline" ? startInline() : startWorker());
const stalls = Number(stallMs) > 0 ? setInterval(() => block(Number(stallMs)), 100) : undefined;
await Bun.stdin.text();
clearInterval(stalls);
const talking = process.memoryUsage.rss();
const reports = await end();
const sum = (field: keyof MediaReport) => reports.reduce((total, report) => total + report[field], 0);
console.log(JSON.stringify({ talking, sent: sum("packetsSent"), received: sum("packetsReceived"), lost: sum("packetsLost"), refused: sum("packetsRefused"), late: sum("packetsLate"), concealed: sum("framesConcealed") }));
process.exit(0);
