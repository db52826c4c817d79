// One life of the process: from a start to the moment at which it is killed. Everything that the process does goes
// through its life, so that after its death nothing of it has an effect any more.

/** The process is gone; whoever catches this is dead too. */
export class ProcessDied extends Error {
  constructor() {
    super("the process was killed here");
    this.name = "ProcessDied";
  }
}

export interface Life {
  /** 1 for the first start. */
  readonly number: number;
  readonly isAlive: boolean;
  /** Dies here when the fuse has burnt down; throws at once when dead. Called between any two writes. */
  step(): void;
  die(): void;
  /** Throws when dead. */
  require(): void;
}

/** How many more steps the present life has; moved by the world. Undefined: it goes on for ever. */
export interface Fuse {
  steps: number | undefined;
}

/** `onDeath` runs once, before anything else of the dead process can. */
export function createLife(number: number, fuse: Fuse, onDeath: () => void): Life {
  let isAlive = true;
  const life: Life = {
    number,
    get isAlive() {
      return isAlive;
    },
    require() {
      if (!isAlive) throw new ProcessDied();
    },
    step() {
      life.require();
      if (fuse.steps === undefined) return;
      fuse.steps -= 1;
      if (fuse.steps >= 0) return;
      life.die();
      throw new ProcessDied();
    },
    die() {
      if (!isAlive) return;
      isAlive = false;
      fuse.steps = undefined;
      onDeath();
    },
  };
  return life;
}
