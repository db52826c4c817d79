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

const DEFAULT_COUNTRY = "defaultCountry";

/** The country (ISO 3166, two letters) of numbers without a country code; null when they are refused. */
export function readDefaultCountry(db: Db): string | null {
  const row = db.sqlite.query<{ value: string }, [string]>("SELECT value FROM settings WHERE name = ?1").get(DEFAULT_COUNTRY);
  return row === null ? null : (JSON.parse(row.value) as string | null);
}

/** Null forgets it. */
export function writeDefaultCountry(db: Db, country: string | null): void {
  const value = JSON.stringify(country);
  db.orm.insert(settings).values({ name: DEFAULT_COUNTRY, value }).onConflictDoUpdate({ target: settings.name, set: { value } }).run();
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
