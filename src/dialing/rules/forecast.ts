// The forecast: when a campaign will be through, by asking the same gates over time that has not come yet. Pure.
// People are counted in groups that may be called at the same hours; a group is worked off at the pace that caps and
// the length of calls allow, and a share of it comes back (comebacks.ts).

import { type Decision, gateCampaign, gateWindow } from "./gate.ts";
import { CampaignStatus } from "../../campaigns/lifecycle.ts";
import type { WindowVerdict } from "../../campaigns/window.ts";
import { rankOf } from "../../leads/rank.ts";
import { type Cohort, type ComebackRules, createComebacks, type Group, latestOf } from "./comebacks.ts";

/** What is known, and what is assumed, of the campaign. */
export interface ForecastInput extends ComebackRules {
  /** When it may begin: now, or the start that is still ahead. */
  startAt: number;
  endAt: number | null;
  groups: readonly Group[];
  windowFor: (zones: string, at: number) => WindowVerdict;
  ringTimeoutMs: number;
  callsAtOnce: number;
  callsPerSecond: number | null;
  secondsPerCall: number;
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

/** The rank of people about whom nothing was said. */
const USUAL_RANK = rankOf(0, null);

const HORIZON_MS = 366 * 24 * 3_600_000;
const MOST_STEPS = 20_000;
/** What is left of a group by the inexactness of numbers. */
const NOBODY = 1e-6;
/** Cohorts that wait apart; beyond them those who come back join others of the same attempt. */
const MOST_COHORTS = 100;

/** The result is an estimate: the same people, the same hours, calls of average length. It is rather too late than too early. */
export function forecast(input: ForecastInput): Forecast {
  const perMs = Math.min(input.callsAtOnce / input.secondsPerCall, input.callsPerSecond ?? Number.POSITIVE_INFINITY) / 1_000;
  // At this pace one call follows the other; each lasts longer than that where there are several at once.
  const talkMs = Math.max(0, input.secondsPerCall * 1_000 - 1 / perMs);
  const comebacks = createComebacks(input);
  const waiting = comebacks.first(
    input.groups.filter((group) => group.leads > 0),
    input.startAt,
  );
  let now = input.startAt;
  let lastEndsAt = now;
  let attempts = 0;
  let idleMs = 0;
  for (let step = 0; step < MOST_STEPS && waiting.length > 0 && now - input.startAt < HORIZON_MS; step += 1) {
    if (gateCampaign({ status: CampaignStatus.running, endAt: input.endAt }, now).kind !== "dial")
      return { endsAt: now, attempts: Math.round(attempts), idleMs, leftOver: reasons(waiting, () => "end_time") };
    const next = look(input, waiting, now);
    if (next.cohort === undefined) {
      if (next.changesAt === undefined) break;
      const until = Math.min(next.changesAt, input.endAt ?? Number.POSITIVE_INFINITY);
      idleMs += until - now;
      now = until;
      continue;
    }
    const { cohort, openMs } = next;
    const elapsed = Math.max(
      1,
      Math.min(cohort.leads / perMs, openMs, (input.endAt ?? Number.POSITIVE_INFINITY) - now, firstBefore(waiting, cohort, now) - now),
    );
    const called = Math.min(cohort.leads, elapsed * perMs);
    now += elapsed;
    lastEndsAt = now + talkMs;
    attempts += called;
    cohort.leads -= called;
    const rank = cohort.isPromised === true ? USUAL_RANK : cohort.rank;
    for (const back of comebacks.after({ ...cohort, rank, leads: called }, now, lastEndsAt)) join(waiting, back);
    if (cohort.leads <= NOBODY) waiting.splice(waiting.indexOf(cohort), 1);
  }
  const isThrough = waiting.length === 0;
  return {
    endsAt: isThrough ? Math.max(now, lastEndsAt) : undefined,
    attempts: Math.round(attempts),
    idleMs: Math.round(idleMs),
    leftOver: reasons(waiting, (cohort) => (cohort.zones === "?" ? "zone_unknown" : "window_never_opens")),
  };
}

/** Apart while there is room; else to those who fall due nearest, who all wait for the later of the two then. */
function join(waiting: Cohort[], back: Cohort): void {
  const others =
    waiting.length < MOST_COHORTS
      ? []
      : waiting.filter(
          ({ zones, rank, attempt, isPromised }) =>
            zones === back.zones && rank === back.rank && attempt === back.attempt && isPromised !== true,
        );
  const [first, ...rest] = others;
  if (first === undefined) return void waiting.push(back);
  const nearest = rest.reduce((best, one) => (Math.abs(one.dueAt - back.dueAt) < Math.abs(best.dueAt - back.dueAt) ? one : best), first);
  nearest.leads += back.leads;
  nearest.dueAt = Math.max(nearest.dueAt, back.dueAt);
  nearest.placedAt = latestOf(nearest.placedAt, back.placedAt);
  nearest.alike = nearest.alike.map((count, place) => Math.min(count, back.alike[place] ?? 0));
}

/** Who is called next and for how long, or when that changes. */
function look(
  input: ForecastInput,
  waiting: readonly Cohort[],
  now: number,
): { cohort?: Cohort; openMs: number; changesAt: number | undefined } {
  let cohort: Cohort | undefined;
  let openMs = 0;
  let changesAt: number | undefined;
  const seen = new Map<string, { window: WindowVerdict; decision: Decision }>();
  const seeing = (zones: string) => {
    const window = input.windowFor(zones, now);
    return { window, decision: gateWindow({ zones, window, ringTimeoutMs: input.ringTimeoutMs }, now) };
  };
  for (const one of waiting) {
    const { window, decision } = seen.get(one.zones) ?? seeing(one.zones);
    seen.set(one.zones, { window, decision });
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
  let first = Number.POSITIVE_INFINITY;
  for (const { rank, dueAt } of waiting) if (rank < cohort.rank && dueAt > now && dueAt < first) first = dueAt;
  return first;
}

function isBefore(a: Cohort, b: Cohort): boolean {
  return a.rank !== b.rank ? a.rank < b.rank : a.dueAt < b.dueAt;
}

function reasons(waiting: readonly Cohort[], reasonOf: (cohort: Cohort) => string): { reason: string; leads: number }[] {
  const counts = new Map<string, number>();
  for (const cohort of waiting) counts.set(reasonOf(cohort), (counts.get(reasonOf(cohort)) ?? 0) + Math.round(cohort.leads));
  return [...counts].map(([reason, leads]) => ({ reason, leads }));
}
