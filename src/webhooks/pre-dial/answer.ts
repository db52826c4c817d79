// What a pre-dial hook's answer means: only a timely { "eligible": true } lets a call go. Pure; used by asking.ts.

import { parseInstant } from "../../runtime/instant.ts";
import type { SendResult } from "../retry.ts";

/** `isFault` tells a hook that failed from one that said no. `reason` is a sentence, `until` when it may say something else. */
export type PreDialAnswer = { kind: "eligible" } | { kind: "refused"; reason: string; isFault: boolean; until?: number };

const SECOND = 1_000;
const LONGEST_REASON = 200;

/** `tookMs` is from the question to the end of the answer. */
export function readAnswer(result: SendResult, tookMs: number, timeoutMs: number): PreDialAnswer {
  if (tookMs >= timeoutMs) return fault(`the pre-dial hook did not answer within ${timeoutMs / SECOND} s`);
  if (result.kind === "error") return fault(`the pre-dial hook was not reached: ${result.error}`);
  if (result.status < 200 || result.status > 299) return fault(`the pre-dial hook answered ${result.status}`);
  const said = parse(result.body);
  if (said?.eligible === true) return { kind: "eligible" };
  if (said?.eligible !== false) return fault('the pre-dial hook answered neither { "eligible": true } nor { "eligible": false }');
  const why =
    typeof said.reason === "string"
      ? said.reason
          .replace(/[\s\p{Cc}]+/gu, " ")
          .trim()
          .slice(0, LONGEST_REASON)
      : "";
  return {
    kind: "refused",
    reason: why === "" ? "the pre-dial hook said no" : `the pre-dial hook said no: ${why}`,
    isFault: false,
    ...untilOf(said.until),
  };
}

/** A time that cannot be read is none. */
function untilOf(until: unknown): { until?: number } {
  const at = typeof until === "string" ? parseInstant(until) : undefined;
  return at === undefined ? {} : { until: at };
}

function fault(reason: string): PreDialAnswer {
  return { kind: "refused", reason, isFault: true };
}

/** Undefined for anything but a JSON object. */
function parse(body: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body ?? "");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
