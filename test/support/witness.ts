// The far end of drills that kill the appliance: starts sip-witness.ts and reads what it wrote down.

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** A request as the far end got it; repeats included. */
export interface Seen {
  at: number;
  method: string;
  callId: string;
  number: string;
  branch: string;
  cseq: string;
}

export interface Witness {
  port: number;
  /** In the order in which they came. */
  seen(): Seen[];
  stop(): void;
}

/** Writes into the folder. */
export async function startWitness(folder: string): Promise<Witness> {
  const record = join(folder, "witness.log");
  const child = Bun.spawn([process.execPath, resolve(import.meta.dir, "sip-witness.ts"), record], { stdout: "pipe", stderr: "inherit" });
  const port = Number(new TextDecoder().decode((await child.stdout.getReader().read()).value));
  return {
    port,
    seen() {
      // What comes after the last line's end is still being written.
      const lines = existsSync(record) ? readFileSync(record, "utf8").split("\n").slice(0, -1) : [];
      return lines.map((line) => JSON.parse(line) as Seen);
    },
    stop: () => child.kill(),
  };
}
