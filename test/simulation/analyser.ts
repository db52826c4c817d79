// Whoever analyses the transcripts of a drill: quick, slow, at a loss, or broken, by a seed.

import type { Analysed, Analyser } from "../../src/calls/analyser.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { Dice } from "./dice.ts";
import type { Life } from "./life.ts";

const SECOND = 1_000;

const found: readonly Analysed[] = [
  { analysis: { lead_qualified: true } },
  { analysis: { next_action: "not_interested", opt_out: { requested: true, quote: "leave me alone" } } },
  { analysis: { summary: "a talk" } },
  { without: "the answer was no JSON" },
];

/** Of one life: what it is asked dies with it. */
export function createAnalyserFor(life: Life, clock: FakeClock, dice: Dice): Analyser {
  return {
    isReady: () => true,
    analyse(_conversation, timeoutMs) {
      life.require();
      const tookMs = dice.pick([0, 300, 2 * SECOND, 20 * SECOND, 90 * SECOND]);
      const isBroken = dice.chance(0.05);
      const answer = dice.pick(found);
      return new Promise((resolve, reject) => {
        clock.after(Math.min(tookMs, timeoutMs), () => {
          if (isBroken) reject(new Error("a bug"));
          else resolve(tookMs > timeoutMs ? { without: "no answer in time" } : answer);
        });
      });
    },
  };
}
