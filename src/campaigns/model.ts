// Campaigns on the wire: what may be written, what is shown, and how one becomes the other.

import { type Static, Type } from "typebox";
import { dispositions } from "../calls/disposition.ts";
import { exampleId, idOf } from "../http/identifiers.ts";
import { InstantInput, InstantJson, InstantOrNullJson, readInstant, toInstant, toInstantOrNull } from "../http/instants.ts";
import type { RetryPolicy } from "../leads/retry.ts";
import { finalStatuses, leadStatuses } from "../leads/status.ts";
import type { EpochMs } from "../runtime/clock.ts";
import { campaignStatuses } from "./lifecycle.ts";
import type { CampaignState } from "./report.ts";
import { defaultRetryPolicy, mergeRetryPolicy, RetryPolicyChange, RetryPolicyJson } from "./retry-policy-model.ts";
import { mergeRules, noRules, ruleChanges, ruleFields, type Rules, rulesOf, toRulesJson } from "./rules-model.ts";
import { defaultSchedule, mergeSchedule, ScheduleChange, ScheduleJson } from "./schedule-model.ts";
import { type CampaignRow, retryPolicyOf, scheduleOf } from "./store.ts";
import type { Schedule } from "./window.ts";

const closed = { additionalProperties: false } as const;

const wholeNumber = (minimum: number, maximum: number, more: object = {}) =>
  Type.Integer({ minimum, maximum, errorMessage: `must be a whole number from ${minimum} to ${maximum}`, ...more });
const idOfOther = (prefix: "agent" | "pn") =>
  Type.String({ minLength: 1, maxLength: 100, examples: [exampleId(prefix)], errorMessage: "must be the id of one that exists" });
const agentId = idOfOther("agent");
const phoneNumberId = idOfOther("pn");

const optionalFields = {
  agentVersion: Type.Optional(wholeNumber(1, 1_000_000_000, { description: "the agent's current one, when it is left out" })),
  maxConcurrent: Type.Optional(wholeNumber(1, 50, { default: 5 })),
  scheduledStartAt: Type.Optional(Type.Union([InstantInput, Type.Null()])),
  schedule: Type.Optional(ScheduleChange),
  retryPolicy: Type.Optional(RetryPolicyChange),
  webhookUrl: Type.Optional(
    Type.Union([Type.String({ minLength: 1, maxLength: 2_000 }), Type.Null()], {
      description: "http or https; null for the default of the settings",
      examples: ["https://crm.example.com/outdial"],
      errorMessage: "must be an http or https URL, or null",
    }),
  ),
  ...ruleChanges,
};
const name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: "\\S",
  examples: ["Spring"],
  errorMessage: "must be a text of 1 to 200 characters",
});

export const CampaignCreate = Type.Object({ name, agentId, phoneNumberId, ...optionalFields }, { ...closed, title: "NewCampaign" });
export type CampaignCreate = Static<typeof CampaignCreate>;

/** The same shape, all of it optional; nested objects merge field by field. */
export const CampaignUpdate = Type.Object(
  { name: Type.Optional(name), agentId: Type.Optional(agentId), phoneNumberId: Type.Optional(phoneNumberId), ...optionalFields },
  { ...closed, title: "CampaignChange" },
);
export type CampaignUpdate = Static<typeof CampaignUpdate>;

/** Which final leads a redial copies. */
export const RedialRequest = Type.Object(
  {
    statuses: Type.Array(Type.Enum([...finalStatuses]), {
      minItems: 1,
      uniqueItems: true,
      errorMessage: `must be a list of final statuses, each once: ${finalStatuses.join(", ")}`,
    }),
  },
  { ...closed, title: "RedialRequest", examples: [{ statuses: ["no_answer", "busy"] }] },
);

export const StopRequest = Type.Object(
  { inFlight: Type.Optional(Type.Enum(["finish", "hangup"], { default: "finish", description: "what becomes of the calls in progress" })) },
  { ...closed, title: "StopRequest" },
);

const countOf = (words: readonly string[]) => Type.Object(Object.fromEntries(words.map((word) => [word, Type.Integer()])));

export const CampaignJson = Type.Object(
  {
    id: idOf("cmp"),
    name,
    agentId,
    agentVersion: Type.Integer({ examples: [1] }),
    phoneNumberId,
    maxConcurrent: Type.Integer({ examples: [5] }),
    scheduledStartAt: InstantOrNullJson,
    schedule: ScheduleJson,
    retryPolicy: RetryPolicyJson,
    webhookUrl: Type.Union([Type.String(), Type.Null()]),
    ...ruleFields,
    status: Type.Enum([...campaignStatuses]),
    statusReason: Type.Union([Type.String(), Type.Null()], { description: "why it is not moving, when it is not" }),
    counts: Type.Object({ byStatus: countOf(leadStatuses) }),
    createdAt: InstantJson,
    updatedAt: InstantJson,
    startedAt: InstantOrNullJson,
    completedAt: InstantOrNullJson,
  },
  { title: "Campaign" },
);

export const ReportJson = Type.Object(
  { campaign: CampaignJson, counts: Type.Object({ byStatus: countOf(leadStatuses), byDisposition: countOf(dispositions) }) },
  { title: "CampaignReport" },
);

/** What a person decides about a campaign, complete. `agentVersion` undefined stands for the agent's current one. */
export interface CampaignFields extends Rules {
  name: string;
  agentId: string;
  agentVersion: number | undefined;
  phoneNumberId: string;
  maxConcurrent: number;
  scheduledStartAt: EpochMs | null;
  schedule: Schedule;
  retryPolicy: RetryPolicy;
  webhookUrl: string | null;
}

const defaults = {
  agentVersion: undefined,
  maxConcurrent: 5,
  scheduledStartAt: null,
  schedule: defaultSchedule,
  retryPolicy: defaultRetryPolicy,
  webhookUrl: null,
  ...noRules,
} satisfies Partial<CampaignFields>;

/** Throws 400 for an instant that is none, and for a schedule that names its hours in two ways. */
export function readCreate({ name, agentId, phoneNumberId, ...rest }: CampaignCreate): CampaignFields {
  return merge({ ...defaults, name, agentId, phoneNumberId }, rest);
}

/** The fields after the change. Another agent without a version means that agent's current one. */
export function readUpdate(row: CampaignRow, change: CampaignUpdate): CampaignFields {
  const isOtherAgent = change.agentId !== undefined && change.agentId !== row.agentId;
  return merge(
    {
      ...row,
      ...rulesOf(row),
      agentVersion: isOtherAgent ? undefined : row.agentVersion,
      schedule: scheduleOf(row),
      retryPolicy: retryPolicyOf(row),
    },
    change,
  );
}

function merge(current: CampaignFields, change: CampaignUpdate): CampaignFields {
  return {
    name: change.name ?? current.name,
    agentId: change.agentId ?? current.agentId,
    agentVersion: change.agentVersion ?? current.agentVersion,
    phoneNumberId: change.phoneNumberId ?? current.phoneNumberId,
    maxConcurrent: change.maxConcurrent ?? current.maxConcurrent,
    scheduledStartAt:
      typeof change.scheduledStartAt === "string"
        ? readInstant("scheduledStartAt", change.scheduledStartAt)
        : keep(change.scheduledStartAt, current.scheduledStartAt),
    schedule: mergeSchedule(current.schedule, change.schedule),
    retryPolicy: mergeRetryPolicy(current.retryPolicy, change.retryPolicy),
    webhookUrl: keep(change.webhookUrl, current.webhookUrl),
    ...mergeRules(current, change),
  };
}

/** Null is a value: it clears. Only what was not sent keeps. */
function keep<T>(sent: T | undefined, current: T): T {
  return sent === undefined ? current : sent;
}

/** Takes the state as it was read at one instant: nothing is looked up here. */
export function toCampaignJson({ row, counts, statusReason }: CampaignState) {
  return {
    id: row.id,
    name: row.name,
    agentId: row.agentId,
    agentVersion: row.agentVersion,
    phoneNumberId: row.phoneNumberId,
    maxConcurrent: row.maxConcurrent,
    scheduledStartAt: toInstantOrNull(row.scheduledStartAt),
    schedule: scheduleOf(row),
    retryPolicy: retryPolicyOf(row),
    webhookUrl: row.webhookUrl,
    ...toRulesJson(row),
    status: row.status,
    statusReason,
    counts: { byStatus: counts.byStatus },
    createdAt: toInstant(row.createdAt),
    updatedAt: toInstant(row.updatedAt),
    startedAt: toInstantOrNull(row.startedAt),
    completedAt: toInstantOrNull(row.completedAt),
  };
}

/** The campaign as everywhere, and both kinds of counts. */
export function toReportJson(state: CampaignState) {
  return { campaign: toCampaignJson(state), counts: state.counts };
}
