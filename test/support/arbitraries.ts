// Values out of a schema of the API's description, for the generated test: some that fit, some at the very limit, some
// that are wrong in one place or in many. A text that names something (an agent, a trunk) is a marker, which the test
// replaces by the id of one that is there.

import fc from "fast-check";
import type { JsonSchema } from "../../src/http/openapi/schema-book.ts";

/** `@trk`: some trunk. */
const MARKER = /^@([a-z]+)$/;
const AN_ID = /^([a-z]+)_[0-9a-z]{26}$/;

/** Lists and texts at their upper limit are tried up to this one. */
const LONGEST_TRIED = 5_000;

/** Values that fit the schema but for a place here and there: so many in a thousand. References are to be resolved before. */
export function nearly(schema: JsonSchema, wrongIn1000: number): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 1_000 - wrongIn1000, arbitrary: fitting(schema, wrongIn1000) },
    { weight: wrongIn1000, arbitrary: wrong(schema) },
  );
}

function fitting(schema: JsonSchema, wrongIn1000: number): fc.Arbitrary<unknown> {
  const { anyOf, type, default: byDefault } = schema;
  const known = [...(schema.examples ?? []), ...(byDefault === undefined ? [] : [byDefault])];
  const made =
    anyOf === undefined
      ? ofType(schema, [type ?? "string"].flat(), wrongIn1000)
      : fc.oneof(...anyOf.map((branch) => nearly(branch, wrongIn1000)));
  const isWhole = schema.enum !== undefined || known.length === 0;
  const markers = known.map(toMarker);
  // What names another must mostly name one that is there, or nothing would ever come of it.
  const isNaming = markers.some((marker) => typeof marker === "string" && MARKER.test(marker));
  return isWhole
    ? made
    : fc.oneof({ weight: isNaming ? 1 : 4, arbitrary: made }, { weight: isNaming ? 19 : 6, arbitrary: fc.constantFrom(...markers) });
}

function ofType(schema: JsonSchema, types: readonly string[], wrongIn1000: number): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  return fc.oneof(...types.map((type) => one(type, schema, wrongIn1000)));
}

function one(type: string, schema: JsonSchema, wrongIn1000: number): fc.Arbitrary<unknown> {
  const { minimum = -5, maximum = 1_000_000 } = schema;
  switch (type) {
    case "object":
      return object(schema, wrongIn1000);
    case "array":
      return list(schema, wrongIn1000);
    case "integer":
      return fc.oneof(fc.integer({ min: Math.ceil(minimum), max: Math.floor(maximum) }), fc.constantFrom(minimum, maximum));
    case "number":
      return fc.oneof(fc.double({ min: minimum, max: maximum, noNaN: true }), fc.constantFrom(minimum, maximum));
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return text(schema);
  }
}

function object({ properties = {}, required = [], additionalProperties }: JsonSchema, wrongIn1000: number): fc.Arbitrary<unknown> {
  if (typeof additionalProperties !== "object") {
    const arbitraries = mapValues(properties, (property) => nearly(property, wrongIn1000));
    const fields = fc.record(arbitraries, { requiredKeys: [...required], noNullPrototype: true });
    const misses = fc.oneof(
      fc.record(arbitraries, { requiredKeys: [], noNullPrototype: true }),
      fc
        .tuple(fields, fc.constantFrom(...nastyNames, "extra"))
        .map(([value, name]) => Object.fromEntries([...Object.entries(value), [name, 1]])),
    );
    return fc.oneof({ weight: 1_000 - wrongIn1000, arbitrary: fields }, { weight: wrongIn1000, arbitrary: misses });
  }
  const name = fc.oneof(
    { weight: 5, arbitrary: fc.stringMatching(/^[a-z_]{1,8}$/) },
    { weight: 1, arbitrary: fc.constantFrom(...nastyNames) },
  );
  return fc
    .array(fc.tuple(name, nearly(additionalProperties, wrongIn1000)), { maxLength: 5 })
    .map((entries) => Object.fromEntries(entries));
}

function list({ items = {}, minItems = 0, maxItems = 20, uniqueItems }: JsonSchema, wrongIn1000: number): fc.Arbitrary<unknown> {
  const few = { minLength: minItems, maxLength: Math.min(maxItems, minItems + 4) };
  return uniqueItems === true
    ? fc.uniqueArray(nearly(items, wrongIn1000), { ...few, comparator: (a, b) => JSON.stringify(a) === JSON.stringify(b) })
    : fc.array(nearly(items, wrongIn1000), few);
}

function text({ minLength = 0, maxLength = 200, pattern, format, examples = [] }: JsonSchema): fc.Arbitrary<unknown> {
  const isNumber = examples.some((example) => typeof example === "string" && example.startsWith("+"));
  if (isNumber)
    return fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 99_999 }).map((n) => `+9198765${String(n).padStart(5, "0")}`) },
      { weight: 1, arbitrary: fc.constantFrom("+1 (415) 555-0100", "12", "+", "", "+00", "++4", "+99999999999999999999", "٣٤٥") },
    );
  if (format === "date-time")
    return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString());
  if (pattern !== undefined && pattern !== "\\S") return fc.stringMatching(new RegExp(pattern, "u"));
  const limits = fc.constantFrom(minLength, Math.min(maxLength, LONGEST_TRIED)).map((length) => "x".repeat(length));
  const usual = fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, minLength + 12) });
  return fc.oneof(
    { weight: 4, arbitrary: usual },
    { weight: 1, arbitrary: limits },
    { weight: 1, arbitrary: fc.constantFrom(...nastyTexts).map((nasty) => nasty.padEnd(minLength, ".").slice(0, maxLength)) },
  );
}

const nastyNames = ["__proto__", "constructor", "toString", "hasOwnProperty", "", " ", "a.b", "a/b", "~0", "0", "ключ", "\u0000"];
const nastyTexts = [
  "",
  " ",
  "\u0000",
  "'; DROP TABLE leads; --",
  "{{name}}",
  "../../etc/passwd",
  "\ud800",
  "👩‍👩‍👧",
  "null",
  "-1",
  "1e999",
  "https://private.example/x",
  "http://",
  "<script>",
  "%00",
  "\u202e",
];

/** What does not fit, by itself or as a near miss. */
function wrong({ minimum, maximum, minLength, maxLength, maxItems, properties, items }: JsonSchema): fc.Arbitrary<unknown> {
  const misses: unknown[] = [null, true, "", "x", 0, -1, 1.5, 1e308, [], {}, [[]], { a: { b: [1] } }, [null], ...nastyTexts];
  if (minimum !== undefined) misses.push(minimum - 1, minimum + 0.5);
  if (maximum !== undefined) misses.push(maximum + 1, String(maximum));
  if (minLength !== undefined && minLength > 0) misses.push("x".repeat(minLength - 1));
  if (maxLength !== undefined && maxLength <= LONGEST_TRIED) misses.push("x".repeat(maxLength + 1));
  if (maxItems !== undefined && maxItems <= LONGEST_TRIED && items !== undefined)
    misses.push(Array.from({ length: maxItems + 1 }, () => null));
  const names = [...nastyNames, "extra", ...Object.keys(properties ?? {}).map((name) => name.toUpperCase())];
  if (properties !== undefined) misses.push(...names.map((name) => Object.fromEntries([[name, 1]])));
  return fc.constantFrom(...misses);
}

/** A known id stands for any of its kind. */
function toMarker(value: unknown): unknown {
  const [, kind] = typeof value === "string" ? (AN_ID.exec(value) ?? []) : [];
  return kind === undefined ? value : `@${kind}`;
}

/** The value with each marker replaced. */
export function replaceMarkers(value: unknown, replace: (kind: string) => string): unknown {
  if (typeof value === "string") {
    const [, kind] = MARKER.exec(value) ?? [];
    return kind === undefined ? value : replace(kind);
  }
  if (Array.isArray(value)) return value.map((element) => replaceMarkers(element, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaceMarkers(inner, replace)]));
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
