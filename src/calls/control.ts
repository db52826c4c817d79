// What the rooms may ask of the machine that dials; app.ts hands it to their routes.

import type { CallRefusal } from "./refusal.ts";
import type { CallReport } from "./outcome/report-store.ts";

/** Every call returns at once; none throws for a fault of the network. */
export interface DialingControl {
  /** Something became due or free: look again. */
  nudge(): void;
  /** Ends the calls in progress that fit; `ringingOnly` spares those that were answered. */
  hangUp(filter: { campaignId?: string; phoneNumber?: string; ringingOnly?: boolean }): void;
  /** Why no call can leave through the trunk now, as a sentence; undefined when it can. */
  checkTrunk(trunkId: string): Promise<string | undefined>;
  /** Why the agent's bot cannot be reached for a call from the number, as a sentence; undefined when it can, or need not be. */
  checkBot(named: Pick<CallWish, "agentId" | "agentVersion" | "phoneNumberId">): Promise<string | undefined>;
}

/** A call that somebody wants placed now, outside any campaign. */
export interface CallWish {
  agentId: string;
  /** Undefined: the agent's current one. */
  agentVersion: number | undefined;
  phoneNumberId: string;
  /** E.164. */
  to: string;
  variables: Record<string, unknown>;
}

/**
 * What became of a wish. `missing`: what it names does not exist. `refused`: nothing was placed or written; `because` is
 * for people where the machine knows more than the reason, `retryAfterMs` is when asking again makes sense.
 */
export type PlacedCall =
  | { kind: "placed"; callId: string }
  | { kind: "missing"; what: "agent" | "agentVersion" | "phoneNumber" }
  | { kind: "refused"; refusal: CallRefusal; because?: string; retryAfterMs?: number }
  /** The appliance is being stopped. */
  | { kind: "draining" };

/**
 * What a transfer came to; `asked` means that the other end is being called. `refusal`: it may not be; `problem`: it cannot
 * be tried now, as a sentence.
 */
export type TransferAnswer =
  "asked" | "not_in_progress" | "not_answered" | "not_able" | { refusal: CallRefusal; because?: string } | { problem: string };

/** What became of TwiML for a call; `asked` means that its bot was told. */
export type RedirectAnswer = "asked" | "not_in_progress" | "not_answered" | "not_able";

/** What the room of calls asks of the machine. */
export interface CallControl {
  /** A lead may have become due: look again. */
  nudge(): void;
  /** Resolves once the call is on disk and on its way, or refused; rejects when the store cannot write. */
  placeCall(wish: CallWish): Promise<PlacedCall>;
  /** False when the call is not in progress. */
  endCall(callId: string): boolean;
  /** `destination` is E.164, or a SIP address. */
  transferCall(callId: string, destination: string): TransferAnswer;
  /** On disk when it returns; false when the call has another report, which stands. Throws when the store cannot write. */
  report(callId: string, report: CallReport): boolean;
}

/** What is to be expected of a campaign. Durations are in the unit they are named after. */
export interface CampaignForecast {
  /** Undefined when it does not come to an end within a year. */
  endsAt: number | undefined;
  attempts: number;
  idleMs: number;
  /** Leads that wait, those who will be skipped included. */
  waiting: number;
  skipped: { reason: string; leads: number }[];
  /** What the forecast leaves out, in sentences for people. */
  notForeseen: string[];
  callsAtOnce: number;
  secondsPerCall: number;
  retryShare: number;
  basis: "history" | "assumption";
}

/** What the room of campaigns asks of the machine about time to come. */
export interface ForecastControl {
  /** Undefined when there is no such campaign. */
  forecast(campaignId: string): Promise<CampaignForecast | undefined>;
}
