// One route as an operation: its name, its role, its parameters, bodies and answers. The refusals are refusals.ts's.
// Used by openapi.ts.

import type { TSchema } from "typebox";
import { isOpen } from "../door/auth.ts";
import { requiredRole } from "../door/roles.ts";
import { exampleOf } from "./examples.ts";
import type { Answer, Content, Contents, Operation, RequestBody, RouteFacts } from "./model.ts";
import { operationIdOf } from "./operation-id.ts";
import { pathParameters, queryParameters } from "./parameters.ts";
import type { SchemaBook } from "./schema-book.ts";

const JSON_TYPE = "application/json";

/** `routes` are all of them, for what one tells of another. */
export function toOperation(route: RouteFacts, routes: readonly RouteFacts[], book: SchemaBook): Operation {
  const { method, path, hooks } = route;
  const { detail = {} } = hooks;
  const role = isOpen(path) ? undefined : requiredRole(method, path);
  const needs = role === undefined ? "Needs no key." : `Needs the role \`${role}\`.`;
  const isRepeatable = method === "POST" && role !== undefined;
  const parameters = [
    ...pathParameters(path, routes, book),
    ...queryParameters(hooks.query, book),
    ...(isRepeatable ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : []),
  ];
  const requestBody = requestBodyOf(hooks, book);
  const answers = Object.entries(detail["x-answers"] ?? {});
  return {
    operationId:
      detail.operationId ??
      operationIdOf(
        method,
        path,
        routes.some((other) => other.path === path && isList(other)),
      ),
    tags: detail.tags ?? [],
    summary: detail.summary ?? "",
    description: detail.description === undefined ? needs : `${detail.description} ${needs}`,
    ...(role === undefined ? { security: [] } : { "x-required-role": role }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: Object.fromEntries(answers.map(([status, schema]) => [status, toAnswer(Number(status), schema, isRepeatable, book)])),
  };
}

function isList({ method, hooks }: RouteFacts): boolean {
  const answer = hooks.detail?.["x-answers"]?.[200] as { properties?: object } | null | undefined;
  return method === "GET" && answer?.properties !== undefined && "nextCursor" in answer.properties;
}

function requestBodyOf({ body, detail = {} }: RouteFacts["hooks"], book: SchemaBook): RequestBody | undefined {
  const bodies = { ...(body === undefined ? {} : { [JSON_TYPE]: body as TSchema }), ...detail["x-bodies"] };
  const content: Contents = Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, toContent(schema, book, true)]));
  return Object.keys(content).length === 0 ? undefined : { required: detail["x-body-optional"] !== true, content };
}

function toAnswer(status: number, schema: TSchema | null, isRepeatable: boolean, book: SchemaBook): Answer {
  const headers =
    isRepeatable && status < 300 ? { headers: { "Idempotency-Replayed": { $ref: "#/components/headers/IdempotencyReplayed" } } } : {};
  if (schema === null) return { description: "Done; there is no body.", ...headers };
  const type = (schema as { contentMediaType?: string }).contentMediaType ?? JSON_TYPE;
  return { description: describe(status), ...headers, content: { [type]: toContent(schema, book, false) } };
}

function describe(status: number): string {
  if (status === 201) return "Created.";
  return status < 300 ? "Done." : "Not well.";
}

/** With an example: of a body the least that one would send, of an answer all of it. */
function toContent(schema: TSchema, book: SchemaBook, isShort: boolean): Content {
  const written = book.write(schema);
  return { schema: written, example: exampleOf(written, book, isShort) };
}
