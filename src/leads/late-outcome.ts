// The outcome of a call that is reported after its lead became final. Called by calls/service.ts in its transaction.

import type { CallEnding } from "../calls/call.ts";
import type { Disposition } from "../calls/disposition.ts";
import type { Db } from "../database/open.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { finalStatusOf } from "./status.ts";

/** What was learnt of a lead's last call; `outcome` is JSON. */
export interface LateOutcome {
  leadId: string;
  callId: string;
  ending: CallEnding;
  outcome: string;
  disposition: Disposition;
}

/** Changes the lead that this call made final, and no other; its counts follow by trigger. */
export function noteLateOutcome(db: Db, { leadId, callId, ending, outcome, disposition }: LateOutcome, now: EpochMs): void {
  db.sqlite
    .query<null, [string, string, string, string, string, EpochMs]>(
      "UPDATE leads SET outcome = ?4, disposition = ?5, updated_at = ?6 WHERE id = ?1 AND call_id = ?2 AND status = ?3",
    )
    .run(leadId, callId, finalStatusOf(ending), outcome, disposition, now);
}
