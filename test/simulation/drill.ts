// One drill: the appliance in hours that pass in milliseconds, between a carrier that misbehaves, a store that fails, a
// process that dies, a clock that jumps, and a person who does everything. Equal seeds give equal drills.

import { createLog } from "../../src/runtime/log.ts";
import type { Db } from "../../src/database/open.ts";
import { createRooms } from "./appliance.ts";
import type { Breakage } from "./breakages.ts";
import { createLingeringChecker } from "./lingering.ts";
import { createLives, type Lives, noteError } from "./lives.ts";
import { createOperator, type Operator } from "./operator.ts";
import { createPump, type Pump } from "./pump.ts";
import { createRowChecker, type RowChecker } from "./rows.ts";
import { createScene, type Scene } from "./scene.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What a drill was made of, and what was wrong. */
export interface DrillRecord {
  seed: number;
  hours: number;
  calls: number;
  lives: number;
  requests: number;
  commits: number;
  failedCommits: number;
  clockJumps: number;
  /** Promised calls that left, and questions to pre-dial hooks. */
  promisesKept: number;
  questions: number;
  /** A hash over every call that left, and when. */
  digest: string;
  /** Empty, or what was wrong first. */
  problems: string[];
  /** The last things that happened, for whoever has to find out why. */
  trace: string[];
}

interface Parts {
  scene: Scene;
  lives: Lives;
  pump: Pump;
  operator: Operator;
  check: () => void;
  rows: RowChecker;
}

export async function runDrill(seed: number, { hours, breakage = {} }: { hours: number; breakage?: Breakage }): Promise<DrillRecord> {
  const scene = createScene(seed, breakage);
  const { clock, carrier, promises, dice, faults, real, problems, trace } = scene;
  const lives = createLives(scene);
  const rooms = createRooms({
    running: lives.running,
    clock,
    random: dice.fork(),
    log: createLog("error", clock, (line) => lives.life().isAlive && noteError(scene, line)),
  });
  const pump = createPump(scene, lives, rooms);
  const operator = createOperator({
    ask: pump.ask,
    dice: dice.fork(),
    clock,
    carrier,
    promises,
    campaignOfCall: (id) => campaignOf(real, id),
    report: scene.report,
  });
  const rows = createRowChecker({ real, carrier, receiver: scene.receiver, promises, life: lives.life });
  const lingering = createLingeringChecker({
    real,
    clock,
    running: lives.running,
    mayWait: () => scene.isStopping || scene.troubles.mayFail(),
  });
  const check = () => {
    if (problems.length > 0) return;
    rows.check().forEach(scene.report);
    lingering.check().forEach(scene.report);
    const orphans = carrier.open().filter((call) => !call.life.isAlive);
    if (orphans.length > 0) scene.report(`S2: ${orphans.length} calls of an earlier life still ring or talk: ${orphans[0]?.order.callId}`);
  };
  const parts = { scene, lives, pump, operator, check, rows };

  await operator.prepare();
  const clockJumps = await goThrough(parts, hours * HOUR);
  const simulatedMs = clock.monotonicMs();
  await comeToRest(parts);
  const commits = faults.seen.commits;
  real.close();

  const digest = Bun.hash(carrier.log.map(({ order, placedAt }) => `${placedAt} ${order.to} ${order.attempt}`).join("\n")).toString(36);
  const record = {
    seed,
    hours: simulatedMs / HOUR,
    calls: carrier.log.length,
    lives: lives.count(),
    requests: pump.asked(),
    commits,
    failedCommits: faults.seen.failedCommits,
    clockJumps,
    promisesKept: scene.witness.promisesKept(),
    questions: scene.hook.questions,
  };
  return { ...record, digest, problems, trace };
}

/** Hours in which everything happens; how often the clock was set. */
async function goThrough({ scene, lives, pump, operator, check }: Parts, ms: number): Promise<number> {
  const { clock, troubles, problems } = scene;
  const dice = scene.dice.fork();
  const meddle = createMeddler(scene, operator);
  let clockJumps = 0;
  troubles.begin();
  while (clock.monotonicMs() < ms && problems.length === 0) {
    if (troubles.stir()) clockJumps += 1;
    if (dice.chance(0.02)) lives.life().die();
    await lives.revive();
    if (dice.chance(0.01)) await stop(scene, lives, pump, dice.pick([0, 10 * SECOND]));
    await lives.revive();
    if (dice.chance(0.5)) await operator.act();
    await lives.revive();
    await pump.advance(dice.pick([0, 50, SECOND, 5 * SECOND, 20 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 20 * MINUTE]), meddle);
    check();
  }
  return clockJumps;
}

/** As after SIGTERM: no new call, some time for those in progress, then they are hung up and the process ends. */
async function stop(scene: Scene, lives: Lives, pump: Pump, drainMs: number): Promise<void> {
  const { machine, life } = lives.running();
  machine.hold();
  scene.isStopping = true;
  scene.note("told to stop");
  await pump.advance(drainMs);
  if (!life.isAlive) return;
  machine.attempts.hangUp({}, "shutdown");
  await pump.advance(5 * SECOND);
  life.die();
}

/** Asks for something ill-timed right after a call was claimed, now and then. */
function createMeddler({ real, dice }: Scene, operator: Operator): () => Promise<void> {
  const own = dice.fork();
  let last = 0;
  return async () => {
    const newest = newestRow(real);
    if (newest === null || newest === last) return;
    last = newest;
    const call = real.sqlite
      .query<NewestCall, [number]>("SELECT to_number AS number, campaign_id AS campaignId FROM calls WHERE rowid = ?1")
      .get(newest);
    if (call !== null && own.chance(0.06)) await operator.interfere(call.number, call.campaignId);
  };
}

/** Days that a drill may take to come to rest once nothing goes wrong any more. */
const MOST_DAYS_TO_REST = 20;

/** Nothing goes wrong any more: everything must come to an end, and stay there over one more restart. */
async function comeToRest({ scene, lives, pump, operator, check, rows }: Parts): Promise<void> {
  const { troubles, carrier, receiver, hook, problems, report } = scene;
  troubles.end();
  carrier.isKind = true;
  hook.isKind = true;
  receiver.isKind = true;
  for (let day = 0; day < MOST_DAYS_TO_REST && problems.length === 0; day += 0.5) {
    await lives.revive();
    await operator.release();
    await pump.advance(12 * HOUR);
    check();
    if (problems.length === 0 && rows.checkRest(false).length === 0) break;
  }
  if (problems.length > 0) return;
  const calls = carrier.log.length;
  lives.life().die();
  await lives.revive();
  await pump.advance(MINUTE);
  check();
  if (problems.length === 0) rows.checkRest(true).forEach(report);
  if (carrier.log.length > calls) report("a restart after everything had ended placed calls");
}

function campaignOf(real: Db, callId: string): string | undefined {
  return real.sqlite.query<{ id: string }, [string]>("SELECT campaign_id AS id FROM calls WHERE id = ?1").get(callId)?.id;
}

type NewestCall = { number: string; campaignId: string | null };

/** Asked in every turn. */
function newestRow(real: Db): number | null {
  return real.sqlite.query<{ rowid: number | null }, []>("SELECT max(rowid) AS rowid FROM calls").get()?.rowid ?? null;
}
