// Who of those that a forecast has called comes back, and when: by the retry policy, ending by ending, and not before the contact
// limits let them be called again. Pure; used by forecast.ts.

import { nextAttemptAt, type RetryableEnding, type RetryPolicy } from "../../leads/retry.ts";
import { contactAllowedAt, type ContactLimit, historyNeeded } from "./contact.ts";

/** Waiting leads that may be called at the same hours and fall due together. */
export interface Group {
  zones: string;
  rank: number;
  dueAt: number;
  leads: number;
  /** They asked to be called then; afterwards they are people like others. */
  isPromised?: boolean;
  /** When they were called before (epoch ms), newest first, as far as the contact limits look back. */
  placedAt?: readonly number[];
}

/** People of one group who are at the same attempt. */
export interface Cohort extends Group {
  /** The number of the next attempt, from 1. */
  attempt: number;
  /** How many of those before ended by each of the rules. */
  alike: readonly number[];
  placedAt: readonly number[];
}

/** By what people come back. */
export interface ComebackRules {
  retryPolicy: RetryPolicy;
  /** Of the attempts that end, those that end so, in [0, 1); what is not named does not come back. */
  retryShares: Partial<Record<RetryableEnding, number>>;
  limits: readonly ContactLimit[];
}

export interface Comebacks {
  /** Those who wait, before the first call of the forecast. */
  first(groups: readonly Group[], now: number): Cohort[];
  /** Of a cohort that was called until `placedAt` and has hung up by `endedAt`. */
  after(cohort: Cohort, placedAt: number, endedAt: number): Cohort[];
}

/** Less than half a person is nobody. */
const SMALLEST = 0.5;

/** When people were called of whom some were called later than others: as if each had been called when the last one was. */
export function latestOf(one: readonly number[], other: readonly number[]): number[] {
  return Array.from({ length: Math.max(one.length, other.length) }, (_, place) => Math.max(one[place] ?? 0, other[place] ?? 0));
}

/** Endings without a rule of their own are one: what follows from them is the same. A gap is as long as its jitter may make it. */
export function createComebacks({ retryPolicy, retryShares, limits }: ComebackRules): Comebacks {
  const needed = historyNeeded(limits);
  const shares = new Map<RetryableEnding, number>();
  const common = retryPolicy.retryOn.find((ending) => retryPolicy.perStatus?.[ending] === undefined);
  for (const ending of retryPolicy.retryOn) {
    const rule = retryPolicy.perStatus?.[ending] === undefined && common !== undefined ? common : ending;
    shares.set(rule, (shares.get(rule) ?? 0) + (retryShares[ending] ?? 0));
  }
  const rules = [...shares].map(([ending, share]) => ({ ending, share }));
  const allowed = (placedAt: readonly number[], at: number) =>
    contactAllowedAt(limits, { placedAt, lastConversationEndedAt: undefined }, at);
  return {
    first: (groups, now) =>
      groups.map((group) => {
        const placedAt = group.placedAt?.slice(0, needed) ?? [];
        return {
          ...group,
          placedAt,
          dueAt: allowed(placedAt, Math.max(now, group.dueAt)) ?? group.dueAt,
          attempt: 1,
          alike: rules.map(() => 0),
        };
      }),
    after: (cohort, placed, ended) =>
      rules.flatMap(({ ending, share }, place) => {
        const leads = cohort.leads * share;
        const alike = cohort.alike.with(place, (cohort.alike[place] ?? 0) + 1);
        const at = nextAttemptAt({ ending, retry: "policy", attempts: cohort.attempt, attemptsAlike: alike[place] }, retryPolicy, ended, 1);
        if (leads < SMALLEST || at === undefined) return [];
        const placedAt = [placed, ...cohort.placedAt].slice(0, needed);
        return [{ ...cohort, leads, alike, placedAt, dueAt: allowed(placedAt, at) ?? at, attempt: cohort.attempt + 1, isPromised: false }];
      }),
  };
}
