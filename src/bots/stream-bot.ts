// A bot at the other end of a WebSocket that speaks Twilio's Media Streams, as most voice bots do. We are the client: the bot
// hears the person in frames of 20 ms, and answers with sound, marks and words.

import type { MachineVerdict } from "../calls/bot.ts";
import { FRAME_MS, FRAME_SAMPLES } from "../media/sound/frame.ts";
import { g711 } from "../media/sound/g711.ts";
import type { BotHost, MediaBot } from "../media/media-bot.ts";
import { type Clock, SECOND } from "../runtime/clock.ts";
import type { OpenSocket } from "./bot-socket.ts";
import { createLink, type Link, type LinkTarget } from "./stream-link.ts";
import { type BotMessage, createStreamWriter, readBotMessage, type StreamIds, type StreamWriter } from "./stream-messages.ts";
import { type AudioQueue, createAudioQueue } from "./stream-queue.ts";

/** One stream: where it leads, and what its bot is told at the start. */
export interface StreamOrder extends LinkTarget {
  ids: StreamIds;
  parameters: Readonly<Record<string, string>>;
}

/** What a stream needs of its surroundings. */
export interface StreamParts {
  clock: Clock;
  connect: OpenSocket;
}

/** What a bot that has hung up may still have to say. */
const LONGEST_DRAIN_FRAMES = (10 * SECOND) / FRAME_MS;
/** Words of one call; a bot that says more is not listened to. */
const MOST_WORDS = 100;

interface State {
  host: BotHost;
  clock: Clock;
  link: Link;
  queue: AudioQueue;
  writer: StreamWriter;
  startedMs: number;
  words: number;
  /** Who picked up, once it is known: a bot that connects later is told too. */
  verdict: MachineVerdict | undefined;
  /** Sound was dropped, and the log says so. */
  isOverfull: boolean;
  /** The bot has hung up: what waits is played, then the call ends. */
  leaving: boolean;
  drained: number;
}

/** Connects when the call is answered. Ends with `bot_hung_up`, `bot_unreachable` or `bot_crashed`. */
export function createStreamBot({ ids, parameters, ...target }: StreamOrder, host: BotHost, { clock, connect }: StreamParts): MediaBot {
  const link = createLink({
    clock,
    connect,
    target,
    events: {
      up: () => greet(state, { ids, parameters }),
      message(text) {
        const message = readBotMessage(text);
        if (message !== undefined) hear(state, message);
      },
      closed: () => void (state.leaving = true),
      failed: (reason, detail) => host.end({ reason, detail }),
    },
  });
  const queue = createAudioQueue((name) => link.send(state.writer.mark(name)));
  const state: State = {
    host,
    clock,
    link,
    queue,
    writer: createStreamWriter(ids),
    startedMs: 0,
    words: 0,
    verdict: undefined,
    isOverfull: false,
    leaving: false,
    drained: 0,
  };
  const heard = new Uint8Array(FRAME_SAMPLES);
  const said = new Uint8Array(FRAME_SAMPLES);
  return {
    start() {
      state.startedMs = clock.monotonicMs();
      link.start();
    },
    onFrame(frame) {
      if (!link.isUp()) return;
      g711.PCMU.encode(frame, heard, 0);
      link.send(state.writer.media(heard));
    },
    nextFrame(frame) {
      if (state.leaving) state.drained += 1;
      if (state.drained > LONGEST_DRAIN_FRAMES || !queue.next(said, state.leaving)) {
        if (state.leaving) host.end({ reason: "bot_hung_up" });
        return false;
      }
      g711.PCMU.decode(said, 0, FRAME_SAMPLES, frame);
      return true;
    },
    onDtmf: (digit) => link.send(state.writer.dtmf(digit)),
    onMachine(verdict) {
      // The message is named after machines: a bot that looks no further must not hear of a person by it.
      if (verdict.result !== "machine") return;
      state.verdict = verdict;
      link.send(state.writer.voicemail(verdict));
    },
    onTransferFailed: (reason) => link.send(state.writer.transferFailed(reason)),
    close() {
      link.send(state.writer.stop());
      link.close();
    },
  };
}

/** After a loss it is another bot that knows nothing of what the first one said. */
function greet(state: State, { ids, parameters }: Pick<StreamOrder, "ids" | "parameters">): void {
  const { link, queue, verdict } = state;
  const writer = createStreamWriter(ids);
  state.writer = writer;
  queue.clear();
  link.send(writer.connected());
  link.send(writer.start(parameters));
  if (verdict !== undefined) link.send(writer.voicemail(verdict));
}

function hear(state: State, message: BotMessage): void {
  const { host, queue, link, writer } = state;
  switch (message.type) {
    case "media":
      return void (queue.push(bytesOf(message.payload)) || overflow(state));
    case "mark":
      return queue.mark(message.name);
    case "clear":
      return queue.clear().forEach((name) => link.send(writer.mark(name)));
    case "dtmf":
      return host.sendDtmf(message.digits);
    case "word":
      return void (mayTell(state) && host.tell(message.word));
    case "voicemail":
      return void (
        mayTell(state) &&
        host.tell({
          type: "machine",
          verdict: { result: "machine", reason: "bot", atMs: Math.round(state.clock.monotonicMs() - state.startedMs) },
        })
      );
    case "hangup":
      state.leaving = true;
      return link.expectEnd();
    default:
      return message satisfies never;
  }
}

function overflow(state: State): void {
  if (!state.isOverfull) state.host.note?.("more than ten minutes of the bot's sound wait to be heard: what exceeds them is dropped");
  state.isOverfull = true;
}

function mayTell(state: State): boolean {
  state.words += 1;
  return state.words <= MOST_WORDS;
}

/** The strict reader is the faster one; the other takes what it can. */
function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return Buffer.from(base64, "base64");
  }
}
