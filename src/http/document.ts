// What a route says of itself for the OpenAPI document: its sentence, its bodies, its answers and its refusals.
// Elysia's own `query` and `body` are read from the route; openapi.ts puts the two together.

import { type TSchema, Type } from "typebox";
import { type ErrorCode, errorCodes } from "../errors.ts";

/** The body of every refusal. */
export const ErrorJson = Type.Object(
  {
    error: Type.String({ description: "what was wrong, with which value, and what would be right" }),
    code: Type.Enum([...errorCodes], { description: "for programs; a later release may add some" }),
    details: Type.Optional(
      Type.Array(
        Type.Object({
          path: Type.String({ description: "dotted, such as schedule.windowStart; empty for the body itself" }),
          message: Type.String(),
        }),
        {
          description: "each place that was wrong, 50 at most",
        },
      ),
    ),
    requestId: Type.Optional(Type.String({ description: "of an internal error: what to quote when it is reported" })),
  },
  { title: "Error" },
);

/** A kind of body that a route reads. */
export type MediaType = "application/json" | "text/csv" | "audio/wav";

export interface RouteWords {
  summary: string;
  description?: string;
  tag: string;
  /** Status → schema of the answer; null for an answer without a body. One with `contentMediaType` is no JSON. */
  answers: Record<number, TSchema | null>;
  /** The refusals particular to the route; those that every route has are added. */
  refusals?: readonly ErrorCode[];
  /** The bodies that the route checks itself, when Elysia's `body` does not say it. */
  bodies?: Partial<Record<MediaType, TSchema>>;
  /** The body may be left out. */
  isBodyOptional?: boolean;
  /** What a generated client calls it, when the path does not give a good name (`addDncEntries`). */
  operationId?: string;
}

/** The `detail` of an Elysia route. */
export function document(words: RouteWords) {
  const { summary, description, tag, answers, refusals = [], bodies, isBodyOptional, operationId } = words;
  return {
    detail: {
      summary,
      ...(description === undefined ? {} : { description }),
      ...(operationId === undefined ? {} : { operationId }),
      tags: [tag],
      "x-answers": answers,
      "x-refusals": refusals,
      ...(bodies === undefined ? {} : { "x-bodies": bodies }),
      ...(isBodyOptional === undefined ? {} : { "x-body-optional": isBodyOptional }),
    },
  };
}

/** What `document` wrote, as it is found on a route. */
export type RouteDetail = ReturnType<typeof document>["detail"];
