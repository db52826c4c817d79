// The moments and facts of one call as it goes, and the DialResult that they come to. Pure; instants are monotonic ms.

import type { HungUpBy } from "../../calls/call.ts";
import type { Analysis } from "../../calls/disposition.ts";
import type { DialResult } from "../../calls/ending.ts";
import type { Verdict } from "../status.ts";

export interface Timeline {
  ringingAt: number | undefined;
  answeredAt: number | undefined;
  /** When the conversation or the ringing stopped. */
  stoppedAt: number | undefined;
  verdict: Verdict | undefined;
  hungUpBy: HungUpBy | undefined;
  sipCode: number | undefined;
  /** The reason phrase beside it. */
  sipReason: string | undefined;
  q850Cause: number | undefined;
  analysis: Analysis | undefined;
}

export const emptyTimeline: Timeline = {
  ringingAt: undefined,
  answeredAt: undefined,
  stoppedAt: undefined,
  verdict: undefined,
  hungUpBy: undefined,
  sipCode: undefined,
  sipReason: undefined,
  q850Cause: undefined,
  analysis: undefined,
};

/** `fallback` holds when nothing said how it ended; `now` when nothing said when it stopped. */
export function resultOf(timeline: Timeline, fallback: Verdict, now: number): DialResult {
  const { ending, retry, reason } = timeline.verdict ?? fallback;
  const stoppedAt = timeline.stoppedAt ?? now;
  const ringEnd = timeline.answeredAt ?? stoppedAt;
  const result: DialResult = {
    ending,
    retry,
    reason,
    ringMs: timeline.ringingAt === undefined ? 0 : Math.max(0, Math.round(ringEnd - timeline.ringingAt)),
    talkMs: timeline.answeredAt === undefined ? 0 : Math.max(0, Math.round(stoppedAt - timeline.answeredAt)),
  };
  if (timeline.sipCode !== undefined) result.sipCode = timeline.sipCode;
  if (timeline.sipReason !== undefined) result.sipReason = timeline.sipReason;
  if (timeline.q850Cause !== undefined) result.q850Cause = timeline.q850Cause;
  if (timeline.hungUpBy !== undefined) result.hungUpBy = timeline.hungUpBy;
  if (timeline.analysis !== undefined) result.analysis = timeline.analysis;
  return result;
}
