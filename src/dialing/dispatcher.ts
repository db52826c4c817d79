// The dispatcher: open windows × free capacity → claims → calls. One round is one transaction and runs last in its
// group, so that slots freed by calls that ended in the same turn are used in the same commit.

import { CampaignStatus } from "../campaigns/lifecycle.ts";
import { openCallStatuses } from "../calls/call.ts";
import { quoted } from "../database/transaction.ts";
import type { Clock, EpochMs } from "../runtime/clock.ts";
import type { GroupCommit } from "../runtime/group-commit.ts";
import type { Log } from "../runtime/log.ts";
import { SECOND } from "../runtime/clock.ts";
import type { Attempts } from "./attempt.ts";
import { allotSlots, type Room, type TrunkRoom } from "./capacity.ts";
import { claimLeads, nextDueAt, startScheduled } from "./claim.ts";
import { finishCampaignIfDone } from "./finish.ts";
import { gateCampaign } from "./gate.ts";
import { releaseNeverPlaced, windDown } from "./recovery.ts";
import type { Claim, ClaimContext } from "./reserve.ts";
import type { Roster, RosterEntry } from "./roster.ts";
import type { Scheduler } from "./scheduler.ts";
import type { TrunkHealth } from "./trunk-health.ts";

export interface DispatcherDependencies extends ClaimContext {
  clock: Clock;
  commit: GroupCommit;
  log: Log;
  roster: Roster;
  attempts: Attempts;
  trunks: TrunkHealth;
  maxConcurrentCalls: number;
  scheduler: () => Scheduler;
  /** A lead ended without a call: a webhook row may have been written. */
  onOutcome: () => void;
}

export interface Dispatcher {
  /** Asks for a round at the end of this turn; many nudges are one round. */
  nudge(): void;
  /** Also settles what stopped campaigns left waiting. */
  sweep(): void;
  /** No further claim, for good. */
  hold(): void;
  /** After a failed commit: gives back what turns out to be reserved on disk but was never placed. */
  release(): void;
}

/** What a round found; `claims` are placed after its commit. */
interface Round {
  claims: Claim[];
  wakeAt: EpochMs | undefined;
  wakeInMs: number | undefined;
  /** Stopped at a bound of its own: another round finds more to do. */
  more: boolean;
  blocked: number;
}

/** Calls claimed in one transaction at most: bounds how long the event loop is held. */
const MOST_CLAIMS = 200;
/** Slots that one campaign leaves unused go to others, this often in a round. */
const MOST_SHARINGS = 4;

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
      committed: ({ claims, wakeAt, wakeInMs, more, blocked }) => {
        for (const claim of claims) attempts.place(claim);
        if (blocked > 0 || swept) deps.onOutcome();
        deps.scheduler().wakeAt(wakeAt);
        deps.scheduler().wakeIn(wakeInMs);
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
    commit.add({ work: () => releaseNeverPlaced(deps, deps.bootId, attempts.open(), clock.now()), committed: then(done), failed: again, uncertain: again });
  };
  return release;
}

const idle: Round = { claims: [], wakeAt: undefined, wakeInMs: undefined, more: false, blocked: 0 };

function runRound(deps: DispatcherDependencies, now: EpochMs): Round {
  const { db, clock, trunks } = deps;
  const wakes: (EpochMs | undefined)[] = [startScheduled(deps, now)];
  const usage = readUsage(deps);
  const open: RosterEntry[] = [];
  for (const entry of deps.roster.read(now)) {
    const ringTimeoutMs = entry.agent.callPolicy.ringTimeoutSeconds * SECOND;
    const decision = gateCampaign({ status: entry.status, window: entry.window, ringTimeoutMs, trunkHeldUntil: trunks.heldUntil(entry.trunk.id, now) }, now);
    if (decision.kind === "dial") open.push(entry);
    else explain(deps, entry, undefined);
    if (decision.kind === "hold") wakes.push(decision.until);
  }

  let ready = open;
  const claims: Claim[] = [];
  const shortages = new Map<string, string>();
  let blocked = 0;
  let stoppedEarly = false;
  for (let sharing = 0; sharing < MOST_SHARINGS && ready.length > 0 && claims.length < MOST_CLAIMS; sharing += 1) {
    const slots = allotSlots(ready.map((entry) => demandOf(entry, usage)), roomFor(deps, ready, usage, now));
    if (slots.size === 0) break;
    const hungry: RosterEntry[] = [];
    for (const entry of ready) {
      const wanted = Math.min(slots.get(entry.campaignId) ?? 0, MOST_CLAIMS - claims.length);
      const claimed = claimLeads(deps, entry, wanted, now, () => trunks.takeStart(entry.trunk, clock.monotonicMs()));
      claims.push(...claimed.claims);
      blocked += claimed.blocked;
      stoppedEarly ||= !claimed.exhausted && claimed.claims.length < wanted;
      usage.add(entry, claimed.claims.length);
      if (claimed.shortage !== undefined) shortages.set(entry.campaignId, claimed.shortage);
      if (!claimed.exhausted) hungry.push(entry);
      // Leads too dear are due and stay so: the next call that ends, or a top-up, looks again.
      else if (claimed.shortage === undefined && !finishCampaignIfDone(db, entry.campaignId, now)) wakes.push(nextDueAt(deps, entry.campaignId));
    }
    ready = hungry;
  }
  for (const entry of open) explain(deps, entry, shortages.get(entry.campaignId));
  const startsIn = ready.map((entry) => trunks.nextStartIn(entry.trunk, clock.monotonicMs()));
  return { claims, wakeAt: earliest(wakes), wakeInMs: earliest(startsIn), more: stoppedEarly || claims.length >= MOST_CLAIMS, blocked };
}

/** Calls in the air, counted from the rows of this transaction. */
interface Usage {
  total: number;
  byCampaign: Map<string | null, number>;
  byTrunk: Map<string, number>;
  add(entry: RosterEntry, calls: number): void;
}

function readUsage({ db }: DispatcherDependencies): Usage {
  const usage: Usage = {
    total: 0,
    byCampaign: new Map(),
    byTrunk: new Map(),
    add: (entry, calls) => count(entry.campaignId, entry.trunk.id, calls),
  };
  const count = (campaignId: string | null, trunkId: string, calls: number) => {
    usage.total += calls;
    usage.byCampaign.set(campaignId, (usage.byCampaign.get(campaignId) ?? 0) + calls);
    usage.byTrunk.set(trunkId, (usage.byTrunk.get(trunkId) ?? 0) + calls);
  };
  const rows = db.sqlite
    .query<{ campaignId: string | null; trunkId: string; open: number }, []>(
      `SELECT campaign_id AS campaignId, trunk_id AS trunkId, count(*) AS open FROM calls
        WHERE status IN (${quoted(openCallStatuses)}) GROUP BY campaign_id, trunk_id`,
    )
    .all();
  for (const row of rows) count(row.campaignId, row.trunkId, row.open);
  return usage;
}

function demandOf(entry: RosterEntry, usage: Usage) {
  return { campaignId: entry.campaignId, trunkId: entry.trunk.id, maxConcurrent: entry.maxConcurrent, inFlight: usage.byCampaign.get(entry.campaignId) ?? 0 };
}

function roomFor({ clock, trunks, maxConcurrentCalls }: DispatcherDependencies, ready: readonly RosterEntry[], usage: Usage, now: EpochMs): Room {
  const rooms = new Map<string, TrunkRoom>();
  for (const { trunk } of ready) {
    const cap = trunks.isProbing(trunk.id, now) ? 1 : (trunk.maxConcurrent ?? Number.POSITIVE_INFINITY);
    rooms.set(trunk.id, { freeSlots: cap - (usage.byTrunk.get(trunk.id) ?? 0), freeStarts: trunks.freeStarts(trunk, clock.monotonicMs()) });
  }
  return { freeSlots: maxConcurrentCalls - usage.total, trunks: rooms };
}

/** Writes why a running campaign is held, or that it is not any more; nothing when that is known, or when it does not run any more. */
function explain({ db, trunks }: DispatcherDependencies, entry: RosterEntry, shortage: string | undefined): void {
  const reason = trunks.reason(entry.trunk.id, entry.trunk.name) ?? shortage ?? null;
  if (entry.statusReason === reason) return;
  db.sqlite.query(`UPDATE campaigns SET status_reason = ?2 WHERE id = ?1 AND status = '${CampaignStatus.running}'`).run(entry.campaignId, reason);
}

function earliest(instants: readonly (number | undefined)[]): number | undefined {
  return instants.reduce((best, at) => (best === undefined || (at !== undefined && at < best) ? at : best), undefined);
}
