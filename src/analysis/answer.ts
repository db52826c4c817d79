// The endpoint's answer: its JSON is found, held against the fields that were asked for, and made an analysis. Pure.

import type { Analysis } from "../calls/disposition.ts";
import { DEEPEST_JSON, isNestedDeeper } from "../runtime/nesting.ts";
import type { AnswerField } from "./schema.ts";

/** `problems` says what is wrong, in words for the endpoint; `isUsable` when only fields that need not be there are. */
export interface ReadAnswer {
  analysis: Analysis;
  problems: string[];
  isUsable: boolean;
}

/** Characters of a text in an analysis. */
const LONGEST_TEXT = 4_000;

/** Wrong values are left out, nulls too, and what was not asked for. */
export function readAnswer(text: string, fields: readonly AnswerField[]): ReadAnswer {
  const object = findObject(text);
  if (object === undefined) return { analysis: {}, problems: ["it holds no JSON object"], isUsable: false };
  const analysis: Analysis = {};
  const problems: string[] = [];
  let isUsable = true;
  for (const field of fields) {
    const value = coerce(object[field.name], field);
    if (value === undefined) {
      if (field.required) problems.push(`${field.name} is missing; it must be ${wordsFor(field)}`);
      isUsable &&= !field.required;
    } else if (value === WRONG) {
      problems.push(
        `${field.name} is ${JSON.stringify(object[field.name])?.slice(0, 100)}; it must be ${wordsFor(field)}${field.required ? "" : ", or null"}`,
      );
      isUsable &&= !field.required;
    } else analysis[field.name] = value;
  }
  return { analysis, problems, isUsable };
}

/** The text as it is, what stands in a fence, or from the first brace to the last one. */
function findObject(text: string): Record<string, unknown> | undefined {
  const fenced = /```(?:json)?([^]*?)```/i.exec(text)?.[1];
  const braced = text.includes("{") ? text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1) : undefined;
  return [text, fenced, braced].map(parseObject).find((object) => object !== undefined);
}

function parseObject(text = ""): Record<string, unknown> | undefined {
  if (isNestedDeeper(text, DEEPEST_JSON)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const WRONG = Symbol("wrong");

/** Undefined for what is not there. What only came in other clothes ("true", "12", "Positive") is taken. */
function coerce(value: unknown, { type, enumValues }: AnswerField): unknown {
  if (value === undefined || value === null) return undefined;
  switch (type) {
    case "string":
      return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? String(value).slice(0, LONGEST_TEXT)
        : WRONG;
    case "number":
      return toNumber(value);
    case "boolean":
      return toBoolean(value);
    case "enum":
      return typeof value === "string" || typeof value === "number"
        ? (enumValues.find((one) => isAlike(one, String(value))) ?? WRONG)
        : WRONG;
    case "opt_out":
      return toOptOut(value);
    default:
      return type satisfies never;
  }
}

function toNumber(value: unknown): number | typeof WRONG {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value.trim()) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : WRONG;
}

function toBoolean(value: unknown): boolean | typeof WRONG {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return WRONG;
  const word = value.trim().toLowerCase();
  if (word === "true" || word === "yes") return true;
  return word === "false" || word === "no" ? false : WRONG;
}

/** Not asked for is `requested: false`, with whatever beside it. */
function toOptOut(value: unknown): unknown {
  const { requested, quote } =
    typeof value === "object" && value !== null ? (value as { requested?: unknown; quote?: unknown }) : { requested: value, quote: null };
  const isRequested = toBoolean(requested);
  if (isRequested === WRONG) return WRONG;
  return isRequested && typeof quote === "string" ? { requested: true, quote: quote.slice(0, LONGEST_TEXT) } : { requested: isRequested };
}

function isAlike(one: string, other: string): boolean {
  const bare = (text: string) =>
    text
      .trim()
      .toLowerCase()
      .replace(/[\s_-]+/g, "_");
  return bare(one) === bare(other);
}

function wordsFor({ type, enumValues }: AnswerField): string {
  switch (type) {
    case "string":
      return "a text";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    case "enum":
      return `one of ${enumValues.join(", ")}`;
    case "opt_out":
      return 'an object { "requested": true or false, "quote": a text or null }';
    default:
      return type satisfies never;
  }
}
