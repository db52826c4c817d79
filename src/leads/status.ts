// The life of a lead: its statuses and the moves between them.

import type { CallEnding } from "../calls/call.ts";

/**
 * - `pending`: never tried, waiting for its turn.
 * - `dialing`: a call is being placed or rings; after a crash the call is `unknown` and counts.
 * - `in_progress`: picked up, talking.
 * - `retry_wait`: tried, waiting for the next attempt.
 * - the rest is final; `dnc_blocked` was never called for this turn. A person may send a final lead back to the queue,
 *   and so may a callback that was promised.
 */
export const LeadStatus = {
  pending: "pending",
  dialing: "dialing",
  inProgress: "in_progress",
  retryWait: "retry_wait",
  completed: "completed",
  voicemail: "voicemail",
  noAnswer: "no_answer",
  busy: "busy",
  failed: "failed",
  dncBlocked: "dnc_blocked",
} as const;

export type LeadStatus = (typeof LeadStatus)[keyof typeof LeadStatus];

export const leadStatuses: readonly LeadStatus[] = Object.values(LeadStatus);

const { pending, dialing, inProgress, retryWait, completed, voicemail, noAnswer, busy, failed, dncBlocked } = LeadStatus;

const endings = [completed, voicemail, noAnswer, busy, failed] as const;

/** The last word is said: reported, and called again only when somebody asks for it. */
export const finalStatuses: readonly LeadStatus[] = [...endings, dncBlocked];

const movesFrom: Record<LeadStatus, readonly LeadStatus[]> = {
  pending: [dialing, dncBlocked],
  dialing: [inProgress, retryWait, pending, ...endings],
  in_progress: [retryWait, pending, ...endings],
  retry_wait: [dialing, dncBlocked, ...endings],
  completed: [retryWait],
  voicemail: [retryWait],
  no_answer: [retryWait],
  busy: [retryWait],
  failed: [retryWait],
  // It may have been called before its number was listed, or never.
  dnc_blocked: [retryWait, pending],
};

/** Whether a lead may go from one status straight to the other. */
export function mayMove(from: LeadStatus, to: LeadStatus): boolean {
  return movesFrom[from].includes(to);
}

/** Whether it is one of `finalStatuses`: the machine moves it no more by itself. */
export function isFinal(status: LeadStatus): boolean {
  return finalStatuses.includes(status);
}

/** Waiting for a turn: what the queue holds. */
export const waitingStatuses: readonly LeadStatus[] = [pending, retryWait];

/** With a call open. */
export const openStatuses: readonly LeadStatus[] = [dialing, inProgress];

/** Every status but the final ones: while a campaign has a lead in one of these, it is not complete. */
export const liveStatuses: readonly LeadStatus[] = leadStatuses.filter((status) => !isFinal(status));

/** The status in which a lead stays when its last call ended so. */
export function finalStatusOf(ending: CallEnding): LeadStatus {
  return ending;
}

/** Where a lead waits: `pending` until it has used an attempt. */
export function waitingStatusOf(attempts: number): LeadStatus {
  return attempts === 0 ? pending : retryWait;
}
