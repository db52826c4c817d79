// A lead reaches a final status: its row, its webhook, and the campaign's own end, in the transaction that is open.
// Also the pause that the machine itself gives a campaign.

import { CampaignStatus, statusesFor } from "../../campaigns/lifecycle.ts";
import type { CallEnding } from "../../calls/call.ts";
import type { Disposition } from "../../calls/disposition.ts";
import type { Db } from "../../database/open.ts";
import { quoted } from "../../database/transaction.ts";
import { LeadStatus, liveStatuses } from "../../leads/status.ts";
import { isUploadMoving } from "../../leads/upload/waiting-rows.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { NewId } from "../../runtime/ids.ts";
import type { Random } from "../../runtime/random.ts";
import { announce } from "../../webhooks/events/announcement.ts";
import { campaignMoved, leadCompleted, type MovedCampaign } from "../../webhooks/events/event.ts";

/** What the machine's transactions need besides their facts. */
export interface MachineStore {
  db: Db;
  newId: NewId;
  /** Spreads retries, where a policy asks for it. */
  random: Pick<Random, "fraction">;
}

/** How a lead ends. */
export interface LeadEnd {
  leadId: string;
  /** The guard: the statuses it may end from. */
  from: readonly LeadStatus[];
  status: LeadStatus;
  disposition?: Disposition;
  outcome?: string | null;
  lastEnding?: CallEnding;
}

interface EndedLead {
  id: string;
  campaignId: string;
  campaignName: string;
  webhookUrl: string | null;
  phoneNumber: string;
  variables: string;
  status: LeadStatus;
  disposition: Disposition | null;
  attempts: number;
  callId: string | null;
  outcome: string | null;
}

/** What an UPDATE of campaigns gives back to be told. */
export const MOVED = "id, name, status, status_reason AS statusReason";

/** A lead that waited for a promised call and ends without it is what its last conversation made of it. */
const ofLastCall = (column: "disposition" | "outcome") =>
  `CASE ?2 WHEN '${LeadStatus.completed}' THEN (SELECT ${column} FROM calls WHERE calls.id = leads.call_id) END`;

/** False, and nothing written, when the lead was not in one of the `from` statuses. */
export function finishLead(store: MachineStore, end: LeadEnd, now: EpochMs): boolean {
  const { db } = store;
  const moved = db.sqlite
    .query(
      `UPDATE leads SET status = ?2, disposition = coalesce(?3, ${ofLastCall("disposition")}), outcome = coalesce(?4, ${ofLastCall("outcome")}),
              callback_at = NULL, last_ending = coalesce(?5, last_ending), updated_at = ?6
        WHERE id = ?1 AND status IN (${quoted(end.from)})`,
    )
    .run(end.leadId, end.status, end.disposition ?? null, end.outcome ?? null, end.lastEnding ?? null, now);
  if (moved.changes === 0) return false;
  const lead = db.sqlite
    .query<EndedLead, [string]>(
      `SELECT l.id, l.campaign_id AS campaignId, c.name AS campaignName, c.webhook_url AS webhookUrl, l.phone_number AS phoneNumber,
              l.variables, l.status, l.disposition, l.attempts, l.call_id AS callId, l.outcome
         FROM leads l JOIN campaigns c ON c.id = l.campaign_id WHERE l.id = +?1`,
    )
    .get(end.leadId);
  if (lead !== null) tellOf(store, lead, now);
  return true;
}

function tellOf(store: MachineStore, lead: EndedLead, now: EpochMs): void {
  const event = leadCompleted(
    {
      campaign: { id: lead.campaignId, name: lead.campaignName },
      lead: {
        id: lead.id,
        phoneNumber: lead.phoneNumber,
        variables: JSON.parse(lead.variables) as Record<string, unknown>,
        status: lead.status,
        disposition: lead.disposition,
        attempts: lead.attempts,
        callId: lead.callId,
        outcome: lead.outcome === null ? null : (JSON.parse(lead.outcome) as Record<string, unknown>),
      },
    },
    now,
  );
  announce(store, event, now, lead.webhookUrl);
}

/** Ends a running campaign that has no lead left to move; returns whether it did. */
export function finishCampaignIfDone(store: MachineStore, campaignId: string, now: EpochMs): boolean {
  const { db } = store;
  const { live, total, failed } = db.sqlite
    .query<{ live: number | null; total: number | null; failed: number | null }, [string]>(
      `SELECT sum(count) AS total, sum(count) FILTER (WHERE status IN (${quoted(liveStatuses)})) AS live,
              sum(count) FILTER (WHERE status = '${LeadStatus.failed}') AS failed
         FROM lead_counts WHERE campaign_id = ?1`,
    )
    .get(campaignId) ?? { live: 0, total: 0, failed: 0 };
  if ((total ?? 0) === 0 || (live ?? 0) > 0 || isUploadMoving(db, campaignId)) return false;
  const status = failed === total ? CampaignStatus.failed : CampaignStatus.completed;
  const reason = status === CampaignStatus.failed ? "every lead ended failed" : "every lead is final";
  const done = db.sqlite
    .query<MovedCampaign, [string, string, string, EpochMs]>(
      `UPDATE campaigns SET status = ?2, status_reason = ?3, completed_at = ?4, updated_at = ?4
        WHERE id = ?1 AND status IN (${quoted(statusesFor("finish"))}) RETURNING ${MOVED}`,
    )
    .get(campaignId, status, reason, now);
  if (done !== null) announce(store, campaignMoved("campaign.completed", done, now), now);
  return done !== null;
}

/** What only a person can mend: the campaign stops dialing and says why. */
export function pauseCampaign(store: MachineStore, campaignId: string, why: string, now: EpochMs): void {
  const paused = store.db.sqlite
    .query<MovedCampaign, [string, string, EpochMs]>(
      `UPDATE campaigns SET status = '${CampaignStatus.paused}', status_reason = ?2, updated_at = ?3 WHERE id = ?1 AND status IN (${quoted(statusesFor("pause"))}) RETURNING ${MOVED}`,
    )
    .get(campaignId, why, now);
  if (paused !== null) announce(store, campaignMoved("campaign.paused", paused, now), now);
}
