// The gate: facts in, a decision out. No call is placed unless this file said `dial` in the claim's transaction.

import type { CallRefusal } from "../../calls/refusal.ts";
import { CampaignStatus } from "../../campaigns/lifecycle.ts";
import { coverOf, type CreditFacts } from "../../credits/shortage.ts";

/**
 * - `dial`: now.
 * - `wait`: not before `until` (epoch ms), then ask again.
 * - `block`: never in this campaign; the lead ends `dnc_blocked`.
 * - `end`: never again in this campaign; the lead ends as its last attempt did.
 * - `hold`: nothing of this campaign now; `until` is when that may change by itself, if it can. Of a lead: not this one
 *   now, although it is due; others may go.
 * - `pause`: like `hold`, and nothing changes until a person acts.
 */
export type Decision =
  | { kind: "dial" }
  | { kind: "wait"; until: number; reason: string }
  | { kind: "block"; reason: string }
  | { kind: "end"; reason: string }
  | { kind: "hold"; until?: number; reason: string }
  | { kind: "pause"; reason: string };

/** What is true of a campaign at the instant of the decision. */
export interface CampaignFacts {
  status: CampaignStatus;
  /** After it nobody is called any more. */
  endAt: number | null;
  /** Set while the breaker holds every trunk that the campaign calls through: when the first of them is tried again. */
  trunkHeldUntil?: number;
  /** Set while the breaker holds the agent's bot. */
  botHeldUntil?: number;
}

/** The first rule that forbids decides; doubt is a no. */
export function gateCampaign(facts: CampaignFacts, now: number): Decision {
  if (facts.status !== CampaignStatus.running) return { kind: "hold", reason: "campaign_not_running" };
  if (facts.endAt !== null && facts.endAt <= now) return { kind: "hold", reason: "campaign_over" };
  if (facts.trunkHeldUntil !== undefined) return { kind: "hold", reason: "trunk_held", until: facts.trunkHeldUntil };
  if (facts.botHeldUntil !== undefined) return { kind: "hold", reason: "bot_held", until: facts.botHeldUntil };
  return { kind: "dial" };
}

/** What is known of the bot that would talk: `unasked` while there is no answer that is still good. */
export type BotFact = "reachable" | "unasked" | { unreachable: string; askAgainAt: number };

/** Asked of a campaign that has somebody to call: nobody's phone rings for a bot that is not there. */
export function gateBot(fact: BotFact): Decision {
  if (fact === "reachable") return { kind: "dial" };
  if (fact === "unasked") return { kind: "hold", reason: "bot_unasked" };
  return { kind: "hold", reason: "bot_unreachable", until: fact.askAgainAt };
}

/** The window as it is for the people of one lane. */
export interface WindowFacts {
  zones: string;
  window: { open: boolean; closesAt?: number; opensAt?: number };
  ringTimeoutMs: number;
}

/** Asked for each lane, once the campaign may dial. */
export function gateWindow({ zones, window, ringTimeoutMs }: WindowFacts, now: number): Decision {
  if (!window.open && window.opensAt === undefined && zones === "?") return { kind: "hold", reason: "zone_unknown" };
  if (!window.open) return { kind: "hold", reason: "window_closed", until: window.opensAt };
  if (window.closesAt !== undefined && window.closesAt - now < ringTimeoutMs) {
    // It could ring on after the window has closed. Ask again when the window changes.
    return { kind: "hold", reason: "window_too_short_to_ring", until: window.closesAt };
  }
  return { kind: "dial" };
}

/** What the campaign's pre-dial hook said of this very call; `unasked` while there is no answer that is still good. */
export type PreDialFact = "eligible" | "unasked" | { refused: string; isFault: boolean; until?: number };

/** What is true of one due lead. */
export interface LeadFacts {
  onDnc: boolean;
  /** A call to the same number is open, in any campaign. */
  numberInCall: boolean;
  /** By the policy as it is now; absent for a call that is no lead's. */
  attemptsLeft?: number;
  /** When the contact limits allow another call; absent when they do now. */
  contactAllowedAt?: number;
  /** The end of the rest after a conversation; absent when it is over. */
  restEndsAt?: number;
  /** The person was promised this call: it is what they asked for, so that the rest does not put it off. Everything else does. */
  isPromised?: boolean;
  /** No number that may call them has room now. */
  isLineBusy?: boolean;
  /** Absent without a budget. */
  credit?: CreditFacts;
  /** Absent without a hook. */
  preDial?: PreDialFact;
}

/** Why a lead is held that other numbers of the pool may not call. */
export const LINE_BUSY = "line_busy";

/** Why a lead is held or waits for the sake of its campaign's hook. */
export const PRE_DIAL_UNASKED = "pre_dial_unasked";
export const PRE_DIAL_REFUSED = "pre_dial_refused";

/** How long a lead waits that the hook said no to, unless it said until when. */
const REFUSED_WAIT_MS = 15 * 60_000;
/** A hook that failed may answer again soon. */
const HOOK_FAULT_WAIT_MS = 60_000;

/** How long a lead waits for another call to its number to end before it is looked at again. */
const NUMBER_IN_CALL_WAIT_MS = 10_000;

/** Asked once its campaign and its window allow a call. */
export function gateLead(facts: LeadFacts, now: number): Decision {
  if (facts.onDnc) return { kind: "block", reason: "dnc" };
  if (facts.attemptsLeft !== undefined && facts.attemptsLeft <= 0) return { kind: "end", reason: "attempts_used" };
  if (facts.numberInCall) return { kind: "wait", until: now + NUMBER_IN_CALL_WAIT_MS, reason: "number_in_call" };
  if (facts.restEndsAt !== undefined && facts.isPromised !== true)
    return { kind: "wait", until: facts.restEndsAt, reason: "rest_after_conversation" };
  if (facts.contactAllowedAt !== undefined) return { kind: "wait", until: facts.contactAllowedAt, reason: "contact_limit" };
  if (facts.isLineBusy === true) return { kind: "hold", reason: LINE_BUSY };
  if (facts.credit !== undefined && coverOf(facts.credit) !== "now") return { kind: "hold", reason: "insufficient_credits" };
  return facts.preDial === undefined ? { kind: "dial" } : gatePreDial(facts.preDial, now);
}

/** The last rule: the hook is asked about leads that only it may hold up. */
function gatePreDial(fact: PreDialFact, now: number): Decision {
  if (fact === "eligible") return { kind: "dial" };
  if (fact === "unasked") return { kind: "hold", reason: PRE_DIAL_UNASKED };
  const until = fact.until !== undefined && fact.until > now ? fact.until : now + (fact.isFault ? HOOK_FAULT_WAIT_MS : REFUSED_WAIT_MS);
  return { kind: "wait", until, reason: PRE_DIAL_REFUSED };
}

/** What is true of a campaign whose due leads are all too dear. */
export interface ShortFacts {
  /** The credit for the cheapest of its next leads, due or not. */
  credit: CreditFacts;
  hasOpenCalls: boolean;
}

/** Pauses it when neither a cheaper lead nor the end of a call can let it go on. */
export function gateShort({ credit, hasOpenCalls }: ShortFacts): Decision {
  const isLost = coverOf(credit) === "never" && !hasOpenCalls;
  return { kind: isLost ? "pause" : "hold", reason: "insufficient_credits" };
}

/** What is true of a single call: one that belongs to no campaign, and so to no window. */
export interface SingleFacts extends LeadFacts {
  /** Whether the trunk's list of allowed prefixes lets it through. */
  prefixAllowed: boolean;
  /** Set while the breaker holds the trunk. */
  trunkHeldUntil?: number;
  /** Set while the breaker holds the agent's bot. */
  botHeldUntil?: number;
  /** Of the agent's bot; bounded only while it is tried again. */
  botFreeSlots: number;
  /** Over everything. */
  freeSlots: number;
  trunkFreeSlots: number;
  /** Starts left in the current second. */
  trunkFreeStarts: number;
}

/** Undefined: dial. Nobody waits for a single call, so that what would make a lead wait is a refusal here. */
export function refusalOfSingle(facts: SingleFacts): CallRefusal | undefined {
  if (facts.onDnc) return "dnc";
  if (!facts.prefixAllowed) return "prefix_not_allowed";
  if (facts.numberInCall) return "number_in_call";
  if (facts.credit !== undefined && coverOf(facts.credit) !== "now") return "no_credits";
  if (facts.trunkHeldUntil !== undefined) return "trunk_held";
  if (facts.botHeldUntil !== undefined || facts.botFreeSlots <= 0) return "bot_held";
  if (facts.freeSlots <= 0) return "cap";
  if (facts.trunkFreeSlots <= 0) return "trunk_cap";
  if (facts.trunkFreeStarts <= 0) return "trunk_rate";
  return undefined;
}
