// The record of a call: what its dialer reports, written through the group commit until the store takes it.

import type { BotWord } from "../../calls/bot.ts";
import type { DialResult } from "../../calls/ending.ts";
import { type Clock, type EpochMs, MINUTE, SECOND } from "../../runtime/clock.ts";
import type { GroupCommit } from "../../runtime/group-commit.ts";
import type { Log } from "../../runtime/log.ts";
import type { MachineStore } from "./finish.ts";
import type { TakenReport } from "./report.ts";
import { noteAnswered, noteRinging, noteTrace, type Settled, settleCall } from "./settle.ts";
import { noteWord } from "./words.ts";

export interface RecordDependencies extends MachineStore {
  clock: Clock;
  commit: GroupCommit;
  log: Log;
  /** What was said of a call is on disk. */
  onWord: (taken: TakenReport) => void;
}

/** Writes about one call each; all return at once. */
export interface CallRecord {
  ringing(callId: string, at: EpochMs): void;
  answered(callId: string, leadId: string | undefined, at: EpochMs): void;
  /** `stored` runs once it is on disk, or will not be. */
  trace(callId: string, state: string, stored: () => void): void;
  told(callId: string, word: BotWord): void;
  /** `done` runs once the result is on disk; undefined when another had settled the call before. */
  ended(callId: string, result: DialResult, done: (settled: Settled | undefined) => void): void;
}

const FIRST_RETRY_MS = SECOND;
const LONGEST_RETRY_MS = MINUTE;

/** Writes are repeated after a commit in doubt: each is harmless the second time. */
export function createCallRecord(deps: RecordDependencies): CallRecord {
  const { clock, commit, log } = deps;

  /** A note that the store refuses is dropped: the call's result does not depend on it. */
  const note = (work: () => void, over: () => void = () => undefined) => {
    commit.add({
      work,
      committed: over,
      failed(error) {
        log.error("call.note_failed", { error });
        over();
      },
      uncertain: () => void clock.after(FIRST_RETRY_MS, () => note(work, over)),
    });
  };

  /**
   * A result is never given up, and neither is what was said: it may be a wish not to be called again. `doubted` is what a try found
   * whose commit is in doubt: where it was written after all, the next try finds nothing left to do, and that is what is true.
   */
  const keep = <T>(
    callId: string,
    work: (doubted: T | undefined) => T,
    done: (written: T) => void,
    doubted?: T,
    retryMs = FIRST_RETRY_MS,
  ) => {
    let found = doubted;
    const again = (error: unknown, maybeWritten: T | undefined) => {
      log.error("call.write_failed", { callId, error });
      clock.after(retryMs, () => keep(callId, work, done, maybeWritten, Math.min(LONGEST_RETRY_MS, retryMs * 2)));
    };
    commit.add({
      work: () => (found = work(doubted)),
      committed: done,
      failed: (error) => again(error, doubted),
      uncertain: (error) => again(error, found),
    });
  };

  return {
    ringing: (callId, at) => note(() => noteRinging(deps, callId, at)),
    answered: (callId, leadId, at) => note(() => noteAnswered(deps, callId, leadId, at)),
    trace: (callId, state, stored) => note(() => noteTrace(deps, callId, state), stored),
    told: (callId, word) =>
      keep<TakenReport>(callId, (doubted) => eitherOf(noteWord(deps, callId, word, clock.now()), doubted), deps.onWord),
    ended(callId, result, done) {
      const at = clock.now();
      keep<Settled | undefined>(callId, (doubted) => settleCall(deps, callId, result, at) ?? doubted, done);
    },
  };
}

function eitherOf(taken: TakenReport, doubted: TakenReport | undefined): TakenReport {
  return { optedOut: taken.optedOut ?? doubted?.optedOut, awaitsAnalysis: taken.awaitsAnalysis || doubted?.awaitsAnalysis === true };
}
