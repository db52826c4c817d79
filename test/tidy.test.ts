// The house rules, held over every source file. Each rule is also run over a small bad example that it must catch.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { parseSource, readSources } from "./support/source.ts";
import { arrowRules } from "./tidy/arrows.ts";
import { findInText, type Finding, type Rule } from "./tidy/rule.ts";
import { wordRules } from "./tidy/words.ts";

const program = [...readSources("src"), ...readSources("migrations")];
const tests = readSources("test");

/** `file:line message`, a line each, so that a failure reads as a list of what to do. */
function tell(findings: readonly Finding[]): string {
  return findings.map(({ path, line, message }) => `${path}:${line} ${message}`).join("\n");
}

function rules(title: string, list: readonly Rule[], files: typeof program) {
  describe(title, () => {
    for (const rule of list) {
      test(rule.name, () => expect(tell(rule.find(files))).toBe(""));
      test(`a file that breaks it is caught: ${rule.name}`, () => {
        const bad = Object.entries(rule.badExample).map(([path, text]) => parseSource(path, text));
        expect(rule.find(bad)).not.toEqual([]);
      });
    }
  });
}

rules("arrows", arrowRules, [...program, ...tests]);
rules("words", wordRules, program);

describe("the lockfile", () => {
  const find = (text: string) =>
    findInText(
      "package-lock.json",
      text,
      /"resolved"\s*:|"(?!url")\w+": "https?:\/\/[^"]*/g,
      "set omit-lockfile-registry-resolved=true in .npmrc and run npm install",
    );

  test("names no registry: everyone installs from their own", () => {
    expect(tell(find(readFileSync("package-lock.json", "utf8")))).toBe("");
  });

  test("one that names a registry is caught", () => {
    expect(find('{ "resolved": "https://packages.example/x.tgz" }')).not.toEqual([]);
  });
});

describe("the scripts", () => {
  const scripts = [
    ".ci/run",
    ...readdirSync("scripts")
      .filter((name) => !name.includes("."))
      .map((name) => `scripts/${name}`),
  ];

  test.each(scripts)("%s can be run, and stops at the first thing that fails", (path) => {
    expect(statSync(path).mode & 0o111).toBe(0o111);
    expect(readFileSync(path, "utf8")).toMatch(/^#!\/usr\/bin\/env bash\n# [^]*\nset -euo pipefail\n/);
  });
});
