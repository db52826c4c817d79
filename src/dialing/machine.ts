// The machine put together: what app.ts starts and stops, and what tests drive with a fake clock and dialer.

import type { Analyser } from "../calls/analyser.ts";
import type { Calendar } from "../campaigns/window.ts";
import type { Dialer, DialTrunk } from "../calls/dialer.ts";
import type { CallReport } from "../calls/outcome/report-store.ts";
import { CommitUnknown, savepoint, transact, TransactionLost } from "../database/transaction.ts";
import type { Alarm } from "../runtime/alarm.ts";
import { type Clock, SECOND } from "../runtime/clock.ts";
import { createGroupCommit, type GroupCommit } from "../runtime/group-commit.ts";
import type { Log } from "../runtime/log.ts";
import type { Db } from "../database/open.ts";
import { createAnalyst } from "./ending/analyst.ts";
import { createAttempts, type Attempts } from "./attempt.ts";
import type { BotReach } from "./view/bot-reach.ts";
import { createDispatcher, type Dispatcher } from "./dispatcher.ts";
import { createLineHealth } from "./view/health.ts";
import { createPaces } from "./view/pace.ts";
import type { PreDialAnswers } from "./view/pre-dial.ts";
import { takeReport } from "./ending/report.ts";
import { findLeftOpen, mayHaveDialed, settleLeftOpen } from "./ending/recovery.ts";
import type { ClaimContext } from "./reserve.ts";
import { createRoster } from "./view/roster.ts";
import { createScheduler } from "./scheduler.ts";
import { createSingleCalls, type SingleCalls } from "./single.ts";

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
  /** Whether bots can be reached; without it they are taken to be there. */
  reach?: BotReach;
  /** Analyses transcripts; without it analyses come from bots alone. */
  analyser?: Analyser;
  /** A webhook row may have been written. */
  onOutcome: () => void;
}

export interface Machine {
  dispatcher: Dispatcher;
  attempts: Attempts;
  singles: SingleCalls;
  /** Takes in what is reported of a call, on disk when it returns; false when the call has another report, which stands. Throws when the store cannot write. */
  report(callId: string, report: CallReport): boolean;
  /** Settles what an earlier process left open, then dials. */
  start(): void;
  /** No new call from now on. */
  hold(): void;
  /** After the last call: analyses in progress are given up, and made after the next start. */
  stop(): Promise<void>;
}

/** Nothing happens before `start`. */
export function createMachine(options: MachineOptions): Machine {
  const { clock, log } = options;
  const health = createLineHealth();
  const paces = createPaces();
  const attempts = createAttempts({
    ...options,
    paces,
    onResult: ({ order, agentId }, result) => {
      health.learn(order, agentId, result, clock.now());
      dispatcher.nudge();
    },
    onSettled: (settled) => {
      if (settled !== undefined) log.info("call.settled", { ...settled });
      followUp(settled ?? { awaitsAnalysis: true });
    },
    onWord: (taken) => followUp(taken),
  });
  const analyst = createAnalyst({
    ...options,
    onConcluded: (concluded) => {
      followUp(concluded);
      dispatcher.nudge();
    },
  });
  /** Once it is on disk: whom nobody may call any more does not ring on, and what was written is told. */
  const followUp = ({ optedOut, awaitsAnalysis }: { optedOut?: string; awaitsAnalysis?: boolean }) => {
    if (optedOut !== undefined) attempts.hangUp({ phoneNumber: optedOut, ringingOnly: true }, "opted_out");
    if (awaitsAnalysis === true) analyst.nudge();
    options.onOutcome();
  };
  const shared = { ...options, attempts, health, paces, placedFrom: new Map<string, number>() };
  const dispatcher = createDispatcher({ ...shared, roster: createRoster(options.db, options.calendar), scheduler: () => scheduler });
  const scheduler = createScheduler(clock, options.alarm, log, () => dispatcher.nudge());
  const singles = createSingleCalls({ ...shared, release: dispatcher.release });
  return {
    dispatcher,
    attempts,
    singles,
    report(callId, report) {
      const taken = transact(options.db, () => takeReport(options, callId, report, clock.now()));
      if (taken === undefined) return false;
      followUp(taken);
      dispatcher.nudge();
      return true;
    },
    start() {
      const leftOpen = findLeftOpen(options, options.bootId);
      if (leftOpen.length > 0) log.warn("recovery.calls_unknown", { calls: leftOpen.length });
      // Told before they are settled: should this process die in between, the next one finds them open and tells them again.
      for (const { orphan } of leftOpen) {
        if (orphan === undefined) continue;
        const dialers = orphan.trunk === undefined ? Object.values(options.dialers) : [options.dialers[orphan.trunk.driver]];
        for (const dialer of dialers)
          dialer?.endOrphan(orphan).catch((error) => log.error("recovery.orphan_failed", { callId: orphan.callId, error }));
      }
      // The wall clock may have been set meanwhile: what was in the air may have left a moment ago.
      if (leftOpen.length > 0 || mayHaveDialed(options, SECOND, clock.now())) shared.paces.hold(clock.monotonicMs() + SECOND);
      transact(options.db, () => settleLeftOpen(options, leftOpen, clock.now()));
      options.onOutcome();
      dispatcher.sweep();
      analyst.nudge();
    },
    hold() {
      dispatcher.hold();
      singles.hold();
      scheduler.stop();
    },
    stop: analyst.stop,
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
