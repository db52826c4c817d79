// The way in: an event becomes a row in the same transaction as the change that it reports, and is sent later.
// Called by announcement.ts; delivery.ts is nudged after the commit.

import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import { DeliveryStatus } from "../delivery-status.ts";
import type { WebhookEventName } from "./event.ts";

/** One event for one URL. `id` (`whd_…`) is the event's for the receiver, the same in every try. */
export interface OutboxEntry {
  id: string;
  event: WebhookEventName;
  campaignId: string | null;
  leadId: string | null;
  url: string;
  body: string;
  now: EpochMs;
}

// The pluses keep the plan from one event to the next, as in leads/lanes.ts.
const INSERT = `
  INSERT INTO deliveries (id, event, campaign_id, lead_id, url, host, body, status, next_attempt_at, created_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '${DeliveryStatus.pending}', max(?8, coalesce(
    (SELECT max(next_attempt_at) FROM deliveries INDEXED BY deliveries_lead_order WHERE lead_id = +?4 AND status = '${DeliveryStatus.pending}' AND (host = +?6 OR event = +?2)), 0)), ?8)`;

type Row = [string, string, string | null, string | null, string, string, string, EpochMs];

/**
 * Due at once, but not before what is still to be sent of the same lead and holds it back (store.ts): waiting behind it, it would only stand in the
 * way of the others. Never refuses: a URL that turns out to be no URL becomes a dead letter.
 */
export function enqueue(db: Db, { id, event, campaignId, leadId, url, body, now }: OutboxEntry): void {
  db.sqlite.query<unknown, Row>(INSERT).run(id, event, campaignId, leadId, url, hostOf(url), body, now);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "-";
}
