// One process a data directory: two of them would call everybody twice.
// The lock is SQLite's own exclusive lock on a small file of its own: the system gives it up when the process dies.

import { Database } from "bun:sqlite";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface InstanceLock {
  release(): void;
}

/** Throws, naming the holder, when another process has the directory. */
export function lockInstance(directory: string, holder: string): InstanceLock {
  const holderPath = join(directory, "instance.pid");
  const lock = new Database(join(directory, "instance.lock"), { create: true });
  try {
    lock.run("PRAGMA busy_timeout = 0");
    lock.run("BEGIN EXCLUSIVE");
  } catch {
    lock.close();
    throw new Error(`the data directory ${directory} is in use by ${readHolder(holderPath)}: stop it first, or choose another with --data`);
  }
  writeFileSync(holderPath, holder);
  return {
    release: () => {
      lock.run("ROLLBACK");
      lock.close();
    },
  };
}

function readHolder(path: string): string {
  try {
    return `process ${readFileSync(path, "utf8").trim()}`;
  } catch {
    return "another process";
  }
}
