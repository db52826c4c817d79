// What a drill's campaigns are told to keep to, drawn by a seed.

import type { Schedule } from "../../src/campaigns/window.ts";
import type { RetryPolicy } from "../../src/leads/retry.ts";
import type { Dice } from "./dice.ts";

const MINUTE = 60_000;
const ZONES = [
  "UTC",
  "Asia/Kolkata",
  "America/New_York",
  "Europe/London",
  "Australia/Lord_Howe",
  "America/St_Johns",
  "Pacific/Chatham",
  "America/Sao_Paulo",
];
const ENDINGS = ["no_answer", "busy", "voicemail", "failed"] as const;
const ALL_DAYS = [0, 1, 2, 3, 4, 5, 6];

/** Hours that are always open by the campaign's own clock, and nothing besides that could hold it up for days. */
export const free = {
  schedule: { timezone: "UTC", windowStart: "00:00", windowEnd: "23:59", weekdays: ALL_DAYS, timezoneMode: "campaign" },
  contactLimits: null,
  restAfterConversationHours: null,
  endAt: null,
};

export const HOOK = "http://hook.example/ask";

export interface Rules {
  schedule(): Partial<Schedule>;
  retryPolicy(): RetryPolicy;
  /** Some of the further rules; `pool` are the numbers that there are. */
  further(pool: readonly string[], now: number): object;
  contactLimits(): { attempts: number; perHours: number }[];
  /** An instant from now on, within a day. */
  soon(now: number): string;
  /** What a list says of a person besides the number. */
  person(now: number): object;
}

export function createRules(dice: Dice): Rules {
  const hour = (value: number) => `${String(value % 24).padStart(2, "0")}:${dice.pick(["00", "00", "15", "30", "59"])}`;
  const at = (instant: number) => new Date(instant).toISOString();
  const rules: Rules = {
    schedule() {
      const start = dice.between(0, 23);
      const hours = dice.chance(0.15) ? 1 : dice.between(3, 20);
      const weekdays = dice.chance(0.7) ? ALL_DAYS : ALL_DAYS.filter(() => dice.chance(0.7));
      const [windowStart, windowEnd] = [hour(start), hour(start + hours)];
      const around = { windowStart: "00:00", windowEnd: "23:59" };
      const times = dice.chance(0.4) || windowStart === windowEnd ? around : { windowStart, windowEnd };
      return {
        timezone: dice.pick(ZONES),
        ...times,
        weekdays: weekdays.length === 0 ? [3] : weekdays,
        timezoneMode: dice.chance(0.35) ? "recipient" : "campaign",
      };
    },
    retryPolicy: () => ({
      maxAttempts: dice.between(1, 4),
      backoffMinutes: dice.pick([1, 2, 5, 15, 60, 180]),
      retryOn: ENDINGS.filter(() => dice.chance(0.6)),
    }),
    contactLimits: () =>
      Array.from({ length: dice.between(1, 2) }, () => ({ attempts: dice.between(1, 3), perHours: dice.pick([1, 2, 6, 12]) })),
    further: (pool, now) => ({
      ...(dice.chance(0.4) ? { phoneNumberIds: pool.filter(() => dice.chance(0.8)) } : {}),
      ...(dice.chance(0.25) ? { contactLimits: rules.contactLimits() } : {}),
      ...(dice.chance(0.3) ? { restAfterConversationHours: dice.pick([1, 4, 12]) } : {}),
      ...(dice.chance(0.25) ? { preDialHook: { url: HOOK, timeoutSeconds: dice.between(1, 5) } } : {}),
      ...(dice.chance(0.5) ? { callsPerSecond: dice.between(1, 2) } : {}),
      ...(dice.chance(0.3) ? { weight: dice.between(1, 5) } : {}),
      ...(dice.chance(0.12) ? { endAt: at(now + dice.between(60, 900) * MINUTE) } : {}),
    }),
    soon: (now) => at(now + dice.between(1, 600) * MINUTE),
    person: (now) => ({
      ...(dice.chance(0.25) ? { timezone: dice.pick(ZONES) } : {}),
      ...(dice.chance(0.2) ? { priority: dice.pick([1, 50, 100]) } : {}),
      ...(dice.chance(0.1) ? { notBefore: rules.soon(now) } : {}),
    }),
  };
  return rules;
}
