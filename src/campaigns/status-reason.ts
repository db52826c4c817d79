// Why a campaign is not moving, in a sentence for people. Pure; report.ts gathers the facts.

import { CampaignStatus } from "./lifecycle.ts";
import type { WindowVerdict } from "./window.ts";

/** What stands in the campaign's row. Instants are epoch ms. */
export interface CampaignFacts {
  status: CampaignStatus;
  /** What the machine or a person wrote down; it wins. */
  statusReason: string | null;
  scheduledStartAt: number | null;
}

/** What has to be looked up while it runs. */
export interface Movement {
  window: WindowVerdict;
  hasOpenCalls: boolean;
  /** When the next waiting lead falls due. */
  nextDueAt: number | undefined;
}

/** Null for a campaign that moves, and for one that has nothing to move for. `look` is asked only while it runs. */
export function statusReasonOf(campaign: CampaignFacts, look: () => Movement, now: number): string | null {
  if (campaign.statusReason !== null) return campaign.statusReason;
  switch (campaign.status) {
    case CampaignStatus.scheduled:
      return campaign.scheduledStartAt === null ? null : `starts at ${iso(campaign.scheduledStartAt)}`;
    case CampaignStatus.paused:
      return "paused by request";
    case CampaignStatus.running:
      return reasonWhileRunning(look(), now);
    case CampaignStatus.draft:
    case CampaignStatus.completed:
    case CampaignStatus.failed:
      return null;
    default:
      return campaign.status satisfies never;
  }
}

function reasonWhileRunning({ window, hasOpenCalls, nextDueAt }: Movement, now: number): string | null {
  if (!window.open)
    return `outside the dialing window; ${window.opensAt === undefined ? "it does not open within a year" : `opens at ${iso(window.opensAt)}`}`;
  if (hasOpenCalls || nextDueAt === undefined || nextDueAt <= now) return null;
  return `waiting for retries; the next is due at ${iso(nextDueAt)}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
