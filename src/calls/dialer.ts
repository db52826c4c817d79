// The port through which calls leave. Adapters (the simulator, SIP) implement it; dialing/attempt.ts is its only caller.

import type { EpochMs } from "../runtime/clock.ts";
import type { DialResult } from "./ending.ts";

/** Everything a dialer needs to place one call; built from committed rows. */
export interface CallOrder {
  callId: string;
  attempt: number;
  from: string;
  to: string;
  ringTimeoutMs: number;
  maxDurationMs: number;
  /** The lead's variables and the built-ins, for the bot. */
  variables: Record<string, unknown>;
  trunk: DialTrunk;
}

/** The trunk's row as its adapter sees it. `options` were validated when the trunk was written. */
export interface DialTrunk {
  id: string;
  driver: "simulator" | "sip";
  options: Record<string, unknown>;
}

/** Reported at most once each, in this order; `ended` exactly once, never from within `place`. */
export interface CallEvents {
  ringing(at: EpochMs): void;
  answered(at: EpochMs): void;
  ended(result: DialResult): void;
}

/** A call that is under way. */
export interface ActiveCall {
  /** Ends it as fast as the protocol allows; `ended` follows. Twice is fine. */
  hangUp(reason: string): void;
}

export interface Dialer {
  /** Sends the first packet before it returns, or reports `ended` later; never throws for a fault of the network. */
  place(order: CallOrder, events: CallEvents): ActiveCall;
  /** Whether calls can leave through the trunk now; a sentence when they cannot. */
  check(trunk: DialTrunk): Promise<string | undefined>;
  /** Ends what it holds; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}
