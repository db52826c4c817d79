// A try of the endpoint from the settings: a conversation that was made up, and what came back.

import { agentDefaults } from "../agents/draft.ts";
import type { Analysis } from "../calls/disposition.ts";
import { type Clock, MINUTE } from "../runtime/clock.ts";
import type { Asker } from "./asker.ts";

/** `format` is how the endpoint was asked; `error` a sentence, null when it works. */
export interface TrialResult {
  works: boolean;
  format: string | null;
  outcome: Analysis | null;
  error: string | null;
  durationMs: number;
}

const transcript = [
  { role: "assistant", content: "Good morning, this is a test call. Would you like to hear about our offer?" },
  { role: "user", content: "Yes, but not now. Please call me tomorrow at five in the afternoon." },
];

/** Nothing is stored. */
export async function tryEndpoint(asker: Asker, clock: Pick<Clock, "now" | "monotonicMs">): Promise<TrialResult> {
  const startedMs = clock.monotonicMs();
  const plan = { ...agentDefaults.postCallAnalysis, enabled: true };
  const asked = await asker.ask({ callId: "test", transcript, plan, endedAt: clock.now(), timezone: "UTC" }, MINUTE);
  const durationMs = Math.round(clock.monotonicMs() - startedMs);
  if ("analysis" in asked) return { works: true, format: asked.mode, outcome: asked.analysis, error: null, durationMs };
  const said = asked.said === undefined || asked.said === "" ? "" : `: ${asked.said}`;
  return { works: false, format: null, outcome: null, error: `${asked.without}${said}`, durationMs };
}
