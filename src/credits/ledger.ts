// What a call costs and what is set aside for it before it is placed. Pure; amounts are micro-units (amount.ts).
// Asked in the claim's transaction for the reserve, and when the call has ended for the charge.

import { UNIT } from "./amount.ts";

/**
 * Why the balance changed. The balance is what may still be spent: the sum of all entries.
 * - `top_up`: money came in.
 * - `reserve`: set aside for a call that is about to be placed (below zero).
 * - `release`: the whole reserve, given back when the call is over.
 * - `charge`: what the call cost (below zero), beside its release.
 * - `adjustment`: the operator set the budget to another figure.
 */
export const EntryKind = {
  topUp: "top_up",
  reserve: "reserve",
  release: "release",
  charge: "charge",
  adjustment: "adjustment",
} as const;

export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

export const entryKinds: readonly EntryKind[] = Object.values(EntryKind);

/** The price of calls to some numbers. Talk time is billed in steps: `firstSeconds` once, then `nextSeconds` each (60/60, 6/6, 1/1). */
export interface Rate {
  pricePerMinute: number;
  /** Once for each call that was picked up. */
  connectionFee: number;
  firstSeconds: number;
  nextSeconds: number;
}

/** Without a price list. */
export const freeRate: Rate = { pricePerMinute: 0, connectionFee: 0, firstSeconds: 60, nextSeconds: 60 };

/** The prefixes under which a number's rate may stand, longest first: `+915` → `915`, `91`, `9`, and the empty one for all numbers. */
export function prefixesOf(phoneNumber: string): string[] {
  const digits = phoneNumber.replace(/^\+/, "");
  return Array.from({ length: digits.length + 1 }, (_, dropped) => digits.slice(0, digits.length - dropped));
}

/** The rate with the agent's own price on top, which is told in units a minute. */
export function withAgentPrice(rate: Rate, unitsPerMinute: number): Rate {
  return { ...rate, pricePerMinute: rate.pricePerMinute + Math.round(unitsPerMinute * UNIT) };
}

/** Talk time in whole billed seconds: 61 s are 120 at 60/60, 66 at 6/6 and 61 at 1/1. */
export function billedSeconds(talkMs: number, { firstSeconds, nextSeconds }: Rate): number {
  const seconds = Math.ceil(talkMs / 1_000);
  if (seconds <= 0) return 0;
  return firstSeconds + Math.ceil(Math.max(0, seconds - firstSeconds) / nextSeconds) * nextSeconds;
}

/**
 * Nothing when nobody picked up; else the fee, and the price of the billed seconds, rounded up to a micro-unit.
 * At 0.50 a minute, 0.10 a connection: 61 s cost 1.10 at 60/60, 0.65 at 6/6 and 0.608334 at 1/1.
 */
export function costOf(talkMs: number, rate: Rate): number {
  if (talkMs <= 0) return 0;
  const seconds = billedSeconds(talkMs, rate);
  // Whole minutes apart, so that no product leaves the exact integers.
  const minutes = Math.floor(seconds / 60);
  return rate.connectionFee + rate.pricePerMinute * minutes + Math.ceil((rate.pricePerMinute * (seconds % 60)) / 60);
}

/** A call is told to end at its longest duration; this long after it, it has ended. */
export const HANG_UP_MS = 30_000;

/**
 * The cost of the longest call, so that calls in progress can never cost more than was set aside for them. Only a call
 * that its dialer ends more than `HANG_UP_MS` too late can: the balance falls below zero by what it cost beyond that.
 */
export function reserveOf(rate: Rate, maxDurationMs: number): number {
  return costOf(maxDurationMs + HANG_UP_MS, rate);
}

/** A call that is over, as far as its cost is concerned. */
export interface EndedCall {
  rate: Rate;
  /** What was set aside for it; undefined when there was no budget. */
  reserve: number | undefined;
  talkMs: number;
  wasAnswered: boolean;
  /** Nobody can say whether or how long it talked: this process died, or its dialer fell silent. */
  isTalkUnknown: boolean;
}

/**
 * Whoever picked up pays the fee and the first step, however short it was. A call of which nothing is known costs all
 * that was set aside: the guard errs on the side of stopping. Undefined for such a call without a budget.
 */
export function finalCost({ rate, reserve, talkMs, wasAnswered, isTalkUnknown }: EndedCall): number | undefined {
  if (isTalkUnknown) return reserve;
  return costOf(wasAnswered ? Math.max(1, talkMs) : talkMs, rate);
}
