// A call: one attempt to reach one number, from the committed intention to its end.
// This file holds its statuses; what it ended in is in ending.ts.

/**
 * - `placing`: committed; the INVITE leaves in the same turn. A crash makes it `unknown`.
 * - `ringing`: the far end says so.
 * - `answered`: picked up, talking.
 * - `ended`: has an ending.
 * - `unknown`: the process died while the call was open; it counts as called and is never sent again.
 */
export const CallStatus = {
  placing: "placing",
  ringing: "ringing",
  answered: "answered",
  ended: "ended",
  unknown: "unknown",
} as const;

export type CallStatus = (typeof CallStatus)[keyof typeof CallStatus];

export const callStatuses: readonly CallStatus[] = Object.values(CallStatus);

/** The statuses that occupy a slot and a number. */
export const openCallStatuses: readonly CallStatus[] = [CallStatus.placing, CallStatus.ringing, CallStatus.answered];

const movesFrom = {
  placing: ["ringing", "answered", "ended", "unknown"],
  ringing: ["answered", "ended", "unknown"],
  answered: ["ended", "unknown"],
  ended: [],
  unknown: [],
} as const satisfies Record<CallStatus, readonly CallStatus[]>;

/** Whether a call may go from one status straight to the other; never back. */
export function mayMove(from: CallStatus, to: CallStatus): boolean {
  const targets: readonly CallStatus[] = movesFrom[from];
  return targets.includes(to);
}

/** The statuses from which a call may become `to`; the guard of the UPDATE. */
export function statusesBefore(to: CallStatus): readonly CallStatus[] {
  return callStatuses.filter((from) => mayMove(from, to));
}

/** Nothing will happen to it any more. */
export function isFinal(status: CallStatus): boolean {
  return movesFrom[status].length === 0;
}

/** How a call that is over went, in the words of the leads' statuses. */
export const CallEnding = {
  completed: "completed",
  voicemail: "voicemail",
  noAnswer: "no_answer",
  busy: "busy",
  failed: "failed",
} as const;

export type CallEnding = (typeof CallEnding)[keyof typeof CallEnding];

export const callEndings: readonly CallEnding[] = Object.values(CallEnding);

/** Who ended it: this program, the person called (or the network), the bot. */
export type HungUpBy = "us" | "them" | "bot";
