// Everything around the process in one drill, drawn from one seed: the clock, the store, the carrier, the receiver of the
// webhooks, what goes wrong with them, and the record of what happened.

import { type Db, openDatabase } from "../../src/database/open.ts";
import { noSecrets } from "../../src/settings/signing-secrets.ts";
import { writeStoredWebhook } from "../../src/settings/store.ts";
import { createFakeClock, type FakeClock } from "../support/fake-clock.ts";
import type { Breakage } from "./breakages.ts";
import { type Carrier, createCarrier } from "./carrier.ts";
import { createDice, type Dice } from "./dice.ts";
import { createHook, type Hook } from "./hook.ts";
import type { Fuse } from "./life.ts";
import { createPromises, type Promises } from "./promises.ts";
import { createReceiver, type Receiver } from "./receiver.ts";
import type { StoreFaults } from "./store.ts";
import { createTroubles, drawStart, type Troubles } from "./troubles.ts";
import { createWitness, type Witness } from "./witness.ts";

export interface Scene {
  dice: Dice;
  clock: FakeClock;
  /** The store without its faults: what is on disk. */
  real: Db;
  faults: StoreFaults;
  fuse: Fuse;
  carrier: Carrier;
  receiver: Receiver;
  hook: Hook;
  witness: Witness;
  troubles: Troubles;
  promises: Promises;
  maxConcurrentCalls: number;
  breakage: Breakage;
  /** The process was told to stop: no call may leave any more. */
  isStopping: boolean;
  note: (what: string) => void;
  report: (problem: string) => void;
  problems: string[];
  /** The last things that happened. */
  trace: string[];
}

const TRACE_LENGTH = 60;

export function createScene(seed: number, breakage: Breakage): Scene {
  const dice = createDice(seed);
  const clock = createFakeClock(drawStart(dice));
  const real = openDatabase({ path: ":memory:" });
  const maxConcurrentCalls = dice.between(2, 10);
  const problems: string[] = [];
  const trace: string[] = [];
  const note = (what: string) => {
    trace.push(`${new Date(clock.now()).toISOString()} ${what}`);
    if (trace.length > TRACE_LENGTH) trace.shift();
  };
  const report = (problem: string) => {
    note(`PROBLEM ${problem}`);
    problems.push(problem);
  };
  const faults: StoreFaults = {
    commit: () => undefined,
    isFull: false,
    isDncUnreadable: false,
    isLocked: false,
    random: dice.fork().fraction,
    seen: { writes: 0, commits: 0, failedCommits: 0, refusals: 0 },
  };
  const fuse: Fuse = { steps: undefined };
  const promises = createPromises();
  const hook = createHook({ clock, random: dice.fork() });
  const witness = createWitness({ real, carrier: () => carrier, hook, promises, faults, maxConcurrentCalls, report });
  const carrier: Carrier = createCarrier({
    clock,
    random: dice.fork(),
    onCall(call) {
      note(`call ${call.order.to} attempt ${call.order.attempt} (${call.order.callId})`);
      if (scene.isStopping) report("S8: a call left after the process was told to stop");
      witness.onCall(call);
    },
  });
  const receiver = createReceiver({ clock, random: dice.fork(), report });
  const troubles = createTroubles({ dice: dice.fork(), clock, faults, fuse, carrier, note });
  const scene: Scene = {
    dice,
    clock,
    real,
    faults,
    fuse,
    carrier,
    receiver,
    hook,
    witness,
    troubles,
    promises,
    maxConcurrentCalls,
    breakage,
    isStopping: false,
    note,
    report,
    problems,
    trace,
  };
  writeStoredWebhook(real, { url: "http://receiver.example/events", events: null, secrets: noSecrets });
  breakage.prepare?.(real);
  return scene;
}
