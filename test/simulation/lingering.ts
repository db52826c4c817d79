// What may be so for a moment but must not last: slots that nobody frees, leads that nobody settles, and a machine that
// sits idle although somebody could be called.

import type { Schedule } from "../../src/campaigns/window.ts";
import type { Db } from "../../src/database/open.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { Running } from "./appliance.ts";
import { createHours } from "./hours.ts";

export interface LingeringChecker {
  /** What has lasted too long; to be asked often. */
  check(): string[];
}

export interface LingeringDependencies {
  real: Db;
  clock: FakeClock;
  running: () => Running;
  /** The store fails, or the process was told to stop: whatever waits may wait. */
  mayWait: () => boolean;
}

const MINUTE = 60_000;
/** Longer than any pause after which the machine looks again. */
const MOST_MS = 5 * MINUTE;
const OPEN = "('placing', 'ringing', 'answered')";

const IDLE = `
  SELECT DISTINCT p.id, p.schedule, l.zones FROM campaigns p JOIN leads l ON l.campaign_id = p.id
   WHERE p.status = 'running' AND p.status_reason IS NULL AND NOT EXISTS (SELECT 1 FROM calls WHERE status IN ${OPEN})
     AND l.status IN ('pending', 'retry_wait') AND l.due_at < ?1 AND NOT EXISTS (SELECT 1 FROM dnc WHERE dnc.phone_number = l.phone_number)`;

export function createLingeringChecker({ real, clock, running, mayWait }: LingeringDependencies): LingeringChecker {
  let since = new Map<string, number>();
  let last: Running | undefined;
  const isOpenAt = createHours();
  const ask = <T>(sql: string, ...params: number[]) => real.sqlite.query<T, number[]>(sql).all(...params);

  const found = (): string[] => {
    const inProgress = running().machine.attempts.open();
    const leaked = ask<{ id: string }>(`SELECT id FROM calls WHERE status IN ${OPEN}`).filter(({ id }) => !inProgress.has(id));
    const waiting = ask<{ id: string }>(
      "SELECT l.id FROM leads l JOIN campaigns p ON p.id = l.campaign_id WHERE p.status IN ('completed', 'failed') AND l.status = 'retry_wait'",
    );
    const calls = ask<{ count: number }>("SELECT count(*) AS count FROM calls")[0]?.count ?? 0;
    const idle = ask<{ id: string; schedule: string; zones: string }>(IDLE, clock.now()).filter(({ schedule, zones }) => {
      // The longest ring, and the time that it may take to be noticed here.
      return [0, 1, 2, 3].every((minutes) => isOpenAt(JSON.parse(schedule) as Schedule, zones, clock.now() + minutes * MINUTE));
    });
    const unconcluded = ask<{ id: string }>("SELECT id FROM calls WHERE analysis_due_at IS NOT NULL");
    return [
      ...unconcluded.map(({ id }) => `the lead of call ${id} waits for its analysis for ever`),
      ...leaked.map(({ id }) => `S6: call ${id} is open in the store and in progress nowhere`),
      ...waiting.map(({ id }) => `lead ${id} waits for a retry in a campaign that is over`),
      ...idle.map(
        ({ id }) =>
          `campaign ${id} places no call although a lead is due, its window is open and every line is free (${calls} calls so far)`,
      ),
    ];
  };

  return {
    check() {
      const now = clock.monotonicMs();
      // A process that was dead meanwhile could do nothing about it.
      if (running() !== last) since = new Map();
      last = running();
      since = new Map(mayWait() ? [] : found().map((what) => [what, since.get(what) ?? now]));
      return [...since].filter(([, firstMs]) => now - firstMs > MOST_MS).map(([what]) => what);
    },
  };
}
