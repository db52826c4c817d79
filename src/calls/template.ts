// Templates in what an agent says: `{{first_name}}`, `{{ user.email | lower | default:"you" }}`. Pure.
// Rendered for each call by dialing/reserve.ts; read for warnings by agents/check.ts.

import { textOfVariable } from "./bot.ts";

/** Values by name; objects inside are reached by a path. */
export type TemplateValues = Readonly<Record<string, unknown>>;

/** The names of lead variables: words of letters, digits, `_ - .` with one space between. */
const NAME = String.raw`[\p{L}\p{M}\p{N}_.-]+(?: [\p{L}\p{M}\p{N}_.-]+)*`;
const FILTER = String.raw`\|\s*[A-Za-z_]+(?:\s*:\s*"(?:[^"\\]|\\.)*")?\s*`;
const TAG = new RegExp(String.raw`\{\{\s*(${NAME})\s*((?:${FILTER})*)\}\}`, "gsu");
const ONE_FILTER = /\|\s*([A-Za-z_]+)(?:\s*:\s*"((?:[^"\\]|\\.)*)")?/gsu;

/** What changes a text and needs nothing else. */
const plainFilters: ReadonlyMap<string, (text: string) => string> = new Map([
  ["upper", (text) => text.toUpperCase()],
  ["lower", (text) => text.toLowerCase()],
  ["trim", (text) => text.trim()],
]);
const DEFAULT = "default";

/** In the order in which a warning names them. */
export const filterNames: readonly string[] = [...plainFilters.keys(), DEFAULT];

/** `argument` is the text in quotes, unescaped. */
interface Filter {
  name: string;
  argument: string | undefined;
}

/**
 * The template with its tags replaced, in one pass: a value that looks like a tag stays text. A name is first looked for
 * as it is written, then as a path; what is missing reads as an empty text, and `default` replaces an empty text. A tag
 * that is malformed stays as it stands; an unknown filter changes nothing. `escape` is done last, to what replaces a tag.
 */
export function renderTemplate(template: string, values: TemplateValues, escape = (text: string) => text): string {
  return template.replaceAll(TAG, (tag, name: string, list: string) => {
    const filters = filtersIn(list);
    return filters === undefined ? tag : escape(filters.reduce(applyFilter, textOfVariable(valueAt(values, name))));
  });
}

function applyFilter(text: string, { name, argument }: Filter): string {
  if (name === DEFAULT) return text === "" ? (argument ?? "") : text;
  return plainFilters.get(name)?.(text) ?? text;
}

/** Undefined when one lacks its argument or has one too many. */
function filtersIn(list: string): Filter[] | undefined {
  const filters = [...list.matchAll(ONE_FILTER)].map(([, name = "", quoted]) => ({ name, argument: quoted?.replaceAll(/\\(.)/gsu, "$1") }));
  const isWrong = ({ name, argument }: Filter) =>
    name === DEFAULT ? argument === undefined : plainFilters.has(name) && argument !== undefined;
  return filters.some(isWrong) ? undefined : filters;
}

/** Own properties alone: `constructor` is a name like any other. */
function valueAt(values: TemplateValues, name: string): unknown {
  if (Object.hasOwn(values, name)) return values[name];
  let value: unknown = values;
  for (const part of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as TemplateValues)[part];
  }
  return value;
}

/** A variable of a template. */
export interface TemplateVariable {
  name: string;
  /** Every tag of it says what is to stand there when it is missing. */
  hasDefault: boolean;
}

/** Each name once, in the order in which they appear. */
export function variablesOf(template: string): TemplateVariable[] {
  const found = new Map<string, boolean>();
  for (const [, name = "", list = ""] of template.matchAll(TAG)) {
    const filters = filtersIn(list);
    if (filters !== undefined) found.set(name, (found.get(name) ?? true) && filters.some((filter) => filter.name === DEFAULT));
  }
  return [...found].map(([name, hasDefault]) => ({ name, hasDefault }));
}

/** Something in a template that does not do what its writer meant. Without `unknownFilter` the tag is malformed. */
export interface TemplateProblem {
  /** As it is written; a malformed one may be cut short. */
  tag: string;
  unknownFilter?: string;
}

const LONGEST_EXCERPT = 60;

/** In the order in which they stand in the template. */
export function problemsOf(template: string): TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  let end = 0;
  for (const found of template.matchAll(TAG)) {
    const [tag, , list = ""] = found;
    problems.push(...malformedIn(template, end, found.index));
    end = found.index + tag.length;
    const filters = filtersIn(list);
    if (filters === undefined) problems.push({ tag });
    else problems.push(...filters.filter(({ name }) => !filterNames.includes(name)).map(({ name }) => ({ tag, unknownFilter: name })));
  }
  return [...problems, ...malformedIn(template, end, template.length)];
}

/** Openings between two tags; of more braces than two in a row the last two count. */
function malformedIn(template: string, from: number, to: number): TemplateProblem[] {
  return [...template.slice(from, to).matchAll(/\{\{(?!\{)/g)].map(({ index }) => ({ tag: excerptAt(template, from + index) }));
}

function excerptAt(template: string, start: number): string {
  const excerpt = template.slice(start, start + LONGEST_EXCERPT);
  const closing = excerpt.indexOf("}}");
  if (closing !== -1) return excerpt.slice(0, closing + 2);
  return start + LONGEST_EXCERPT < template.length ? `${excerpt}…` : excerpt;
}
