// Whether a campaign's window is open for a person, by the oracle, which shares nothing with the code under test.

import type { Schedule } from "../../src/campaigns/window.ts";
import { createOracle } from "../campaigns/window-oracle.ts";

/** `zones` are those of the person, `|`-joined or `?`; they count where the campaign goes by its people's clocks. */
export type IsOpenAt = (schedule: Schedule, zones: string, at: number) => boolean;

/** One for a drill: an oracle is worth keeping. */
export function createHours(): IsOpenAt {
  const oracles = new Map<string, ReturnType<typeof createOracle>>();
  return (schedule, zones, at) => {
    const places = schedule.timezoneMode === "recipient" ? zones.split("|") : [schedule.timezone];
    return places.every((timezone) => {
      if (timezone === "?") return false;
      const key = JSON.stringify({ ...schedule, timezone });
      const oracle = oracles.get(key) ?? createOracle({ ...schedule, timezone });
      oracles.set(key, oracle);
      return oracle.isOpen(at);
    });
  };
}
