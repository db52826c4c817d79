// The engine of the worker, run in the test's own thread with a bot that the test looks into.

import type { BotPlan } from "../../../src/calls/bot.ts";
import { createEngine, type Engine } from "../../../src/media/engine.ts";
import type { BotHost, MediaBot } from "../../../src/media/media-bot.ts";
import type { CryptoLine, FromWorker, MediaReport, RemoteMedia } from "../../../src/media/protocol.ts";
import { makeSoundFile } from "../../../src/media/sound/sound-file.ts";
import { type Clock, systemClock } from "../../../src/runtime/clock.ts";
import { systemRandom } from "../../../src/runtime/random.ts";
import { until } from "./until.ts";
import { plainPlan } from "../../support/bot-plan.ts";

export interface RecordingBot extends MediaBot {
  host: BotHost;
  started: boolean;
  heard: Int16Array[];
  digits: string;
  /** What it says next; undefined for silence. */
  say: () => Int16Array | undefined;
  closed: boolean;
}

export function createRecordingBot(host: BotHost): RecordingBot {
  const bot: RecordingBot = {
    host,
    started: false,
    heard: [],
    digits: "",
    say: () => undefined,
    closed: false,
    start: () => void (bot.started = true),
    onFrame: (frame) => void bot.heard.push(frame.slice()),
    nextFrame(frame) {
      const said = bot.say();
      if (said !== undefined) frame.set(said);
      return said !== undefined;
    },
    onDtmf: (digit) => void (bot.digits += digit),
    close: () => void (bot.closed = true),
  };
  return bot;
}

export interface TestCall {
  port: number;
  bot: RecordingBot;
  messages: FromWorker[];
  connect(remote: Partial<RemoteMedia> & { port: number }): void;
  answer(): void;
  sendDtmf(digits: string): void;
  pressed(key: string): void;
  close(): MediaReport;
}

export interface TestEngine {
  engine: Engine;
  messages: FromWorker[];
  open(crypto?: CryptoLine, plan?: BotPlan): TestCall;
}

export const simulated: BotPlan = plainPlan();

// Below the ports that the system gives out by itself.
let nextPort = 12_000 + (process.pid % 100) * 80;

/** With `count` ports of its own on loopback. */
export async function startEngine(
  count = 4,
  noRtpMs = 60_000,
  address = "127.0.0.1",
  recordings?: string,
  clock: Clock = systemClock,
): Promise<TestEngine> {
  const messages: FromWorker[] = [];
  const bots: RecordingBot[] = [];
  const createBot = (_: BotPlan, host: BotHost) => {
    const bot = createRecordingBot(host);
    bots.push(bot);
    return bot;
  };
  const engine = createEngine({
    clock,
    random: systemRandom,
    createBot,
    post: (message) => void messages.push(message),
    makeFile: makeSoundFile,
  });
  const wanted = Array.from({ length: count }, (_, index) => nextPort + index * 2);
  nextPort += count * 2;
  engine.receive({ type: "start", settings: { address, ports: wanted, noRtpMs, recordings } });
  await until("binding", () => messages.some((message) => message.type === "ready"));
  const ready = messages.find((message) => message.type === "ready");
  const ports = ready?.type === "ready" ? [...ready.ports] : [];
  let session = 0;
  return {
    engine,
    messages,
    open(crypto, plan = simulated) {
      const id = (session += 1);
      const port = ports.shift();
      if (port === undefined) throw new Error("no port is left");
      engine.receive({ type: "open", session: id, port, bot: plan, crypto: crypto === undefined ? [] : [crypto] });
      const bot = bots.at(-1);
      if (bot === undefined) throw new Error("no bot was made");
      return {
        port,
        bot,
        messages,
        connect: (remote) =>
          engine.receive({
            type: "connect",
            session: id,
            remote: {
              address: "127.0.0.1",
              codec: "PCMU",
              payloadType: 0,
              telephoneEvent: 101,
              direction: "sendrecv",
              latch: false,
              ...remote,
            },
          }),
        answer: () => engine.receive({ type: "answer", session: id }),
        sendDtmf: (digits) => engine.receive({ type: "sendDtmf", session: id, digits }),
        pressed: (key) => engine.receive({ type: "pressed", session: id, key }),
        close() {
          engine.receive({ type: "close", session: id });
          ports.push(port);
          const closed = messages.findLast((message) => message.type === "closed" && message.session === id);
          if (closed?.type !== "closed") throw new Error("the session did not close");
          return closed.report;
        },
      };
    },
  };
}
