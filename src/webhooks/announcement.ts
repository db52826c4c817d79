// An event goes on its way in the transaction of the change that it tells of, if somebody wants it. Used wherever something
// happens that is told to the outside; delivery.ts is nudged after the commit.

import type { Db } from "../database/open.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import { readWebhookSettings } from "../settings/store.ts";
import type { WebhookEvent } from "./event.ts";
import { enqueue } from "./outbox.ts";

/** To `ownUrl`, else to the URL of the settings. Nothing is written without a URL, or when the settings leave the event out. */
export function announce({ db, newId }: { db: Db; newId: NewId }, { name, campaignId, leadId, body }: WebhookEvent, now: EpochMs, ownUrl: string | null = null): void {
  const settings = readWebhookSettings(db);
  const url = ownUrl ?? settings.url;
  if (url !== null && settings.events.includes(name)) enqueue(db, { id: newId("whd"), event: name, campaignId, leadId, url, body, now });
}
