// The fields of a schema as a table: each by its full name, with its type, its limits and its default.
// Used by the page at /docs.

import type { JsonSchema } from "../openapi/schema-book.ts";
import { escapeHtml, toInline } from "./markup.ts";

/** What a reference stands for. */
export type Resolve = (schema: JsonSchema) => JsonSchema;

interface Field {
  /** `schedule.windowStart`, `entries[].phoneNumber`. */
  path: string;
  schema: JsonSchema;
  isRequired: boolean;
}

const DEEPEST = 6;
const NOT_BLANK = "\\S";

/** Empty when the schema has no fields. */
export function fieldTable(schema: JsonSchema, resolve: Resolve): string {
  const fields = fieldsOf(schema, resolve, "", 0);
  return fields.length === 0
    ? ""
    : rowsTable(
        fields.map(({ path, schema: field, isRequired }) => ({ name: path, schema: field, isRequired, description: field.description })),
        resolve,
      );
}

/** Rows of anything that has a name, a schema and a description. */
export function rowsTable(
  rows: readonly { name: string; schema: JsonSchema; isRequired: boolean; description: string | undefined }[],
  resolve: Resolve,
): string {
  const lines = rows.map(({ name, schema, isRequired, description }) => {
    const rules = [...(description === undefined ? [] : [toInline(description)]), ...rulesOf(resolve(schema))];
    return `<tr><th scope="row">${splitName(name)}${isRequired ? ' <span class="required">required</span>' : ""}</th><td class="type">${escapeHtml(typeOf(schema, resolve))}</td><td>${rules.join("; ")}</td></tr>`;
  });
  return `<table><tbody>${lines.join("")}</tbody></table>`;
}

/** Objects are told by their fields, below them. */
function fieldsOf(schema: JsonSchema, resolve: Resolve, prefix: string, depth: number): Field[] {
  if (depth > DEEPEST) return [];
  const found = resolve(schema);
  const { properties = {}, required = [], items, anyOf = [] } = found;
  const own = Object.entries(properties).flatMap(([name, property]): Field[] => {
    const path = `${prefix}${name}`;
    const inner = fieldsOf(property, resolve, `${path}${resolve(property).type === "array" ? "[]" : ""}.`, depth + 1);
    return [{ path, schema: property, isRequired: required.includes(name) }, ...inner];
  });
  return [
    ...own,
    ...(items === undefined ? [] : fieldsOf(items, resolve, prefix, depth + 1)),
    ...anyOf.flatMap((branch) => fieldsOf(branch, resolve, prefix, depth + 1)),
  ];
}

/** In words: `string or null`, `list of Campaign`. */
function typeOf(schema: JsonSchema, resolve: Resolve): string {
  const { title, type, items, anyOf, additionalProperties, format } = resolve(schema);
  if (title !== undefined) return title;
  if (anyOf !== undefined) return anyOf.map((branch) => typeOf(branch, resolve)).join(" or ");
  const names = [type ?? "anything"].flat().map((name) => {
    if (name === "array") return items === undefined ? "list" : `list of ${typeOf(items, resolve)}`;
    if (name === "object" && typeof additionalProperties === "object") return `object of ${typeOf(additionalProperties, resolve)}`;
    return name === "string" && format === "date-time" ? "instant" : name;
  });
  return names.join(" or ");
}

function rulesOf(schema: JsonSchema): string[] {
  const code = (value: unknown) => `<code>${escapeHtml(JSON.stringify(value))}</code>`;
  const rules = [];
  const words = schema.enum ?? schema.items?.enum;
  if (words !== undefined) rules.push(words.map((word) => `<code>${escapeHtml(String(word))}</code>`).join(" "));
  const range = rangeOf(schema);
  if (range !== undefined) rules.push(escapeHtml(range));
  if (schema.pattern === NOT_BLANK) rules.push("not blank");
  else if (schema.pattern !== undefined) rules.push(`matches <code>${escapeHtml(schema.pattern)}</code>`);
  if (schema.uniqueItems === true) rules.push("each once");
  if (schema.default !== undefined) rules.push(`default ${code(schema.default)}`);
  if (schema.writeOnly === true) rules.push("never shown");
  return rules;
}

function rangeOf({
  minimum,
  maximum,
  minLength,
  maxLength,
  minItems,
  maxItems,
  minProperties,
  maxProperties,
}: JsonSchema): string | undefined {
  const ranges: [least: number | undefined, most: number | undefined, what: string][] = [
    [minimum, maximum, ""],
    [minLength, maxLength, " characters"],
    [minItems, maxItems, " elements"],
    [minProperties, maxProperties, " fields"],
  ];
  const [found] = ranges.filter(([least, most]) => least !== undefined || most !== undefined);
  if (found === undefined) return undefined;
  const [least, most, what] = found;
  if (least === undefined) return `${most}${what} at most`;
  return most === undefined ? `${least} or more${what}` : `${least} to ${most}${what}`;
}

/** The last part stands out. */
function splitName(path: string): string {
  const end = path.lastIndexOf(".") + 1;
  return `<code><span class="dim">${escapeHtml(path.slice(0, end))}</span><wbr>${escapeHtml(path.slice(end))}</code>`;
}
