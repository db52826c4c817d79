// How deep a JSON text is nested, against the value that it stands for.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { isNestedDeeper } from "../../src/runtime/nesting.ts";

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

test("what is told of a text is true of its value", () => {
  // Texts of brackets, quotes and backslashes, which count for nothing inside a text.
  const text = fc.array(fc.constantFrom("[", "]", "{", "}", '"', "\\", "a"), { maxLength: 6 }).map((parts) => parts.join(""));
  const value = fc.jsonValue({ maxDepth: 6 }).chain((inner) => fc.tuple(text, text).map(([name, words]) => ({ [name]: [words, inner] })));
  fc.assert(
    fc.property(value, fc.nat(9), (value, levels) => {
      expect(isNestedDeeper(JSON.stringify(value), levels)).toBe(depthOf(value) > levels);
    }),
  );
});

test("a text without an end is read to its end", () => {
  expect(['"', '"\\', '["\\"[', "]]]", ""].map((text) => isNestedDeeper(text, 1))).toEqual([false, false, false, false, false]);
});
