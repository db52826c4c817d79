// The schemas of the OpenAPI document: plain JSON Schema out of what the routes validate with, and those that have a
// title once, under that name. Used by openapi.ts.

/** JSON Schema 2020-12, as far as it is used here. */
export interface JsonSchema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | readonly string[];
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  examples?: readonly unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  additionalProperties?: boolean | JsonSchema;
  minProperties?: number;
  maxProperties?: number;
  anyOf?: readonly JsonSchema[];
  writeOnly?: boolean;
  contentMediaType?: string;
}

export interface SchemaBook {
  /** The named schemas so far. */
  readonly schemas: Record<string, JsonSchema>;
  /** The schema for the document: a reference when it has a title. Throws when two different ones have the same title. */
  write(schema: object): JsonSchema;
  /** What a reference stands for; any other schema as it is. */
  resolve(schema: JsonSchema): JsonSchema;
}

const REFERENCE = "#/components/schemas/";
/** Ours, for the refusal's words; it means nothing to others. */
const PRIVATE_KEYWORDS = new Set(["errorMessage", "~standard"]);
const ANY_NAME = "^.*$";

/** An empty book. */
export function createSchemaBook(): SchemaBook {
  const schemas: Record<string, JsonSchema> = {};
  const write = (schema: object): JsonSchema => {
    const plain = withoutNullBranch(writePlain(schema, write));
    if (plain.title === undefined) return plain;
    const known = schemas[plain.title];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(plain))
      throw new Error(`two different schemas are called '${plain.title}': give one of them another title`);
    schemas[plain.title] = plain;
    return { $ref: REFERENCE + plain.title };
  };
  const resolve = (schema: JsonSchema) => (schema.$ref === undefined ? schema : (schemas[schema.$ref.slice(REFERENCE.length)] ?? schema));
  return { schemas, write, resolve };
}

/** Keyword by keyword, so that a property that is called like a keyword stays what it is. */
function writePlain(schema: object, write: (schema: object) => JsonSchema): JsonSchema {
  const plain: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (PRIVATE_KEYWORDS.has(keyword)) continue;
    if (keyword === "properties") plain[keyword] = mapValues(value as Record<string, object>, write);
    else if (keyword === "items" || (keyword === "additionalProperties" && typeof value === "object"))
      plain[keyword] = write(value as object);
    else if (keyword === "anyOf" || keyword === "allOf" || keyword === "oneOf") plain[keyword] = (value as object[]).map(write);
    // TypeBox's Record.
    else if (keyword === "patternProperties" && ANY_NAME in (value as object))
      plain.additionalProperties = write((value as Record<string, object>)[ANY_NAME] ?? {});
    else if (keyword === "enum" && (value as unknown[]).every((word) => typeof word === "string"))
      Object.assign(plain, { type: "string", enum: value });
    else plain[keyword] = value;
  }
  return plain;
}

/** "A or null" as one schema, which reads better and gives better types: `type: [string, null]`. */
function withoutNullBranch(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  const others = anyOf?.filter((branch) => branch.type !== "null") ?? [];
  const [only] = others;
  if (anyOf === undefined || others.length !== 1 || anyOf.length !== 2 || only === undefined || typeof only.type !== "string")
    return schema;
  return { ...only, ...rest, type: [only.type, "null"], ...(only.enum === undefined ? {} : { enum: [...only.enum, null] }) };
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
