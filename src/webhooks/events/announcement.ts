// An event goes on its way in the transaction of the change that it tells of, if somebody wants it. Used wherever something
// happens that is told to the outside; delivery.ts is nudged after the commit.

import type { Db } from "../../database/open.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { NewId } from "../../runtime/ids.ts";
import type { WebhookEvent } from "./event.ts";
import { readListener } from "./listener.ts";

/** To `ownUrl`, else to the URL of the settings. Nothing is written without a URL, or when the settings leave the event out. */
export function announce(store: { db: Db; newId: NewId }, event: WebhookEvent, now: EpochMs, ownUrl: string | null = null): void {
  readListener(store, now, ownUrl)?.tell(event.name, () => event);
}
