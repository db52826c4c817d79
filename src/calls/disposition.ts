// What a completed call came to, read from the bot's analysis.

import { CallEnding } from "./call.ts";

export const Disposition = {
  qualified: "qualified",
  notInterested: "not_interested",
  callback: "callback",
  completed: "completed",
} as const;

export type Disposition = (typeof Disposition)[keyof typeof Disposition];

export const dispositions: readonly Disposition[] = Object.values(Disposition);

/** The bot's words about a call: any JSON object. */
export type Analysis = Record<string, unknown>;

/** What an analysis may say of a conversation's `next_action`; two of them decide a disposition. */
export const nextActions = ["none", "callback_later", "not_interested", "follow_up"] as const;

/** Only a completed call has one; the first rule that fits wins, in the order of the contract. */
export function dispositionOf(ending: CallEnding, analysis: Analysis | undefined): Disposition | undefined {
  if (ending !== CallEnding.completed) return undefined;
  if (analysis?.lead_qualified === true || analysis?.success === true) return Disposition.qualified;
  if (analysis?.next_action === "not_interested") return Disposition.notInterested;
  if (analysis?.next_action === "callback_later") return Disposition.callback;
  return Disposition.completed;
}
