// What an endpoint's HTTP answer comes to: the text of the completion, a format that it does not know, or a failure. Pure.

import type { SendResult } from "../webhooks/retry.ts";

/**
 * `unknown_format`: the same may be asked for more plainly. `broken` says why; `said` is what the endpoint said of it, and
 * may repeat what it was sent.
 */
export type Completion = { kind: "text"; text: string } | { kind: "unknown_format" } | { kind: "broken"; why: string; said?: string };

/** Statuses with which endpoints turn a request down that they do not understand. */
const REFUSALS = new Set([400, 404, 415, 422, 501]);

/** `hasFormat`: the request asked for a format, which may be what it was turned down for. */
export function readCompletion(result: SendResult, hasFormat: boolean): Completion {
  if (result.kind === "error") return { kind: "broken", why: `the endpoint was not reached: ${result.error}` };
  if (hasFormat && REFUSALS.has(result.status)) return { kind: "unknown_format" };
  if (result.status < 200 || result.status > 299)
    return { kind: "broken", why: `the endpoint answered ${result.status}`, said: result.excerpt };
  const text = textOf(result.body);
  return text === undefined ? { kind: "broken", why: "the endpoint's answer is no chat completion" } : { kind: "text", text };
}

/** `choices[0].message.content`, a text or a list of parts. */
function textOf(body: string | undefined): string | undefined {
  try {
    const { choices } = JSON.parse(body ?? "") as { choices?: { message?: { content?: unknown } }[] };
    const content = choices?.[0]?.message?.content;
    if (typeof content === "string") return content;
    if (!Array.isArray(content)) return undefined;
    return content.map((part: { text?: unknown } | null) => (typeof part?.text === "string" ? part.text : "")).join("");
  } catch {
    return undefined;
  }
}
