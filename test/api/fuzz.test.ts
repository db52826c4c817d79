// A generated test: every route of the description with bodies, queries and paths made from its schemas, right, wrong and
// at the limits. FUZZ_REQUESTS and FUZZ_SEED ask for more, and for others.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { Compile, type Validator } from "typebox/compile";
import type { TSchema } from "typebox";
import type { Operation, Parameter } from "../../src/http/openapi/model.ts";
import type { JsonSchema } from "../../src/http/openapi/schema-book.ts";
import { type Random, seededRandom } from "../../src/runtime/random.ts";
import { nearly, replaceMarkers } from "../support/arbitraries.ts";
import { documentOf } from "../support/conformance.ts";
import { createWholeApi } from "../support/whole-api.ts";
import type { Answer, World } from "../support/world.ts";

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 20_000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** Made ahead for each body and parameter. */
const PREPARED = 200;
/** Half of them without a fault, half with one here and there. */
const WRONG_IN_1000 = [0, 25];
/** Of each kind the newest are asked for. */
const NEWEST = 12;

const world = createWholeApi();
const document = documentOf(world.api);

/** An operation with what may be sent to it. */
interface Target {
  method: string;
  path: string;
  operation: Operation;
  parameters: { parameter: Parameter; values: readonly unknown[] }[];
  bodies: { type: string; values: readonly unknown[]; validator: Validator; isOptional: boolean }[];
}

interface Sent {
  method: string;
  path: string;
  query: URLSearchParams;
  type: string | undefined;
  body: string | undefined;
  /** The JSON body fits its schema; undefined when there is no schema or the body is no JSON. */
  fits: boolean | undefined;
  headers: Record<string, string>;
}

function resolved(schema: JsonSchema): JsonSchema {
  if (schema.$ref !== undefined) return resolved(document.components.schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {});
  const { properties, items, anyOf, additionalProperties } = schema;
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, resolved(property)])) }),
    ...(items === undefined ? {} : { items: resolved(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(resolved) }),
    ...(typeof additionalProperties === "object" ? { additionalProperties: resolved(additionalProperties) } : {}),
  };
}

function targets(): Target[] {
  const sample = (schema: JsonSchema, seed: number) => WRONG_IN_1000.flatMap((wrong) => fc.sample(nearly(resolved(schema), wrong), { seed, numRuns: PREPARED }));
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation], place): Target => {
      const all = (operation.parameters ?? []).map((parameter) => ("$ref" in parameter ? document.components.parameters[parameter.$ref.split("/").at(-1) ?? ""] : parameter)).filter((parameter) => parameter !== undefined);
      const bodies = Object.entries(operation.requestBody?.content ?? {});
      return {
        method: method.toUpperCase(),
        path,
        operation,
        parameters: all.map((parameter) => ({ parameter, values: sample(parameter.schema, SEED + place) })),
        bodies: bodies.map(([type, { schema }]) => ({ type, values: type === "text/csv" ? fc.sample(csv, { seed: SEED, numRuns: PREPARED }) : sample(schema, SEED + place), validator: Compile(resolved(schema) as TSchema), isOptional: operation.requestBody?.required === false })),
      };
    }),
  );
}

const cell = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 99_999 }).map((n) => `+9198765${String(n).padStart(5, "0")}`) }, { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 10 }) }, { weight: 1, arbitrary: fc.constantFrom('"', '""', '"a\nb"', "\r", "\u0000", "x".repeat(4_001), "=1+1") });
/** Mostly lists with a phone column, in every dialect that is read and some that are not. */
const csv = fc
  .record({ names: fc.subarray(["first_name", "order.id", "имя", "__proto__", "phone number", "a", "a"]), phone: fc.constantFrom("phone", "PHONE", "phoneNumber", "number", "phone_number", "nothing"), rows: fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 6 }), separator: fc.constantFrom(",", ",", ";", "\t", "|"), end: fc.constantFrom("\n", "\r\n"), mark: fc.constantFrom("", "\uFEFF") })
  .map(({ names, phone, rows, separator, end, mark }) => mark + [[phone, ...names], ...rows].map((row) => row.join(separator)).join(end) + end);

class Sender {
  readonly ids = new Map<string, string[]>();
  readonly seen = new Map<string, Map<number, number>>();
  private readonly random: Random;
  private readonly keys: readonly string[];

  constructor(random: Random, keys: readonly string[]) {
    this.random = random;
    this.keys = keys;
  }

  below(count: number): number {
    return Math.floor(this.random.fraction() * count);
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }

  idOf(kind: string): string {
    const known = (this.ids.get(kind) ?? []).slice(-NEWEST);
    return (this.below(10) < 8 ? this.pick(known) : undefined) ?? `${kind}_01jt3v9h8k4m2n6p8q0r2s4t6v`;
  }

  make({ method, path, parameters, bodies }: Target): Sent {
    const query = new URLSearchParams();
    const headers: Record<string, string> = { authorization: `Bearer ${this.below(20) === 0 ? this.pick(this.keys) : this.keys[0]}` };
    let url = path;
    for (const { parameter, values } of parameters) {
      const value = replaceMarkers(this.pick(values), (kind) => this.idOf(kind));
      const text = typeof value === "string" ? value : JSON.stringify(value);
      if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(this.pathValue(parameter, text)));
      else if (parameter.in === "query" && this.below(3) === 0) query.append(parameter.name, text);
      else if (parameter.in === "header" && this.below(10) === 0) headers[parameter.name] = `k${this.below(200)}`;
    }
    if (this.below(60) === 0) query.append(this.pick(["extra", "__proto__", "limit", "limit"]) ?? "", "1");
    const body = this.body(bodies);
    if (body.type !== undefined) headers["content-type"] = body.type;
    if (this.below(300) === 0) headers["content-encoding"] = "gzip";
    return { method, path: url, query, ...body, headers };
  }

  private pathValue({ example }: Parameter, made: string): string {
    const [, kind] = /^([a-z]+)_[0-9a-z]{26}$/.exec(String(example)) ?? [];
    const roll = this.below(20);
    if (roll === 0) return made.toWellFormed() || "x";
    return kind === undefined ? String(1 + this.below(3)) : this.idOf(kind);
  }

  private body(bodies: Target["bodies"]): Pick<Sent, "type" | "body" | "fits"> {
    const chosen = this.pick(bodies);
    const none = { type: undefined, body: undefined, fits: undefined };
    if (chosen === undefined) return this.below(20) === 0 ? { ...none, body: this.pick(["{}", "[]", "{", "null"]) } : none;
    const { type, values, validator, isOptional } = chosen;
    if (this.below(isOptional ? 3 : 60) === 0) return none;
    const value = this.pick(values);
    if (type === "text/csv") return { type, body: String(value), fits: undefined };
    const roll = this.below(100);
    if (roll === 0) return { ...none, type, body: this.pick(["{", "", "[", "nul", '{"a":1,}', "\uFEFF", "[".repeat(5_000), "\u0000"]) };
    const made = replaceMarkers(value, (kind) => this.idOf(kind));
    const text = JSON.stringify(made);
    return { type: roll < 90 ? type : this.pick(["text/plain", "application/x-www-form-urlencoded", "x"]), body: text, fits: validator.Check(JSON.parse(text)) };
  }

  note(name: string, path: string, { status, body }: Answer): void {
    const counts = this.seen.get(name) ?? new Map<number, number>();
    counts.set(status, (counts.get(status) ?? 0) + 1);
    this.seen.set(name, counts);
    const gone = status === 204 ? path.split("/").at(-1) : undefined;
    const made = status === 201 && typeof body?.id === "string" ? (body.id as string) : undefined;
    const [kind = ""] = (made ?? gone ?? "").split("_");
    const rest = (this.ids.get(kind) ?? []).filter((id) => id !== gone);
    this.ids.set(kind, made === undefined ? rest : [...rest, made]);
  }
}

/** What is wrong with an answer that its schema does not tell. */
function problemsWith({ body, fits, query }: Sent, answer: Answer, readsBody: boolean): string[] {
  const problems = [];
  if (answer.status >= 500) problems.push(`it is a ${answer.status}`);
  if (fits === false && answer.status < 300) problems.push("the body does not fit its schema, and was taken");
  if (answer.status < 400) return problems;
  const { error, details = [] } = answer.body as { error: string; details?: { path: string; message: string }[] };
  for (const text of [error, ...details.map(({ message }) => message)]) {
    if (/\bundefined\b|\[object|NaN\b|\bfunction\b|node_modules|\.ts:/.test(text) && !(body ?? "").includes("undefined")) problems.push(`it says '${text}'`);
  }
  for (const { path } of details) {
    // A route that reads no body may have something to say of what is stored.
    if (readsBody && !isPlace(path, body, query)) problems.push(`it names the place '${path}', which is not there`);
  }
  return problems;
}

/** Whether all but the last name of a dotted path leads somewhere; names may have dots themselves. */
function isPlace(path: string, body: string | undefined, query: URLSearchParams): boolean {
  if (path === "" || path === "Idempotency-Key" || query.has(path) || body === undefined) return true;
  const leads = (value: unknown, rest: readonly string[]): boolean => {
    if (rest.length <= 1) return typeof value === "object" && value !== null;
    if (typeof value !== "object" || value === null) return false;
    return rest.some((_, end) => Object.hasOwn(value, rest.slice(0, end + 1).join(".")) && (end + 1 === rest.length || leads((value as Record<string, unknown>)[rest.slice(0, end + 1).join(".")], rest.slice(end + 1)))) || !Object.hasOwn(value, rest[0] ?? "");
  };
  try {
    return leads(JSON.parse(body.replace(/^\uFEFF/, "")), path.split("."));
  } catch {
    return true;
  }
}

async function send({ request }: World, sent: Sent): Promise<Answer> {
  const search = sent.query.size === 0 ? "" : `?${sent.query}`;
  return request(sent.method, `${sent.path}${search}`, sent.method === "GET" ? undefined : sent.body, { key: null, headers: sent.headers });
}

test(`${REQUESTS} generated requests, seed ${SEED}: none is a fault of ours, each answer is as described, each refusal says what was wrong`, async () => {
  const all = targets();
  const sender = new Sender(seededRandom(SEED), [world.adminKey, world.keyFor("read"), world.keyFor("operator")]);
  // What is created must live long enough to be used.
  const weights: Record<string, number> = { DELETE: 1, GET: 6, PUT: 8, POST: 12 };
  const weighted = all.flatMap((target) => Array.from({ length: weights[target.method] ?? 6 }, () => target));
  const failures: string[] = [];
  for (let count = 0; count < REQUESTS && failures.length < 20; count += 1) {
    const target = sender.pick(weighted);
    if (target === undefined) break;
    const sent = sender.make(target);
    const told = `${sent.method} ${sent.path}?${sent.query} ${JSON.stringify(sent.headers)} ${sent.body?.slice(0, 1_500)}`;
    try {
      const answer = await send(world, sent);
      sender.note(`${target.method} ${target.path}`, sent.path, answer);
      const problems = problemsWith(sent, answer, target.bodies.length > 0);
      if (problems.length > 0) failures.push(`${told}\n  → ${answer.status} ${JSON.stringify(answer.body)?.slice(0, 600)}\n  ${problems.join("\n  ")}`);
    } catch (error) {
      failures.push(`${told}\n  ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  expect(failures.join("\n\n")).toBe("");
  // A test that only ever knocks at closed doors sees nothing.
  const isReached = ({ method, path }: Target) => [...(sender.seen.get(`${method} ${path}`)?.keys() ?? [])].some((status) => status < 300);
  expect(all.filter((target) => !isReached(target)).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
}, 600_000);
