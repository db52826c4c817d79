// The settings of the analysis on the wire. The key goes in and never comes out.

import { type Static, type TSchemaOptions, Type } from "typebox";
import { askingModes } from "../analysis/request.ts";
import type { StoredAnalysis } from "./store.ts";

const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S, words: TSchemaOptions = {}) =>
  Type.Union([schema, Type.Null()], words);
const baseUrl = orNull(Type.String({ maxLength: 2_000 }), {
  description:
    "of an OpenAI-compatible API, to which /chat/completions is added; null: transcripts go nowhere, and only bots report analyses",
  examples: ["https://llm.example.com/v1"],
  errorMessage: "must be an http:// or https:// URL, or null",
});
const model = Type.String({
  maxLength: 200,
  description: "where an agent's analyzerModel names none",
  examples: ["gpt-4.1-mini"],
  errorMessage: "must be a text of 200 characters at most",
});
const timeoutSeconds = Type.Integer({
  minimum: 1,
  maximum: 60,
  description: "for one analysis with its repair",
  examples: [30],
  errorMessage: "must be a whole number from 1 to 60",
});

/** The body of a change; what is left out stays. */
export const AnalysisChange = Type.Object(
  {
    baseUrl: Type.Optional(baseUrl),
    apiKey: Type.Optional(
      orNull(Type.String({ pattern: "^[\\x21-\\x7e]{1,500}$" }), {
        writeOnly: true,
        description: "sent as a bearer token; null removes it, and so does another baseUrl",
        errorMessage: "must be 1 to 500 printable ASCII characters without blanks, or null",
      }),
    ),
    model: Type.Optional(model),
    timeoutSeconds: Type.Optional(timeoutSeconds),
  },
  { additionalProperties: false, title: "AnalysisSettingsChange" },
);
/** A null key removes it. */
export type AnalysisChange = Static<typeof AnalysisChange>;

/** The settings as they may be shown. */
export const AnalysisSettingsJson = Type.Object(
  { baseUrl, model, timeoutSeconds, hasApiKey: Type.Boolean() },
  { title: "AnalysisSettings" },
);

/** What the endpoint made of a conversation that was made up. */
export const AnalysisTestJson = Type.Object(
  {
    works: Type.Boolean(),
    format: orNull(Type.Enum([...askingModes]), {
      description: "how the endpoint was asked for JSON: by its schema, as some JSON, or in words alone",
    }),
    outcome: orNull(Type.Record(Type.String(), Type.Unknown()), {
      description: "what it found",
      examples: [{ next_action: "callback_later" }],
    }),
    error: orNull(Type.String(), { description: "why there is no analysis", examples: [null] }),
    durationMs: Type.Number({ examples: [840] }),
  },
  { title: "AnalysisTest" },
);

/** Of the key only whether there is one. */
export function toAnalysisSettingsJson({ baseUrl, model, timeoutSeconds, apiKey }: StoredAnalysis) {
  return { baseUrl, model, timeoutSeconds, hasApiKey: apiKey !== null };
}
