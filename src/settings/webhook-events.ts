// The events that the settings can choose among, by their names on the wire.

/** In the order in which the settings show them. */
export const webhookEvents = [
  "campaign.lead_completed",
  "call.started",
  "call.completed",
  "call.failed",
  "call.analysis_completed",
  "campaign.started",
  "campaign.paused",
  "campaign.completed",
  "lead.attempt_completed",
  "dnc.added",
  "credits.low",
  "webhook.test",
] as const;
