// The dispatcher: open windows × free capacity → claims → calls. One round is one transaction and runs last in its
// group, so that slots freed by calls that ended in the same turn are used in the same commit.

import { type Clock, SECOND } from "../runtime/clock.ts";
import type { GroupCommit } from "../runtime/group-commit.ts";
import type { Log } from "../runtime/log.ts";
import type { Attempts } from "./attempt.ts";
import { releaseNeverPlaced, windDown } from "./ending/recovery.ts";
import { type Round, type RoundDependencies, runRound } from "./round.ts";
import type { Scheduler } from "./scheduler.ts";

export interface DispatcherDependencies extends RoundDependencies {
  clock: Clock;
  commit: GroupCommit;
  log: Log;
  attempts: Attempts;
  scheduler: () => Scheduler;
  /** A lead ended without a call, or a campaign moved: a webhook row may have been written. */
  onOutcome: () => void;
}

export interface Dispatcher {
  /** Asks for a round at the end of this turn; many nudges are one round. */
  nudge(): void;
  /** Also settles what stopped campaigns left waiting. */
  sweep(): void;
  /** No further claim, for good. */
  hold(): void;
  /** After a failed commit: what was reserved but not placed is given back. */
  release(): void;
}

/** Its rounds run in the group commit; nothing happens before the first nudge. */
export function createDispatcher(deps: DispatcherDependencies): Dispatcher {
  const { clock, commit, log, attempts } = deps;
  let queued = false;
  let held = false;
  let sweeping = false;
  let swept = false;

  // One try a second, however many rounds were asked for meanwhile and failed.
  const later = aSecondLater(clock, () => nudge());
  const release = createRelease(deps, later);
  const forget = (round: Round | undefined) => {
    round?.claims.forEach((claim) => claim.ticket?.cancel());
    sweeping ||= swept;
  };
  const nudge = () => {
    if (queued) return;
    queued = true;
    let round: Round | undefined;
    commit.addLast({
      work: () => {
        queued = false;
        const now = clock.now();
        swept = sweeping;
        if (sweeping) sweeping = windDown(deps, now);
        round = held ? idle : runRound(deps, now);
        return round;
      },
      committed: ({ claims, wakeAt, wakeInMs, more, blocked, ended, moved, upcoming, bots }) => {
        for (const claim of claims) attempts.place(claim);
        for (const { campaign, leads } of upcoming) deps.preDial?.prefetch(campaign, leads);
        for (const bot of bots) deps.reach?.ask(bot);
        if (blocked > 0 || moved || swept) deps.onOutcome();
        deps.scheduler().wakeAt(wakeAt);
        deps.scheduler().wakeIn(wakeInMs);
        sweeping ||= ended;
        if (more || sweeping) nudge();
      },
      failed: (error) => {
        queued = false;
        forget(round);
        log.error("dispatcher.round_failed", { error });
        later();
      },
      uncertain: (error) => {
        forget(round);
        log.error("dispatcher.commit_unknown", { error });
        release();
      },
    });
  };
  return {
    nudge,
    sweep() {
      sweeping = true;
      nudge();
    },
    hold: () => void (held = true),
    release,
  };
}

/** Runs `run` a second after it was first asked to, once however often that was. */
function aSecondLater(clock: Clock, run: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    clock.after(SECOND, () => {
      isDue = false;
      run();
    });
  };
}

/** Claims may be on disk although nothing was placed: reads what is true and gives those attempts back, then calls `done`. */
function createRelease(deps: DispatcherDependencies, done: () => void): () => void {
  const { commit, clock, attempts } = deps;
  let isReleasing = false;
  const release = () => {
    if (isReleasing) return;
    isReleasing = true;
    const then = (next: () => void) => () => {
      isReleasing = false;
      next();
    };
    const again = aSecondLater(clock, then(release));
    commit.add({
      work: () => releaseNeverPlaced(deps, deps.bootId, attempts.open(), clock.now()),
      committed: then(done),
      failed: again,
      uncertain: again,
    });
  };
  return release;
}

const idle: Round = {
  claims: [],
  wakeAt: undefined,
  wakeInMs: undefined,
  more: false,
  blocked: 0,
  ended: false,
  moved: false,
  upcoming: [],
  bots: [],
};
