// What the contract says an answer looks like, as someone reads it who has nothing else: the tables of part A, a line a field.
// Nothing is closed: a field that is not here is none of the client's business.

import { type Static, type TSchema, Type } from "typebox";

const instant = Type.String({ pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" });
const e164 = Type.String({ pattern: "^\\+[1-9]\\d{6,14}$" });
const timeOfDay = Type.String({ pattern: "^([01]\\d|2[0-3]):[0-5]\\d$" });
const idOf = (prefix: string) => Type.String({ pattern: `^${prefix}_.+` });
const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const anyObject = Type.Record(Type.String(), Type.Unknown());
const count = Type.Integer({ minimum: 0 });

const leadStatuses = [
  "pending",
  "dialing",
  "in_progress",
  "retry_wait",
  "completed",
  "voicemail",
  "no_answer",
  "busy",
  "failed",
  "dnc_blocked",
] as const;
const disposition = Type.Enum(["qualified", "not_interested", "callback", "completed"]);
const variables = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]));
const byStatus = Type.Object(
  Object.fromEntries(leadStatuses.map((status) => [status, count])) as Record<(typeof leadStatuses)[number], typeof count>,
);

export const Campaign = Type.Object({
  id: idOf("cmp"),
  name: Type.String({ minLength: 1, maxLength: 200 }),
  agentId: idOf("agent"),
  phoneNumberId: idOf("pn"),
  agentVersion: Type.Integer({ minimum: 1 }),
  maxConcurrent: Type.Integer({ minimum: 1, maximum: 50 }),
  scheduledStartAt: orNull(instant),
  schedule: Type.Object({
    timezone: Type.String(),
    windowStart: timeOfDay,
    windowEnd: timeOfDay,
    weekdays: Type.Array(Type.Integer({ minimum: 0, maximum: 6 }), { minItems: 1 }),
  }),
  retryPolicy: Type.Object({
    maxAttempts: Type.Integer(),
    backoffMinutes: Type.Integer(),
    retryOn: Type.Array(Type.Enum(["no_answer", "busy", "voicemail", "failed"])),
  }),
  webhookUrl: orNull(Type.String()),
  status: Type.Enum(["draft", "scheduled", "running", "paused", "completed", "failed"]),
  statusReason: orNull(Type.String()),
  createdAt: instant,
  updatedAt: instant,
  startedAt: orNull(instant),
  completedAt: orNull(instant),
  counts: Type.Object({ byStatus }),
});
export type Campaign = Static<typeof Campaign>;

export const Report = Type.Object({
  campaign: Campaign,
  counts: Type.Object({
    byStatus,
    byDisposition: Type.Object({ qualified: count, not_interested: count, callback: count, completed: count }),
  }),
});
export type Report = Static<typeof Report>;

export const Lead = Type.Object({
  id: idOf("ld"),
  campaignId: idOf("cmp"),
  phoneNumber: e164,
  variables,
  status: Type.Enum([...leadStatuses]),
  disposition: orNull(disposition),
  attempts: count,
  callId: orNull(idOf("call")),
  outcome: orNull(anyObject),
  lastAttemptAt: orNull(instant),
  nextAttemptAt: orNull(instant),
  createdAt: instant,
  updatedAt: instant,
});
export type Lead = Static<typeof Lead>;

export const LeadUpload = Type.Object({
  inserted: count,
  csvErrors: Type.Array(Type.Object({ row: Type.Integer({ minimum: 1 }), phone: Type.String(), error: Type.String() })),
  duplicates: count,
});
export type LeadUpload = Static<typeof LeadUpload>;

export const DncEntry = Type.Object({
  id: idOf("dnc"),
  phoneNumber: e164,
  reason: orNull(Type.String()),
  source: Type.Enum(["manual", "opt_out", "imported", "api", "registry"]),
  createdAt: instant,
});
export type DncEntry = Static<typeof DncEntry>;

export const DncBulk = Type.Object({
  inserted: count,
  duplicates: count,
  errors: Type.Array(Type.Object({ index: count, phoneNumber: Type.String(), error: Type.String() })),
});
export type DncBulk = Static<typeof DncBulk>;

const agentFields = {
  name: Type.String(),
  systemPrompt: Type.String(),
  welcomeMessage: Type.String(),
  variables,
  connection: Type.Object({ type: Type.Enum(["simulated", "stream", "twiml", "sip", "process"]) }),
  callPolicy: Type.Object({ ringTimeoutSeconds: count, maxDurationSeconds: count, silenceTimeoutSeconds: count }),
  voicemail: Type.Object({ detect: Type.Boolean(), action: Type.Enum(["hangup", "continue", "message"]), message: Type.String() }),
  postCallAnalysis: anyObject,
  ratePerMinute: Type.Number(),
};
export const Agent = Type.Object({ id: idOf("agent"), ...agentFields, currentVersion: Type.Integer({ minimum: 1 }) });
export type Agent = Static<typeof Agent>;

export const AgentVersion = Type.Object({
  id: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  label: orNull(Type.String()),
  notes: orNull(Type.String()),
  snapshot: Type.Object(agentFields),
  createdAt: instant,
});
export type AgentVersion = Static<typeof AgentVersion>;

export const PhoneNumber = Type.Object({ id: idOf("pn"), phoneNumber: e164, trunkId: idOf("trk"), label: orNull(Type.String()) });
export type PhoneNumber = Static<typeof PhoneNumber>;

export const Call = Type.Object({
  id: idOf("call"),
  campaignId: orNull(idOf("cmp")),
  leadId: orNull(idOf("ld")),
  agentId: idOf("agent"),
  agentVersion: Type.Integer({ minimum: 1 }),
  phoneNumberId: idOf("pn"),
  from: e164,
  to: e164,
  attempt: Type.Integer({ minimum: 1 }),
  status: Type.Enum(["placing", "ringing", "answered", "ended", "unknown"]),
  ending: orNull(Type.Enum(["completed", "voicemail", "no_answer", "busy", "failed"])),
  reason: orNull(Type.String()),
  sipCode: orNull(Type.Integer()),
  q850Cause: orNull(Type.Integer()),
  hungUpBy: orNull(Type.String()),
  placedAt: instant,
  ringingAt: orNull(instant),
  answeredAt: orNull(instant),
  endedAt: orNull(instant),
  ringSeconds: orNull(Type.Number()),
  talkSeconds: orNull(Type.Number()),
  cost: orNull(Type.String()),
  disposition: orNull(disposition),
  outcome: orNull(anyObject),
});
export type Call = Static<typeof Call>;

export const WebhookSettings = Type.Object({ url: orNull(Type.String()), events: Type.Array(Type.String()) });
export type WebhookSettings = Static<typeof WebhookSettings>;

export const LeadCompleted = Type.Object({
  event: Type.Literal("campaign.lead_completed"),
  timestamp: instant,
  campaign: Type.Object({ id: idOf("cmp"), name: Type.String() }),
  lead: Type.Object({
    id: idOf("ld"),
    phoneNumber: e164,
    variables,
    status: Type.Enum(["completed", "voicemail", "no_answer", "busy", "failed", "dnc_blocked"]),
    disposition: orNull(disposition),
    attempts: count,
    callId: orNull(idOf("call")),
    outcome: orNull(anyObject),
  }),
});
export type LeadCompleted = Static<typeof LeadCompleted>;

/** Around the rows of every list. */
export const Envelope = Type.Object({
  total: count,
  limit: Type.Integer({ minimum: 1, maximum: 1000 }),
  offset: count,
  nextCursor: orNull(Type.String()),
});
export type List<Name extends string, Row> = Record<Name, Row[]> & Static<typeof Envelope>;

export const Refusal = Type.Object({
  error: Type.String({ minLength: 1 }),
  code: Type.String({ pattern: "^[a-z][a-z_]*$" }),
  details: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
});
export type Refusal = Static<typeof Refusal>;
