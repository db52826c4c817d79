// The verbs on credits. Whatever brings credit in also lets those campaigns go on that had stopped for want of it.

import { parseSnapshot } from "../agents/draft.ts";
import { CampaignStatus, statusesFor } from "../campaigns/lifecycle.ts";
import type { Db } from "../database/open.ts";
import { quoted, transact } from "../database/transaction.ts";
import { invalid } from "../errors.ts";
import type { Clock, EpochMs } from "../runtime/clock.ts";
import { formatAmount, LARGEST_AMOUNT } from "./amount.ts";
import { EntryKind } from "./ledger.ts";
import { cheapestQuote, termsOf } from "./quote.ts";
import { coverOf, SHORTAGE_REASON, shortageWords } from "./shortage.ts";
import { addEntry, type EntryRow, type RateRow, readAccount, replaceRates, setLimited } from "./store.ts";

export interface CreditDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  /** The machine: something may be dialed again. */
  control: { nudge(): void };
}

/** `amount` in micro-units, more than 0. The first one sets the budget. Throws 400 when the balance would become too large. */
export function topUp(deps: CreditDependencies, amount: number, note: string | null): EntryRow {
  if (amount === 0) throw invalid("amount", "amount is 0; a top-up must be more than 0");
  return bringIn(deps, (now) => {
    const { balance } = readAccount(deps.db);
    if (balance + amount > LARGEST_AMOUNT) {
      throw invalid(
        "amount",
        `amount is ${formatAmount(amount)} and the balance ${formatAmount(balance)}; together they must be ${formatAmount(LARGEST_AMOUNT)} at most`,
      );
    }
    setLimited(deps.db, true);
    return addEntry(deps.db, { kind: EntryKind.topUp, amount, note }, now);
  });
}

/**
 * What may be spent from now on, in micro-units, beside what is set aside for calls in progress; undefined takes the limit
 * away. The difference to the present balance is an entry of its own.
 */
export function setBudget(deps: CreditDependencies, budget: number | undefined, note: string | null): void {
  const { db } = deps;
  bringIn(deps, (now) => {
    setLimited(db, budget !== undefined);
    const difference = budget === undefined ? 0 : budget - readAccount(db).balance;
    if (difference !== 0) addEntry(db, { kind: EntryKind.adjustment, amount: difference, note }, now);
  });
}

/** Counts from the next call on. */
export function setRates(deps: CreditDependencies, rates: readonly RateRow[]): void {
  bringIn(deps, () => replaceRates(deps.db, rates));
}

function bringIn<T>({ db, clock, control }: CreditDependencies, work: (now: EpochMs) => T): T {
  const result = transact(db, () => {
    const done = work(clock.now());
    resumeCovered(db, clock.now());
    return done;
  });
  control.nudge();
  return result;
}

/** Campaigns that a person has paused stay paused: their reason is another. */
function resumeCovered(db: Db, now: EpochMs): void {
  const stopped = db.sqlite
    .query<{ id: string }, [string]>(
      `SELECT id FROM campaigns WHERE status = '${CampaignStatus.paused}' AND substr(status_reason, 1, length(?1)) = ?1 ORDER BY id`,
    )
    .all(SHORTAGE_REASON);
  const resume = db.sqlite.query<null, [string, string, EpochMs]>(
    `UPDATE campaigns SET status = ?2, status_reason = NULL, updated_at = ?3 WHERE id = ?1 AND status IN (${quoted(statusesFor("resume"))})`,
  );
  for (const { id } of stopped) {
    if (checkCredit(db, id) === undefined) resume.run(id, CampaignStatus.running, now);
  }
}

/**
 * Why the campaign cannot place a call, as a sentence: none of its next leads is covered, not even with what calls in
 * progress may give back. Undefined when one is, without a budget, and when no lead waits.
 */
export function checkCredit(db: Db, campaignId: string): string | undefined {
  const { isLimited, balance, reserved } = readAccount(db);
  if (!isLimited) return undefined;
  const agent = db.sqlite
    .query<{ snapshot: string }, [string]>(
      "SELECT v.snapshot FROM campaigns c JOIN agent_versions v ON v.agent_id = c.agent_id AND v.version = c.agent_version WHERE c.id = ?1",
    )
    .get(campaignId);
  if (agent === null) return undefined;
  const quote = cheapestQuote(db, campaignId, termsOf(parseSnapshot(agent.snapshot)));
  if (quote === undefined || coverOf({ needed: quote.needed, balance, reserved }) !== "never") return undefined;
  return `the credit does not cover a call: ${shortageWords({ ...quote, balance, reserved })}; top up, or shorten the agent's longest call`;
}
