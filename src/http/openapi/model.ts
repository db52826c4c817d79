// The OpenAPI 3.1 document as it is written here: what openapi.ts makes, and the page at /docs reads.

import type { RouteDetail } from "../document.ts";
import type { JsonSchema } from "./schema-book.ts";

/** One kind of body, with an example, or several by name. */
export interface Content {
  schema: JsonSchema;
  example?: unknown;
  examples?: Record<string, { summary: string; value: unknown }>;
}

/** By media type. */
export type Contents = Record<string, Content>;

export interface Reference {
  $ref: string;
}

export interface Answer {
  description: string;
  headers?: Record<string, Reference>;
  content?: Contents;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description?: string;
  schema: JsonSchema;
  example?: unknown;
}

export interface RequestBody {
  required: boolean;
  content: Contents;
}

export interface Operation {
  operationId: string;
  tags: readonly string[];
  summary: string;
  description: string;
  /** Empty for a route that needs no key. */
  security?: readonly [];
  "x-required-role"?: string;
  parameters?: readonly (Parameter | Reference)[];
  requestBody?: RequestBody;
  /** By status. */
  responses: Record<string, Answer | Reference>;
}

export interface Components {
  schemas: Record<string, JsonSchema>;
  responses: Record<string, Answer>;
  parameters: Record<string, Parameter>;
  headers: Record<string, { description: string; schema: JsonSchema }>;
  securitySchemes: Record<string, object>;
}

export interface OpenApiDocument {
  openapi: "3.1.0";
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: readonly { url: string }[];
  tags: readonly { name: string; description: string }[];
  security: readonly Record<string, readonly []>[];
  /** Path → method in small letters → operation. */
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<
    string,
    {
      post: {
        operationId: string;
        summary: string;
        description: string;
        tags: readonly string[];
        requestBody: RequestBody;
        responses: Record<string, Answer>;
      };
    }
  >;
  components: Components;
}

/** A route as Elysia keeps it; `path` in OpenAPI's form. */
export interface RouteFacts {
  method: string;
  path: string;
  hooks: { detail?: Partial<RouteDetail>; body?: unknown; query?: unknown };
}
