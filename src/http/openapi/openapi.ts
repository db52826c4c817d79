// The OpenAPI 3.1 document, made from the routes themselves: their paths, the schemas they validate with, and what
// `document` says of them. Used by routes.ts; the page at /docs is made from it too.

import { version } from "../../version.ts";
import { isOpen } from "../door/auth.ts";
import { ErrorJson } from "../document.ts";
import { introduction, sortTags, tagWords } from "./introduction.ts";
import type { Components, OpenApiDocument, RouteFacts } from "./model.ts";
import { toOperation } from "./operation.ts";
import { toOpenPath } from "./parameters.ts";
import { addRefusals, refusalsOf } from "./refusals.ts";
import { createSchemaBook, type SchemaBook } from "./schema-book.ts";
import { describeWebhooks } from "./webhooks.ts";

/** Of the routes that describe themselves. Throws when two different schemas have one title. */
export function createOpenApi(all: readonly RouteFacts[]): OpenApiDocument {
  const routes = all
    .filter(({ hooks }) => hooks.detail?.summary !== undefined)
    .map((route) => ({ ...route, path: toOpenPath(route.path) }));
  const book = createSchemaBook();
  const error = book.write(ErrorJson);
  const components = emptyComponents(book);
  const paths: OpenApiDocument["paths"] = {};
  for (const route of routes) {
    const { method, path, hooks } = route;
    const operation = toOperation(route, routes, book);
    const codes = refusalsOf({
      method,
      path,
      isOpen: isOpen(path),
      hasQuery: hooks.query !== undefined,
      own: hooks.detail?.["x-refusals"] ?? [],
    });
    addRefusals(operation.responses, codes, error, components);
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  }
  const webhooks = describeWebhooks(book);
  const tags = sortTags(new Set(routes.flatMap(({ hooks }) => hooks.detail?.tags ?? [])));
  return {
    openapi: "3.1.0",
    info: { title: "Outdial", version, description: introduction, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/" }],
    tags: tags.map((name) => ({ name, description: tagWords[name] ?? "" })),
    security: [{ key: [] }],
    paths,
    webhooks,
    components,
  };
}

function emptyComponents(book: SchemaBook): Components {
  return {
    schemas: book.schemas,
    responses: {},
    parameters: {
      IdempotencyKey: {
        name: "Idempotency-Key",
        in: "header",
        required: false,
        description: "a name of your choice for this request: sent again within 24 hours, it takes effect once",
        schema: { type: "string", minLength: 1, maxLength: 255 },
        example: "5f0c1b1e-order-1207",
      },
    },
    headers: {
      IdempotencyReplayed: { description: "true when the answer was given before", schema: { type: "string", enum: ["true"] } },
      RetryAfter: { description: "seconds after which asking again makes sense", schema: { type: "integer", minimum: 1 } },
    },
    securitySchemes: { key: { type: "http", scheme: "bearer", description: "an API key, in the Authorization header and nowhere else" } },
  };
}
