// What the operator was promised: every answer of the API that something is so from now on. The checker holds the
// carrier's log against it. A request whose answer never came promises nothing, and may or may not have been carried out.

import type { Schedule } from "../../src/campaigns/window.ts";
import type { RetryPolicy } from "../../src/leads/retry.ts";

interface Limit {
  attempts: number;
  perHours: number;
}

/** A campaign as the API last showed it. */
export interface PromisedCampaign {
  maxConcurrent: number;
  callsPerSecond: number | null;
  schedule: Schedule;
  retryPolicy: RetryPolicy;
  endAt: string | null;
  phoneNumberId: string;
  phoneNumberIds: readonly string[];
  contactLimits: readonly Limit[];
  restAfterConversationHours: number | null;
  preDialHook: object | null;
}

/** A trunk's, a number's, or the whole appliance's. */
export interface PromisedCaps {
  maxConcurrent: number | null;
  callsPerSecond: number | null;
}

/** A number to call from, and the trunk that its calls go through. */
export interface PromisedNumber extends PromisedCaps {
  phoneNumber: string;
  trunkId: string;
}

/** The whole appliance's. */
export interface PromisedLimits extends PromisedCaps {
  contactLimits: readonly Limit[];
}

/** What is undefined was changed, and nobody knows whether that took. */
export interface Promises {
  /** Numbers that nobody calls, by the instant (monotonic) of the answer. */
  listed: Map<string, number>;
  /** Campaigns that are paused, stopped or gone, with the word for it. */
  halted: Map<string, string>;
  campaigns: Map<string, PromisedCampaign | undefined>;
  trunks: Map<string, PromisedCaps | undefined>;
  numbers: Map<string, PromisedNumber | undefined>;
  limits: PromisedLimits | undefined;
  /** Every retry policy that a campaign may have had so far. */
  policies: Map<string, RetryPolicy[]>;
  /** Calls whose outcome was, or may have been, reported: what was told of them before may be different. */
  reported: Set<string>;
}

export function createPromises(): Promises {
  const limits = { maxConcurrent: null, callsPerSecond: null, contactLimits: [] };
  return {
    listed: new Map(),
    halted: new Map(),
    campaigns: new Map(),
    trunks: new Map(),
    numbers: new Map(),
    limits,
    policies: new Map(),
    reported: new Set(),
  };
}

/** The API showed a campaign. */
export function noteCampaign(promises: Promises, id: string, campaign: PromisedCampaign): void {
  promises.campaigns.set(id, campaign);
  promises.policies.set(id, [...(promises.policies.get(id) ?? []), campaign.retryPolicy]);
}
