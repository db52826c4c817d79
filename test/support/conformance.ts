// Every answer of the API's tests against the API's own description: the status must be one that the route names, the body
// must fit, and it may have no field that the description does not have. The harnesses ask for it after each request.

import type { TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { Api } from "../../src/http/api.ts";
import { createOpenApi } from "../../src/http/openapi/openapi.ts";
import type { Answer, OpenApiDocument, Operation, Reference } from "../../src/http/openapi/model.ts";
import type { JsonSchema } from "../../src/http/openapi/schema-book.ts";

/** What came back; `body` is the parsed JSON, or undefined when there was none. */
export interface Given {
  status: number;
  body: unknown;
  headers: Headers;
}

/** The rooms are few and say the same of themselves each time. */
const documents = new Map<string, OpenApiDocument>();

/** The description of what `api` has, as it stands in /openapi.json. */
export function documentOf(api: Pick<Api, "routes">): OpenApiDocument {
  const name = api.routes.map(({ method, path, hooks }) => `${method} ${path} ${hooks.detail?.summary}`).join("\n");
  const known = documents.get(name);
  if (known !== undefined) return known;
  const made = JSON.parse(JSON.stringify(createOpenApi(api.routes))) as OpenApiDocument;
  documents.set(name, made);
  return made;
}

/** Throws with all that does not fit. Routes that say nothing of themselves (a test's own) are left alone. */
export function expectConforms(document: OpenApiDocument, method: string, path: string, given: Given): void {
  const problems = problemsOf(document, method, path, given);
  if (problems.length > 0)
    throw new Error(
      `${method} ${path} answered ${given.status} with ${JSON.stringify(given.body)?.slice(0, 500)}, which is not what /openapi.json says:\n- ${problems.join("\n- ")}`,
    );
}

/** What is wrong with an answer, in sentences. */
export function problemsOf(document: OpenApiDocument, method: string, path: string, given: Given): string[] {
  const operation = findOperation(document, method, path);
  if (operation === undefined) return [];
  const response = operation.responses[String(given.status)];
  if (response === undefined) return [`the status ${given.status} is not one of ${Object.keys(operation.responses).join(", ")}`];
  const answer = resolveAnswer(document, response);
  const [[type, content] = []] = Object.entries(answer.content ?? {});
  if (type === undefined || content === undefined) return given.body === undefined ? [] : ["there is a body"];
  const problems = type === "application/json" ? bodyProblems(document, content.schema, given.body) : [];
  if (given.headers.get("content-type")?.startsWith(type) !== true)
    problems.push(`the content type is ${given.headers.get("content-type")}, not ${type}`);
  // Refusals have an example for each code; a 503 of /api/health is an answer of its own.
  const codes = Object.keys(content.examples ?? {});
  return isRefusal(given) && codes.length > 0 && !codes.includes("ok") ? [...problems, ...refusalProblems(given, codes)] : problems;
}

/** The operation whose path it is; one without parameters wins. */
export function findOperation(document: OpenApiDocument, method: string, path: string): Operation | undefined {
  const [bare = ""] = path.split("?");
  const exact = document.paths[bare];
  const parts = bare.split("/");
  const fits = (template: string) => {
    const wanted = template.split("/");
    return wanted.length === parts.length && wanted.every((part, place) => part.startsWith("{") || part === parts[place]);
  };
  const found = exact ?? Object.entries(document.paths).find(([template]) => fits(template))?.[1];
  return found?.[method.toLowerCase()];
}

function resolveAnswer(document: OpenApiDocument, response: Answer | Reference): Answer {
  return "$ref" in response ? (document.components.responses[response.$ref.split("/").at(-1) ?? ""] ?? { description: "" }) : response;
}

function isRefusal({ status }: Given): boolean {
  return status >= 400;
}

/** The document names the codes by its examples. */
function refusalProblems({ status, body, headers }: Given, codes: readonly string[]): string[] {
  const {
    code = "",
    error = "",
    requestId,
    details,
  } = (body ?? {}) as { code?: string; error?: string; requestId?: string; details?: readonly { path: string; message: string }[] };
  const problems = [];
  if (!codes.includes(code)) problems.push(`the code ${code} is not one of ${codes.join(", ")}`);
  if (error.trim() === "") problems.push("it does not say what was wrong");
  if (details?.some(({ message }) => message.trim() === "") === true) problems.push("a detail does not say what was wrong");
  if ((status === 500) !== (requestId !== undefined) && code === "internal")
    problems.push("an internal error has a request id, and nothing else has");
  if (["rate_limited", "draining", "store_unavailable"].includes(code) && !/^[1-9]\d*$/.test(headers.get("retry-after") ?? ""))
    problems.push("it does not say when to try again");
  if (status === 401 && headers.get("www-authenticate") !== "Bearer") problems.push("it does not say WWW-Authenticate: Bearer");
  return problems;
}

const validators = new WeakMap<JsonSchema, Validator>();

function bodyProblems(document: OpenApiDocument, schema: JsonSchema, body: unknown): string[] {
  const validator = validators.get(schema) ?? Compile(closed(document, schema) as TSchema);
  validators.set(schema, validator);
  return validator.Check(body)
    ? []
    : [...validator.Errors(body)]
        .slice(0, 10)
        .map(({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`);
}

/** Without references, and with no room for fields that are not described. */
export function closed(document: OpenApiDocument, schema: JsonSchema): JsonSchema {
  if (schema.$ref !== undefined) return closed(document, document.components.schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {});
  const inner = (part: JsonSchema) => closed(document, part);
  const { properties, items, anyOf, additionalProperties, ...rest } = schema;
  const hasFields = properties !== undefined && Object.keys(properties).length > 0;
  return {
    ...rest,
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, inner(property)])) }),
    ...(items === undefined ? {} : { items: inner(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(inner) }),
    ...(additionalProperties !== undefined
      ? { additionalProperties: typeof additionalProperties === "object" ? inner(additionalProperties) : additionalProperties }
      : {}),
    ...(additionalProperties === undefined && hasFields ? { additionalProperties: false } : {}),
  };
}
