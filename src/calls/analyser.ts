// The port through which a conversation is analysed once it is over. The room analysis/ implements it; dialing/ending/analyst.ts is
// its only caller.

import type { PostCallAnalysis } from "../agents/draft.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { Analysis } from "./disposition.ts";

/** A conversation, and what is to be found in it. */
export interface Conversation {
  callId: string;
  /** As it was reported: nobody vouches for it. */
  transcript: unknown;
  plan: PostCallAnalysis;
  /** For times that were named relative to it ("tomorrow at five"), in the person's campaign's zone. */
  endedAt: EpochMs;
  timezone: string;
}

/** `without`: why there is none, in words. */
export type Analysed = { analysis: Analysis } | { without: string };

export interface Analyser {
  /** Whether an endpoint is set; otherwise there is nobody to ask. */
  isReady(): boolean;
  /** Answers within `timeoutMs`, and soon after `signal` aborts; never throws for a fault of the endpoint. */
  analyse(conversation: Conversation, timeoutMs: number, signal: AbortSignal): Promise<Analysed>;
}
