// The messages of Twilio's Media Streams as JSON, and the few of our own beside them: what a bot is sent, and what it says.
// Pure; used by stream-bot.ts.

import type { BotWord, MachineVerdict } from "../calls/bot.ts";
import { FRAME_MS } from "../media/sound/frame.ts";
import { DEEPEST_JSON, isValueNestedDeeper } from "../runtime/nesting.ts";

/** By which the bot knows its stream: `MZ…`, `AC…`, `CA…`. */
export interface StreamIds {
  streamSid: string;
  accountSid: string;
  callSid: string;
}

/** What a bot says. `voicemail`: a machine answered, in the bot's judgement. */
export type BotMessage =
  /** Base64 of µ-law bytes, any number of them. */
  | { type: "media"; payload: string }
  | { type: "mark"; name: string }
  | { type: "clear" }
  | { type: "dtmf"; digits: string }
  | { type: "word"; word: BotWord }
  | { type: "voicemail" }
  | { type: "hangup" };

/** Longer ones are no speech: nine minutes of sound in one message. */
const LONGEST_MESSAGE = 6_000_000;
const LONGEST_QUOTE = 1_000;
const LONGEST_MARK = 1_000;
const DIGITS = /^[0-9*#A-D]{1,64}$/;
const DESTINATION = /^(\+[1-9]\d{1,14}|sips?:[^\s<>"]{1,500})$/;

/**
 * Undefined for everything else, which real bots do send: a mark without a name, events of other platforms, no JSON at all.
 * The stream's id is not looked at, since bots speak before they know it.
 */
export function readBotMessage(text: string): BotMessage | undefined {
  if (text.length > LONGEST_MESSAGE) return undefined;
  const message = parseObject(text);
  switch (message?.event) {
    case "media": {
      const payload = fieldOf(message.media, "payload");
      return typeof payload === "string" ? { type: "media", payload } : undefined;
    }
    case "mark": {
      const name = fieldOf(message.mark, "name");
      return typeof name === "string" && name.length <= LONGEST_MARK ? { type: "mark", name } : undefined;
    }
    case "dtmf": {
      const digits = fieldOf(message.dtmf, "digits") ?? fieldOf(message.dtmf, "digit");
      return typeof digits === "string" && DIGITS.test(digits) ? { type: "dtmf", digits } : undefined;
    }
    case "clear":
    case "voicemail":
    case "hangup":
      return { type: message.event };
    default:
      return wordOf(message);
  }
}

function wordOf(message: Record<string, unknown> | undefined): BotMessage | undefined {
  switch (message?.event) {
    case "outcome": {
      const analysis = fieldOf(message.outcome, "analysis");
      const transcript = fieldOf(message.outcome, "transcript") ?? undefined;
      if ((!isObject(analysis) && transcript === undefined) || isValueNestedDeeper(message.outcome, DEEPEST_JSON)) return undefined;
      return { type: "word", word: { type: "outcome", ...(isObject(analysis) && { analysis }), transcript } };
    }
    case "opt_out": {
      const quote = fieldOf(message.opt_out, "quote");
      return {
        type: "word",
        word: { type: "opt_out", optOut: { by: "bot", quote: typeof quote === "string" ? quote.slice(0, LONGEST_QUOTE) : "" } },
      };
    }
    case "transfer": {
      const to = fieldOf(message.transfer, "to");
      return typeof to === "string" && DESTINATION.test(to) ? { type: "word", word: { type: "transfer", to } } : undefined;
    }
    default:
      return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is sent over one connection, in its order: every message but the first is numbered. */
export interface StreamWriter {
  connected(): string;
  start(parameters: Readonly<Record<string, string>>): string;
  /** One frame of µ-law bytes. */
  media(frame: Uint8Array): string;
  dtmf(digit: string): string;
  mark(name: string): string;
  voicemail(verdict: MachineVerdict): string;
  transferFailed(reason: string): string;
  stop(): string;
}

/** Counters are decimal texts, as bots have come to expect. */
export function createStreamWriter({ streamSid, accountSid, callSid }: StreamIds): StreamWriter {
  let sequence = 0;
  let chunk = 0;
  const numbered = (event: string, body: Record<string, unknown>) =>
    JSON.stringify({ event, sequenceNumber: String((sequence += 1)), streamSid, ...body });
  const afterNumber = `","streamSid":"${streamSid}","media":{"track":"inbound","chunk":"`;
  return {
    connected: () => '{"event":"connected","protocol":"Call","version":"1.0.0"}',
    start: (customParameters) =>
      numbered("start", {
        start: {
          streamSid,
          accountSid,
          callSid,
          tracks: ["inbound"],
          customParameters,
          mediaFormat: { encoding: "audio/x-mulaw", sampleRate: 8_000, channels: 1 },
        },
      }),
    // By hand, because this is done 50 times a second for each call.
    media(frame) {
      sequence += 1;
      chunk += 1;
      return `{"event":"media","sequenceNumber":"${sequence}${afterNumber}${chunk}","timestamp":"${(chunk - 1) * FRAME_MS}","payload":"${frame.toBase64()}"}}`;
    },
    dtmf: (digit) => numbered("dtmf", { dtmf: { track: "inbound_track", digit } }),
    mark: (name) => numbered("mark", { mark: { name } }),
    voicemail: (verdict) => numbered("voicemail", { voicemail: verdict }),
    transferFailed: (reason) => numbered("transfer_failed", { transfer_failed: { reason } }),
    stop: () => numbered("stop", { stop: { accountSid, callSid } }),
  };
}
