// The machine put together: what app.ts starts and stops, and what tests drive with a fake clock and dialer.

import type { Calendar } from "../campaigns/window.ts";
import type { Dialer, DialTrunk } from "../calls/dialer.ts";
import { CommitUnknown, savepoint, transact, TransactionLost } from "../database/transaction.ts";
import type { Alarm } from "../runtime/alarm.ts";
import { type Clock, SECOND } from "../runtime/clock.ts";
import { createGroupCommit, type GroupCommit } from "../runtime/group-commit.ts";
import type { Log } from "../runtime/log.ts";
import type { Db } from "../database/open.ts";
import { createAttempts, type Attempts } from "./attempt.ts";
import { createDispatcher, type Dispatcher } from "./dispatcher.ts";
import { createPaces } from "./pace.ts";
import type { PreDialAnswers } from "./pre-dial.ts";
import { findLeftOpen, mayHaveDialed, settleLeftOpen } from "./recovery.ts";
import type { ClaimContext } from "./reserve.ts";
import { createRoster } from "./roster.ts";
import { createScheduler } from "./scheduler.ts";
import { createSingleCalls, type SingleCalls } from "./single.ts";
import { createTrunkHealth } from "./trunk-health.ts";

export interface MachineOptions extends ClaimContext {
  clock: Clock;
  alarm: Alarm;
  log: Log;
  commit: GroupCommit;
  dialers: Partial<Record<DialTrunk["driver"], Dialer>>;
  maxConcurrentCalls: number;
  /** Knows holidays; without it a schedule that keeps them is closed. */
  calendar?: Calendar;
  /** What campaigns' pre-dial hooks said; without it no lead of a campaign that has one is called. */
  preDial?: PreDialAnswers;
  /** A webhook row may have been written. */
  onOutcome: () => void;
}

export interface Machine {
  dispatcher: Dispatcher;
  attempts: Attempts;
  singles: SingleCalls;
  /** Settles what an earlier process left open, then dials. */
  start(): void;
  /** No new call from now on. */
  hold(): void;
}

/** Nothing happens before `start`. */
export function createMachine(options: MachineOptions): Machine {
  const { clock, log } = options;
  const trunks = createTrunkHealth();
  const paces = createPaces();
  const attempts = createAttempts({
    ...options,
    paces,
    onResult: (order, result) => {
      trunks.learn(order, result, clock.now());
      dispatcher.nudge();
    },
    onSettled: (settled) => {
      log.info("call.settled", { ...settled });
      options.onOutcome();
    },
  });
  const shared = { ...options, attempts, trunks, paces, placedFrom: new Map<string, number>() };
  const dispatcher = createDispatcher({ ...shared, roster: createRoster(options.db, options.calendar), scheduler: () => scheduler });
  const scheduler = createScheduler(clock, options.alarm, log, () => dispatcher.nudge());
  const singles = createSingleCalls({ ...shared, release: dispatcher.release });
  return {
    dispatcher,
    attempts,
    singles,
    start() {
      const leftOpen = findLeftOpen(options, options.bootId);
      if (leftOpen.length > 0) log.warn("recovery.calls_unknown", { calls: leftOpen.length });
      // Told before they are settled: should this process die in between, the next one finds them open and tells them again.
      for (const { orphan } of leftOpen) {
        if (orphan === undefined) continue;
        options.dialers[orphan.trunk.driver]?.endOrphan(orphan).catch((error) => log.error("recovery.orphan_failed", { callId: orphan.callId, error }));
      }
      // The wall clock may have been set meanwhile: what was in the air may have left a moment ago.
      if (leftOpen.length > 0 || mayHaveDialed(options, SECOND, clock.now())) shared.paces.hold(clock.monotonicMs() + SECOND);
      transact(options.db, () => settleLeftOpen(options, leftOpen, clock.now()));
      options.onOutcome();
      dispatcher.sweep();
    },
    hold() {
      dispatcher.hold();
      singles.hold();
      scheduler.stop();
    },
  };
}

/** The group commit over a database. */
export function commitTo(db: Db, clock: Pick<Clock, "soon">): GroupCommit {
  return createGroupCommit(clock, {
    transact: (work) => transact(db, work),
    savepoint: (work) => savepoint(db, work),
    isUncertain: (error) => error instanceof CommitUnknown,
    isLost: (error) => error instanceof TransactionLost,
  });
}
