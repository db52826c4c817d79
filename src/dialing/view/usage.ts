// Calls in the air, counted from the rows of the open transaction: what every cap is held against.

import { openCallStatuses } from "../../calls/call.ts";
import type { Db } from "../../database/open.ts";
import { quoted } from "../../database/transaction.ts";

export interface Usage {
  total(): number;
  byCampaign(campaignId: string): number;
  byTrunk(trunkId: string): number;
  byNumber(phoneNumberId: string): number;
  byAgent(agentId: string): number;
  /** A call that was reserved in this transaction. */
  add(call: Parties): void;
}

/** Whose caps a call counts against. */
export interface Parties {
  campaignId: string | null;
  trunkId: string;
  phoneNumberId: string;
  agentId: string;
}

interface Row extends Parties {
  open: number;
  /** Channels of the trunk: whoever is handed over to another number takes a second one. */
  channels: number;
}

/** By the partial indexes of open calls: it costs what is in the air, not what was ever called. */
export function readUsage(db: Db): Usage {
  const counts = new Map<string, number>();
  const count = ({ campaignId, trunkId, phoneNumberId, agentId, open, channels }: Row) => {
    for (const name of ["", `campaign ${campaignId}`, `number ${phoneNumberId}`, `agent ${agentId}`])
      counts.set(name, (counts.get(name) ?? 0) + open);
    counts.set(`trunk ${trunkId}`, (counts.get(`trunk ${trunkId}`) ?? 0) + channels);
  };
  const rows = db.sqlite
    .query<Row, []>(
      `SELECT campaign_id AS campaignId, trunk_id AS trunkId, phone_number_id AS phoneNumberId, agent_id AS agentId, count(*) AS open,
              count(*) + count(CASE WHEN transferred_to LIKE '+%' THEN 1 END) AS channels FROM calls
        WHERE status IN (${quoted(openCallStatuses)}) GROUP BY campaign_id, trunk_id, phone_number_id, agent_id`,
    )
    .all();
  for (const row of rows) count(row);
  const of = (name: string) => counts.get(name) ?? 0;
  return {
    total: () => of(""),
    byCampaign: (id) => of(`campaign ${id}`),
    byTrunk: (id) => of(`trunk ${id}`),
    byNumber: (id) => of(`number ${id}`),
    byAgent: (id) => of(`agent ${id}`),
    add: (call) => count({ ...call, open: 1, channels: 1 }),
  };
}
