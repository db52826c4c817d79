import { expect, test } from "bun:test";
import { becameLow, lowBelow } from "../../src/credits/low.ts";

test.each([
  [100, 10],
  [19, 1],
  [9, 0],
  [0, 0],
])("of a budget of %d it is low below %d", (budget, threshold) => expect(lowBelow(budget)).toBe(threshold));

test.each([
  ["the charge that crosses it", 9, 5, true],
  ["by as little as possible", 9, 1, true],
  ["from right at it", 9, 1, true],
  ["exactly down to it", 10, 5, false],
  ["one that was low before", 8, 1, false],
  ["far above", 90, 5, false],
  ["over all of it", -3, 200, true],
  ["a call that cost nothing", 9, 0, false],
])("%s: %d left after a charge of %d → %p", (_what, left, cost, is) => expect(becameLow({ left, cost, budget: 100 })).toBe(is));
