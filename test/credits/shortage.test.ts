import { describe, expect, test } from "bun:test";
import { coverOf, pausedReason, shortageWords, waitingReason } from "../../src/credits/shortage.ts";

describe("coverOf", () => {
  test.each([
    [{ needed: 0, balance: 0, reserved: 0 }, "now"],
    [{ needed: 0, balance: -5, reserved: 0 }, "now"],
    [{ needed: 5, balance: 5, reserved: 0 }, "now"],
    [{ needed: 6, balance: 5, reserved: 0 }, "never"],
    [{ needed: 6, balance: 5, reserved: 1 }, "later"],
    [{ needed: 7, balance: 5, reserved: 1 }, "never"],
    [{ needed: 1, balance: -5, reserved: 6 }, "later"],
    [{ needed: 1, balance: -5, reserved: 5 }, "never"],
  ] as const)("%o: %s", (facts, cover) => {
    expect(coverOf(facts)).toBe(cover);
  });
});

describe("the words", () => {
  const shortage = { phoneNumber: "+919876501000", needed: 6_600_000, balance: 2_500_000, reserved: 0 };
  test("name the number, what it takes and what there is", () => {
    expect(shortageWords(shortage)).toBe("a call to +919876501000 sets 6.60 aside, 2.50 is left");
    expect(shortageWords({ ...shortage, reserved: 13_200_000 })).toBe(
      "a call to +919876501000 sets 6.60 aside, 2.50 is left and 13.20 is set aside for calls in progress",
    );
  });

  test("of a campaign begin with the code and end with what comes next", () => {
    expect(pausedReason(shortage)).toBe(
      "insufficient_credits: a call to +919876501000 sets 6.60 aside, 2.50 is left; goes on by itself after a top-up",
    );
    expect(waitingReason(shortage)).toStartWith("insufficient_credits: a call to +919876501000");
  });
});
