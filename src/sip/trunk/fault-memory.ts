// What one call's end cannot tell alone: a run of suspect ends is the account's or the trunk's fault, and a number that was
// given back once for a fault of the route is not given back again. Pure but for its own memory; one for each trunk.

import type { RetryClass } from "../../calls/ending.ts";
import type { Verdict } from "../status.ts";

export interface FaultMemory {
  /** The retry class that holds for this call, after all that came before it. */
  judge(verdict: Verdict, number: string): RetryClass;
}

/** Different numbers in a row that end in the same suspicion. */
const RUN_THAT_HALTS = 5;
const MOST_NUMBERS = 10_000;

/** Forgets with the process: at worst an attempt is given back once more. */
export function createFaultMemory(): FaultMemory {
  let suspicion: Verdict["suspect"];
  let run = new Set<string>();
  const givenBack = new Set<string>();
  return {
    judge(verdict, number) {
      if (verdict.suspect === undefined || verdict.suspect !== suspicion) run = new Set();
      suspicion = verdict.suspect;
      if (suspicion !== undefined) {
        run.add(number);
        if (run.size >= RUN_THAT_HALTS) return "halt";
      }
      if (verdict.requeueOnce !== true) {
        givenBack.delete(number);
        return verdict.retry;
      }
      if (givenBack.delete(number)) return verdict.retry;
      if (givenBack.size >= MOST_NUMBERS) givenBack.clear();
      givenBack.add(number);
      return "requeue";
    },
  };
}
