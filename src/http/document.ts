// What a route says of itself in the OpenAPI document: its sentence, its answers and its refusals.

import { Type, type TSchema } from "typebox";
import type { ErrorCode } from "../errors.ts";

/** The body of every refusal. */
export const ErrorJson = Type.Object({
  error: Type.String({ description: "what was wrong, with which value, and what would be right" }),
  code: Type.String(),
  details: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  requestId: Type.Optional(Type.String()),
});

export interface RouteWords {
  summary: string;
  description?: string;
  tag: string;
  /** Status → schema of the answer; null for an answer without a body. */
  answers: Record<number, TSchema | null>;
  /** The refusals particular to the route; 400, 401, 403, 500 and 503 are everyone's. */
  refusals?: readonly ErrorCode[];
}

/** The `detail` of an Elysia route. `x-answers` and `x-refusals` are turned into responses by openapi.ts. */
export function document(words: RouteWords) {
  return {
    detail: {
      summary: words.summary,
      ...(words.description === undefined ? {} : { description: words.description }),
      tags: [words.tag],
      "x-answers": words.answers,
      "x-refusals": words.refusals ?? [],
    },
  };
}
