// The parameters of a route: those of its path, with the id of such a thing as an example, and those of its query.
// Used by operation.ts.

import type { TSchema } from "typebox";
import { exampleOf } from "./examples.ts";
import type { Parameter, RouteFacts } from "./model.ts";
import type { JsonSchema, SchemaBook } from "./schema-book.ts";

/** `/api/agents/:id/` → `/api/agents/{id}`. */
export function toOpenPath(path: string): string {
  const open = path.replaceAll(/:(\w+)/g, "{$1}");
  return open.length > 1 && open.endsWith("/") ? open.slice(0, -1) : open;
}

/** In the order of the path. */
export function pathParameters(path: string, routes: readonly RouteFacts[], book: SchemaBook): Parameter[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((found) => {
    const [whole, name = ""] = found;
    const itemPath = path.slice(0, found.index + whole.length);
    const example = exampleFor(name, itemPath, routes, book);
    return { name, in: "path", required: true, schema: { type: "string" }, ...(example === undefined ? {} : { example: String(example) }) };
  });
}

/** The id, or the field of the parameter's own name, of what is found there or put there. */
function exampleFor(name: string, itemPath: string, routes: readonly RouteFacts[], book: SchemaBook): unknown {
  const parent = itemPath.slice(0, itemPath.lastIndexOf("/"));
  const answers = routes
    .filter(({ method, path }) => (method === "GET" && path === itemPath) || (method === "POST" && path === parent))
    .map(({ hooks }) => hooks.detail?.["x-answers"]);
  for (const answer of answers.map((byStatus) => byStatus?.[201] ?? byStatus?.[200])) {
    const properties = (answer as { properties?: Record<string, object> } | null | undefined)?.properties;
    const property = properties?.[name] ?? properties?.id;
    if (property !== undefined) return exampleOf(book.write(property), book);
  }
  return undefined;
}

/** Of a query schema as the routes hand it to Elysia. */
export function queryParameters(query: unknown, book: SchemaBook): Parameter[] {
  const { properties = {}, required = [] } = query === undefined ? {} : (book.write(query as TSchema) as JsonSchema);
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
    ...(schema.examples === undefined ? {} : { example: schema.examples[0] }),
  }));
}
