// An example of what a schema describes: the one it brings, else its default, else something plain that fits.
// Used by openapi.ts for bodies, answers and parameters.

import type { JsonSchema, SchemaBook } from "./schema-book.ts";

const INSTANT = "2026-05-06T11:23:45.123Z";

/** `isShort` leaves out what may be left out and has no example of its own: the least that somebody would send. */
export function exampleOf(schema: JsonSchema, book: Pick<SchemaBook, "resolve">, isShort = false): unknown {
  const found = book.resolve(schema);
  if (found.examples !== undefined) return found.examples[0];
  if (found.default !== undefined) return found.default;
  if (found.const !== undefined) return found.const;
  if (found.enum !== undefined) return found.enum[0];
  const [branch] = found.anyOf ?? [];
  if (branch !== undefined) return exampleOf(branch, book, isShort);
  switch (typeof found.type === "string" ? found.type : found.type?.[0]) {
    case "object":
      return exampleObject(found, book, isShort);
    case "array":
      return found.items === undefined ? [] : [exampleOf(found.items, book, isShort)];
    case "string":
      return found.format === "date-time" ? INSTANT : "text".padEnd(found.minLength ?? 0, ".").slice(0, found.maxLength);
    case "integer":
    case "number":
      return found.minimum ?? 0;
    case "boolean":
      return true;
    default:
      return null;
  }
}

function exampleObject(
  { properties = {}, required = [] }: JsonSchema,
  book: Pick<SchemaBook, "resolve">,
  isShort: boolean,
): Record<string, unknown> {
  const shown = Object.entries(properties).filter(
    ([name, property]) => !isShort || required.includes(name) || book.resolve(property).examples !== undefined,
  );
  return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property, book, isShort)]));
}
