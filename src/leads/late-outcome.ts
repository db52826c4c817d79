// The outcome of a call that is reported after its lead became final. Called by calls/service.ts in its transaction.

import type { CallEnding } from "../calls/call.ts";
import { statusesFor } from "../campaigns/lifecycle.ts";
import type { Disposition } from "../calls/disposition.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { MOST_PROMISED_ATTEMPTS } from "./callback.ts";
import { requeuedLead } from "./change.ts";
import { finalStatusOf } from "./status.ts";
import { requeueLead } from "./store.ts";

/** What was learnt of a lead's last call; `outcome` is JSON. */
export interface LateOutcome {
  leadId: string;
  callId: string;
  ending: CallEnding;
  outcome: string;
  disposition: Disposition;
  /** When the person asked to be called again. */
  callbackAt: EpochMs | undefined;
}

/**
 * Changes the lead that this call made final, and no other; its counts follow by trigger. One that asked to be called again
 * goes back to the queue for it, as if that had been reported before the end, while its campaign is not over. Returns whether
 * it did.
 */
export function noteLateOutcome(db: Db, { leadId, callId, ending, outcome, disposition, callbackAt }: LateOutcome, now: EpochMs): boolean {
  const noted = db.sqlite
    .query<null, [string, string, string, string, string, EpochMs]>(
      "UPDATE leads SET outcome = ?4, disposition = ?5, updated_at = ?6 WHERE id = ?1 AND call_id = ?2 AND status = ?3",
    )
    .run(leadId, callId, finalStatusOf(ending), outcome, disposition, now);
  return noted.changes > 0 && callbackAt !== undefined && promise(db, leadId, callbackAt, now);
}

/** False in a campaign that is over, and after too many attempts. */
function promise(db: Db, leadId: string, callbackAt: EpochMs, now: EpochMs): boolean {
  const lead = db.sqlite
    .query<{ attempts: number; priority: number; notBefore: EpochMs | null }, [string, number]>(
      `SELECT l.attempts, l.priority, l.not_before AS notBefore FROM leads l JOIN campaigns c ON c.id = l.campaign_id
        WHERE l.id = ?1 AND l.attempts < ?2 AND c.status IN (${quoted(statusesFor("recall"))})`,
    )
    .get(leadId, MOST_PROMISED_ATTEMPTS);
  return lead !== null && requeueLead(db, leadId, requeuedLead(lead, callbackAt, now), now);
}
