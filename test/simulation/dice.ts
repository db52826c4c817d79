// Draws for the drills, all from one seed.

import { seededRandom } from "../../src/runtime/random.ts";

export interface Dice {
  fraction(): number;
  /** Both ends included. */
  between(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** A new source that does not depend on how much is drawn from this one later. */
  fork(): Dice;
  bytes(count: number): Uint8Array;
}

export function createDice(seed: number): Dice {
  const random = seededRandom(seed);
  const dice: Dice = {
    fraction: random.fraction,
    bytes: random.bytes,
    between: (from, to) => from + Math.floor(random.fraction() * (to - from + 1)),
    chance: (probability) => random.fraction() < probability,
    pick(list) {
      const found = list[Math.floor(random.fraction() * list.length)];
      if (found === undefined) throw new Error("nothing to pick from");
      return found;
    },
    fork: () => createDice(Math.floor(random.fraction() * 4_294_967_296)),
  };
  return dice;
}
