import { expect, test } from "bun:test";
import { chooseStarts } from "../../src/webhooks/slots.ts";

/** `a1 a2 b3`: host a has two, due at 1 and 2, host b one, due at 3. */
function due(text: string) {
  return text
    .split(" ")
    .filter(Boolean)
    .map((id) => ({ id, host: id.charAt(0), nextAttemptAt: Number(id.slice(1)) }));
}

function chosen(text: string, flying: string, maxInFlight: number, maxPerHost: number): string {
  const inFlight = new Map(due(flying).map(({ id, host }) => [id, host]));
  return chooseStarts(due(text), inFlight, { maxInFlight, maxPerHost })
    .map(({ id }) => id)
    .join(" ");
}

test.each([
  ["nothing due, nothing chosen", "", "", 5, 2, ""],
  ["the longest due first", "a2 b1", "", 5, 2, "b1 a2"],
  ["a host gets no more than its bound", "a1 a2 a3", "", 5, 2, "a1 a2"],
  ["what is in flight counts for its host", "a1 a2 a3", "a1", 5, 2, "a2"],
  ["a host at its bound is passed over", "a1 a2 a3 b9", "a1 a2", 5, 2, "b9"],
  ["no more than there are slots", "a1 b2 c3", "d1 d2", 4, 2, "a1 b2"],
  ["full is full", "a1", "b1 c1", 2, 2, ""],
  ["the last free slot goes to the host with the fewest in flight", "a1 a2 b9", "a1", 2, 5, "b9"],
  ["hosts take turns", "a1 a2 a3 b8 b9", "", 4, 5, "a1 b8 a2 b9"],
] as const)("%s", (_what, text, flying, maxInFlight, maxPerHost, expected) =>
  expect(chosen(text, flying, maxInFlight, maxPerHost)).toBe(expected),
);
