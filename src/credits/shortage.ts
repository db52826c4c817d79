// Whether the credit that is left covers a call, and what is said when it does not. Pure; amounts are micro-units.
// Asked by the gate for every call, and when a campaign is to start, to resume, or to go on after a top-up.

import { formatAmount } from "./amount.ts";

export interface CreditFacts {
  /** What the call sets aside. */
  needed: number;
  balance: number;
  /** Set aside for calls in progress; what they do not use comes back. */
  reserved: number;
}

/** `later`: what calls in progress may give back would cover it. `never`: only a top-up can. */
export type Cover = "now" | "later" | "never";

/** A call that costs nothing is always covered. */
export function coverOf({ needed, balance, reserved }: CreditFacts): Cover {
  if (needed === 0 || needed <= balance) return "now";
  return needed <= balance + reserved ? "later" : "never";
}

/** The call that the credit does not cover. */
export interface Shortage extends CreditFacts {
  phoneNumber: string;
}

/** Such as `a call to +91… sets 6.60 aside, 2.50 is left and 13.20 is set aside for calls in progress`. */
export function shortageWords({ phoneNumber, needed, balance, reserved }: Shortage): string {
  const inProgress = reserved > 0 ? ` and ${formatAmount(reserved)} is set aside for calls in progress` : "";
  return `a call to ${phoneNumber} sets ${formatAmount(needed)} aside, ${formatAmount(balance)} is left${inProgress}`;
}

/** How the status reason of a campaign begins that lacks credit; what a top-up resumes goes by it. */
export const SHORTAGE_REASON = "insufficient_credits: ";

/** Of a campaign that goes on running, with cheaper leads or when calls in progress give back what they did not use. */
export function waitingReason(shortage: Shortage): string {
  return `${SHORTAGE_REASON}${shortageWords(shortage)}; goes on with cheaper leads, or as credit comes back`;
}

/** Of a campaign that was paused. */
export function pausedReason(shortage: Shortage): string {
  return `${SHORTAGE_REASON}${shortageWords(shortage)}; goes on by itself after a top-up`;
}
