import { describe, expect, test } from "bun:test";
import { rankOf } from "../../src/leads/rank.ts";

const table: [priority: number, callbackAt: number | null, rank: number][] = [
  [0, null, 100],
  [1, null, 99],
  [100, null, 0],
  [0, 1_778_000_000_000, 0],
  [100, 1_778_000_000_000, 0],
];

describe("the rank of a lead", () => {
  test.each(table)("priority %d, called back at %p: %d", (priority, callbackAt, rank) => expect(rankOf(priority, callbackAt)).toBe(rank));
});
