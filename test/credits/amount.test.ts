import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatAmount, LARGEST_AMOUNT, parseAmount } from "../../src/credits/amount.ts";

describe("parseAmount", () => {
  test.each([
    ["0", 0],
    ["1", 1_000_000],
    ["250.00", 250_000_000],
    ["0.1", 100_000],
    [0.1, 100_000],
    [12.5, 12_500_000],
    ["0.000001", 1],
    ["007", 7_000_000],
    ["1000000000", LARGEST_AMOUNT],
  ])("%p is %d micro-units", (text, micros) => {
    expect(parseAmount(text)).toBe(micros);
  });

  test.each([
    "",
    " 1",
    "1.",
    ".5",
    "-1",
    -1,
    "+1",
    "1e3",
    "1,5",
    "0.0000001",
    1e-7,
    "1000000000.000001",
    "10000000000",
    Number.NaN,
    Infinity,
    "٣",
  ])("%p is no amount", (text) => {
    expect(parseAmount(text)).toBeUndefined();
  });
});

describe("formatAmount", () => {
  test.each([
    [0, "0.00"],
    [1, "0.000001"],
    [1_000_000, "1.00"],
    [12_500_000, "12.50"],
    [608_334, "0.608334"],
    [-600_000, "-0.60"],
    [1_230_000, "1.23"],
    [1_234_000, "1.234"],
    [LARGEST_AMOUNT, "1000000000.00"],
  ])("%d is %s", (micros, text) => {
    expect(formatAmount(micros)).toBe(text);
  });

  test("is read back as the same amount", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: LARGEST_AMOUNT }), (micros) => parseAmount(formatAmount(micros)) === micros));
  });
});
