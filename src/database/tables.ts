// The tables as Drizzle sees them: one picture of the schema, compared with the migrations by a test.
// The migrations are the truth; this file only gives their columns names and types.

import { blob, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { CallEnding, CallStatus, HungUpBy } from "../calls/call.ts";
import type { Disposition } from "../calls/disposition.ts";
import type { CampaignStatus } from "../campaigns/lifecycle.ts";
import type { EntryKind } from "../credits/ledger.ts";
import type { LeadStatus } from "../leads/status.ts";
import type { DeliveryStatus } from "../webhooks/delivery-status.ts";

/** An instant: epoch milliseconds. */
const instant = (name: string) => integer(name);

export const settings = sqliteTable("settings", {
  name: text("name").primaryKey(),
  value: text("value").notNull(),
});

export const keys = sqliteTable("keys", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  role: text("role").$type<"read" | "operator" | "admin">().notNull(),
  hint: text("hint").notNull(),
  hash: text("hash").notNull(),
  createdAt: instant("created_at").notNull(),
  lastUsedAt: instant("last_used_at"),
  expiresAt: instant("expires_at"),
  revokedAt: instant("revoked_at"),
});

export const agents = sqliteTable("agents", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  draft: text("draft").notNull(),
  currentVersion: integer("current_version").notNull(),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
});

export const agentVersions = sqliteTable("agent_versions", {
  agentId: text("agent_id").notNull(),
  version: integer("version").notNull(),
  id: text("id").notNull(),
  label: text("label"),
  notes: text("notes"),
  snapshot: text("snapshot").notNull(),
  createdAt: instant("created_at").notNull(),
});

export const trunks = sqliteTable("trunks", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  driver: text("driver").$type<"simulator" | "sip">().notNull(),
  maxConcurrent: integer("max_concurrent"),
  callsPerSecond: integer("calls_per_second"),
  allowedPrefixes: text("allowed_prefixes").notNull(),
  options: text("options").notNull(),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
  fallbackTrunkId: text("fallback_trunk_id"),
});

export const phoneNumbers = sqliteTable("phone_numbers", {
  id: text("id").primaryKey(),
  phoneNumber: text("phone_number").notNull(),
  label: text("label"),
  trunkId: text("trunk_id").notNull(),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
  maxConcurrent: integer("max_concurrent"),
  callsPerSecond: integer("calls_per_second"),
});

export const campaigns = sqliteTable("campaigns", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  agentId: text("agent_id").notNull(),
  agentVersion: integer("agent_version").notNull(),
  phoneNumberId: text("phone_number_id").notNull(),
  status: text("status").$type<CampaignStatus>().notNull(),
  statusReason: text("status_reason"),
  maxConcurrent: integer("max_concurrent").notNull(),
  scheduledStartAt: instant("scheduled_start_at"),
  schedule: text("schedule").notNull(),
  retryPolicy: text("retry_policy").notNull(),
  webhookUrl: text("webhook_url"),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
  startedAt: instant("started_at"),
  completedAt: instant("completed_at"),
  endAt: instant("end_at"),
  callsPerSecond: integer("calls_per_second"),
  weight: integer("weight").notNull().default(1),
  defaultCountry: text("default_country"),
  phoneNumberIds: text("phone_number_ids").notNull().default("[]"),
  contactLimits: text("contact_limits").notNull().default("[]"),
  restAfterConversationHours: integer("rest_after_conversation_hours"),
  preDialHook: text("pre_dial_hook"),
});

export const leads = sqliteTable("leads", {
  id: text("id").primaryKey(),
  campaignId: text("campaign_id").notNull(),
  phoneNumber: text("phone_number").notNull(),
  variables: text("variables").notNull(),
  status: text("status").$type<LeadStatus>().notNull(),
  disposition: text("disposition").$type<Disposition>(),
  attempts: integer("attempts").notNull(),
  requeues: integer("requeues").notNull(),
  dueAt: instant("due_at").notNull(),
  lastEnding: text("last_ending").$type<CallEnding>(),
  callId: text("call_id"),
  outcome: text("outcome"),
  lastAttemptAt: instant("last_attempt_at"),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
  externalId: text("external_id"),
  priority: integer("priority").notNull().default(0),
  timezone: text("timezone"),
  zones: text("zones").notNull().default("?"),
  notBefore: instant("not_before"),
  callbackAt: instant("callback_at"),
  consent: text("consent"),
  rank: integer("rank").notNull().default(100),
  attemptsGranted: integer("attempts_granted").notNull().default(0),
});

export const leadCounts = sqliteTable("lead_counts", {
  campaignId: text("campaign_id").notNull(),
  status: text("status").$type<LeadStatus>().notNull(),
  disposition: text("disposition").$type<Disposition | "">().notNull(),
  count: integer("count").notNull(),
});

export const leadUploads = sqliteTable("lead_uploads", {
  id: text("id").primaryKey(),
  campaignId: text("campaign_id").notNull(),
  complete: integer("complete").notNull(),
  createdAt: instant("created_at").notNull(),
});

export const leadUploadRows = sqliteTable("lead_upload_rows", {
  uploadId: text("upload_id").notNull(),
  leadId: text("lead_id").notNull(),
  phoneNumber: text("phone_number").notNull(),
  variables: text("variables").notNull(),
  externalId: text("external_id"),
  priority: integer("priority"),
  timezone: text("timezone"),
  zones: text("zones").notNull().default("?"),
  notBefore: instant("not_before"),
  consent: text("consent"),
  row: integer("row").notNull().default(0),
});

export const calls = sqliteTable("calls", {
  id: text("id").primaryKey(),
  bootId: text("boot_id").notNull(),
  campaignId: text("campaign_id"),
  leadId: text("lead_id"),
  agentId: text("agent_id").notNull(),
  agentVersion: integer("agent_version").notNull(),
  phoneNumberId: text("phone_number_id").notNull(),
  trunkId: text("trunk_id").notNull(),
  fromNumber: text("from_number").notNull(),
  toNumber: text("to_number").notNull(),
  attempt: integer("attempt").notNull(),
  usesAttempt: integer("uses_attempt").notNull(),
  status: text("status").$type<CallStatus>().notNull(),
  ending: text("ending").$type<CallEnding>(),
  reason: text("reason"),
  sipCode: integer("sip_code"),
  q850Cause: integer("q850_cause"),
  hungUpBy: text("hung_up_by").$type<HungUpBy>(),
  placedAt: instant("placed_at").notNull(),
  ringingAt: instant("ringing_at"),
  answeredAt: instant("answered_at"),
  endedAt: instant("ended_at"),
  ringMs: integer("ring_ms"),
  talkMs: integer("talk_ms"),
  disposition: text("disposition").$type<Disposition>(),
  outcome: text("outcome"),
  dialerTrace: text("dialer_trace"),
  costMicros: integer("cost_micros"),
  reserveMicros: integer("reserve_micros"),
  rate: text("rate"),
  facts: text("facts"),
  sipReason: text("sip_reason"),
  media: text("media"),
  amd: text("amd"),
  transferredTo: text("transferred_to"),
  awaitsAnalysis: integer("awaits_analysis").notNull().default(0),
  analysisDueAt: instant("analysis_due_at"),
  analysisFailed: text("analysis_failed"),
});

export const agentAudio = sqliteTable("agent_audio", {
  id: text("id").primaryKey(),
  agentId: text("agent_id").notNull(),
  name: text("name").notNull(),
  durationMs: integer("duration_ms").notNull(),
  samples: blob("samples").$type<Uint8Array>().notNull(),
  createdAt: instant("created_at").notNull(),
});

export const recordings = sqliteTable("recordings", {
  callId: text("call_id").primaryKey(),
  bytes: integer("bytes").notNull(),
  durationMs: integer("duration_ms").notNull(),
  createdAt: instant("created_at").notNull(),
});

export const creditRates = sqliteTable("credit_rates", {
  prefix: text("prefix").primaryKey(),
  pricePerMinute: integer("price_per_minute").notNull(),
  connectionFee: integer("connection_fee").notNull(),
  firstSeconds: integer("first_seconds").notNull(),
  nextSeconds: integer("next_seconds").notNull(),
});

export const creditAccount = sqliteTable("credit_account", {
  id: integer("id").primaryKey(),
  isLimited: integer("is_limited").notNull(),
  balance: integer("balance").notNull(),
  reserved: integer("reserved").notNull(),
});

export const creditLedger = sqliteTable("credit_ledger", {
  sequence: integer("sequence").primaryKey(),
  kind: text("kind").$type<EntryKind>().notNull(),
  amount: integer("amount").notNull(),
  balance: integer("balance").notNull(),
  callId: text("call_id"),
  campaignId: text("campaign_id"),
  note: text("note"),
  createdAt: instant("created_at").notNull(),
});

export const creditCounts = sqliteTable("credit_counts", {
  campaignId: text("campaign_id").notNull(),
  kind: text("kind").$type<EntryKind>().notNull(),
  count: integer("count").notNull(),
  amount: integer("amount").notNull(),
});

export const callReports = sqliteTable("call_reports", {
  callId: text("call_id").primaryKey(),
  analysis: text("analysis"),
  transcript: text("transcript"),
  receivedAt: instant("received_at").notNull(),
});

export const callCounts = sqliteTable("call_counts", {
  campaignId: text("campaign_id").notNull(),
  status: text("status").$type<CallStatus>().notNull(),
  ending: text("ending").$type<CallEnding | "">().notNull(),
  count: integer("count").notNull(),
});

export const dnc = sqliteTable("dnc", {
  id: text("id").primaryKey(),
  phoneNumber: text("phone_number").notNull(),
  reason: text("reason"),
  source: text("source").$type<"manual" | "opt_out" | "imported" | "api" | "registry">().notNull(),
  createdAt: instant("created_at").notNull(),
  callId: text("call_id"),
  evidence: text("evidence"),
});

export const dncCounts = sqliteTable("dnc_counts", {
  source: text("source").primaryKey(),
  count: integer("count").notNull(),
});

export const decisions = sqliteTable("decisions", {
  sequence: integer("sequence").primaryKey(),
  leadId: text("lead_id").notNull(),
  decidedAt: instant("decided_at").notNull(),
  kind: text("kind").$type<"wait" | "block" | "hold">().notNull(),
  reason: text("reason").notNull(),
  until: instant("until"),
  facts: text("facts"),
});

export const deliveries = sqliteTable("deliveries", {
  sequence: integer("sequence").primaryKey(),
  id: text("id").notNull(),
  event: text("event").notNull(),
  campaignId: text("campaign_id"),
  leadId: text("lead_id"),
  url: text("url").notNull(),
  host: text("host").notNull(),
  body: text("body").notNull(),
  status: text("status").$type<DeliveryStatus>().notNull(),
  attempts: integer("attempts").notNull(),
  nextAttemptAt: instant("next_attempt_at").notNull(),
  createdAt: instant("created_at").notNull(),
  deliveredAt: instant("delivered_at"),
  responseStatus: integer("response_status"),
  lastError: text("last_error"),
});

export const idempotency = sqliteTable("idempotency", {
  keyId: text("key_id").notNull(),
  name: text("name").notNull(),
  target: text("target").notNull(),
  bodyHash: text("body_hash"),
  status: integer("status"),
  contentType: text("content_type"),
  answer: blob("answer").$type<Uint8Array>(),
  createdAt: instant("created_at").notNull(),
});
