// What is to be found in a conversation, as a JSON schema for the endpoint: the agent's own fields, and the fixed ones that
// decide what becomes of a lead. Pure.

import type { AnalysisField, PostCallAnalysis } from "../agents/draft.ts";
import { nextActions } from "../calls/disposition.ts";

/** One value of the answer. `opt_out` is an object, everything else a plain value. */
export interface AnswerField {
  name: string;
  type: AnalysisField["type"] | "opt_out";
  description: string;
  /** Without it there is no analysis. */
  required: boolean;
  enumValues: readonly string[];
}

const sentiments = ["positive", "neutral", "negative"];

/** In the order in which they are asked for. A field of the agent's goes before a fixed one of the same name. */
export function answerFields({
  schema,
  enableSummary,
  enableSentiment,
  enableSuccessEvaluation,
  summaryPrompt,
  successCriteria,
}: PostCallAnalysis): AnswerField[] {
  const own = schema.map(({ name, type, description = "", required = false, enumValues = [] }) => ({
    name,
    type,
    description,
    required,
    enumValues,
  }));
  const fixed = [
    ...(enableSummary ? [field("summary", "string", summaryPrompt || "what was said and agreed, in two or three sentences")] : []),
    ...(enableSentiment ? [field("sentiment", "enum", "how the person took the call", sentiments)] : []),
    ...(enableSuccessEvaluation
      ? [field("success", "boolean", `whether the call reached its goal${successCriteria === "" ? "" : `: ${successCriteria}`}`)]
      : []),
    field("lead_qualified", "boolean", "whether the person wants what was offered; null when it did not come up"),
    field(
      "next_action",
      "enum",
      "callback_later when the person asked to be called at another time, not_interested when they declined",
      nextActions,
    ),
    field(
      "callback_at",
      "string",
      "with callback_later, when: ISO 8601 with an offset, such as 2026-05-06T17:30:00+05:30; null when no time was named",
    ),
    field(
      "opt_out",
      "opt_out",
      "whether the person asked never to be called again, and their own words for it; a wish about the time of a call is none",
    ),
  ];
  return [...own, ...fixed.filter(({ name }) => !own.some((other) => other.name === name))];
}

function field(name: string, type: AnswerField["type"], description: string, enumValues: readonly string[] = []): AnswerField {
  return { name, type, description, required: false, enumValues };
}

/** Every field is there in an answer; what is not known is null. So the strict mode of such endpoints wants it. */
export function jsonSchemaOf(fields: readonly AnswerField[]): Record<string, unknown> {
  return {
    type: "object",
    properties: Object.fromEntries(fields.map((each) => [each.name, propertyOf(each)])),
    required: fields.map(({ name }) => name),
    additionalProperties: false,
  };
}

function propertyOf({ type, description, required, enumValues }: AnswerField): Record<string, unknown> {
  const words = description === "" ? {} : { description };
  if (type === "opt_out") {
    return {
      type: "object",
      properties: { requested: { type: "boolean" }, quote: { type: ["string", "null"] } },
      required: ["requested", "quote"],
      additionalProperties: false,
      ...words,
    };
  }
  if (type === "enum")
    return required ? { type: "string", enum: enumValues, ...words } : { type: ["string", "null"], enum: [...enumValues, null], ...words };
  return { type: required ? type : [type, "null"], ...words };
}
