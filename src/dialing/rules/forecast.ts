// The forecast: when a campaign will be through, by asking the same gates over time that has not come yet. Pure.
// People are counted in groups that may be called at the same hours; a group is worked off at the pace that caps and
// the length of calls allow, and a share of it comes back after the backoff.

import { gateCampaign, gateWindow } from "./gate.ts";
import { CampaignStatus } from "../../campaigns/lifecycle.ts";
import type { WindowVerdict } from "../../campaigns/window.ts";
import { rankOf } from "../../leads/rank.ts";

/** Waiting leads that may be called at the same hours and fall due together. */
export interface Group {
  zones: string;
  rank: number;
  dueAt: number;
  leads: number;
  /** They asked to be called then; afterwards they are people like others. */
  isPromised?: boolean;
}

/** What is known, and what is assumed, of the campaign. */
export interface ForecastInput {
  /** When it may begin: now, or the start that is still ahead. */
  startAt: number;
  endAt: number | null;
  groups: readonly Group[];
  windowFor: (zones: string, at: number) => WindowVerdict;
  ringTimeoutMs: number;
  callsAtOnce: number;
  callsPerSecond: number | null;
  secondsPerCall: number;
  /** Of the attempts that end, those after which the policy asks for another, in [0, 1). */
  retryShare: number;
  maxAttempts: number;
  /** The gap after the attempt with this number, from 1. */
  gapMs: (attempt: number) => number;
}

export interface Forecast {
  /** Undefined when it does not come to an end within a year. */
  endsAt: number | undefined;
  /** Calls that will be placed. */
  attempts: number;
  /** Time in which people wait and nobody may be called. */
  idleMs: number;
  /** People whom no window lets be called, or whom the end time leaves over. */
  leftOver: { reason: string; leads: number }[];
}

interface Cohort extends Group {
  attempt: number;
}

/** The rank of people about whom nothing was said. */
const USUAL_RANK = rankOf(0, null);

const HORIZON_MS = 366 * 24 * 3_600_000;
const MOST_STEPS = 20_000;
/** Less than half a person is nobody. */
const SMALLEST = 0.5;

/** The result is an estimate: the same people, the same hours, calls of average length. */
export function forecast(input: ForecastInput): Forecast {
  const perMs = Math.min(input.callsAtOnce / input.secondsPerCall, input.callsPerSecond ?? Number.POSITIVE_INFINITY) / 1_000;
  let waiting: Cohort[] = input.groups.filter((group) => group.leads > 0).map((group) => ({ ...group, attempt: 1 }));
  let now = input.startAt;
  let attempts = 0;
  let idleMs = 0;
  for (let step = 0; step < MOST_STEPS && waiting.length > 0 && now - input.startAt < HORIZON_MS; step += 1) {
    if (gateCampaign({ status: CampaignStatus.running, endAt: input.endAt }, now).kind !== "dial") return { endsAt: now, attempts: Math.round(attempts), idleMs, leftOver: reasons(waiting, () => "end_time") };
    const next = look(input, waiting, now);
    if (next.cohort === undefined) {
      if (next.changesAt === undefined) break;
      const until = Math.min(next.changesAt, input.endAt ?? Number.POSITIVE_INFINITY);
      idleMs += until - now;
      now = until;
      continue;
    }
    const { cohort, openMs } = next;
    const elapsed = Math.max(1, Math.min(cohort.leads / perMs, openMs, (input.endAt ?? Number.POSITIVE_INFINITY) - now, firstBefore(waiting, cohort, now) - now));
    const called = Math.min(cohort.leads, elapsed * perMs);
    now += elapsed;
    attempts += called;
    cohort.leads -= called;
    const again = cohort.attempt < input.maxAttempts ? called * input.retryShare : 0;
    const rank = cohort.isPromised === true ? USUAL_RANK : cohort.rank;
    if (again >= SMALLEST) waiting.push({ ...cohort, rank, isPromised: false, leads: again, attempt: cohort.attempt + 1, dueAt: now + input.gapMs(cohort.attempt) });
    waiting = waiting.filter((one) => one.leads >= SMALLEST);
  }
  const isThrough = waiting.length === 0;
  return { endsAt: isThrough ? now : undefined, attempts: Math.round(attempts), idleMs: Math.round(idleMs), leftOver: reasons(waiting, (cohort) => (cohort.zones === "?" ? "zone_unknown" : "window_never_opens")) };
}

/** Who is called next and for how long, or when that changes. */
function look(input: ForecastInput, waiting: readonly Cohort[], now: number): { cohort?: Cohort; openMs: number; changesAt: number | undefined } {
  let cohort: Cohort | undefined;
  let openMs = 0;
  let changesAt: number | undefined;
  const windows = new Map<string, WindowVerdict>();
  for (const one of waiting) {
    const window = windows.get(one.zones) ?? input.windowFor(one.zones, now);
    windows.set(one.zones, window);
    const decision = gateWindow({ zones: one.zones, window, ringTimeoutMs: input.ringTimeoutMs }, now);
    const until = decision.kind === "hold" ? decision.until : one.dueAt;
    const at = until === undefined ? undefined : Math.max(until, one.dueAt);
    if (at !== undefined && at > now) changesAt = Math.min(changesAt ?? at, at);
    if (decision.kind !== "dial" || one.dueAt > now || (cohort !== undefined && !isBefore(one, cohort))) continue;
    cohort = one;
    openMs = (window.closesAt ?? Number.POSITIVE_INFINITY) - now - input.ringTimeoutMs + 1;
  }
  return { cohort, openMs, changesAt };
}

/** When the next of those falls due who go before the ones that are called now: promised calls first of all. */
function firstBefore(waiting: readonly Cohort[], cohort: Cohort, now: number): number {
  return Math.min(...waiting.filter((one) => one.rank < cohort.rank && one.dueAt > now).map((one) => one.dueAt));
}

function isBefore(a: Cohort, b: Cohort): boolean {
  return a.rank !== b.rank ? a.rank < b.rank : a.dueAt < b.dueAt;
}

function reasons(waiting: readonly Cohort[], reasonOf: (cohort: Cohort) => string): { reason: string; leads: number }[] {
  const counts = new Map<string, number>();
  for (const cohort of waiting) counts.set(reasonOf(cohort), (counts.get(reasonOf(cohort)) ?? 0) + Math.round(cohort.leads));
  return [...counts].map(([reason, leads]) => ({ reason, leads }));
}
