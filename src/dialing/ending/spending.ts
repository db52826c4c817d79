// Credits along a call's way: what it would set aside, set aside as it is claimed, and charged once as it ends.
// Every function runs in the transaction of the claim or of the settle.

import { EntryKind, finalCost, type Rate } from "../../credits/ledger.ts";
import type { Quote } from "../../credits/quote.ts";
import type { CreditFacts } from "../../credits/shortage.ts";
import { formatAmount } from "../../credits/amount.ts";
import { becameLow, lowBelow } from "../../credits/low.ts";
import { addEntry, lastBudget, readAccount } from "../../credits/store.ts";
import type { DialResult } from "../../calls/ending.ts";
import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { announce } from "../../webhooks/events/announcement.ts";
import { creditsLow } from "../../webhooks/events/event.ts";
import type { MachineStore } from "./finish.ts";

/** The facts about a call's credit for the gate; undefined without a budget. */
export function creditFacts(db: Db, { needed }: Quote): CreditFacts | undefined {
  const { isLimited, balance, reserved } = readAccount(db);
  return isLimited ? { needed, balance, reserved } : undefined;
}

/** What the row of the call keeps. */
export interface Reservation {
  /** The prices it leaves at, as JSON; null when it is free. */
  rate: string | null;
  /** Null without a budget. */
  reserveMicros: number | null;
}

/** Sets the call's credit aside; the gate has said that it is there. */
export function reserveCredit(
  db: Db,
  call: { callId: string; campaignId: string | null },
  { rate, needed }: Quote,
  now: EpochMs,
): Reservation {
  const { isLimited } = readAccount(db);
  if (isLimited && needed > 0) addEntry(db, { kind: EntryKind.reserve, amount: -needed, ...call }, now);
  return { rate: needed > 0 ? JSON.stringify(rate) : null, reserveMicros: isLimited ? needed : null };
}

/** A call that is about to be settled, as its row has it. */
export interface ReservedCall extends Reservation {
  id: string;
  campaignId: string | null;
  answeredAt: EpochMs | null;
}

/**
 * Gives back what was set aside and charges what the call cost; returns the cost, null when it is not known.
 * A call that was placed without a budget costs without being charged.
 */
export function settleCredit(store: MachineStore, call: ReservedCall, result: DialResult, now: EpochMs): number | null {
  const { db } = store;
  if (call.rate === null) return 0;
  const cost = finalCost({
    rate: JSON.parse(call.rate) as Rate,
    reserve: call.reserveMicros ?? undefined,
    talkMs: result.talkMs,
    wasAnswered: call.answeredAt !== null,
    isTalkUnknown: result.isTalkUnknown === true,
  });
  const entry = { callId: call.id, campaignId: call.campaignId };
  if (call.reserveMicros !== null && call.reserveMicros > 0) {
    addEntry(db, { kind: EntryKind.release, amount: call.reserveMicros, ...entry }, now);
    if (cost !== undefined && cost > 0) addEntry(db, { kind: EntryKind.charge, amount: -cost, ...entry }, now);
    warnIfLow(store, cost ?? 0, now);
  }
  return cost ?? null;
}

/** Tells of a charge that made the credit low; of those after it no more, until credit is brought in. */
function warnIfLow(store: MachineStore, cost: number, now: EpochMs): void {
  const { isLimited, balance, reserved } = readAccount(store.db);
  const budget = lastBudget(store.db);
  if (!isLimited || budget === undefined || !becameLow({ left: balance + reserved, cost, budget })) return;
  const words = { balance: formatAmount(balance), reserved: formatAmount(reserved), threshold: formatAmount(lowBelow(budget)) };
  announce(store, creditsLow(words, now), now);
}
