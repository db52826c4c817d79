// Which drills are run, and how a failed one is told. SIM_SEED repeats or begins a run, SIM_SEEDS and SIM_HOURS make it longer.

import type { DrillRecord } from "./drill.ts";

/** Simulated hours of one drill. */
export const HOURS = Number(process.env.SIM_HOURS ?? 24);

/** A new one each time, unless it is given. */
export const FIRST_SEED = Number(process.env.SIM_SEED ?? Math.floor(Math.random() * 1e9));

/** One drill when its seed is given, unless more are asked for. */
export const seeds: readonly number[] = Array.from(
  { length: Number(process.env.SIM_SEEDS ?? (process.env.SIM_SEED === undefined ? 48 : 1)) },
  (_, index) => FIRST_SEED + index,
);

/** What was wrong, what came before it, and how to see it again; empty when nothing was wrong. */
export function tell({ seed, problems, trace }: DrillRecord): string {
  if (problems.length === 0) return "";
  return [`SIM_SEED=${seed} SIM_HOURS=${HOURS} repeats this exactly:`, ...problems.slice(0, 5), "what came before:", ...trace].join("\n");
}

/** The drills of a run together, in one line. */
export function summaryOf(records: readonly DrillRecord[], tookMs: number): string {
  const sum = (
    name: "hours" | "calls" | "lives" | "requests" | "commits" | "failedCommits" | "clockJumps" | "promisesKept" | "questions",
  ) => Math.round(records.reduce((total, record) => total + record[name], 0)).toLocaleString("en");
  const perMinute = Math.round((records.reduce((total, { hours }) => total + hours, 0) / tookMs) * 60_000).toLocaleString("en");
  return (
    `simulation: seeds ${FIRST_SEED} to ${FIRST_SEED + records.length - 1}, ${sum("hours")} simulated hours (${perMinute} a minute): ` +
    `${sum("calls")} calls, ${sum("promisesKept")} of them promised, ${sum("questions")} questions to hooks, ${sum("requests")} requests, ${sum("lives")} lives, ${sum("commits")} commits, ${sum("failedCommits")} failed commits, the clock set ${sum("clockJumps")} times`
  );
}
