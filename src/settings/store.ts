// Settings in the database: a name and a JSON value each. What is not set has its default.

import { eq } from "drizzle-orm";
import type { Db } from "../database/open.ts";
import { settings } from "../database/tables.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { liveSecretsAt, noSecrets, type SigningSecrets } from "./signing-secrets.ts";
import { webhookEvents } from "../webhooks/event.ts";

/** Where events go by default. `events` null means every event, those of later releases included. */
export interface StoredWebhook {
  url: string | null;
  events: readonly string[] | null;
  secrets: SigningSecrets;
}

const WEBHOOK = "webhook";
const webhookDefaults: StoredWebhook = { url: null, events: null, secrets: noSecrets };

/** As stored, secrets included. */
export function readStoredWebhook(db: Db): StoredWebhook {
  const row = db.orm.select().from(settings).where(eq(settings.name, WEBHOOK)).get();
  return row === undefined ? webhookDefaults : { ...webhookDefaults, ...(JSON.parse(row.value) as Partial<StoredWebhook>) };
}

/** Replaces the whole value. */
export function writeStoredWebhook(db: Db, webhook: StoredWebhook): void {
  const value = JSON.stringify(webhook);
  db.orm.insert(settings).values({ name: WEBHOOK, value }).onConflictDoUpdate({ target: settings.name, set: { value } }).run();
}

/** Bounds over the whole appliance; so far the country (ISO 3166, two letters) of numbers that do not say theirs. */
export function readLimits(db: Db): { defaultCountry: string | null } {
  const row = db.sqlite.query<{ value: string }, []>("SELECT value FROM settings WHERE name = 'limits'").get();
  return { defaultCountry: null, ...(row === null ? {} : (JSON.parse(row.value) as object)) };
}

/** The default URL, if there is one, and the events wanted. */
export function readWebhookSettings(db: Db): { url: string | null; events: readonly string[] } {
  const { url, events } = readStoredWebhook(db);
  return { url, events: events ?? webhookEvents };
}

/** The secrets that sign at `now`, newest first; none when webhooks are not signed. */
export function liveSecrets(db: Db, now: EpochMs): string[] {
  return liveSecretsAt(readStoredWebhook(db).secrets, now);
}
