// What the gate is told about one due lead, read in the claim's transaction.

import { CallEnding } from "../../calls/call.ts";
import type { Quote } from "../../credits/quote.ts";
import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { type ContactHistory, contactAllowedAt, type ContactLimit, historyNeeded, restEndsAt } from "../rules/contact.ts";
import type { LeadFacts, PreDialFact } from "../rules/gate.ts";
import type { DueLead } from "./queue.ts";
import type { RosterEntry } from "./roster.ts";
import { creditFacts } from "../ending/spending.ts";

/** What the claim knows of a lead besides its row. */
export interface ClaimFacts {
  quote: Quote;
  /** Those of the settings; the campaign's own apply as well. */
  limits: readonly ContactLimit[];
  /** A number with room may call it. */
  hasLine: boolean;
  preDial: PreDialFact | undefined;
}

/** Reads the rest in the open transaction. */
export function factsOf(
  db: Db,
  entry: RosterEntry,
  lead: DueLead,
  { quote, limits, hasLine, preDial }: ClaimFacts,
  now: EpochMs,
): LeadFacts {
  const all = [...limits, ...entry.contactLimits];
  const history = readHistory(db, lead.phoneNumber, historyNeeded(all), entry.restHours !== null);
  return {
    onDnc: lead.onDnc === 1,
    numberInCall: lead.numberInCall === 1,
    attemptsLeft: Math.max(entry.maxAttempts, lead.attemptsGranted) - lead.attempts,
    contactAllowedAt: contactAllowedAt(all, history, now),
    restEndsAt: restEndsAt(entry.restHours, history, now),
    isPromised: lead.callbackAt !== null,
    isLineBusy: !hasLine,
    credit: creditFacts(db, quote),
    preDial,
  };
}

/** By number over all campaigns, single calls included. Of attempts that were given back those count that rang: the person heard them. */
function readHistory(db: Db, phoneNumber: string, calls: number, asksForTalk: boolean): ContactHistory {
  const placedAt =
    calls === 0
      ? []
      : db.sqlite
          .query<{ placedAt: EpochMs }, [string, number]>(
            "SELECT placed_at AS placedAt FROM calls WHERE to_number = +?1 AND (uses_attempt = 1 OR ringing_at IS NOT NULL OR answered_at IS NOT NULL) ORDER BY placed_at DESC LIMIT ?2 + 0",
          )
          .all(phoneNumber, calls)
          .map((call) => call.placedAt);
  return { placedAt, lastConversationEndedAt: asksForTalk ? readLastTalk(db, phoneNumber) : undefined };
}

function readLastTalk(db: Db, phoneNumber: string): EpochMs | undefined {
  const sql = `SELECT ended_at AS endedAt FROM calls WHERE to_number = +?1 AND ending = '${CallEnding.completed}' ORDER BY placed_at DESC LIMIT 1`;
  return db.sqlite.query<{ endedAt: EpochMs | null }, [string]>(sql).get(phoneNumber)?.endedAt ?? undefined;
}
