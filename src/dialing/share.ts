// The second half of a round: how many calls each open campaign gets, and which leads they go to. round.ts asks.

import type { EpochMs } from "../runtime/clock.ts";
import { type ClaimDependencies, type ClaimedSlots, claimLeads } from "./claim.ts";
import { finishCampaignIfDone } from "./ending/finish.ts";
import type { Claim } from "./reserve.ts";
import type { AgentBot } from "./view/bot-reach.ts";
import type { Upcoming } from "./view/pre-dial.ts";
import type { RosterEntry } from "./view/roster.ts";

export interface Share {
  claims: Claim[];
  /** Would take more slots, or one of the numbers that are taken now. */
  wanting: RosterEntry[];
  /** Why leads that are due were left waiting, by campaign; for people. */
  reasons: Map<string, string>;
  /** Whom hooks are to be asked about, and which bots about themselves, by campaign. */
  upcoming: Map<string, Upcoming>;
  bots: Map<string, AgentBot>;
  /** When time alone may change it. */
  wakes: (EpochMs | undefined)[];
  /** Leads that ended without a call. */
  blocked: number;
  /** A campaign had nobody left. */
  finished: boolean;
  /** Stopped at a bound of its own. */
  more: boolean;
}

/** Calls claimed in one transaction at most: bounds how long the event loop is held. */
const MOST_CLAIMS = 200;

/** Writes the claims. Slots that one campaign leaves unused go to others. */
export function shareSlots(deps: ClaimDependencies, open: readonly RosterEntry[], now: EpochMs): Share {
  const share: Share = {
    claims: [],
    wanting: [],
    reasons: new Map(),
    upcoming: new Map(),
    bots: new Map(),
    wakes: [],
    blocked: 0,
    finished: false,
    more: false,
  };
  const waiting: RosterEntry[] = [];
  let ready: readonly RosterEntry[] = open;
  // Each pass claims, or takes a campaign out, or stops early.
  while (ready.length > 0 && share.claims.length < MOST_CLAIMS && !share.more) {
    const slots = deps.room.allot(ready);
    if (slots.size === 0) break;
    const hungry: RosterEntry[] = [];
    for (const entry of ready) {
      const wanted = Math.min(slots.get(entry.campaignId) ?? 0, MOST_CLAIMS - share.claims.length);
      // Without a slot a campaign keeps none from others; only its hook has to be asked ahead. The next slot that falls free looks again.
      if (wanted === 0 && entry.preDialHook === null) {
        hungry.push(entry);
        continue;
      }
      const claimed = claimLeads(deps, entry, wanted, now);
      note(share, entry, claimed);
      share.more ||= !claimed.exhausted && claimed.claims.length < wanted;
      if (claimed.waitsForLine) waiting.push(entry);
      if (!claimed.exhausted) hungry.push(entry);
      // Leads too dear are due and stay so: the next call that ends, or a top-up, looks again.
      else if (claimed.reason === undefined) share.finished = finishCampaignIfDone(deps, entry.campaignId, now) || share.finished;
    }
    ready = hungry;
  }
  return { ...share, wanting: [...ready, ...waiting], more: share.more || share.claims.length >= MOST_CLAIMS };
}

function note(share: Share, { campaignId }: RosterEntry, claimed: ClaimedSlots): void {
  share.claims.push(...claimed.claims);
  share.blocked += claimed.blocked;
  share.wakes.push(claimed.wakeAt);
  if (claimed.upcoming !== undefined) share.upcoming.set(campaignId, claimed.upcoming);
  if (claimed.bot !== undefined) share.bots.set(campaignId, claimed.bot);
  if (claimed.reason !== undefined) share.reasons.set(campaignId, claimed.reason);
}
