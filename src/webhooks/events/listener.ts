// Who hears of an event: its own URL, else the default one of the settings, for the events that were chosen there. Asked in the
// transaction of the change that the event reports; announcement.ts is the short way for one that is built already.

import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { NewId } from "../../runtime/ids.ts";
import { readWebhookSettings } from "../../settings/store.ts";
import type { WebhookEvent, WebhookEventName } from "./event.ts";
import { enqueue } from "./outbox.ts";

export interface Listener {
  /** Builds and queues the event if it was chosen; nothing is built otherwise. */
  tell(name: WebhookEventName, build: () => WebhookEvent): void;
}

/** `ownUrl` stands before the default one. Undefined when there is neither: then nothing costs more than this look. */
export function readListener({ db, newId }: { db: Db; newId: NewId }, now: EpochMs, ownUrl: string | null = null): Listener | undefined {
  const { url: defaultUrl, events } = readWebhookSettings(db);
  const url = ownUrl ?? defaultUrl;
  if (url === null) return undefined;
  return {
    tell(name, build) {
      if (!events.includes(name)) return;
      const { campaignId, leadId, body } = build();
      enqueue(db, { id: newId("whd"), event: name, campaignId, leadId, url, body, now });
    },
  };
}
