// Requests out of the API's description, for the generated test: each route with paths, queries and bodies made from its
// schemas, sent to things that are there more often than not.

import fc from "fast-check";
import type { TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { OpenApiDocument, Operation, Parameter } from "../../src/http/openapi/model.ts";
import type { JsonSchema } from "../../src/http/openapi/schema-book.ts";
import type { Random } from "../../src/runtime/random.ts";
import { nearly, replaceMarkers } from "./arbitraries.ts";

/** Made ahead for each body and parameter. */
const PREPARED = 200;
/** Half of them without a fault, half with one here and there. */
const WRONG_IN_1000 = [0, 25];
/** Of each kind the newest are asked for. */
const NEWEST = 12;

interface Body {
  type: string;
  values: readonly unknown[];
  validator: Validator;
}

/** A route with what may be sent to it. */
export interface Target {
  method: string;
  path: string;
  operation: Operation;
  parameters: readonly { parameter: Parameter; values: readonly unknown[] }[];
  bodies: readonly Body[];
}

export interface GeneratedRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: string | undefined;
  /** The JSON body fits its schema; undefined when there is no schema or the body is no JSON. */
  fits: boolean | undefined;
}

export interface RequestMaker {
  make(target: Target): GeneratedRequest;
  /** What came of a request: later ones ask for what it made, and not for what it removed. */
  note(path: string, status: number, body: { id?: unknown; campaignId?: unknown } | undefined): void;
}

/** Every route of the description; the same for the same seed. */
export function targetsOf(document: OpenApiDocument, seed: number): Target[] {
  const sample = (schema: JsonSchema) =>
    WRONG_IN_1000.flatMap((wrong) => fc.sample(nearly(resolved(document, schema), wrong), { seed, numRuns: PREPARED }));
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Target => {
      const parameters = (operation.parameters ?? [])
        .map((parameter) => ("$ref" in parameter ? document.components.parameters[nameOf(parameter.$ref)] : parameter))
        .filter((parameter) => parameter !== undefined);
      const bodies = Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema }]): Body => ({
        type,
        values: texts[type] === undefined ? sample(schema) : fc.sample(texts[type], { seed, numRuns: PREPARED }),
        validator: Compile(resolved(document, schema) as TSchema),
      }));
      return {
        method: method.toUpperCase(),
        path,
        operation,
        parameters: parameters.map((parameter) => ({ parameter, values: sample(parameter.schema) })),
        bodies,
      };
    }),
  );
}

function nameOf(reference: string): string {
  return reference.split("/").at(-1) ?? "";
}

function resolved(document: OpenApiDocument, schema: JsonSchema): JsonSchema {
  if (schema.$ref !== undefined) return resolved(document, document.components.schemas[nameOf(schema.$ref)] ?? {});
  const inner = (part: JsonSchema) => resolved(document, part);
  const { properties, items, anyOf, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, inner(property)])) }),
    ...(items === undefined ? {} : { items: inner(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(inner) }),
    ...(typeof additionalProperties === "object" ? { additionalProperties: inner(additionalProperties) } : {}),
  };
}

const cell = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 99_999 }).map((n) => `+9198765${String(n).padStart(5, "0")}`) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 10 }) },
  { weight: 1, arbitrary: fc.constantFrom('"', '""', '"a\nb"', "\r", "\u0000", "x".repeat(4_001), "=1+1") },
);
/** Mostly lists with a phone column, in every dialect that is read and some that are not. */
const csv = fc
  .record({
    names: fc.subarray(["first_name", "order.id", "имя", "__proto__", "phone number", "a", "a"]),
    phone: fc.constantFrom("phone", "PHONE", "phoneNumber", "number", "phone_number", "nothing"),
    rows: fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 6 }),
    separator: fc.constantFrom(",", ",", ";", "\t", "|"),
    end: fc.constantFrom("\n", "\r\n"),
    mark: fc.constantFrom("", "\uFEFF"),
  })
  .map(
    ({ names, phone, rows, separator, end, mark }) => mark + [[phone, ...names], ...rows].map((row) => row.join(separator)).join(end) + end,
  );

/** A WAV file of 80 samples of 8 bits, which is a text because no byte of it is above 127; and things that are none. */
const wav = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constant(
      `RIFF\x74\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x50\0\0\0${"@".repeat(80)}`,
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
);
/** Bodies that are no JSON, by their type. */
const texts: Record<string, fc.Arbitrary<string>> = { "text/csv": csv, "audio/wav": wav };

const brokenJson = ["{", "", "[", "nul", '{"a":1,}', "\uFEFF", "[".repeat(5_000), "\u0000"];
const otherTypes = ["text/plain", "application/x-www-form-urlencoded", "x"];

/** `keys`: the first one is used most. */
export function createRequestMaker(random: Random, keys: readonly string[]): RequestMaker {
  const ids = new Map<string, string[]>();
  /** A lead is found in its campaign alone, and a recording in its agent. */
  const ownerOf = new Map<string, string>();
  const below = (count: number) => Math.floor(random.fraction() * count);
  const oneIn = (count: number) => below(count) === 0;
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
  const idOf = (kind: string) =>
    (oneIn(5) ? undefined : pick((ids.get(kind) ?? []).slice(-NEWEST))) ?? `${kind}_01jt3v9h8k4m2n6p8q0r2s4t6v`;

  const pathValue = ({ example }: Parameter, made: string) => {
    const [, kind] = /^([a-z]+)_[0-9a-z]{26}$/.exec(String(example)) ?? [];
    if (oneIn(20)) return made.toWellFormed() || "x";
    return kind === undefined ? String(1 + below(3)) : idOf(kind);
  };
  const withValue = (path: string, name: string, value: string) => {
    const filled = path.replace(`{${name}}`, encodeURIComponent(value));
    const owner = ownerOf.get(value);
    return owner === undefined || oneIn(5) ? filled : filled.replace(/\b(cmp|agent)_[0-9a-z]{26}/, owner);
  };
  const bodyOf = ({ bodies, operation }: Target): { type?: string; body: string | undefined; fits: boolean | undefined } => {
    const chosen = pick(bodies);
    const none = { body: undefined, fits: undefined };
    if (chosen === undefined) return oneIn(20) ? { ...none, body: pick(["{}", "[]", "{", "null"]) } : none;
    if (oneIn(operation.requestBody?.required === false ? 3 : 60)) return none;
    const { type, values, validator } = chosen;
    if (texts[type] !== undefined) return { ...none, type, body: String(pick(values)) };
    if (oneIn(100)) return { ...none, type, body: pick(brokenJson) };
    const text = JSON.stringify(replaceMarkers(pick(values), idOf));
    return { type: oneIn(10) ? pick(otherTypes) : type, body: text, fits: validator.Check(JSON.parse(text)) };
  };

  return {
    make(target) {
      const query = new URLSearchParams();
      const headers: Record<string, string> = { authorization: `Bearer ${oneIn(20) ? pick(keys) : keys[0]}` };
      let { path } = target;
      for (const { parameter, values } of target.parameters) {
        const value = replaceMarkers(pick(values), idOf);
        const text = typeof value === "string" ? value : JSON.stringify(value);
        if (parameter.in === "path") path = withValue(path, parameter.name, pathValue(parameter, text));
        else if (parameter.in === "query" && oneIn(3)) query.append(parameter.name, text);
        else if (parameter.in === "header" && oneIn(10)) headers[parameter.name] = `k${below(200)}`;
      }
      if (oneIn(60)) query.append(pick(["extra", "__proto__", "limit", "limit"]) ?? "", "1");
      const { type, body, fits } = bodyOf(target);
      if (type !== undefined) headers["content-type"] = type;
      if (oneIn(300)) headers["content-encoding"] = "gzip";
      return { method: target.method, path, query, headers, body, fits };
    },
    note(path, status, body) {
      const gone = status === 204 ? path.split("/").at(-1) : undefined;
      const made = status === 201 && typeof body?.id === "string" ? body.id : undefined;
      const [kind = ""] = (made ?? gone ?? "").split("_");
      const owner = typeof body?.campaignId === "string" ? body.campaignId : /\bagent_[0-9a-z]{26}/.exec(path)?.[0];
      if (made !== undefined && owner !== undefined) ownerOf.set(made, owner);
      const rest = (ids.get(kind) ?? []).filter((id) => id !== gone);
      ids.set(kind, made === undefined ? rest : [...rest, made]);
    },
  };
}
