// How often one person may be called, over all campaigns: contact limits and the rest after a conversation. Pure.

const HOUR = 3_600_000;

/** At most `attempts` calls in any `perHours`. */
export interface ContactLimit {
  attempts: number;
  perHours: number;
}

/** When calls to a number were placed (epoch ms, newest first), and when people last talked there. */
export interface ContactHistory {
  placedAt: readonly number[];
  lastConversationEndedAt: number | undefined;
}

/** How many of the newest calls the limits look at. */
export function historyNeeded(limits: readonly ContactLimit[]): number {
  return Math.max(0, ...limits.map((limit) => limit.attempts));
}

/** The instant from which every limit allows another call; undefined when they all do now. A window is (now − perHours, now]. */
export function contactAllowedAt(limits: readonly ContactLimit[], { placedAt }: ContactHistory, now: number): number | undefined {
  const waits = limits.flatMap(({ attempts, perHours }) => {
    // Once the n-th newest call is out of the window, fewer than n are in it.
    const blocking = placedAt[attempts - 1];
    return blocking !== undefined && blocking + perHours * HOUR > now ? [blocking + perHours * HOUR] : [];
  });
  return waits.length === 0 ? undefined : Math.max(...waits);
}

/** The end of the rest after the last conversation; undefined when it is over, or there was none. */
export function restEndsAt(restHours: number | null, { lastConversationEndedAt }: ContactHistory, now: number): number | undefined {
  if (restHours === null || lastConversationEndedAt === undefined) return undefined;
  const end = lastConversationEndedAt + restHours * HOUR;
  return end > now ? end : undefined;
}
