// Attempts: each reserved call is handed to its dialer here and nowhere else, and what the dialer reports is
// written here, through the group commit.

import type { ActiveCall, CallOrder, Dialer, DialTrunk } from "../calls/dialer.ts";
import type { TransferAnswer } from "../calls/control.ts";
import type { DialResult } from "../calls/ending.ts";
import { CallEnding } from "../calls/call.ts";
import { type Cancel, type Clock, type EpochMs, MINUTE, SECOND } from "../runtime/clock.ts";
import type { GroupCommit } from "../runtime/group-commit.ts";
import type { Log } from "../runtime/log.ts";
import type { MachineStore } from "./finish.ts";
import type { Claim } from "./reserve.ts";
import { noteAnswered, noteRinging, noteTrace, type Settled, settleCall } from "./settle.ts";

/** Which calls to end; all that are open when empty. */
export interface HangUpFilter {
  campaignId?: string;
  phoneNumber?: string;
  /** Leaves conversations alone. */
  ringingOnly?: boolean;
}

export interface AttemptDependencies extends MachineStore {
  clock: Clock;
  commit: GroupCommit;
  dialers: Partial<Record<DialTrunk["driver"], Dialer>>;
  log: Log;
  /** The dialer has reported: the trunk is known to work or not, and the slot is free in the next transaction. */
  onResult: (order: CallOrder, result: DialResult) => void;
  onSettled: (settled: Settled) => void;
}

export interface Attempts {
  /** Sends the call. Must be called right after the claim's commit, in the same turn. */
  place(claim: Claim): void;
  hangUp(filter: HangUpFilter, reason: string): void;
  /** False when no such call is in progress. */
  hangUpCall(callId: string, reason: string): boolean;
  transfer(callId: string, destination: string): TransferAnswer;
  /** The ids of calls that were handed to a dialer and are not settled yet. */
  open(): ReadonlySet<string>;
  /** Resolves with whether no call is open any more, after `timeoutMs` at most. */
  whenIdle(timeoutMs: number): Promise<boolean>;
}

interface Open {
  claim: Claim;
  call: ActiveCall | undefined;
  answered: boolean;
  ended: boolean;
  cancelWatch: Cancel;
}

/** A dialer that has not reported an end this long after the longest possible call is taken for broken. */
const OVERDUE_AFTER_MS = MINUTE;
const OVERDUE_GRACE_MS = 30 * SECOND;
const FIRST_RETRY_MS = SECOND;
const LONGEST_RETRY_MS = MINUTE;

export function createAttempts(deps: AttemptDependencies): Attempts {
  const { clock, commit, log } = deps;
  const open = new Map<string, Open>();
  const waiters = new Set<() => void>();

  /** Notes are corrections of a row: repeated after a commit in doubt, dropped after an error of their own. */
  const note = (work: () => void) => {
    commit.add({
      work,
      committed: () => undefined,
      failed: (error) => log.error("call.note_failed", { error }),
      uncertain: () => note(work),
    });
  };

  /** An outcome is never given up: it is tried again until the store takes it. */
  const settle = (callId: string, result: DialResult, at: EpochMs, retryMs = FIRST_RETRY_MS) => {
    commit.add({
      work: () => settleCall(deps, callId, result, at),
      committed: (settled) => {
        open.get(callId)?.cancelWatch();
        open.delete(callId);
        if (settled !== undefined) deps.onSettled(settled);
        if (open.size === 0) for (const wake of [...waiters]) wake();
      },
      failed: (error) => {
        log.error("call.settle_failed", { callId, error });
        clock.after(retryMs, () => settle(callId, result, at, Math.min(LONGEST_RETRY_MS, retryMs * 2)));
      },
      uncertain: () => settle(callId, result, at),
    });
  };

  const end = (entry: Open, result: DialResult) => {
    if (entry.ended) return;
    entry.ended = true;
    settle(entry.claim.order.callId, result, clock.now());
    deps.onResult(entry.claim.order, result);
  };

  const watch = (entry: Open, order: CallOrder): Cancel =>
    clock.after(order.ringTimeoutMs + order.maxDurationMs + OVERDUE_AFTER_MS, () => {
      log.error("call.overdue", { callId: order.callId });
      entry.call?.hangUp("overdue");
      entry.cancelWatch = clock.after(OVERDUE_GRACE_MS, () => end(entry, silent("dialer_silent")));
    });

  return {
    place(claim) {
      const { order } = claim;
      const entry: Open = { claim, call: undefined, answered: false, ended: false, cancelWatch: () => undefined };
      open.set(order.callId, entry);
      entry.cancelWatch = watch(entry, order);
      const dialer = deps.dialers[order.trunk.driver];
      if (dialer === undefined) return end(entry, { ...silent("no_dialer"), retry: "requeue" });
      try {
        claim.ticket?.sent(clock.monotonicMs());
        entry.call = dialer.place(order, {
          ringing: (at) => note(() => noteRinging(deps, order.callId, at)),
          answered: (at) => {
            entry.answered = true;
            note(() => noteAnswered(deps, order.callId, claim.leadId, at));
          },
          trace: (state) => note(() => noteTrace(deps, order.callId, state)),
          ended: (result) => end(entry, result),
        });
      } catch (error) {
        // A packet may have left before it threw: the attempt counts.
        log.error("call.dialer_threw", { callId: order.callId, error });
        end(entry, silent("dialer_threw"));
      }
    },
    hangUp(filter, reason) {
      for (const { claim, call, answered } of open.values()) {
        const wanted =
          (filter.campaignId ?? claim.campaignId) === claim.campaignId &&
          (filter.phoneNumber ?? claim.order.to) === claim.order.to &&
          !(filter.ringingOnly === true && answered);
        if (wanted) call?.hangUp(reason);
      }
    },
    ...actOn(open),
    open: () => new Set(open.keys()),
    whenIdle: (timeoutMs) =>
      new Promise((resolve) => {
        if (open.size === 0) return resolve(true);
        const done = () => {
          waiters.delete(done);
          cancel();
          resolve(open.size === 0);
        };
        const cancel = clock.after(timeoutMs, done);
        waiters.add(done);
      }),
  };
}

/** What is asked of one call in progress. */
function actOn(open: ReadonlyMap<string, Open>): Pick<Attempts, "hangUpCall" | "transfer"> {
  return {
    hangUpCall(callId, reason) {
      const entry = open.get(callId);
      if (entry === undefined || entry.ended) return false;
      entry.call?.hangUp(reason);
      return true;
    },
    transfer(callId, destination) {
      const entry = open.get(callId);
      if (entry === undefined || entry.ended) return "not_in_progress";
      if (!entry.answered) return "not_answered";
      if (entry.call?.transfer === undefined) return "not_able";
      entry.call.transfer(destination);
      return "asked";
    },
  };
}

/** A call of which nothing is known but that it is over. */
function silent(reason: string): DialResult {
  return { ending: CallEnding.failed, retry: "policy", reason, ringMs: 0, talkMs: 0 };
}
