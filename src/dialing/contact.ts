// How often one person may be called, over all campaigns: contact limits and the rest after a conversation. Pure.

const HOUR = 3_600_000;

/** At most `attempts` calls in any `perHours`. */
export interface ContactLimit {
  attempts: number;
  perHours: number;
}

/** What happened with a number before: when calls to it were placed (epoch ms, newest first), and when people last talked. */
export interface ContactHistory {
  placedAt: readonly number[];
  lastConversationEndedAt: number | undefined;
}

/** The longest stretch of history that the limits look at, in ms; 0 without limits. */
export function historyNeededMs(limits: readonly ContactLimit[]): number {
  return Math.max(0, ...limits.map((limit) => limit.perHours)) * HOUR;
}

/** The instant from which every limit allows another call; undefined when they all do now. A window is (now − perHours, now]. */
export function contactAllowedAt(limits: readonly ContactLimit[], { placedAt }: ContactHistory, now: number): number | undefined {
  const waits = limits.flatMap(({ attempts, perHours }) => {
    // With the n-th newest call out of the window, fewer than n are left in it.
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
