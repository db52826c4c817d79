// Whether a campaign's window is open, by the oracle, which shares nothing with the code under test.

import type { Schedule } from "../../src/campaigns/window.ts";
import { createOracle } from "../campaigns/window-oracle.ts";

/** One for a drill: an oracle is worth keeping. */
export function createHours(): (schedule: Schedule, at: number) => boolean {
  const oracles = new Map<string, ReturnType<typeof createOracle>>();
  return (schedule, at) => {
    const key = JSON.stringify(schedule);
    const oracle = oracles.get(key) ?? createOracle(schedule);
    oracles.set(key, oracle);
    return oracle.isOpen(at);
  };
}
