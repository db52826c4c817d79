// What the operator was promised: every answer of the API that something is so from now on. The checker holds the
// carrier's log against it. A request whose answer never came promises nothing, and may or may not have been carried out.

import type { Schedule } from "../../src/campaigns/window.ts";
import type { RetryPolicy } from "../../src/leads/retry.ts";

/** A campaign as the API last showed it. */
export interface PromisedCampaign {
  maxConcurrent: number;
  schedule: Schedule;
  retryPolicy: RetryPolicy;
}

export interface PromisedTrunk {
  maxConcurrent: number | null;
  callsPerSecond: number | null;
}

export interface Promises {
  /** Numbers that nobody calls, by the instant (monotonic) of the answer. */
  listed: Map<string, number>;
  /** Campaigns that are paused, stopped or gone, with the word for it. */
  halted: Map<string, string>;
  /** Undefined after a change of which nobody knows whether it took. */
  campaigns: Map<string, PromisedCampaign | undefined>;
  trunks: Map<string, PromisedTrunk | undefined>;
  /** Every retry policy that a campaign may have had so far. */
  policies: Map<string, RetryPolicy[]>;
}

export function createPromises(): Promises {
  return { listed: new Map(), halted: new Map(), campaigns: new Map(), trunks: new Map(), policies: new Map() };
}

/** The API showed a campaign. */
export function noteCampaign(promises: Promises, id: string, { maxConcurrent, schedule, retryPolicy }: PromisedCampaign): void {
  promises.campaigns.set(id, { maxConcurrent, schedule, retryPolicy });
  promises.policies.set(id, [...(promises.policies.get(id) ?? []), retryPolicy]);
}
