// The roster: every running campaign with what a call of it needs (number, trunk, agent version) and its window now.

import { type AgentSnapshot, parseSnapshot } from "../agents/draft.ts";
import { CampaignStatus } from "../campaigns/lifecycle.ts";
import { type Schedule, windowAt } from "../campaigns/window.ts";
import type { DialTrunk } from "../calls/dialer.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import type { RetryPolicy } from "../leads/retry.ts";
import type { EpochMs } from "../runtime/clock.ts";

/** One running campaign, ready to dial. */
export interface RosterEntry {
  campaignId: string;
  name: string;
  status: CampaignStatus;
  statusReason: string | null;
  webhookUrl: string | null;
  agentId: string;
  agentVersion: number;
  agent: AgentSnapshot;
  phoneNumberId: string;
  from: string;
  maxConcurrent: number;
  /** Of a lead, the first one included. */
  maxAttempts: number;
  trunk: DialTrunk & { name: string; maxConcurrent: number | null; callsPerSecond: number | null };
  window: { open: boolean; closesAt?: EpochMs; opensAt?: EpochMs };
  /** That of the schedule. */
  timezone: string;
}

interface Row {
  campaignId: string;
  name: string;
  status: CampaignStatus;
  statusReason: string | null;
  webhookUrl: string | null;
  agentId: string;
  agentVersion: number;
  snapshot: string;
  phoneNumberId: string;
  from: string;
  maxConcurrent: number;
  schedule: string;
  retryPolicy: string;
  trunkId: string;
  trunkName: string;
  driver: DialTrunk["driver"];
  options: string;
  trunkMaxConcurrent: number | null;
  callsPerSecond: number | null;
}

const RUNNING = `
  SELECT c.id AS campaignId, c.name, c.status, c.status_reason AS statusReason, c.webhook_url AS webhookUrl,
         c.agent_id AS agentId, c.agent_version AS agentVersion, v.snapshot,
         c.phone_number_id AS phoneNumberId, n.phone_number AS "from", c.max_concurrent AS maxConcurrent, c.schedule, c.retry_policy AS retryPolicy,
         t.id AS trunkId, t.name AS trunkName, t.driver, t.options,
         t.max_concurrent AS trunkMaxConcurrent, t.calls_per_second AS callsPerSecond
    FROM campaigns c
    JOIN agent_versions v ON v.agent_id = c.agent_id AND v.version = c.agent_version
    JOIN phone_numbers n ON n.id = c.phone_number_id
    JOIN trunks t ON t.id = n.trunk_id
   WHERE c.status IN (${quoted([CampaignStatus.running])})
   ORDER BY c.id`;

/** Parsed texts of a kind kept at most; past it they are parsed anew. */
const MOST_PARSED = 2_000;

export interface Roster {
  /** In the order of the campaigns' ids. Reads what is committed, or what the open transaction has written. */
  read(now: EpochMs): RosterEntry[];
}

/** Keeps parsed texts and window verdicts between rounds; everything else is read anew each time. */
export function createRoster(db: Db): Roster {
  const scheduleOf = remembering((text) => JSON.parse(text) as Schedule);
  const policyOf = remembering((text) => JSON.parse(text) as RetryPolicy);
  const optionsOf = remembering((text) => JSON.parse(text) as Record<string, unknown>);
  const agentOf = remembering<AgentSnapshot>(parseSnapshot);
  const windows = new Map<string, { from: EpochMs; window: RosterEntry["window"] }>();

  // A verdict holds from the instant it was asked for until the window changes.
  const windowOf = (schedule: string, now: EpochMs): RosterEntry["window"] => {
    const known = windows.get(schedule);
    const until = known?.window.closesAt ?? known?.window.opensAt ?? 0;
    if (known !== undefined && known.from <= now && now < until) return known.window;
    if (windows.size >= MOST_PARSED) windows.clear();
    const window = windowAt(scheduleOf(schedule), now);
    windows.set(schedule, { from: now, window });
    return window;
  };

  return {
    read: (now) =>
      db.sqlite.query<Row, []>(RUNNING).all().map((row) => ({
        campaignId: row.campaignId,
        name: row.name,
        status: row.status,
        statusReason: row.statusReason,
        webhookUrl: row.webhookUrl,
        agentId: row.agentId,
        agentVersion: row.agentVersion,
        agent: agentOf(row.snapshot),
        phoneNumberId: row.phoneNumberId,
        from: row.from,
        maxConcurrent: row.maxConcurrent,
        maxAttempts: policyOf(row.retryPolicy).maxAttempts,
        trunk: {
          id: row.trunkId,
          name: row.trunkName,
          driver: row.driver,
          options: optionsOf(row.options),
          maxConcurrent: row.trunkMaxConcurrent,
          callsPerSecond: row.callsPerSecond,
        },
        window: windowOf(row.schedule, now),
        timezone: scheduleOf(row.schedule).timezone,
      })),
  };
}

/** Reads each text once, while there are not too many. */
function remembering<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const value = known.get(text) ?? read(text);
    if (!known.has(text)) {
      if (known.size >= MOST_PARSED) known.clear();
      known.set(text, value);
    }
    return value;
  };
}
