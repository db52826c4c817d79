// For tests and benches of what must happen every 20 ms: other people's builds on the same machine are to wait.

import { readFileSync, writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";

/** Linux shares the processor between sessions first, and by nice values only within one of them: sched(7). */
const SESSION = "/proc/self/autogroup";

/** This session, and the threads and processes that are started from now on; gives the way back. Without the right to it: nothing. */
export function hurry(urgency = -15): () => void {
  const nice = attempt(() => getPriority()) ?? 0;
  const session = /nice (-?\d+)/.exec(attempt(() => readFileSync(SESSION, "utf8")) ?? "")?.[1];
  attempt(() => setPriority(urgency));
  if (session !== undefined) attempt(() => writeFileSync(SESSION, String(urgency)));
  return () => {
    attempt(() => setPriority(nice));
    if (session !== undefined) attempt(() => writeFileSync(SESSION, session));
  };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
