// How far a campaign is, as one line: written over on a screen, once a second elsewhere.

import { type EpochMs, SECOND } from "../../runtime/clock.ts";
import { isFinal, type LeadStatus, leadStatuses, openStatuses } from "../../leads/status.ts";
import type { Terminal } from "../terminal.ts";

type Counts = Record<string, number>;

/** Leads whose last word is said. */
export function countFinal(byStatus: Counts): number {
  return sum(byStatus, leadStatuses.filter(isFinal));
}

/** A pace is none before that. */
const LEAST_ELAPSED_MS = 2 * SECOND;

/** The line for a campaign that has been running for `elapsedMs`. The estimate is the pace so far, held. */
export function progressLine(byStatus: Counts, elapsedMs: number): string {
  const total = sum(byStatus, leadStatuses);
  const done = countFinal(byStatus);
  const inProgress = sum(byStatus, openStatuses);
  const left =
    done === 0 || elapsedMs < LEAST_ELAPSED_MS ? "" : `, about ${Math.ceil((elapsedMs * (total - done)) / done / SECOND)} s to go`;
  const finals = leadStatuses.filter((status) => isFinal(status) && (byStatus[status] ?? 0) > 0);
  const details = finals.map((status) => `${status} ${byStatus[status]}`).join(", ");
  return `${(elapsedMs / SECOND).toFixed(1).padStart(5)} s  ${String(inProgress).padStart(2)} calls in progress, ${done}/${total} done${left}${details === "" ? "" : `  (${details})`}`;
}

export interface ProgressLine {
  show(byStatus: Counts): void;
  /** Leaves the last line standing. */
  end(): void;
}

/** `nowMs` is monotonic. */
export function createProgressLine(terminal: Terminal, nowMs: () => EpochMs): ProgressLine {
  const startedAt = nowMs();
  let lastShownAt = Number.NEGATIVE_INFINITY;
  return {
    show(byStatus) {
      const now = nowMs();
      const line = progressLine(byStatus, now - startedAt);
      if (terminal.columns !== undefined) return terminal.out(`\r\x1b[K${line.slice(0, terminal.columns - 1)}`);
      if (now - lastShownAt < SECOND) return;
      lastShownAt = now;
      terminal.out(`${line}\n`);
    },
    end: () => terminal.columns !== undefined && terminal.out("\n"),
  };
}

function sum(counts: Counts, names: readonly LeadStatus[]): number {
  return names.reduce((total, name) => total + (counts[name] ?? 0), 0);
}
