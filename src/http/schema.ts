// Schemas at the door: a TypeBox schema becomes what Elysia validates with, and a failed check becomes
// a refusal that names every place, the value found there, and what would be right.
// A schema may carry its own words for a failure in `errorMessage`; the value of a `writeOnly` one is never shown.

import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Settings } from "typebox/system";
import { AppError, type ErrorDetail } from "../errors.ts";

/** What Elysia takes as a validator, and TypeScript as a type (standardschema.dev). */
export interface StandardSchema<T> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: "typebox";
    readonly types?: { readonly input: T; readonly output: T };
    readonly validate: (value: unknown) => { value: T };
  };
}

const MOST_DETAILS = 50;
// One place that is wrong may cost several errors, and by default typebox stops looking after the eighth.
Settings.Set({ maxErrors: 4 * MOST_DETAILS });

/** Returns the value as `schema` describes it, or throws a 400 with at most 50 details. Nothing is coerced. */
export function createCheck<S extends TSchema>(schema: S): (value: unknown) => Static<S> {
  const compiled = Compile(schema);
  return (value) => {
    if (compiled.Check(value)) return value as Static<S>;
    throw refusal([...compiled.Errors(value)], schema, value);
  };
}

/** A JSON body. */
export function body<S extends TSchema>(schema: S): StandardSchema<Static<S>> & S {
  const check = createCheck(schema);
  return asStandard(schema, (value) => {
    if (value === undefined) throw new AppError("validation_failed", "the body is empty; it must be a JSON object");
    if (value instanceof ReadableStream) throw new AppError("unsupported_media_type", "this route reads JSON, not text/csv");
    return check(value);
  });
}

/** A query string: integers and booleans arrive as text and are read here; everything else stays text, and `status=` is not there. */
export function query<S extends TSchema>(schema: S): StandardSchema<Static<S>> & S {
  const check = createCheck(schema);
  const properties = (schema as { properties?: Record<string, { type?: string }> }).properties ?? {};
  return asStandard(schema, (value) => {
    const entries = Object.entries((value ?? {}) as Record<string, unknown>).filter(([, text]) => text !== "");
    return check(Object.fromEntries(entries.map(([name, text]) => [name, readText(text, properties[name]?.type)])));
  });
}

function readText(given: unknown, type: string | undefined): unknown {
  // Elysia makes a list of a value with commas; no query here has lists.
  const text = Array.isArray(given) ? given.join(",") : given;
  if (typeof text !== "string") return text;
  if (type === "integer" && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

function asStandard<S extends TSchema>(schema: S, check: (value: unknown) => Static<S>): StandardSchema<Static<S>> & S {
  return { ...schema, "~standard": { version: 1, vendor: "typebox", validate: (value: unknown) => ({ value: check(value) }) } };
}

interface SchemaError {
  keyword: string;
  schemaPath: string;
  instancePath: string;
  params: object;
  message: string;
}

function refusal(errors: readonly SchemaError[], schema: TSchema, value: unknown): AppError {
  const details = new Map<string, ErrorDetail>();
  for (const error of errors) {
    for (const detail of describe(error, errors, schema, value)) {
      if (details.size < MOST_DETAILS && !details.has(detail.path)) details.set(detail.path, detail);
    }
  }
  const list = [...details.values()];
  const sentence = list
    .map((detail) => (detail.path === "" ? detail.message : `${detail.path}: ${detail.message}`))
    .slice(0, 3)
    .join("; ");
  return new AppError("validation_failed", sentence || "the value is not valid", { details: list });
}

function describe(error: SchemaError, all: readonly SchemaError[], schema: TSchema, root: unknown): ErrorDetail[] {
  const path = dotted(error.instancePath);
  const params = error.params as { requiredProperties?: string[]; additionalProperties?: string[] };
  if (error.keyword === "required") {
    return (params.requiredProperties ?? []).map((name) => ({ path: join(path, name), message: "is required" }));
  }
  if (error.keyword === "additionalProperties") {
    return (params.additionalProperties ?? []).map((name) => ({
      path: join(path, name),
      message: `is not a field here; the fields are ${fieldsAt(schema, error.schemaPath)}`,
    }));
  }
  // Says nothing that additionalProperties does not say better.
  if (error.keyword === "boolean") return [];
  if (isSaidElsewhere(error, all, schema)) return [];
  const isBranch = /\/(anyOf|oneOf)\/\d+/.test(error.schemaPath);
  if (
    isBranch &&
    all.some(
      (other) =>
        other.instancePath === error.instancePath &&
        other.schemaPath.length < error.schemaPath.length &&
        /^(anyOf|oneOf)$/.test(other.keyword),
    )
  )
    return [];
  const rule = wordsAt(schema, error.schemaPath) ?? ruleOf(error, all, schema);
  // A secret is not repeated, not even a wrong one.
  const isSecret = schemaAt(schema, error.schemaPath)?.writeOnly === true;
  return [{ path, message: `is ${isSecret ? "not valid" : show(valueAt(root, error.instancePath))}; it ${rule}` }];
}

/** Alternatives without words of their own leave it to the field that is wrong inside them. */
function isSaidElsewhere(error: SchemaError, all: readonly SchemaError[], schema: TSchema): boolean {
  if (error.keyword !== "anyOf" || wordsAt(schema, error.schemaPath) !== undefined) return false;
  const isField = (other: SchemaError) =>
    other.instancePath === error.instancePath && /^(required|additionalProperties)$/.test(other.keyword);
  return all.some((other) => other.instancePath.startsWith(`${error.instancePath}/`) || isField(other));
}

/** The rule in words; of alternatives, the one that is not null. */
function ruleOf(error: SchemaError, all: readonly SchemaError[], schema: TSchema): string {
  const { allowedValues } = error.params as { allowedValues?: unknown[] };
  if (error.keyword === "enum" && allowedValues) return `must be one of ${allowedValues.map(String).join(", ")}`;
  if (error.keyword !== "anyOf") return error.message;
  const branches = all.filter(
    (other) => other.instancePath === error.instancePath && other.schemaPath.startsWith(`${error.schemaPath}/anyOf/`),
  );
  const branch = branches.find((other) => other.message !== "must be null");
  return branch === undefined ? error.message : (wordsAt(schema, branch.schemaPath) ?? ruleOf(branch, all, schema));
}

const LONGEST_VALUE = 60;

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

function dotted(pointer: string): string {
  return pointer.split("/").slice(1).map(unescape).join(".");
}

function unescape(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function valueAt(root: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .map(unescape)
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], root);
}

function schemaAt(schema: TSchema, schemaPath: string): Record<string, unknown> | undefined {
  return valueAt(schema, schemaPath.replace(/^#/, "")) as Record<string, unknown> | undefined;
}

function wordsAt(schema: TSchema, schemaPath: string): string | undefined {
  const words = schemaAt(schema, schemaPath)?.errorMessage;
  return typeof words === "string" ? words : undefined;
}

function fieldsAt(schema: TSchema, schemaPath: string): string {
  return Object.keys((schemaAt(schema, schemaPath)?.properties ?? {}) as object).join(", ");
}
