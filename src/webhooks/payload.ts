// What a receiver of webhooks is sent, for the OpenAPI document; event.ts builds it.

import { Type } from "typebox";
import { dispositions } from "../calls/disposition.ts";
import { exampleId, idOf } from "../http/identifiers.ts";
import { LeadStatus, leadStatuses } from "../leads/status.ts";

/** `campaign.lead_completed`. */
export const LeadCompletedJson = Type.Object(
  {
    event: Type.Enum(["campaign.lead_completed"]),
    timestamp: Type.String({ format: "date-time", description: "when the lead became final" }),
    campaign: Type.Object({ id: idOf("cmp"), name: Type.String({ examples: ["Spring"] }) }),
    lead: Type.Object({
      id: idOf("ld"),
      phoneNumber: Type.String({ examples: ["+919876543210"] }),
      variables: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), { examples: [{ first_name: "Arjun" }] }),
      status: Type.Enum([...leadStatuses], { examples: [LeadStatus.completed] }),
      disposition: Type.Union([Type.Enum([...dispositions]), Type.Null()], { description: "only with completed" }),
      attempts: Type.Integer({ examples: [1] }),
      callId: Type.Union([idOf("call"), Type.Null()], { description: "the last call; null when there was none", examples: [exampleId("call")] }),
      outcome: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()], { description: "the analysis of the last call", examples: [{ lead_qualified: true }] }),
    }),
  },
  { title: "LeadCompletedEvent" },
);
