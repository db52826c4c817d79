import { describe, expect, test } from "bun:test";
import { createIds, firstIdAt } from "../../src/runtime/ids.ts";
import { seededRandom } from "../../src/runtime/random.ts";

describe("identifiers", () => {
  test("say what they name, in the form that cursors and paths take", () => {
    const newId = createIds({ now: () => Date.UTC(2026, 0, 1) }, seededRandom(1));
    expect(newId("ld")).toMatch(/^ld_[0-9a-hjkmnp-tv-z]{26}$/);
  });

  test("sort in the order in which they were made: within a millisecond, over time, and when the clock goes back", () => {
    const instants = [1_000, 1_000, 1_000, 1_001, 900, 900, 5_000_000_000_000, 1];
    let made = 0;
    const newId = createIds({ now: () => instants[made] ?? 0 }, seededRandom(2));
    const ids = instants.map((_, place) => ((made = place), newId("call")));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("a hundred thousand of one millisecond are all different and in order", () => {
    const newId = createIds({ now: () => 1 }, seededRandom(3));
    const ids = Array.from({ length: 100_000 }, () => newId("ld"));
    expect(ids.every((id, place) => place === 0 || id > (ids[place - 1] ?? ""))).toBe(true);
  });
});

describe("firstIdAt", () => {
  test("parts what was made before an instant from what was made from it on", () => {
    let now = Date.UTC(2026, 4, 6);
    const newId = createIds({ now: () => now }, seededRandom(3));
    const before = newId("call");
    now += 1;
    const bound = firstIdAt("call", now);
    const from = newId("call");
    expect([before < bound, from >= bound]).toEqual([true, true]);
    expect(firstIdAt("call", -5)).toBe("call_0000000000");
  });
});

describe("seeded randomness", () => {
  test("is the same for the same seed and another for another", () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed).fraction);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1).every((value) => value >= 0 && value < 1)).toBe(true);
  });
});
