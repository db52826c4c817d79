import { describe, expect, test } from "bun:test";
import { didYouMean, nearest } from "../../src/runtime/nearest.ts";

describe("the nearest known word", () => {
  test.each([
    ["serv", "serve"],
    ["sevre", "serve"],
    ["DEMO", "demo"],
    ["keyz", "keys"],
    ["frobnicate", undefined],
    ["", undefined],
  ])("for '%s' is %p", (word, expected) => {
    expect(nearest(word, ["serve", "demo", "keys", "version"])).toBe(expected);
  });

  test("is offered at the end of a sentence, and nothing when there is none", () => {
    expect(didYouMean("--prot", ["--port", "--host"])).toBe(" Did you mean --port?");
    expect(didYouMean("--frobnicate", ["--port", "--host"])).toBe("");
  });
});
