// The questions that a bot written for Twilio is asked over HTTP during a call: what is to happen (TwiML), and the sounds it
// names. Signed as Twilio signs, bounded in time and size. Used by twiml-bot.ts.

import type { BotPlan, MachineVerdict } from "../calls/bot.ts";
import { openWav, type Wav } from "../media/sound/wav.ts";
import { type Clock, SECOND } from "../runtime/clock.ts";
import { type HttpMethod, LONGEST_TWIML } from "./twiml.ts";
import { twilioSignature } from "./twilio-signature.ts";

/** One document to ask for. */
export interface VoiceQuestion {
  url: string;
  method: HttpMethod;
  /** Who picked up, where that is known. */
  answeredBy: MachineVerdict | undefined;
}

/** Asks the bot's web server. Nothing here rejects; a problem is a sentence that names the host and no more of the URL. */
export interface VoiceRequests {
  askTwiml(plan: BotPlan, question: VoiceQuestion): Promise<{ text: string } | { problem: string }>;
  fetchSound(url: string): Promise<{ wav: Wav } | { problem: string }>;
}

/** For an answer and all of its body. */
const PATIENCE_MS = 10 * SECOND;
const MOST_SOUND_BYTES = 10 * 1024 * 1024;
/** A character of UTF-8 may have so many bytes. */
const MOST_TWIML_BYTES = LONGEST_TWIML * 4;

/** By this machine's network. */
export function createVoiceRequests(clock: Clock): VoiceRequests {
  return {
    async askTwiml(plan, question) {
      const form = voiceForm(plan, question.answeredBy);
      const { url, headers, body } = signed(question, form, plan.account?.authToken);
      const answer = await read(clock, url, { method: question.method, headers, body }, MOST_TWIML_BYTES);
      return "problem" in answer ? answer : { text: new TextDecoder().decode(answer.bytes) };
    },
    async fetchSound(url) {
      const answer = await read(clock, url, { method: "GET" }, MOST_SOUND_BYTES);
      return "problem" in answer ? answer : openWav(answer.bytes);
    },
  };
}

const answeredByWords: Record<MachineVerdict["result"], string> = {
  human: "human",
  machine: "machine_start",
  fax: "fax",
  unobtainable: "unknown",
  unsure: "unknown",
};

/** What Twilio tells a voice URL of a call that it placed and that was answered. */
function voiceForm({ account, call }: BotPlan, answeredBy: MachineVerdict | undefined): Record<string, string> {
  return {
    CallSid: account?.callSid ?? "",
    AccountSid: account?.accountSid ?? "",
    From: call.from,
    To: call.to,
    Caller: call.from,
    Called: call.to,
    CallStatus: "in-progress",
    Direction: "outbound-api",
    ApiVersion: "2010-04-01",
    ...(answeredBy === undefined ? {} : { AnsweredBy: answeredByWords[answeredBy.result] }),
  };
}

/** A GET says it all in the URL, and that is what is signed. */
function signed(
  { url, method }: VoiceQuestion,
  form: Record<string, string>,
  authToken: string | undefined,
): { url: string; headers: Record<string, string>; body?: string } {
  const words = new URLSearchParams(form);
  const sign = (whole: string, fields: Record<string, string>): Record<string, string> =>
    authToken === undefined ? {} : { "X-Twilio-Signature": twilioSignature(authToken, whole, fields) };
  if (method === "POST")
    return {
      url,
      body: words.toString(),
      headers: { "content-type": "application/x-www-form-urlencoded; charset=UTF-8", ...sign(url, form) },
    };
  const whole = `${url}${url.includes("?") ? "&" : "?"}${words}`;
  return { url: whole, headers: sign(whole, {}) };
}

async function read(clock: Clock, url: string, init: RequestInit, mostBytes: number): Promise<{ bytes: Uint8Array } | { problem: string }> {
  const host = URL.canParse(url) ? new URL(url).host : "the bot";
  const controller = new AbortController();
  const cancel = clock.after(PATIENCE_MS, () => controller.abort());
  try {
    const response = await fetch(url, { ...init, signal: controller.signal });
    if (!response.ok) return { problem: `${host} answered ${response.status}` };
    const bytes = await readBytes(response, mostBytes);
    return bytes === undefined ? { problem: `${host} answered with more than ${mostBytes} bytes` } : { bytes };
  } catch (error) {
    const { code, name } = error as { code?: unknown; name?: string };
    return {
      problem: controller.signal.aborted
        ? `${host} did not answer within ${PATIENCE_MS / SECOND} s`
        : `${host} cannot be asked: ${typeof code === "string" ? code : name}`,
    };
  } finally {
    cancel();
  }
}

async function readBytes(response: Response, mostBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop lets go of the connection.
    if (length > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
