// A reading of the project's own TypeScript for test/tidy.test.ts: what a file imports and exports, how long its
// functions are, and its code with comments and texts blanked out. A scanner of a few rules, not a parser.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

export interface Import {
  /** A path from the root (`src/leads/store.ts`), or a package's name as written. */
  target: string;
  /** The names taken; empty for `import "x"` and `import * as x`. */
  names: string[];
  takesAll: boolean;
  typeOnly: boolean;
  line: number;
}

export interface Export {
  name: string;
  line: number;
  isType: boolean;
  /** Whether a doc comment stands right above it. */
  documented: boolean;
}

export interface SourceFile {
  path: string;
  text: string;
  lines: string[];
  /** The text without comments; the same length and lines. */
  code: string;
  /** `code` with the insides of strings blanked too; expressions inside templates stay. */
  skeleton: string;
  imports: Import[];
  exports: Export[];
}

/** Every .ts file under `folder`, read. */
export function readSources(folder: string): SourceFile[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return names.sort().map((name) => parseSource(join(folder, name), readFileSync(join(folder, name), "utf8")));
}

export function parseSource(path: string, text: string): SourceFile {
  const { code, skeleton } = blank(text);
  return { path, text, lines: text.split("\n"), code, skeleton, imports: readImports(path, code), exports: readExports(text, skeleton) };
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** Each match of `pattern` (global) in `text` as a line and what matched. */
export function matchLines(text: string, pattern: RegExp): { line: number; match: string }[] {
  return [...text.matchAll(pattern)].map((found) => ({ line: lineAt(text, found.index), match: found[0].trim() }));
}

function readImports(path: string, code: string): Import[] {
  const pattern = /^(?:import|export)\s+(type\s)?\s*(?:([^;"']*?)\s+from\s+)?["']([^"']+)["']/gm;
  const written = [...code.matchAll(pattern)].map(([, type, clause = "", specifier = ""], place) => ({ type, clause, specifier, place }));
  const offsets = [...code.matchAll(pattern)].map((found) => found.index);
  const dynamic = [...code.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)];
  return [
    ...written.map(({ type, clause, specifier, place }) => ({
      target: resolveTarget(path, specifier),
      names: namesIn(clause),
      takesAll: clause.includes("*"),
      typeOnly: type !== undefined || (clause.includes("{") && namesOf(clause).every((name) => name.startsWith("type "))),
      line: lineAt(code, offsets[place] ?? 0),
    })),
    ...dynamic.map((found) => ({
      target: resolveTarget(path, found[1] ?? ""),
      names: [],
      takesAll: true,
      typeOnly: false,
      line: lineAt(code, found.index),
    })),
  ];
}

function resolveTarget(path: string, specifier: string): string {
  return specifier.startsWith(".") ? normalize(join(dirname(path), specifier)) : specifier;
}

function namesOf(clause: string): string[] {
  const inside = /\{([^}]*)\}/s.exec(clause)?.[1] ?? "";
  return inside
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
}

function namesIn(clause: string): string[] {
  const named = namesOf(clause).map((name) => name.replace(/^type\s+/, "").split(/\s+as\s+/)[0] ?? "");
  const byDefault = /^([A-Za-z_$][\w$]*)/.exec(clause.trim()) === null || clause.trim().startsWith("type ") ? [] : ["default"];
  return [...named, ...byDefault];
}

function readExports(text: string, skeleton: string): Export[] {
  const lines = text.split("\n");
  const pattern = /^export\s+(?:declare\s+)?(?:async\s+)?(function\*?|const|let|class|interface|type|default)\s+([A-Za-z_$][\w$]*)?/gm;
  return [...skeleton.matchAll(pattern)].map((found) => {
    const line = lineAt(skeleton, found.index);
    const above = lines[line - 2] ?? "";
    return {
      name: found[2] ?? "default",
      line,
      isType: found[1] === "interface" || found[1] === "type",
      documented: /\*\/\s*$/.test(above),
    };
  });
}

/** The functions with a body in braces, with their length in lines. */
export function functionLengths({ skeleton }: SourceFile): { line: number; lines: number }[] {
  const starts = [
    ...skeleton.matchAll(
      /\bfunction\b[^{;]*\([^]*?\)[^{;]*?\{|=>\s*\{|^\s+(?:async\s+)?(?!if\b|for\b|while\b|switch\b|catch\b)\w+\([^()]*\)\s*(?::[^{;=]+)?\{/gm,
    ),
  ];
  return starts.map((found) => {
    const open = found.index + found[0].length - 1;
    const line = lineAt(skeleton, found.index + found[0].search(/\S/));
    return { line, lines: lineAt(skeleton, closingBrace(skeleton, open)) - line + 1 };
  });
}

function closingBrace(skeleton: string, open: number): number {
  let depth = 0;
  for (let place = open; place < skeleton.length; place += 1) {
    if (skeleton[place] === "{") depth += 1;
    if (skeleton[place] === "}" && (depth -= 1) === 0) return place;
  }
  return skeleton.length;
}

/** What the scanner is inside of; templates nest, so these form a stack. */
type Inside = { kind: "code"; depth: number } | { kind: "template" };

function blank(text: string): { code: string; skeleton: string } {
  const code = text.split("");
  const skeleton = text.split("");
  const stack: Inside[] = [{ kind: "code", depth: 0 }];
  const hide = (target: string[], from: number, to: number) => {
    for (let at = from; at < to; at += 1) if (text[at] !== "\n") target[at] = " ";
  };
  for (let place = 0; place < text.length;) {
    const start = place;
    if (stack.at(-1)?.kind === "template") {
      place = scanTemplate(text, start, stack);
      hide(skeleton, start, place);
      continue;
    }
    const span = spanAt(text, start);
    place = span?.end ?? start + 1;
    if (span?.kind === "comment") hide(code, start, place);
    if (span?.kind === "comment") hide(skeleton, start, place);
    if (span?.kind === "string") hide(skeleton, start + 1, place - 1);
    if (span === undefined && track(text[start] ?? "", stack)) hide(skeleton, start, place);
  }
  return { code: code.join(""), skeleton: skeleton.join("") };
}

/** A comment, a string or a regular expression that begins at `place`. */
function spanAt(text: string, place: number): { kind: "comment" | "string"; end: number } | undefined {
  const rest = text.slice(place, place + 2);
  if (rest === "//") return { kind: "comment", end: endOf(text, "\n", place) };
  if (rest === "/*") return { kind: "comment", end: endOf(text, "*/", place + 2) + 2 };
  const mark = text[place] ?? "";
  if (mark === '"' || mark === "'") return { kind: "string", end: closing(text, place, mark) };
  const before = text.slice(Math.max(0, place - 20), place).trimEnd();
  if (mark === "/" && (/[(,=:[!&|?{};+>]$/.test(before) || /\b(return|typeof|case)$/.test(before)))
    return { kind: "string", end: closing(text, place, "/") };
  return undefined;
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found;
}

/** Behind the mark that closes what opens at `place`; escapes and, in a regular expression, classes are skipped. */
function closing(text: string, place: number, mark: string): number {
  let inClass = false;
  for (let at = place + 1; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === "\\") at += 1;
    else if (mark === "/" && letter === "[") inClass = true;
    else if (mark === "/" && letter === "]") inClass = false;
    else if ((letter === mark && !inClass) || letter === "\n") return at + 1;
  }
  return text.length;
}

/** Keeps the stack through one character of code; true when it leads out of or back into a template. */
function track(letter: string, stack: Inside[]): boolean {
  const top = stack.at(-1);
  if (top?.kind !== "code") return false;
  if (letter === "`") stack.push({ kind: "template" });
  if (letter === "{") top.depth += 1;
  const closesExpression = letter === "}" && top.depth === 0 && stack.length > 1;
  if (closesExpression) stack.pop();
  else if (letter === "}") top.depth -= 1;
  return letter === "`" || closesExpression;
}

/** Goes on to the end of the template or to its next expression. */
function scanTemplate(text: string, place: number, stack: Inside[]): number {
  for (let at = place; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "`") {
      stack.pop();
      return at + 1;
    } else if (text[at] === "$" && text[at + 1] === "{") {
      stack.push({ kind: "code", depth: 0 });
      return at + 2;
    }
  }
  return text.length;
}
