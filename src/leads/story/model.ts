// The story of a lead on the wire: the lead, every call of it with what was known when it was placed, and every decision
// not to call it.

import { Type } from "typebox";
import { dispositions } from "../../calls/disposition.ts";
import { callEndings, CallStatus, callStatuses } from "../../calls/call.ts";
import { exampleId } from "../../http/identifiers.ts";
import { InstantJson, InstantOrNullJson, toInstant, toInstantOrNull } from "../../http/instants.ts";
import { SECOND } from "../../runtime/clock.ts";
import { LeadJson, toLeadJson } from "../model.ts";
import type { LeadRow } from "../store.ts";
import type { CallOfLead, DecisionRow } from "./store.ts";
import { zoneList } from "../zones.ts";

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);
const facts = orNull(
  Type.Record(Type.String(), Type.Unknown(), {
    description: "what was known at that instant: local time, zone and where it came from, DNC, caps",
  }),
);

const AttemptJson = Type.Object(
  {
    id: Type.String({ examples: [exampleId("call")] }),
    attempt: Type.Integer({
      description: "a fault that was not the lead's gives its attempt back: the next call has the same number",
      examples: [1],
    }),
    usesAttempt: Type.Boolean(),
    agentId: Type.String({ examples: [exampleId("agent")] }),
    agentVersion: Type.Integer({ examples: [1] }),
    phoneNumberId: Type.String({ examples: [exampleId("pn")] }),
    from: Type.String({ examples: ["+14155550100"] }),
    to: Type.String({ examples: ["+919876543210"] }),
    status: Type.Enum([...callStatuses], { examples: [CallStatus.ended] }),
    ending: orNull(Type.Enum([...callEndings])),
    reason: orNull(Type.String({ examples: ["hung up by the far end"] })),
    sipCode: orNull(Type.Integer({ examples: [200] })),
    q850Cause: orNull(Type.Integer({ examples: [16] })),
    hungUpBy: orNull(Type.String({ examples: ["them"] })),
    placedAt: InstantJson,
    ringingAt: InstantOrNullJson,
    answeredAt: InstantOrNullJson,
    endedAt: InstantOrNullJson,
    ringSeconds: orNull(Type.Number({ examples: [4.2] })),
    talkSeconds: orNull(Type.Number({ examples: [61] })),
    disposition: orNull(Type.Enum([...dispositions])),
    outcome: orNull(
      Type.Object({}, { additionalProperties: true, description: "the analysis of the call", examples: [{ lead_qualified: true }] }),
    ),
    facts,
  },
  { title: "LeadCall" },
);

const DecisionJson = Type.Object(
  {
    decidedAt: InstantJson,
    kind: Type.Enum(["wait", "block", "hold"]),
    reason: Type.String({ examples: ["number_in_call"] }),
    until: orNull(Type.String({ format: "date-time", description: "when it may change, if that is known" })),
    facts,
  },
  { title: "LeadDecision" },
);

/** A lead with its story. */
export const LeadStoryJson = Type.Object(
  {
    ...LeadJson.properties,
    zones: Type.Array(Type.String({ examples: ["Asia/Kolkata"] }), {
      description: "the zones that the person may be in; empty when they are unknown",
    }),
    dueAt: InstantOrNullJson,
    calls: Type.Array(AttemptJson, { description: "oldest first, the newest 1,000" }),
    decisions: Type.Array(DecisionJson, { description: "why it was not called, oldest first, the newest 1,000" }),
  },
  { title: "LeadStory" },
);

/** `dueAt` is when the queue looks at it next; null while nothing of it waits. */
export function toLeadStoryJson(lead: LeadRow, isWaiting: boolean, calls: readonly CallOfLead[], decisions: readonly DecisionRow[]) {
  return {
    ...toLeadJson(lead),
    zones: zoneList(lead.zones),
    dueAt: isWaiting ? toInstant(lead.dueAt) : null,
    calls: calls.map(toAttemptJson),
    decisions: decisions.map(toDecisionJson),
  };
}

function toAttemptJson(row: CallOfLead) {
  return {
    id: row.id,
    attempt: row.attempt,
    usesAttempt: row.usesAttempt === 1,
    agentId: row.agentId,
    agentVersion: row.agentVersion,
    phoneNumberId: row.phoneNumberId,
    from: row.fromNumber,
    to: row.toNumber,
    status: row.status,
    ending: row.ending,
    reason: row.reason,
    sipCode: row.sipCode,
    q850Cause: row.q850Cause,
    hungUpBy: row.hungUpBy,
    placedAt: toInstant(row.placedAt),
    ringingAt: toInstantOrNull(row.ringingAt),
    answeredAt: toInstantOrNull(row.answeredAt),
    endedAt: toInstantOrNull(row.endedAt),
    ringSeconds: row.ringMs === null ? null : row.ringMs / SECOND,
    talkSeconds: row.talkMs === null ? null : row.talkMs / SECOND,
    disposition: row.disposition,
    outcome: parsed(row.outcome),
    facts: parsed(row.facts),
  };
}

function toDecisionJson({ decidedAt, kind, reason, until, facts }: DecisionRow) {
  return { decidedAt: toInstant(decidedAt), kind, reason, until: toInstantOrNull(until), facts: parsed(facts) };
}

function parsed(json: string | null): unknown {
  return json === null ? null : (JSON.parse(json) as unknown);
}
