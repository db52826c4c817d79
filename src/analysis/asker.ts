// Asks the endpoint of the settings what a conversation came to: one question, one repair of the answer, all within one bound.
// The only file of the room that reaches out. app.ts hands it to the machine and to the settings.

import type { Analyser, Conversation } from "../calls/analyser.ts";
import type { Analysis } from "../calls/disposition.ts";
import { type Clock, SECOND } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import type { StoredAnalysis } from "../settings/store.ts";
import type { SendResult } from "../webhooks/retry.ts";
import type { Sender } from "../webhooks/sender.ts";
import { readAnswer } from "./answer.ts";
import { type Completion, readCompletion } from "./completion.ts";
import { type AskingMode, askingModes, bodyOf, type Message, questionOf, repairOf } from "./request.ts";
import { answerFields } from "./schema.ts";

export interface AskerDependencies {
  /** Connects to vetted addresses only, as for webhooks. */
  sender: Sender;
  clock: Clock;
  random: Pick<Random, "bytes">;
  /** The settings as they are now. */
  settings: () => StoredAnalysis;
}

/** How an analysis was come by, or why there is none; `said` is the endpoint's own word, for the operator who tries it. */
export type Asked = { analysis: Analysis; mode: AskingMode } | { without: string; said?: string };

export interface Asker extends Analyser {
  /** The same with more to tell. */
  ask(conversation: Conversation, timeoutMs: number, signal?: AbortSignal): Promise<Asked>;
}

/** Bytes of an answer that are read. */
const MOST_ANSWER_BYTES = 1024 * 1024;
/** An endpoint that is asked too often is asked once more, after so long or as long as it says. */
const PAUSE_MS = 2 * SECOND;
const LONGEST_PAUSE_SECONDS = 20;
/** Endpoints and models whose way of being asked is remembered. */
const MOST_REMEMBERED = 100;

/** One for the whole appliance: it remembers how an endpoint wants to be asked. */
export function createAsker(deps: AskerDependencies): Asker {
  const { clock, random, settings } = deps;
  const modes = new Map<string, AskingMode>();

  const ask: Asker["ask"] = async (conversation, timeoutMs, signal) => {
    const { baseUrl, apiKey, model: defaultModel, timeoutSeconds } = settings();
    if (baseUrl === null) return { without: "no endpoint is set (PUT /api/settings/analysis)" };
    const model = conversation.plan.analyzerModel || defaultModel;
    const deadlineMs = clock.monotonicMs() + Math.min(timeoutMs, timeoutSeconds * SECOND);
    const fields = answerFields(conversation.plan);
    const about = `${baseUrl} ${model}`;

    /** More plainly each time the endpoint does not know the format. */
    const complete = async (messages: readonly Message[]): Promise<Exclude<Completion, { kind: "unknown_format" }>> => {
      for (const mode of askingModes.slice(askingModes.indexOf(modes.get(about) ?? askingModes[0]))) {
        const result = await send(deps, { baseUrl, apiKey, body: bodyOf(model, messages, fields, mode), deadlineMs, signal });
        const completion = readCompletion(result, mode !== "words");
        if (completion.kind === "unknown_format") continue;
        if (completion.kind === "text") remember(modes, about, mode);
        return completion;
      }
      return { kind: "broken", why: "the endpoint refuses every format" };
    };

    const marker = `transcript-${Buffer.from(random.bytes(9)).toString("base64url")}`;
    const question = questionOf(conversation, fields, marker);
    const first = await complete(question);
    if (first.kind === "broken") return { without: first.why, said: first.said };
    const read = readAnswer(first.text, fields);
    const mode = modes.get(about) ?? askingModes[0];
    if (read.problems.length === 0) return { analysis: read.analysis, mode };
    const second = await complete(repairOf(question, first.text, read.problems));
    const repaired = second.kind === "text" ? readAnswer(second.text, fields) : read;
    const best = repaired.isUsable ? repaired : read;
    if (best.isUsable) return { analysis: best.analysis, mode };
    return { without: `the endpoint's answer does not fit: ${best.problems.join("; ")}` };
  };

  return {
    isReady: () => settings().baseUrl !== null,
    ask,
    async analyse(conversation, timeoutMs, signal) {
      const asked = await ask(conversation, timeoutMs, signal);
      return "analysis" in asked ? { analysis: asked.analysis } : { without: asked.without };
    },
  };
}

function remember(modes: Map<string, AskingMode>, about: string, mode: AskingMode): void {
  if (modes.size >= MOST_REMEMBERED) modes.clear();
  modes.set(about, mode);
}

interface Sending {
  baseUrl: string;
  apiKey: string | null;
  body: string;
  deadlineMs: number;
  signal: AbortSignal | undefined;
}

/** Once more where the endpoint says that it was asked too often, or is not ready, and time is left for it. */
async function send(deps: AskerDependencies, sending: Sending): Promise<SendResult> {
  const { clock } = deps;
  const first = await sendOnce(deps, sending);
  const isEarly = first.kind === "answer" && (first.status === 429 || first.status === 503);
  if (!isEarly) return first;
  const seconds = Number(first.retryAfter);
  const pauseMs = seconds > 0 && seconds <= LONGEST_PAUSE_SECONDS ? seconds * SECOND : PAUSE_MS;
  if (clock.monotonicMs() + pauseMs >= sending.deadlineMs) return first;
  await new Promise<void>((resolve) => {
    const cancel = clock.after(pauseMs, resolve);
    sending.signal?.addEventListener("abort", () => (cancel(), resolve()), { once: true });
  });
  return sending.signal?.aborted === true ? first : sendOnce(deps, sending);
}

function sendOnce({ sender, clock }: AskerDependencies, { baseUrl, apiKey, body, deadlineMs, signal }: Sending): Promise<SendResult> {
  const timeoutMs = deadlineMs - clock.monotonicMs();
  if (timeoutMs <= 0) return Promise.resolve({ kind: "error", error: "no time is left" });
  const headers: Record<string, string> = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
  const rest = signal === undefined ? {} : { signal };
  return sender.send({
    url: `${baseUrl}/chat/completions`,
    id: "",
    body,
    secrets: [],
    headers,
    timeoutMs,
    wantsBody: true,
    mostBodyBytes: MOST_ANSWER_BYTES,
    ...rest,
  });
}
