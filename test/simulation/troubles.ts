// What goes wrong around the process: when it dies, when its store fails, when a trunk is down, when somebody sets the clock.

import type { FakeClock } from "../support/fake-clock.ts";
import type { Carrier } from "./carrier.ts";
import type { Dice } from "./dice.ts";
import type { Fuse } from "./life.ts";
import type { StoreFaults } from "./store.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Changes of clocks, and an hour of nothing special. */
const STARTS = [
  Date.UTC(2026, 2, 8, 7),
  Date.UTC(2026, 10, 1, 6),
  Date.UTC(2026, 2, 29, 1),
  Date.UTC(2026, 9, 25, 1),
  Date.UTC(2026, 3, 4, 15),
  Date.UTC(2026, 9, 3, 15, 30),
  Date.UTC(2028, 1, 29, 12),
];

/** Half of the drills begin within a day before a change of some zone's clocks. */
export function drawStart(dice: Dice): number {
  if (dice.chance(0.5)) return dice.pick(STARTS) - dice.between(0, 20 * 60) * MINUTE;
  return Date.UTC(2026, 0, 1) + dice.between(0, 730 * 24 * 60) * MINUTE;
}

/** What may be wrong with the store for a while. */
const TROUBLES = ["isFull", "isDncUnreadable", "isLocked", "commitsFail"] as const;
type Trouble = (typeof TROUBLES)[number];

export interface TroubleDependencies {
  dice: Dice;
  clock: FakeClock;
  faults: StoreFaults;
  fuse: Fuse;
  carrier: Carrier;
  note: (what: string) => void;
}

export interface Troubles {
  /** Nothing goes wrong before. */
  begin(): void;
  /** Ends those whose time is over. */
  expire(): void;
  /** Perhaps begins or ends one; whether the clock was set. */
  stir(): boolean;
  /** The process is down: how long. What comes up may be due to die at once, in the middle of its start. */
  downtime(): number;
  /** The store fails, or has just failed. */
  mayFail(): boolean;
  end(): void;
}

/** How wild a drill is; some have no crashes, some no store faults, so that each is also seen alone. */
export function createTroubles({ dice, clock, faults, fuse, carrier, note }: TroubleDependencies): Troubles {
  const isDeadly = dice.chance(0.7);
  const commitFaultRate = dice.chance(0.4) ? 0.002 : 0;
  const hasStoreTrouble = dice.chance(0.4);
  const jumps = dice.chance(0.5);
  let isOver = true;
  let lastFaultMs = -Infinity;
  let owedMs = 0;
  let commitsFail = false;
  const ends = new Map<Trouble, number>();

  faults.commit = () => {
    if (isOver || !dice.chance(commitsFail ? 0.9 : commitFaultRate)) return undefined;
    lastFaultMs = clock.monotonicMs();
    note("a commit fails");
    return dice.chance(0.5) ? "written" : "lost";
  };
  const set = (name: Trouble, isOn: boolean) => {
    if (name === "commitsFail") commitsFail = isOn;
    else faults[name] = isOn;
  };
  const begin = (name: Trouble) => {
    set(name, true);
    ends.set(name, clock.monotonicMs() + dice.between(1, 600) * SECOND);
    note(`${name} begins`);
  };
  const stop = (name: Trouble) => {
    lastFaultMs = clock.monotonicMs();
    set(name, false);
    ends.delete(name);
    note(`${name} ends`);
  };
  const jump = () => {
    // Most are put right later: somebody set the clock, then the network did.
    const byMs =
      owedMs !== 0 && dice.chance(0.6) ? -owedMs : dice.pick([-1, 1]) * dice.pick([3 * SECOND, MINUTE, HOUR, HOUR, 6 * HOUR, DAY]);
    owedMs += byMs;
    clock.jumpTo(clock.now() + byMs);
    note(`the clock was set by ${byMs / SECOND} s`);
  };

  const troubles: Troubles = {
    begin: () => void (isOver = false),
    expire() {
      for (const [name, endMs] of ends) if (clock.monotonicMs() >= endMs) stop(name);
    },
    stir() {
      troubles.expire();
      if (isDeadly && fuse.steps === undefined && dice.chance(0.1)) fuse.steps = dice.pick([0, 1, 2, 5, 20, 80, 300]) + dice.between(0, 12);
      if (hasStoreTrouble && ends.size === 0 && dice.chance(0.01)) begin(dice.pick(TROUBLES));
      if (dice.chance(0.02)) {
        const trunks = [...new Set(carrier.log.slice(-40).map(({ order }) => order.trunk.id))];
        if (trunks.length > 0) carrier.outages.set(dice.pick(trunks), clock.monotonicMs() + dice.between(1, 20) * MINUTE);
      }
      if (!jumps || !dice.chance(0.01)) return false;
      jump();
      return true;
    },
    downtime() {
      if (isDeadly && !isOver && dice.chance(0.25)) fuse.steps = dice.between(0, 8);
      return dice.pick([20, 300, SECOND, 10 * SECOND, 3 * MINUTE]);
    },
    // What failed is tried again after a second, then later.
    mayFail: () => ends.size > 0 || clock.monotonicMs() - lastFaultMs < 2 * MINUTE,
    end() {
      isOver = true;
      fuse.steps = undefined;
      for (const name of [...ends.keys()]) stop(name);
      carrier.outages.clear();
    },
  };
  return troubles;
}
