// What calls would set aside: of one number, and of the cheapest of a campaign's next leads.
// Asked by the claim, and by the service when a campaign is to start or to go on.

import type { AgentSnapshot } from "../agents/draft.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import { waitingStatuses } from "../leads/status.ts";
import { SECOND } from "../runtime/clock.ts";
import { type Rate, reserveOf, withAgentPrice } from "./ledger.ts";
import { findRate } from "./store.ts";

/** What of an agent decides what its calls cost. */
export interface CallTerms {
  /** The agent's own price in units a minute, on top of the price list. */
  ratePerMinute?: number;
  maxDurationMs: number;
}

/** Of an agent as it is, or as a version of it was. */
export function termsOf({ ratePerMinute, callPolicy }: Pick<AgentSnapshot, "ratePerMinute" | "callPolicy">): CallTerms {
  return { ratePerMinute, maxDurationMs: callPolicy.maxDurationSeconds * SECOND };
}

/** The prices of a call at this moment; `needed` is what it sets aside, in micro-units. */
export interface Quote {
  phoneNumber: string;
  rate: Rate;
  needed: number;
}

/** By the price list as the open transaction sees it. */
export function quoteCall(db: Db, phoneNumber: string, { ratePerMinute = 0, maxDurationMs }: CallTerms): Quote {
  const rate = withAgentPrice(findRate(db, phoneNumber), ratePerMinute);
  return { phoneNumber, rate, needed: reserveOf(rate, maxDurationMs) };
}

/** So many of a campaign's next leads are looked at when the first are too dear; those behind them wait for credit. */
export const MOST_COMPARED = 100;

const NEXT_NUMBERS = `
  SELECT phone_number AS phoneNumber FROM leads INDEXED BY leads_queue
   WHERE campaign_id = ?1 AND status IN (${quoted(waitingStatuses)}) ORDER BY zones, rank, due_at, id LIMIT ${MOST_COMPARED}`;

/** Undefined when no lead waits. */
export function cheapestQuote(db: Db, campaignId: string, terms: CallTerms): Quote | undefined {
  const quotes = db.sqlite
    .query<{ phoneNumber: string }, [string]>(NEXT_NUMBERS)
    .all(campaignId)
    .map(({ phoneNumber }) => quoteCall(db, phoneNumber, terms));
  return quotes.reduce<Quote | undefined>((best, quote) => (best === undefined || quote.needed < best.needed ? quote : best), undefined);
}
