// The life of a campaign: its statuses, its commands, and which command is allowed where.
// Read by the service (refusals), the machine (may it dial?), the store (compare-and-set) and the docs.

/**
 * - `draft`: being written; nothing happens by itself.
 * - `scheduled`: started ahead of time; turns `running` at `scheduledStartAt` by itself.
 * - `running`: dials whenever its window is open; a crash changes nothing, the next start goes on.
 * - `paused`: no new call; calls in progress go on.
 * - `completed`: every lead is final, or a person stopped it.
 * - `failed`: every lead is final and every one of them ended `failed`.
 */
export const CampaignStatus = {
  draft: "draft",
  scheduled: "scheduled",
  running: "running",
  paused: "paused",
  completed: "completed",
  failed: "failed",
} as const;

export type CampaignStatus = (typeof CampaignStatus)[keyof typeof CampaignStatus];

export const campaignStatuses: readonly CampaignStatus[] = Object.values(CampaignStatus);

const { draft, scheduled, running, paused, completed, failed } = CampaignStatus;

const allowedFrom = {
  edit: [draft, scheduled],
  /** The fields that count from the next decision to dial on; editing.ts lists them. */
  adjust: [draft, scheduled, running, paused],
  addLeads: [draft, scheduled, running, paused],
  /** Sends leads that were final back to the queue. */
  recall: [draft, scheduled, running, paused],
  start: [draft, scheduled],
  pause: [running],
  resume: [paused],
  stop: [running, paused, scheduled],
  finish: [running],
  delete: [draft, completed, failed],
} as const satisfies Record<string, readonly CampaignStatus[]>;

export type CampaignCommand = keyof typeof allowedFrom;

/** The statuses in which `command` is allowed; also the guard of the UPDATE that carries it out. */
export function statusesFor(command: CampaignCommand): readonly CampaignStatus[] {
  return allowedFrom[command];
}

/** Why `command` is refused in `status`, as a sentence; undefined when it is allowed. */
export function refusalOf(command: CampaignCommand, status: CampaignStatus): string | undefined {
  const allowed: readonly CampaignStatus[] = allowedFrom[command];
  if (allowed.includes(status)) return undefined;
  return `cannot ${words[command]} a campaign that is ${status}; it must be ${allowed.join(" or ")}`;
}

const words: Record<CampaignCommand, string> = {
  edit: "change these fields of",
  adjust: "change",
  addLeads: "add leads to",
  recall: "call leads again in",
  start: "start",
  pause: "pause",
  resume: "resume",
  stop: "stop",
  finish: "finish",
  delete: "delete",
};

/** Nothing moves any more: no command but `delete`. */
export function isFinal(status: CampaignStatus): boolean {
  return status === completed || status === failed;
}
