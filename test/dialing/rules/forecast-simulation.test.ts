// The forecast beside a simulation that places every single call: it is never earlier than that.

import { expect, test } from "bun:test";
import fc from "fast-check";
import { windowIn, type WindowVerdict } from "../../../src/campaigns/window.ts";
import { contactAllowedAt } from "../../../src/dialing/rules/contact.ts";
import { forecast, type ForecastInput } from "../../../src/dialing/rules/forecast.ts";
import { gateWindow } from "../../../src/dialing/rules/gate.ts";
import { nextAttemptAt } from "../../../src/leads/retry.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A Wednesday, 09:00 in UTC. */
const NOW = Date.UTC(2026, 4, 6, 9);
const office = { timezone: "UTC", windowStart: "09:00", windowEnd: "17:00", weekdays: [1, 2, 3, 4, 5] };
const always = (): WindowVerdict => ({ open: true });
const inOfficeHours = (_: string, at: number) => windowIn(office, ["UTC"], at);
const MOST_STEPS = 100_000;

interface Lead {
  dueAt: number;
  attempts: number;
  placedAt: number[];
}

/** When the last call ends, if every call ends busy. */
function simulate({
  groups,
  windowFor,
  ringTimeoutMs,
  callsAtOnce,
  callsPerSecond,
  secondsPerCall,
  retryPolicy,
  limits,
}: ForecastInput): number {
  let waiting: Lead[] = groups.flatMap(({ leads, dueAt, placedAt = [] }) =>
    Array.from({ length: leads }, () => ({ dueAt, attempts: 0, placedAt: [...placedAt] })),
  );
  const free = Array.from({ length: callsAtOnce }, () => NOW);
  const spacingMs = callsPerSecond === null ? 0 : 1_000 / callsPerSecond;
  let [now, mayStartAt, endsAt] = [NOW, NOW, NOW];
  for (let step = 0; step < MOST_STEPS && waiting.length > 0; step += 1) {
    const window = windowFor("UTC", now);
    const decision = gateWindow({ zones: "UTC", window, ringTimeoutMs }, now);
    const line = free.findIndex((at) => at <= now);
    const [lead] = waiting.filter(({ dueAt }) => dueAt <= now).sort((a, b) => a.dueAt - b.dueAt);
    if (decision.kind !== "dial" || line === -1 || lead === undefined || mayStartAt > now) {
      const later = [
        ...(decision.kind === "hold" ? [decision.until ?? Infinity] : []),
        ...free,
        mayStartAt,
        ...waiting.map(({ dueAt }) => dueAt),
        window.closesAt ?? Infinity,
      ];
      now = Math.min(...later.filter((at) => at > now));
      continue;
    }
    const allowedAt = contactAllowedAt(limits, { placedAt: lead.placedAt, lastConversationEndedAt: undefined }, now);
    if (allowedAt !== undefined) {
      lead.dueAt = allowedAt;
      continue;
    }
    const end = now + secondsPerCall * 1_000;
    free[line] = end;
    mayStartAt = now + spacingMs;
    lead.attempts += 1;
    lead.placedAt.unshift(now);
    endsAt = Math.max(endsAt, end);
    const again = nextAttemptAt(
      { ending: "busy", retry: "policy", attempts: lead.attempts, attemptsAlike: lead.attempts },
      retryPolicy,
      end,
    );
    if (again === undefined) waiting = waiting.filter((one) => one !== lead);
    else lead.dueAt = again;
  }
  expect(waiting).toEqual([]);
  return endsAt;
}

const gap = fc.integer({ min: 1, max: 600 });
const backoff = fc.oneof(gap, fc.array(gap, { minLength: 1, maxLength: 3 }));
const group = fc.record({
  zones: fc.constant("UTC"),
  rank: fc.constant(100),
  dueAt: fc.integer({ min: -5, max: 20 }).map((hours) => NOW + hours * HOUR),
  leads: fc.integer({ min: 1, max: 20 }),
  placedAt: fc
    .array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 })
    .map((hours) => hours.sort((a, b) => a - b).map((before) => NOW - before * HOUR)),
});
const scenario = fc.record({
  startAt: fc.constant(NOW),
  endAt: fc.constant(null),
  groups: fc.array(group, { minLength: 1, maxLength: 3 }),
  windowFor: fc.constantFrom(always, inOfficeHours),
  ringTimeoutMs: fc.constant(45_000),
  callsAtOnce: fc.integer({ min: 1, max: 5 }),
  callsPerSecond: fc.constantFrom(null, 0.05, 1),
  secondsPerCall: fc.integer({ min: 5, max: 300 }),
  retryPolicy: fc.record({
    maxAttempts: fc.integer({ min: 1, max: 4 }),
    backoffMinutes: backoff,
    retryOn: fc.constant(["no_answer", "busy"] as const),
    perStatus: fc.oneof(
      fc.constant({}),
      fc.record({ busy: fc.record({ maxAttempts: fc.integer({ min: 1, max: 3 }), backoffMinutes: backoff }) }),
    ),
  }),
  retryShares: fc.constant({ busy: 1 }),
  limits: fc.array(fc.record({ attempts: fc.integer({ min: 1, max: 3 }), perHours: fc.integer({ min: 1, max: 72 }) }), { maxLength: 2 }),
});

/** How long it takes to call each of them once. */
function onceMs({ groups, callsAtOnce, callsPerSecond, secondsPerCall }: ForecastInput): number {
  const leads = groups.reduce((sum, one) => sum + one.leads, 0);
  return Math.max(secondsPerCall / callsAtOnce, 1 / (callsPerSecond ?? Infinity)) * 1_000 * leads;
}

test("is never earlier than what single calls to people alike come to", () => {
  fc.assert(
    fc.property(scenario, ({ groups, ...rest }) => {
      const input = { ...rest, groups: groups.slice(0, 1) };
      expect(forecast(input).endsAt).toBeGreaterThanOrEqual(simulate(input) - 1);
    }),
    { numRuns: 300 },
  );
});

test("of people who differ it is not earlier by more than one call to each: who falls due together may be called in another order", () => {
  fc.assert(
    fc.property(scenario, (input) => expect(forecast(input).endsAt).toBeGreaterThanOrEqual(simulate(input) - 1 - onceMs(input))),
    { numRuns: 300 },
  );
});
