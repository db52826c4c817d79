// From what a dialer reports to what the call ended in, and whether the lead may be tried again for it.

import { CallEnding, type HungUpBy } from "./call.ts";
import type { Analysis } from "./disposition.ts";

/**
 * What may happen to the lead next:
 * - `policy`: the campaign's retry policy decides.
 * - `never`: trying again is pointless (the number does not exist).
 * - `requeue`: the fault was ours or the trunk's; the lead gets its attempt back.
 * - `halt`: like `requeue`, and no other call can do better until a person acts (wrong credentials): the campaign pauses.
 */
export type RetryClass = "policy" | "never" | "requeue" | "halt";

/** Whether the fault was not the lead's, so that it uses no attempt. */
export function isOurFault(retry: RetryClass): boolean {
  return retry === "requeue" || retry === "halt";
}

/** Reasons that are the bot's own fault: it could not be reached, or it was lost during the conversation. */
const botFaults: readonly string[] = ["bot_unreachable", "bot_crashed", "audio_missing"];

/** Whether the agent's bot is to blame for an end with this reason. */
export function isBotFault(reason: string): boolean {
  return botFaults.includes(reason);
}

/** What a call says of one of the sides it needed: it did its part, it failed, or it was not put to the test. */
export type Sign = "good" | "fault" | "none";

/** What a result says of the trunk and of the bot. The fault of one never counts against the other. */
export function signsOf({ retry, reason, talkMs }: DialResult): { trunk: Sign; bot: Sign } {
  const wasAnswered = talkMs > 0;
  if (isBotFault(reason)) return { trunk: wasAnswered ? "good" : "none", bot: "fault" };
  if (isOurFault(retry)) return { trunk: "fault", bot: "none" };
  return { trunk: "good", bot: wasAnswered ? "good" : "none" };
}

/** What a dialer says when a call is over. Durations are in the call's own clock. */
export interface DialResult {
  /** What the signalling alone says; `endingOf` has the last word. */
  ending: CallEnding;
  retry: RetryClass;
  /** A snake_case word for people and programs: `declined`, `number_unknown`, `trunk_busy`. */
  reason: string;
  sipCode?: number;
  q850Cause?: number;
  /** The reason phrase of the final response, as it came. */
  sipReason?: string;
  hungUpBy?: HungUpBy;
  ringMs: number;
  /** 0 when nobody picked up. */
  talkMs: number;
  /** The call is over and nobody can say whether or how long it talked: it is charged all that was set aside for it. */
  isTalkUnknown?: true;
  /** What the audio measured, kept with the call as it is. */
  media?: Record<string, number>;
  analysis?: Analysis;
}

/** A call answered for less than this counts as never picked up, unless a machine answered or a key was pressed. */
const SHORTEST_CONVERSATION_MS = 3_000;
/** Reasons that tell of a person who was there, however shortly: a pressed key. */
const decided: readonly string[] = ["key_pressed", "opted_out"];

/** The dialer's ending, corrected: a conversation that was too short to be one is a `no_answer`. */
export function endingOf(result: DialResult): CallEnding {
  const tooShort = result.ending === CallEnding.completed && result.talkMs < SHORTEST_CONVERSATION_MS && !decided.includes(result.reason);
  return tooShort ? CallEnding.noAnswer : result.ending;
}

/** Why it ended so, as stored: the dialer's reason, or that the conversation was too short to be one. */
export function reasonOf(result: DialResult): string {
  return endingOf(result) === result.ending ? result.reason : "too_short";
}
