// Settings in the database: a name and a JSON value each. What is not set has its default.

import type { Db } from "../database/open.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { readSetting, writeSetting } from "./rows.ts";
import { liveSecretsAt, noSecrets, type SigningSecrets } from "./signing-secrets.ts";
import { unchosenEvents, webhookEvents } from "../webhooks/events/event.ts";

/** Where events go by default. `events` null means every event, those of later releases included. */
export interface StoredWebhook {
  url: string | null;
  events: readonly string[] | null;
  secrets: SigningSecrets;
}

/** Bounds over the whole appliance; null bounds nothing. */
export interface StoredLimits {
  maxConcurrentCalls: number | null;
  maxCallsPerSecond: number | null;
  /** For every number, besides those of its campaign. */
  contactLimits: readonly { attempts: number; perHours: number }[];
  /** What a number without a country code belongs to, where a campaign names none (ISO 3166, two letters). */
  defaultCountry: string | null;
}

/** The endpoint that analyses conversations, OpenAI-compatible; `baseUrl` null: none. */
export interface StoredAnalysis {
  /** Up to `/chat/completions`, without a slash at its end. */
  baseUrl: string | null;
  apiKey: string | null;
  /** Where an agent names none. */
  model: string;
  timeoutSeconds: number;
}

/** How long the recordings of calls are kept; null for ever. */
export interface StoredRecordings {
  retentionDays: number | null;
}

const WEBHOOK = "webhook";
const ANALYSIS = "analysis";
const RECORDINGS = "recordings";
const recordingDefaults: StoredRecordings = { retentionDays: 30 };
const LIMITS = "limits";
const analysisDefaults: StoredAnalysis = { baseUrl: null, apiKey: null, model: "", timeoutSeconds: 30 };
const limitDefaults: StoredLimits = { maxConcurrentCalls: null, maxCallsPerSecond: null, contactLimits: [], defaultCountry: null };
const webhookDefaults: StoredWebhook = { url: null, events: unchosenEvents, secrets: noSecrets };

/** As stored, secrets included. */
export function readStoredWebhook(db: Db): StoredWebhook {
  return { ...webhookDefaults, ...read<StoredWebhook>(db, WEBHOOK) };
}

/** Replaces the whole value. */
export function writeStoredWebhook(db: Db, webhook: StoredWebhook): void {
  write(db, WEBHOOK, webhook);
}

/** Asked in every round of the machine. */
export function readLimits(db: Db): StoredLimits {
  return { ...limitDefaults, ...read<StoredLimits>(db, LIMITS) };
}

/** The country (ISO 3166, two letters) of numbers without a country code; undefined when they are refused. */
export function readDefaultCountry(db: Db): string | undefined {
  return readLimits(db).defaultCountry ?? undefined;
}

/** Replaces the whole value. */
export function writeLimits(db: Db, limits: StoredLimits): void {
  write(db, LIMITS, limits);
}

/** As stored, the key included. */
export function readStoredAnalysis(db: Db): StoredAnalysis {
  return { ...analysisDefaults, ...read<StoredAnalysis>(db, ANALYSIS) };
}

/** Replaces the whole value. */
export function writeStoredAnalysis(db: Db, analysis: StoredAnalysis): void {
  write(db, ANALYSIS, analysis);
}

/** Asked in every round of the clean-up. */
export function readRecordingSettings(db: Db): StoredRecordings {
  return { ...recordingDefaults, ...read<StoredRecordings>(db, RECORDINGS) };
}

/** Replaces the whole value. */
export function writeRecordingSettings(db: Db, recordings: StoredRecordings): void {
  write(db, RECORDINGS, recordings);
}

function read<T>(db: Db, name: string): Partial<T> {
  const value = readSetting(db, name);
  return value === undefined ? {} : (JSON.parse(value) as Partial<T>);
}

function write(db: Db, name: string, stored: StoredWebhook | StoredLimits | StoredAnalysis | StoredRecordings): void {
  writeSetting(db, name, JSON.stringify(stored));
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
