// What a rule of the house is made of; test/tidy.test.ts runs each over the sources and over its own bad example.

import { lineAt, matchLines, type SourceFile } from "../support/source.ts";

export interface Finding {
  path: string;
  line: number;
  /** What is wrong there, and what to do instead. */
  message: string;
}

export interface Rule {
  name: string;
  find(files: readonly SourceFile[]): Finding[];
  /** Files (path → text) that break the rule: the negative control. */
  badExample: Record<string, string>;
}

/** A rule that no code may match `pattern` (global), comments and texts left aside, except in `allowed`. */
export function ban(name: string, pattern: RegExp, remedy: string, badLine: string, allowed: RegExp = /^$/): Rule {
  return {
    name,
    find: (files) =>
      files
        .filter((file) => !allowed.test(file.path))
        .flatMap((file) =>
          matchLines(file.skeleton, pattern).map(({ line, match }) => ({ path: file.path, line, message: `${match}: ${remedy}` })),
        ),
    badExample: { "src/leads/store.ts": `// A file.\n${badLine}\n` },
  };
}

/** Every match of `pattern` in a text that is no TypeScript. */
export function findInText(path: string, text: string, pattern: RegExp, remedy: string): Finding[] {
  return [...text.matchAll(pattern)].map((found) => ({ path, line: lineAt(text, found.index), message: `${found[0].trim()}: ${remedy}` }));
}
