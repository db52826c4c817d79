// What a receiver of webhooks is sent, for the OpenAPI document; event.ts and call-event.ts build it.

import { Type } from "typebox";
import { callEndings, CallStatus } from "../../calls/call.ts";
import { dispositions } from "../../calls/disposition.ts";
import { exampleId, idOf } from "../../http/identifiers.ts";
import { LeadStatus, leadStatuses } from "../../leads/status.ts";

/** `campaign.lead_completed`. */
export const LeadCompletedJson = Type.Object(
  {
    event: Type.Enum(["campaign.lead_completed"]),
    timestamp: Type.String({ format: "date-time", description: "when the lead became final" }),
    campaign: Type.Object({ id: idOf("cmp"), name: Type.String({ examples: ["Spring"] }) }),
    lead: Type.Object({
      id: idOf("ld"),
      phoneNumber: Type.String({ examples: ["+919876543210"] }),
      variables: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
        examples: [{ first_name: "Arjun" }],
      }),
      status: Type.Enum([...leadStatuses], { examples: [LeadStatus.completed] }),
      disposition: Type.Union([Type.Enum([...dispositions]), Type.Null()], { description: "only with completed" }),
      attempts: Type.Integer({ examples: [1] }),
      callId: Type.Union([idOf("call"), Type.Null()], {
        description: "the last call; null when there was none",
        examples: [exampleId("call")],
      }),
      outcome: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()], {
        description: "the analysis of the last call",
        examples: [{ lead_qualified: true }],
      }),
    }),
  },
  { title: "LeadCompletedEvent" },
);

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Union([schema, Type.Null()]);
const instant = Type.String({ format: "date-time" });
const outcome = orNull(Type.Object({}, { additionalProperties: true, description: "the analysis", examples: [{ lead_qualified: true }] }));
const disposition = orNull(Type.Enum([...dispositions]));

const started = {
  id: idOf("call"),
  campaignId: orNull(Type.String({ description: "null for a single call", examples: [exampleId("cmp")] })),
  leadId: orNull(Type.String({ examples: [exampleId("ld")] })),
  agentId: Type.String({ examples: [exampleId("agent")] }),
  agentVersion: Type.Integer({ examples: [1] }),
  from: Type.String({ examples: ["+14155550100"] }),
  to: Type.String({ examples: ["+919876543210"] }),
  attempt: Type.Integer({ examples: [1] }),
  placedAt: instant,
};

/** `call.started`. */
export const CallStartedJson = Type.Object(
  { event: Type.Enum(["call.started"]), timestamp: instant, call: Type.Object(started) },
  { title: "CallStartedEvent" },
);

/** `call.completed`, `call.failed` and `call.analysis_completed`. */
export const CallEndedJson = Type.Object(
  {
    event: Type.Enum(["call.completed", "call.failed", "call.analysis_completed"]),
    timestamp: instant,
    call: Type.Object({
      ...started,
      status: Type.Enum([CallStatus.ended, CallStatus.unknown]),
      ending: Type.Enum([...callEndings]),
      reason: Type.String({ examples: ["normal_clearing"] }),
      sipCode: orNull(Type.Integer({ examples: [200] })),
      sipReason: orNull(Type.String({ description: "the reason phrase of the final response", examples: ["OK"] })),
      q850Cause: orNull(Type.Integer({ description: "ITU-T Q.850", examples: [16] })),
      hungUpBy: orNull(Type.Enum(["us", "them", "bot"])),
      answeredAt: orNull(instant),
      endedAt: orNull(instant),
      ringSeconds: orNull(Type.Number()),
      talkSeconds: orNull(Type.Number()),
      cost: orNull(Type.String({ examples: ["0.65"] })),
      disposition,
      outcome,
      amd: orNull(
        Type.Object(
          {},
          {
            additionalProperties: true,
            description: "who or what picked up",
            examples: [{ result: "human", reason: "speech_length", atMs: 2100 }],
          },
        ),
      ),
      media: orNull(
        Type.Object(
          {},
          { additionalProperties: true, description: "what the audio measured", examples: [{ packetsLost: 2, jitterMs: 1.2 }] },
        ),
      ),
    }),
  },
  { title: "CallEndedEvent" },
);

const { lead, campaign } = LeadCompletedJson.properties;

/** `lead.attempt_completed`. */
export const AttemptCompletedJson = Type.Object(
  {
    event: Type.Enum(["lead.attempt_completed"]),
    timestamp: instant,
    campaign,
    lead: Type.Object({
      ...lead.properties,
      nextAttemptAt: orNull(Type.String({ format: "date-time", description: "null when it was the last attempt" })),
    }),
    attempt: Type.Object({
      number: Type.Integer({ examples: [1] }),
      callId: idOf("call"),
      ending: Type.Enum([...callEndings]),
      reason: Type.String({ examples: ["normal_clearing"] }),
    }),
  },
  { title: "AttemptCompletedEvent" },
);
