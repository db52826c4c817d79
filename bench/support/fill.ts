// A database on disk, filled through the program's own functions.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Db, openDatabase, type SynchronousMode } from "../../src/database/open.ts";
import { transact } from "../../src/database/transaction.ts";
import { insertLeads } from "../../src/leads/store.ts";
import { type Clock, systemClock } from "../../src/runtime/clock.ts";
import { createIds, type NewId } from "../../src/runtime/ids.ts";
import { type Random, seededRandom } from "../../src/runtime/random.ts";

export interface BenchStore {
  db: Db;
  folder: string;
  newId: NewId;
  bootId: string;
  random: Random;
  clock: Clock;
}

export function openBench(synchronous: SynchronousMode): BenchStore {
  const folder = mkdtempSync(join(tmpdir(), "outdial-bench-"));
  const db = openDatabase({ path: join(folder, "outdial.db"), synchronous });
  return { db, folder, newId: createIds(systemClock, seededRandom(1)), bootId: "boot_bench", random: seededRandom(3), clock: systemClock };
}

const SLICE = 5_000;

/** A running campaign of `leads` leads in random order of their numbers; returns its id. */
export async function fillCampaign({ db, newId, clock }: BenchStore, leads: number, maxConcurrent = 50): Promise<string> {
  const now = clock.now();
  const run = (sql: string, ...values: (string | number | null)[]) => db.sqlite.query(sql).run(...values);
  const agent = {
    name: "Anna",
    connection: { type: "simulated" },
    callPolicy: { ringTimeoutSeconds: 45, maxDurationSeconds: 600, silenceTimeoutSeconds: 30 },
    variables: {},
    systemPrompt: "",
    welcomeMessage: "",
  };
  const simulator = { seed: 1, ringMs: 0, talkMs: 0, answerRate: 1 };
  run(
    "INSERT INTO trunks (id, name, driver, allowed_prefixes, options, created_at, updated_at) VALUES ('trk_1', 'Main', 'simulator', '[]', ?, ?, ?)",
    JSON.stringify(simulator),
    now,
    now,
  );
  run("INSERT INTO agents VALUES ('agent_1', 'Anna', '{}', 1, ?, ?)", now, now);
  run("INSERT INTO agent_versions VALUES ('agent_1', 1, 'ver_1', NULL, NULL, ?, ?)", JSON.stringify(agent), now);
  run(
    "INSERT INTO phone_numbers (id, phone_number, trunk_id, created_at, updated_at) VALUES ('pn_1', '+912200000001', 'trk_1', ?, ?)",
    now,
    now,
  );
  const hour = new Date(now).getUTCHours();
  const at = (offset: number) => `${String((hour + offset) % 24).padStart(2, "0")}:00`;
  const schedule = { timezone: "UTC", windowStart: at(22), windowEnd: at(12), weekdays: [0, 1, 2, 3, 4, 5, 6] };
  const policy = { maxAttempts: 3, backoffMinutes: 60, retryOn: ["no_answer", "busy"] };
  run(
    `INSERT INTO campaigns (id, name, agent_id, agent_version, phone_number_id, status, max_concurrent, schedule, retry_policy, created_at, updated_at)
     VALUES ('cmp_1', 'Bench', 'agent_1', 1, 'pn_1', 'running', ?, ?, ?, ?, ?)`,
    maxConcurrent,
    JSON.stringify(schedule),
    JSON.stringify(policy),
    now,
    now,
  );
  run(
    "INSERT INTO settings VALUES ('webhook', ?) ON CONFLICT DO NOTHING",
    JSON.stringify({ url: null, events: null, secrets: { current: null, previous: null, previousUntil: null } }),
  );
  const random = seededRandom(2);
  for (let start = 0; start < leads; start += SLICE) {
    const slice = Array.from({ length: Math.min(SLICE, leads - start) }, (_, index) => ({
      id: newId("ld"),
      // Random order; the running number keeps them apart. …0200 is answered.
      phoneNumber: `+9${String(Math.floor(random.fraction() * 90) + 10)}${String(start + index).padStart(7, "0")}0200`.slice(0, 16),
      variables: JSON.stringify({ first_name: "Arjun", city: "Pune", amount: start + index }),
    }));
    transact(db, () => insertLeads(db, "cmp_1", slice, now));
    await Bun.sleep(0);
  }
  return "cmp_1";
}
