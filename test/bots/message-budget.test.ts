import { describe, expect, test } from "bun:test";
import { createMessageBudget } from "../../src/bots/message-budget.ts";

/** How many messages of so many characters pass when one comes each `everyMs`; at most 100,000 are tried. */
function passed(characters: number, everyMs: number): number {
  const budget = createMessageBudget(0);
  let count = 0;
  while (count < 100_000 && budget.spend(characters, count * everyMs)) count += 1;
  return count;
}

describe("how much a bot may say", () => {
  const cases = [
    { says: "frames of 20 ms as they are spoken", characters: 300, everyMs: 20, most: 100_000 },
    { says: "whole replies at once, again and again", characters: 200_000, everyMs: 2_000, most: 100_000 },
    { says: "frames without a pause", characters: 300, everyMs: 0, most: 23_076 },
    { says: "empty messages without a pause", characters: 0, everyMs: 0, most: 30_000 },
    { says: "ten thousand characters each millisecond", characters: 10_000, everyMs: 1, most: 2_999 },
  ];
  test.each(cases)("$says", ({ characters, everyMs, most }) => expect(passed(characters, everyMs)).toBe(most));
});
