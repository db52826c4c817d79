// The port through which calls leave. Adapters (the simulator, SIP) implement it; dialing/attempt.ts is its only caller.

import type { EpochMs } from "../runtime/clock.ts";
import type { BotPlan, BotWord, TwimlOrder } from "./bot.ts";
import type { DialResult } from "./ending.ts";

/** Everything a dialer needs to place one call; built from committed rows. */
export interface CallOrder {
  callId: string;
  attempt: number;
  from: string;
  to: string;
  ringTimeoutMs: number;
  maxDurationMs: number;
  /** What talks once the call is answered. */
  bot: BotPlan;
  trunk: DialTrunk;
}

/** The trunk's row as its adapter sees it. `options` were validated when the trunk was written. */
export interface DialTrunk {
  id: string;
  driver: "simulator" | "sip";
  options: Record<string, unknown>;
}

/** `ringing` and `answered` at most once each, in this order; `ended` exactly once, never from within `place`. */
export interface CallEvents {
  ringing(at: EpochMs): void;
  answered(at: EpochMs): void;
  /**
   * What this dialer would need to end the call after a crash; stored with the call, the last one wins. `stored` runs once
   * it outlives the process, or when the store will not have it.
   */
  trace(state: string, stored: () => void): void;
  /** Between `answered` and `ended`, any number of times. */
  told(word: BotWord): void;
  ended(result: DialResult): void;
}

/** A call that is under way. */
export interface ActiveCall {
  /** Ends it as fast as the protocol allows; `ended` follows. Twice is fine. */
  hangUp(reason: string): void;
  /**
   * Hands the person over to another number (E.164) or a SIP address. Once that is answered the bot is let go, and `ended`
   * follows with the reason `transferred` when either of the two hangs up. When it is not, `transfer_failed` is told and the
   * conversation with the bot goes on. Why it cannot even be tried, as a sentence; undefined when it is. Asked of answered
   * calls alone; absent where the dialer cannot.
   */
  transfer?(destination: string): string | undefined;
  /** What the bot asked for is not allowed, for this reason: it is told, if it can hear it. */
  refuseTransfer?(reason: string): void;
  /** TwiML takes over from what the bot had planned. Asked of answered calls alone; absent where the dialer has no bot that could. */
  redirect?(order: TwimlOrder): void;
}

/**
 * A call that an earlier process left open. `trace` is the last state it reported, if any reached the store; where the trunk was
 * deleted meanwhile it is all that is left, and every dialer is asked, because whose it was is not known.
 */
export interface OrphanCall {
  callId: string;
  from: string;
  to: string;
  trunk: DialTrunk | undefined;
  trace: string | undefined;
}

export interface Dialer {
  /** Sends the first packet before it returns, or reports `ended` later; never throws for a fault of the network. */
  place(order: CallOrder, events: CallEvents): ActiveCall;
  /** Whether calls can leave through the trunk now; a sentence when they cannot. */
  check(trunk: DialTrunk): Promise<string | undefined>;
  /** Makes sure that the far end of an orphan does not ring or listen on; resolves when it was told, or cannot be. */
  endOrphan(orphan: OrphanCall): Promise<void>;
  /** Ends what it holds; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}
