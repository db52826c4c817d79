// A campaign's pre-dial hook as the machine sees it: what is known of a lead's next call, and who is to be asked about next.
// The questions themselves are webhooks/pre-dial/asking.ts's; app.ts hands it in.

import type { Db } from "../../database/open.ts";
import type { Lane } from "../../leads/lanes.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { PreDialFact } from "../rules/gate.ts";
import { type DueLead, pickDue } from "./queue.ts";
import type { RosterEntry } from "./roster.ts";

/** Whom to ask, and how long to wait for the answer. */
export interface Hook {
  url: string;
  timeoutSeconds: number;
}

interface HookedCampaign {
  id: string;
  name: string;
  hook: Hook;
}

interface UpcomingLead {
  id: string;
  phoneNumber: string;
  variables: Record<string, unknown>;
  /** The attempt that the call would be. */
  attempt: number;
}

/** Leads of a campaign that are due next, in the order of the queue. */
export interface Upcoming {
  campaign: HookedCampaign;
  leads: readonly UpcomingLead[];
}

/** Answers that came in ahead of their calls. Nothing here waits. */
export interface PreDialAnswers {
  /** Asks about those without a good answer; the machine is nudged as answers come. */
  prefetch(campaign: HookedCampaign, leads: readonly UpcomingLead[]): void;
  verdict(
    campaign: HookedCampaign,
    lead: Pick<UpcomingLead, "id" | "phoneNumber" | "attempt">,
  ): { kind: "eligible" } | { kind: "unasked" } | { kind: "refused"; reason: string; isFault: boolean; until?: EpochMs };
  /** An answer is good for one decision. */
  forget(leadId: string): void;
}

/** Leads asked about ahead in one campaign. */
const MOST_AHEAD = 200;
/** Even where one call at a time is placed: an answer may take longer than a call. */
const LEAST_AHEAD = 10;

/** As many as the next two generations of calls: an answer that nobody needs in time is a question for nothing. */
export function aheadOf({ maxConcurrent }: Pick<RosterEntry, "maxConcurrent">): number {
  return Math.min(MOST_AHEAD, LEAST_AHEAD + 2 * maxConcurrent);
}

/** Undefined for a campaign without a hook. Where nobody can ask, nobody has said yes. */
export function preDialFact(
  answers: PreDialAnswers | undefined,
  entry: RosterEntry,
  { id, phoneNumber, attempts }: DueLead,
): PreDialFact | undefined {
  if (entry.preDialHook === null) return undefined;
  const verdict = answers?.verdict(hooked(entry, entry.preDialHook), { id, phoneNumber, attempt: attempts + 1 }) ?? { kind: "unasked" };
  if (verdict.kind !== "refused") return verdict.kind;
  const { reason, isFault, until } = verdict;
  return { refused: reason, isFault, ...(until === undefined ? {} : { until }) };
}

/** Whom to ask about once this is on disk; undefined for a campaign without a hook. */
export function upcomingOf(db: Db, entry: RosterEntry, open: readonly Lane[], now: EpochMs): Upcoming | undefined {
  if (entry.preDialHook === null) return undefined;
  const due = pickDue(db, entry.campaignId, open, now, aheadOf(entry), 0);
  return { campaign: hooked(entry, entry.preDialHook), leads: due.filter((lead) => lead.onDnc === 0).map(toUpcoming) };
}

function toUpcoming({ id, phoneNumber, variables, attempts }: DueLead): UpcomingLead {
  return { id, phoneNumber, variables: JSON.parse(variables) as Record<string, unknown>, attempt: attempts + 1 };
}

function hooked({ campaignId, name }: RosterEntry, hook: Hook): HookedCampaign {
  return { id: campaignId, name, hook };
}
