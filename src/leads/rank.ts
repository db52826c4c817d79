// The first order of the queue: the lower, the sooner. Pure; whoever writes a priority or a callback writes this with it.

/** Priorities go from 0, the default, to this. */
export const TOP_PRIORITY = 100;

/** The rank that goes before all others. */
export const FIRST_RANK = 0;

/** 0 for a person who was promised a call (and for the top priority), 100 for a lead about which nothing was said. */
export function rankOf(priority: number, callbackAt: number | null): number {
  return callbackAt === null ? TOP_PRIORITY - priority : FIRST_RANK;
}
