// The first half of a round: which running campaigns may dial now, and what holds the others. round.ts asks.

import { CampaignStatus } from "../campaigns/lifecycle.ts";
import type { Db } from "../database/open.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { aroundFaults } from "./rules/detour.ts";
import { earliest } from "./rules/earliest.ts";
import { gateCampaign } from "./rules/gate.ts";
import type { LineHealth } from "./view/health.ts";
import type { Roster, RosterEntry } from "./view/roster.ts";

export interface SurveyDependencies {
  db: Db;
  roster: Roster;
  health: LineHealth;
}

export interface Survey {
  /** Each with the ways that are left to its numbers. */
  open: readonly RosterEntry[];
  /** What people are told of a campaign's trunk or bot, by its id; also of one that dials by another way meanwhile. */
  faults: ReadonlyMap<string, string | undefined>;
  /** When time alone may change it. */
  wakes: readonly (EpochMs | undefined)[];
}

/** Of the campaigns that are held it writes why. */
export function surveyCampaigns({ db, roster, health }: SurveyDependencies, now: EpochMs): Survey {
  const open: RosterEntry[] = [];
  const faults = new Map<string, string | undefined>();
  const wakes: (EpochMs | undefined)[] = [];
  const heldUntil = ({ numbers }: RosterEntry) => numbers.map(({ trunk }) => health.trunks.heldUntil(trunk.id, now));
  for (const listed of roster.read(now)) {
    const entry = { ...listed, numbers: aroundFaults(listed.numbers, (id) => health.trunks.stateOf(id, now)) };
    const holds = heldUntil(entry);
    const held = {
      trunkHeldUntil: holds.includes(undefined) ? undefined : earliest(holds),
      botHeldUntil: health.bots.heldUntil(entry.agentId, now),
    };
    const decision = gateCampaign({ status: entry.status, endAt: entry.endAt, ...held }, now);
    const fault = faultOf(health, listed, entry);
    faults.set(entry.campaignId, fault);
    wakes.push(entry.endAt ?? undefined, ...holds, ...heldUntil(listed));
    if (decision.kind === "dial") open.push(entry);
    else explain(db, entry, fault);
    if (decision.kind === "hold") wakes.push(decision.until);
  }
  return { open, faults, wakes };
}

/** What is wrong with the trunk of one of the campaign's numbers, and by which other its calls leave meanwhile; or with its bot. */
function faultOf({ trunks, bots }: LineHealth, listed: RosterEntry, { numbers }: RosterEntry): string | undefined {
  for (const { id, trunk } of listed.numbers) {
    const fault = trunks.reason(trunk.id, trunk.name);
    if (fault === null) continue;
    const detour = numbers.find((number) => number.id === id && number.trunk.id !== trunk.id);
    return detour === undefined ? fault : `${fault}; meanwhile calls leave through trunk '${detour.trunk.name}'`;
  }
  return bots.reason(listed.agentId, listed.agent.name) ?? undefined;
}

/** Writes why a running campaign is held, or that it is not any more; nothing when that is known, or when it does not run any more. */
export function explain(db: Db, entry: RosterEntry, why: string | undefined): void {
  const reason = why ?? null;
  if (entry.statusReason === reason) return;
  db.sqlite
    .query(`UPDATE campaigns SET status_reason = ?2 WHERE id = ?1 AND status = '${CampaignStatus.running}'`)
    .run(entry.campaignId, reason);
}
